use std::fmt::Write as _;

use hub_core::transport::{Framing, TransferFormat};

use super::deflate::{self, THRESHOLD};
use super::testing::deflated;
use super::*;
use crate::websocket::decoder::Deflated;
use crate::websocket::testing::{Outcome, decode, frame, inflate_pieces};
use crate::websocket::{Chunk, Decoder, Event, Violation};

const HELLO: [u8; 7] = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];

fn inflate(bytes: &[u8]) -> Outcome {
    inflate_pieces(bytes, &[])
}

fn data(bytes: &[u8]) -> Outcome {
    Outcome { data: bytes.to_vec(), ..Outcome::default() }
}

/// Text with some repetitions, as messages have them.
fn text(length: usize) -> String {
    let mut text = String::new();
    for number in 0.. {
        if text.len() >= length {
            break;
        }
        write!(text, "{{\"id\":{number},\"größe\":{}}},", number * 7919 % 1000).unwrap();
    }
    text.chars().take(length).collect()
}

/// Bytes without any.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x5eed_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}

fn wrapped(framing: &Framing, message: &[u8]) -> Vec<u8> {
    let mut out = b"before".to_vec();
    framing.wrap(message, &mut out);
    out.split_off(6)
}

/// A frame of the server as if a client had sent it.
fn masked(wrapped: &[u8]) -> Vec<u8> {
    let start = match wrapped[1] {
        126 => 4,
        127 => 10,
        _ => 2,
    };
    frame(wrapped[0], &wrapped[start..])
}

#[test]
fn the_examples_of_the_rfc() {
    assert_eq!(inflate(&frame(0xc1, &HELLO)), data(b"Hello"), "7.2.3.1");
    let fragments = [frame(0x41, &HELLO[..3]), frame(0x80, &HELLO[3..])].concat();
    assert_eq!(inflate(&fragments), data(b"Hello"), "7.2.3.1, fragmented");
    let stored = [0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00];
    assert_eq!(inflate(&frame(0xc1, &stored)), data(b"Hello"), "7.2.3.3");
    let last_block = [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00];
    assert_eq!(inflate(&frame(0xc1, &last_block)), data(b"Hello"), "7.2.3.4");
    let two_blocks = [0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00];
    assert_eq!(inflate(&frame(0xc1, &two_blocks)), data(b"Hello"), "7.2.3.5");
    assert_eq!(inflate(&frame(0xc1, &[0x00])), data(b""), "7.2.3.6");
}

#[test]
fn the_window_does_not_outlive_its_message() {
    // The second message of 7.2.3.2 refers to the first.
    let bytes = [frame(0xc1, &HELLO), frame(0xc1, &[0xf2, 0x00, 0x11, 0x00, 0x00])].concat();
    assert_eq!(inflate(&bytes), Outcome { violation: Some(Violation::Corrupt), ..data(b"Hello") });
    let independent = [frame(0xc1, &HELLO), frame(0xc1, &HELLO), frame(0xc1, &deflated(b"!"))].concat();
    assert_eq!(inflate(&independent), data(b"HelloHello!"));
}

#[test]
fn compressed_messages_may_stand_between_others() {
    let bytes = [frame(0x81, b"a"), frame(0xc1, &HELLO), frame(0x82, b"b"), frame(0xc2, &HELLO), frame(0x81, b"c")];
    assert_eq!(inflate(&bytes.concat()), data(b"aHellobHelloc"));
    assert!(matches!(decode(&bytes.concat()).violation, Some(Violation::Protocol(_))), "not where none is agreed upon");
}

#[test]
fn the_mark_stands_on_the_first_frame_of_a_message_only() {
    let breaches = [
        ("continuation", [frame(0x41, &HELLO[..3]), frame(0xc0, &HELLO[3..])].concat()),
        ("continuation of plain text", [frame(0x01, b"x"), frame(0xc0, b"y")].concat()),
        ("ping", frame(0xc9, b"x")),
        ("pong", frame(0xca, b"x")),
        ("close", frame(0xc8, b"")),
        ("another reserved bit", frame(0xe1, &HELLO)),
        ("a message within a compressed one", [frame(0x41, &HELLO[..3]), frame(0x81, b"x")].concat()),
        ("a compressed message within another", [frame(0x01, b"x"), frame(0xc1, &HELLO)].concat()),
    ];
    for (name, bytes) in breaches {
        assert!(matches!(inflate(&bytes).violation, Some(Violation::Protocol(_))), "{name}");
    }
}

#[test]
fn every_cut_gives_the_same() {
    let message = text(3000);
    let deflated = deflated(message.as_bytes());
    let (start, end) = deflated.split_at(200);
    let fragments = [frame(0x41, start), frame(0x89, b"?"), frame(0x00, b""), frame(0x00, end), frame(0x80, b"")];
    let bytes = [fragments.concat(), frame(0x81, b"plain"), frame(0xc1, &HELLO)].concat();
    let whole = Outcome { data: [message.as_bytes(), b"plainHello"].concat(), pings: vec![b"?".to_vec()], ..data(b"") };
    for first in 0..=bytes.len() {
        for second in (first..=bytes.len()).step_by(97) {
            assert_eq!(inflate_pieces(&bytes, &[first, second]), whole, "cut at {first} and {second}");
        }
    }
    assert_eq!(inflate_pieces(&bytes, &(0..bytes.len()).collect::<Vec<_>>()), whole);
}

#[test]
fn what_cannot_be_expanded_is_answered_with_1007() {
    let whole = deflated(text(500).as_bytes());
    let payloads: [(&str, &[u8]); 7] = [
        ("a reserved kind of block", &[0x07]),
        ("a length that is not its complement", &[0x00, 0x05, 0x00, 0x00, 0x00, 0x48]),
        ("a distance beyond the beginning", &[0xf2, 0x00, 0x11, 0x00, 0x00]),
        ("nothing", &[]),
        ("cut off", &whole[..whole.len() / 2]),
        ("cut off within bytes that are stored", &[0x00, 0x05, 0x00, 0xfa, 0xff, 0x48]),
        ("a last block without what has to follow", &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]),
    ];
    for (name, payload) in payloads {
        let violation = inflate(&frame(0xc2, payload)).violation;
        assert_eq!(violation, Some(Violation::Corrupt), "{name}");
        assert_eq!(violation.map(|violation| violation.close_code().to_be_bytes()), Some(1007_u16.to_be_bytes()));
    }
}

#[test]
fn text_is_checked_once_it_is_expanded() {
    let (start, end) = "日".as_bytes().split_at(1);
    assert_eq!(inflate(&frame(0xc1, &deflated(b"a\xffb"))).violation, Some(Violation::InvalidUtf8));
    assert_eq!(inflate(&frame(0xc2, &deflated(b"a\xffb"))), data(b"a\xffb"), "Binary is not looked at");
    let cut_messages = [frame(0xc1, &deflated(start)), frame(0xc1, &deflated(end))].concat();
    assert_eq!(inflate(&cut_messages).violation, Some(Violation::InvalidUtf8), "a character does not go on");
    let deflated = deflated("日".as_bytes());
    let cut = deflated.split_at(2);
    assert_eq!(inflate(&[frame(0x41, cut.0), frame(0x80, cut.1)].concat()), data("日".as_bytes()));
}

#[test]
fn a_bomb_is_expanded_in_pieces_of_bounded_size() {
    let size = 16 * 1024 * 1024;
    let mut bytes = frame(0xc2, &deflated(&vec![0; size]));
    assert!(bytes.len() < size / 1000, "{}", bytes.len());
    let (mut decoder, mut inflation, mut input) = (Decoder::new(true), Inflation::default(), Chunk::new(&mut bytes));
    let (mut total, mut largest_part, mut largest_piece) = (0, 0, 0);
    while let Some(event) = decoder.next(&mut input).unwrap() {
        let Event::Deflated(part) = event else { panic!("{event:?}") };
        let before = total;
        let take = |piece: &[u8]| {
            total += piece.len();
            largest_piece = largest_piece.max(piece.len());
        };
        inflation.push(&part, take).unwrap();
        largest_part = largest_part.max(total - before);
    }
    assert_eq!(total, size);
    assert!(largest_piece <= 8 * 1024 && largest_part <= 300 * 1024, "{largest_piece}, {largest_part}");
}

#[test]
fn many_last_blocks_are_as_good_as_one() {
    let mut payload = [0x03, 0x00].repeat(10_000);
    payload.extend(HELLO);
    assert_eq!(inflate(&frame(0xc1, &payload)), data(b"Hello"));
}

#[test]
fn a_connection_at_rest_keeps_no_window() {
    let mut inflation = Inflation::default();
    let part = |payload, is_last| Deflated { payload, is_text: true, is_last };
    inflation.push(&part(&HELLO[..3], false), |_| {}).unwrap();
    assert_eq!(format!("{inflation:?}"), "Inflation { within_message: true, .. }");
    inflation.push(&part(&HELLO[3..], true), |_| {}).unwrap();
    assert_eq!(format!("{inflation:?}"), "Inflation { within_message: false, .. }");
}

#[test]
fn long_messages_are_compressed_and_short_ones_are_not() {
    for length in [0, 1, 125, 126, THRESHOLD - 1] {
        let message = "x".repeat(length);
        assert_eq!(wrapped(&deflate::TEXT, message.as_bytes())[0], 0x81, "{length}");
        assert_eq!(wrapped(&deflate::BINARY, message.as_bytes())[0], 0x82, "{length}");
    }
    for length in [THRESHOLD, 5_000, 70_000, 1_000_000] {
        let message = text(length);
        for (framing, first) in [(&deflate::TEXT, 0xc1), (&deflate::BINARY, 0xc2)] {
            let wrapped = wrapped(framing, message.as_bytes());
            assert_eq!(wrapped[0], first);
            assert!(wrapped.len() < message.len() / 2, "{} of {length}", wrapped.len());
            assert_eq!(inflate(&masked(&wrapped)), data(message.as_bytes()));
        }
    }
}

#[test]
fn what_would_not_become_shorter_is_sent_as_it_is() {
    for length in [THRESHOLD, THRESHOLD + 1, 10_000, 100_000] {
        let message = noise(length);
        let wrapped = wrapped(&deflate::BINARY, &message);
        assert_eq!((wrapped[0], inflate(&masked(&wrapped))), (0x82, data(&message)), "{length}");
        let after = super::tests::wrapped(&deflate::TEXT, text(5_000).as_bytes());
        assert_eq!(inflate(&masked(&after)), data(text(5_000).as_bytes()), "nothing is left of it");
    }
}

#[test]
fn a_message_is_the_same_for_all_receivers() {
    let compression = Compression { tells_window: false };
    let framing = compression.framing(TransferFormat::Text);
    assert!(framing.is(Compression { tells_window: true }.framing(TransferFormat::Text)));
    assert!(!framing.is(compression.framing(TransferFormat::Binary)));
    let message = text(5_000);
    let first = wrapped(framing, message.as_bytes());
    wrapped(framing, text(3_000).as_bytes());
    assert_eq!(wrapped(framing, message.as_bytes()), first, "whatever was sent before");
}
