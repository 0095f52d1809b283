//! Inputs for the tests of parsers.

/// xorshift64*: the same inputs on every machine.
pub(super) struct Random(u64);

impl Random {
    /// How many inputs to try, and where they come from: `FUZZ_INPUTS` sets the number (100,000 unless told), `FUZZ_SEED` the
    /// seed.
    pub(super) fn inputs() -> (u64, Self) {
        (setting("FUZZ_INPUTS").unwrap_or(100_000), Self(setting("FUZZ_SEED").unwrap_or(0x5eed_0ff4_a3e5)))
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap() % bound.max(1)
    }
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().expect("a number"))
}
