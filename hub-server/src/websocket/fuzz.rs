//! A seeded loop of mutated frame sequences: the decoder never panics, and how its input is cut changes nothing.
//!
//! `FUZZ_INPUTS` sets the number of inputs (100,000 unless told), `FUZZ_SEED` the seed.

use super::Violation;
use super::testing::{Outcome, close, decode, decode_pieces, frame};

/// xorshift64*: the same inputs on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap() % bound.max(1)
    }

    fn byte(&mut self) -> u8 {
        self.next().to_be_bytes()[0]
    }
}

#[test]
fn any_input_in_any_pieces_gives_the_same_and_never_panics() {
    let inputs = setting("FUZZ_INPUTS").unwrap_or(100_000);
    let mut random = Random(setting("FUZZ_SEED").unwrap_or(0x5eed_0ff4_a3e5));
    let (mut valid, mut broken, mut not_text) = (0_u64, 0_u64, 0_u64);
    for number in 0..inputs {
        let input = input(&mut random);
        let whole = decode(&input);
        let cuts = cuts(&mut random, input.len());
        let pieces = decode_pieces(&input, &cuts);
        assert!(agree(&whole, &pieces), "input {number}: {input:x?} cut at {cuts:?}: {whole:?}, in pieces {pieces:?}");
        match whole.violation {
            None => valid += 1,
            Some(Violation::Protocol(_)) => broken += 1,
            Some(Violation::InvalidUtf8) => not_text += 1,
        }
    }
    println!("{inputs} inputs: {valid} valid, {broken} breaches of the protocol, {not_text} not UTF-8");
    assert!(valid > 0 && broken > 0 && not_text > 0, "the inputs reach every outcome");
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().expect("a number"))
}

/// A piece of text that turns out not to be UTF-8 is dropped whole, so a finer cut hands on more of it.
fn agree(whole: &Outcome, pieces: &Outcome) -> bool {
    match whole.violation {
        Some(Violation::InvalidUtf8) => {
            pieces.violation == whole.violation && pieces.pings == whole.pings && pieces.data.starts_with(&whole.data)
        }
        _ => whole == pieces,
    }
}

/// Some frames as a client might send them, most of the time with a few bytes changed.
fn input(random: &mut Random) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..=random.below(5) {
        bytes.extend(one_frame(random));
    }
    for _ in 0..random.below(4) {
        mutate(random, &mut bytes);
    }
    bytes
}

fn one_frame(random: &mut Random) -> Vec<u8> {
    const MESSAGE: &str = "{\"type\":1,\"target\":\"Send\",\"arguments\":[\"é日😀\"]}\u{1e}";
    let payload = match random.below(5) {
        0 => Vec::new(),
        1 => MESSAGE.as_bytes().to_vec(),
        2 => MESSAGE.as_bytes()[..random.below(MESSAGE.len())].to_vec(),
        3 => (0..random.below(130)).map(|_| random.byte()).collect(),
        _ => MESSAGE.repeat(random.below(4)).into_bytes(),
    };
    match random.below(12) {
        0 => frame(0x01, &payload),
        1 => frame(0x00, &payload),
        2 => frame(0x80, &payload),
        3 | 4 => frame(0x82, &payload),
        5 => frame(0x02, &payload),
        6 => frame(0x89, &payload[..payload.len().min(125)]),
        7 => frame(0x8a, &payload[..payload.len().min(125)]),
        8 => close(1000 + u16::from(random.byte() % 16), "bye"),
        _ => frame(0x81, &payload),
    }
}

fn mutate(random: &mut Random, bytes: &mut Vec<u8>) {
    let at = random.below(bytes.len());
    match random.below(5) {
        0 => bytes.truncate(at),
        1 => bytes.insert(at, random.byte()),
        2 if at < bytes.len() => {
            bytes.remove(at);
        }
        3 => {
            let tail = bytes[at..].to_vec();
            bytes.extend(tail);
        }
        _ => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        }
    }
}

fn cuts(random: &mut Random, length: usize) -> Vec<usize> {
    let mut cuts: Vec<usize> = match random.below(3) {
        0 => (0..length).collect(),
        _ => (0..random.below(8)).map(|_| random.below(length + 1)).collect(),
    };
    cuts.sort_unstable();
    cuts
}
