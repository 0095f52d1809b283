//! Any bytes are answered, none panics.

use bytes::Bytes;

use super::*;

const ROUNDS: usize = 200_000;

/// The pseudo-random numbers of a seed (xorshift).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap()
    }

    fn byte(&mut self) -> u8 {
        // Markers of MessagePack are where it gets interesting.
        const MARKERS: &[u8] =
            &[0x80, 0x90, 0x92, 0x94, 0x95, 0xa1, 0xc0, 0xc1, 0xc4, 0xc6, 0xcf, 0xd9, 0xdb, 0xdd, 0xdf, 0xff];
        if self.next() % 2 == 0 {
            MARKERS[self.next() % MARKERS.len()]
        } else {
            u8::try_from(self.next() % 256).unwrap()
        }
    }
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
    let mut numbers = Numbers(0x5EED);
    for _ in 0..ROUNDS {
        let length = numbers.next() % 40;
        read(&(0..length).map(|_| numbers.byte()).collect());
    }
}

#[test]
fn damaged_payloads_are_read_without_a_panic() {
    let mut numbers = Numbers(0xDA11A6ED);
    let payload = b"\x94\x91\xa1c\x81\xa4json\xc4\x02{}\xa1i\xa1r";
    let mut understood = 0;
    for _ in 0..ROUNDS {
        let mut damaged = payload.to_vec();
        for _ in 0..=numbers.next() % 3 {
            let at = numbers.next() % damaged.len();
            match numbers.next() % 3 {
                0 => damaged[at] = numbers.byte(),
                1 => damaged.truncate(at + 1),
                _ => damaged.insert(at, numbers.byte()),
            }
        }
        understood += read(&damaged.into());
    }
    assert!(understood > 0 && understood < ROUNDS * 2, "{understood}");
}
