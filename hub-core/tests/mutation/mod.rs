//! Inputs for mutation tests: real messages, damaged in a way that a seed determines.

pub(crate) mod messages;

/// How many inputs to try: what the environment variable `FUZZ_INPUTS` says, or a number that takes a few seconds.
pub(crate) fn inputs() -> usize {
    std::env::var("FUZZ_INPUTS").map_or(100_000, |count| count.parse().expect("FUZZ_INPUTS is a number"))
}

/// A xorshift generator: the same numbers on every machine.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// A number below `bound`, or 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let random = usize::try_from(self.0 >> 33).expect("31 bits fit");
        random % bound.max(1)
    }

    pub(crate) fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}

/// What inputs are made of.
pub(crate) struct Material<'a, S: ?Sized> {
    /// Real messages.
    pub(crate) seeds: &'a [&'a S],
    /// What is worth inserting.
    pub(crate) fragments: &'a [&'a [u8]],
    /// What begins a level of nesting, and what ends it.
    pub(crate) brackets: (u8, u8),
}

/// Tries damaged inputs, many of which `accept` must find to be what they were before.
pub(crate) fn damage<S: AsRef<[u8]> + ?Sized>(seed: u64, material: &Material<'_, S>, accept: impl Fn(&[u8]) -> bool) {
    let mut random = Random::new(seed);
    let accepted = (0..inputs()).filter(|_| accept(&mutate(&mut random, material))).count();
    assert!(accepted > inputs() / 10, "only {accepted} were accepted: the mutations are too wild to show anything");
}

/// One of the seeds, with none to four mutations.
pub(crate) fn mutate<S: AsRef<[u8]> + ?Sized>(random: &mut Random, material: &Material<'_, S>) -> Vec<u8> {
    let mut input = random.pick(material.seeds).as_ref().to_vec();
    for _ in 0..random.below(5) {
        mutate_once(random, &mut input, material);
    }
    input
}

fn mutate_once<S: AsRef<[u8]> + ?Sized>(random: &mut Random, input: &mut Vec<u8>, material: &Material<'_, S>) {
    let Material { seeds, fragments, brackets } = *material;
    let at = random.below(input.len() + 1);
    let end = at + random.below((input.len() - at).min(16) + 1);
    match random.below(8) {
        0 => input.truncate(at),
        1 => drop(input.drain(at..end)),
        2 => drop(input.splice(at..at, random.pick(fragments).iter().copied())),
        3 => drop(input.splice(at..end, random.pick(fragments).iter().copied())),
        4 => {
            let copy = input[at..end].to_vec();
            let to = random.below(input.len() + 1);
            input.splice(to..to, copy);
        }
        5 => {
            let other = random.pick(seeds).as_ref();
            input.truncate(at);
            input.extend_from_slice(&other[random.below(other.len())..]);
        }
        6 => flip(random, input, at),
        _ => {
            let levels = random.below(80);
            input.splice(at..at, vec![brackets.0; levels]);
            let end = random.below(input.len() + 1);
            input.splice(end..end, vec![brackets.1; levels]);
        }
    }
}

fn flip(random: &mut Random, input: &mut [u8], at: usize) {
    if let Some(byte) = input.get_mut(at) {
        *byte = u8::try_from(random.below(256)).expect("below 256");
    }
}
