//! A seeded loop of mutated frame sequences: the decoder never panics, and how its input is cut changes nothing.
//!
//! `FUZZ_INPUTS` sets the number of inputs (100,000 unless told), `FUZZ_SEED` the seed.

use std::sync::LazyLock;

use super::Violation;
use super::compression::testing::deflated;
use super::testing::{Outcome, close, decode_pieces, frame, inflate_pieces};

const MESSAGE: &str = "{\"type\":1,\"target\":\"Send\",\"arguments\":[\"é日😀\"]}\u{1e}";

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
    let [valid, broken, not_text, _] = outcomes(one_frame, decode_pieces);
    assert!(valid > 0 && broken > 0 && not_text > 0, "the inputs reach every outcome");
}

#[test]
fn any_compressed_input_in_any_pieces_gives_the_same_and_never_panics() {
    let every = outcomes(one_frame_or_compressed, inflate_pieces);
    assert!(every.into_iter().all(|count| count > 0), "the inputs reach every outcome");
}

/// How many inputs are valid, breaches of the protocol, not UTF-8, and not to be expanded.
fn outcomes(one_frame: fn(&mut Random) -> Vec<u8>, decode: fn(&[u8], &[usize]) -> Outcome) -> [u64; 4] {
    let inputs = setting("FUZZ_INPUTS").unwrap_or(100_000);
    let mut random = Random(setting("FUZZ_SEED").unwrap_or(0x5eed_0ff4_a3e5));
    let mut counts = [0; 4];
    for number in 0..inputs {
        let input = input(&mut random, one_frame);
        let whole = decode(&input, &[]);
        let cuts = cuts(&mut random, input.len());
        let pieces = decode(&input, &cuts);
        assert!(agree(&whole, &pieces), "input {number}: {input:x?} cut at {cuts:?}: {whole:?}, in pieces {pieces:?}");
        let outcome = match whole.violation {
            None => 0,
            Some(Violation::Protocol(_)) => 1,
            Some(Violation::InvalidUtf8) => 2,
            Some(Violation::Corrupt) => 3,
        };
        counts[outcome] += 1;
    }
    let [valid, broken, not_text, corrupt] = counts;
    println!(
        "{inputs} inputs: {valid} valid, {broken} breaches of the protocol, {not_text} not UTF-8, {corrupt} corrupt"
    );
    counts
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().expect("a number"))
}

/// A piece that turns out not to be UTF-8, or not to be expanded, is dropped whole: so a finer cut hands on more of it, and
/// which of both it is depends on the cut.
fn agree(whole: &Outcome, pieces: &Outcome) -> bool {
    let is_of_content =
        |outcome: &Outcome| matches!(outcome.violation, Some(Violation::InvalidUtf8 | Violation::Corrupt));
    if is_of_content(whole) && is_of_content(pieces) {
        return pieces.pings == whole.pings && pieces.data.starts_with(&whole.data);
    }
    whole == pieces
}

/// Some frames as a client might send them, most of the time with a few bytes changed.
fn input(random: &mut Random, one_frame: fn(&mut Random) -> Vec<u8>) -> Vec<u8> {
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

/// Compressed text of several lengths; the last one ends within a character.
static DEFLATED: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let whole = (0..20).map(|count| deflated(MESSAGE.repeat(count).as_bytes()));
    whole.chain([deflated(&MESSAGE.as_bytes()[..=MESSAGE.find('日').unwrap()])]).collect()
});

fn one_frame_or_compressed(random: &mut Random) -> Vec<u8> {
    let deflated = match random.below(8) {
        0 => (0..random.below(40)).map(|_| random.byte()).collect(),
        _ => DEFLATED[random.below(DEFLATED.len())].clone(),
    };
    let (start, end) = deflated.split_at(random.below(deflated.len()));
    match random.below(8) {
        0 => frame(0xc2, &deflated),
        1 | 2 => frame(0xc1, &deflated),
        3 => [frame(0x41, start), frame(0x80, end)].concat(),
        4 => [frame(0x42, start), frame(0x89, b"?"), frame(0x00, end), frame(0x80, b"")].concat(),
        _ => one_frame(random),
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
