//! A seeded loop of noise and of damaged payloads: any bytes are answered, none panics.
//!
//! `FUZZ_INPUTS` sets the number of inputs (100,000 unless told), `FUZZ_SEED` the seed.

use bytes::Bytes;

use super::*;

/// Where it gets interesting in MessagePack.
const MARKERS: &[u8] = b"\x80\x90\x92\x94\x95\xa1\xc0\xc1\xc4\xc6\xcf\xd9\xdb\xdd\xdf\xff";

/// xorshift64*: the same inputs on every machine.
struct Random(u64);

impl Random {
    fn new() -> Self {
        Self(setting("FUZZ_SEED").unwrap_or(0x5eed_0ff4_a3e5))
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33).unwrap() % bound
    }

    fn byte(&mut self) -> u8 {
        match self.below(2) {
            0 => MARKERS[self.below(MARKERS.len())],
            _ => u8::try_from(self.below(256)).unwrap(),
        }
    }
}

fn inputs() -> u64 {
    setting("FUZZ_INPUTS").unwrap_or(100_000)
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap())
}

/// Reads a payload as everything that it may be; how many that worked for.
fn read(payload: &Bytes) -> usize {
    let read = [
        Invocation::read(payload).map(|read| drop(write_invocation(&read.excluded, &read.message, None, None))),
        GroupCommand::read(payload).map(|read| drop(read.write())),
        Ack::read(payload).map(|read| drop(read.write())),
        Completion::read(payload).map(|read| drop(read.write())),
    ];
    read.iter().filter(|read| read.is_ok()).count()
}

#[test]
fn noise_is_read_without_a_panic() {
    let mut random = Random::new();
    for _ in 0..inputs() {
        let length = random.below(40);
        read(&(0..length).map(|_| random.byte()).collect());
    }
}

#[test]
fn damaged_payloads_are_read_without_a_panic() {
    let mut random = Random::new();
    let payload = b"\x94\x91\xa1c\x81\xa4json\xc4\x02{}\xa1i\xa1r";
    let (mut understood, mut not) = (0, 0);
    for _ in 0..inputs() {
        let mut damaged = payload.to_vec();
        for _ in 0..=random.below(3) {
            let at = random.below(damaged.len());
            match random.below(3) {
                0 => damaged[at] = random.byte(),
                1 => damaged.truncate(at + 1),
                _ => damaged.insert(at, random.byte()),
            }
        }
        *if read(&damaged.into()) > 0 { &mut understood } else { &mut not } += 1;
    }
    assert!(understood > 0 && not > 0, "the inputs reach every outcome: {understood}, {not}");
}
