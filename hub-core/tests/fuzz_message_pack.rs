//! Damaged MessagePack messages: nothing panics, `rmpv` agrees on where values end, and no message takes more memory
//! than its size allows.
//!
//! `FUZZ_INPUTS=1000000 cargo test --release -p hub-core --test fuzz_message_pack` for a long run.

mod mutation;

use std::collections::BTreeMap;

use hub_core::protocol::{DateTime, Frame, HubProtocol, Message, MessagePackExtension, Outcome, RawValue};
use mutation::messages::{Complex, check_payloads, check_rewriting, check_round_trip, show};
use mutation::{Material, Random, damage, inputs, mutate};

const MESSAGES: &[&[u8]] = &[
    b"\x96\x01\x80\xa1\x31\xa4Echo\x91\xa1x\x90",
    b"\x96\x01\x80\xc0\xa1X\x97\x01\xcb\xc0\x02\x00\x00\x00\x00\x00\x00\xc0\xc3\xc2\xa6\xc3\xa9\xe6\x97\xa5\x00\x82\xa4Name\xa1n\xa5Value\x07\x90",
    b"\x96\x01\x82\xabtraceparent\xa800-0a-b7\xa1x\xd9\x01y\xc0\xa4Send\x90\x92\xa1a\xa1b",
    b"\xdc\x00\x06\xcc\x04\xde\x00\x00\xd9\x012\xda\x00\x07Counter\xdc\x00\x03\x0a\x90\x80\xdd\x00\x00\x00\x00",
    b"\x94\x02\x80\xa11\x84\xa8UserName\xa1a\xa5Value\x01\xa5Child\x81\xa5Value\x02\xa4Tags\x91\xa4\xf0\x9f\x98\x80",
    b"\x94\x02\x80\xa11\x92\x91\x01\x92\x02\x92\x03\x81\xa1a\x91\x80",
    b"\x95\x03\x80\xa11\x03\x83\xa1a\x01\xa1A\x02\xa0\xc0",
    b"\x95\x03\x80\xa11\x03\x82\xa5Value\x01\xa5Value\x02",
    b"\x95\x03\x80\xa11\x01\xaaWhoops!\n\"\\",
    b"\x95\x03\x80\xa11\x03\xd6\xff\x58\xec\x1c\x80",
    b"\x95\x03\x80\xa11\x03\xd7\xff\x1d\x6f\x34\x54\x58\xec\x1c\x80",
    b"\x95\x03\x80\xa11\x03\xc7\x0c\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\x95\x03\x80\xa11\x03\xc4\x03\x01\x02\x03",
    b"\x95\x03\x80\xa11\x03\xc7\x03\x05\x01\x02\x03",
    b"\x95\x03\x80\xa11\x03\x81\xa4Kind\x81\xa8Extended\xd5\x7f\x01\x02",
    b"\x95\x03\x80\xa11\x03\x81\xa4Kind\x81\xa6Struct\x81\xa4When\xd6\xff\x00\x00\x00\x00",
    b"\x94\x03\x80\xa11\x02",
    b"\x93\x05\x80\xa212",
    b"\x91\x06",
    b"\x93\x07\xa6Error!\xc3",
    b"\x92\x08\xcf\x7f\xff\xff\xff\xff\xff\xff\xff",
    b"\x92\x09\xd1\xff\x7f",
    b"\x91\x06xyz",
];

const FRAGMENTS: &[&[u8]] = &[
    b"\x80",
    b"\x81\xa1a",
    b"\x90",
    b"\x91",
    b"\x9f",
    b"\xa0",
    b"\xa1\xff",
    b"\xbf",
    b"\xc0",
    b"\xc1",
    b"\xc2",
    b"\xc4\x00",
    b"\xc6\xff\xff\xff\xff",
    b"\xc9\xff\xff\xff\xff",
    b"\xca\x7f\x80\x00\x00",
    b"\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00",
    b"\xcc",
    b"\xcf\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\xd3\x80\x00\x00\x00\x00\x00\x00\x00",
    b"\xd4\x01\x00",
    b"\xd6\xff\xff\xff\xff\xff",
    b"\xd7\xff\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\xd9\xff",
    b"\xda\x00\x01x",
    b"\xdb\xff\xff\xff\xff",
    b"\xdc\xff\xff",
    b"\xdd\xff\xff\xff\xff",
    b"\xdd\x00\x00\x00\x01",
    b"\xde\xff\xff",
    b"\xdf\xff\xff\xff\xff",
    b"\xa5Value\x01",
    b"\x82\xa5Value\x01\xa5Value\x02",
    b"\x85\xa5Child\x85\xa5Child\x85\xa5Child",
    b"\xa5value",
];

const MATERIAL: Material<'_, [u8]> = Material { seeds: MESSAGES, fragments: FRAGMENTS, brackets: (0x91, 0xC0) };

#[test]
fn damaged_messages() {
    damage(0x5EED_0003, &MATERIAL, check_message);
}

/// Parses one input, checks what must hold, and says whether it was a message.
fn check_message(input: &[u8]) -> bool {
    let protocol = HubProtocol::message_pack();
    let Ok(message) = protocol.parse(input) else { return false };
    check_payloads(&message, check_value);
    check_rewriting(&protocol, &message, input, |_| {});
    true
}

/// Reads a payload as many types.
fn check_value(value: &RawValue<'_>) {
    let protocol = HubProtocol::message_pack();
    check_against_rmpv(value);
    let _ = value.deserialize::<Complex>().map(|complex| check_round_trip(&protocol, &complex));
    let _ = value.deserialize::<BTreeMap<String, Option<i64>>>().map(|map| check_round_trip(&protocol, &map));
    let _ = value.deserialize::<BTreeMap<i8, serde_json::Value>>().map(|map| check_round_trip(&protocol, &map));
    let _ = value.deserialize::<Vec<Option<f64>>>().map(|list| check_round_trip(&protocol, &list));
    let _ = value.deserialize::<Vec<u8>>().map(|bytes| check_round_trip(&protocol, &bytes));
    let _ = value.deserialize::<DateTime>().map(|time| check_round_trip(&protocol, &time));
    let _ = value.deserialize::<MessagePackExtension>().map(|it| check_round_trip(&protocol, &it));
    let _ = value.deserialize::<(u8, i64, char)>().map(|tuple| check_round_trip(&protocol, &tuple));
}

/// Both find a value, of the same length, or neither does.
fn check_against_rmpv(value: &RawValue<'_>) {
    let bytes = value.bytes();
    let mut rest = bytes;
    let theirs = rmpv::decode::read_value_ref(&mut rest);
    match (value.skip(), theirs) {
        (Ok(()), Ok(_)) => assert!(rest.is_empty(), "{} bytes more than rmpv: {}", rest.len(), show(bytes)),
        (Ok(()), Err(error)) => panic!("{error}: {}", show(bytes)),
        // It reads the byte that is never used as nil.
        (Err(error), Ok(_)) => assert!(error.text().contains("(never used)"), "{error}: {}", show(bytes)),
        (Err(_), Err(_)) => {}
    }
}

/// However a stream of messages is cut, the same messages come out of it, and the same end.
#[test]
fn cuts_do_not_matter() {
    let protocol = HubProtocol::message_pack();
    let mut random = Random::new(0x5EED_0004);
    for _ in 0..inputs() / 10 {
        let stream = damaged_stream(&mut random);
        let limit = (random.below(2) == 0).then(|| 8 + random.below(64));
        let mut at_once = Taken::default();
        at_once.take(&protocol, &stream, limit);
        let mut piecewise = Taken::default();
        let mut rest = stream.as_slice();
        while !rest.is_empty() {
            let (piece, behind) = rest.split_at(1 + random.below(rest.len().min(20)));
            assert!(protocol.may_end_in(piece));
            piecewise.take(&protocol, piece, limit);
            rest = behind;
        }
        assert_eq!(at_once, piecewise, "{limit:?} {}", show(&stream));
    }
}

/// Some messages behind their lengths, of which the last may be any.
fn damaged_stream(random: &mut Random) -> Vec<u8> {
    let mut stream = Vec::new();
    for _ in 0..random.below(4) {
        let message = mutate(random, &MATERIAL);
        let mut length = message.len();
        while length >= 0x80 {
            stream.push(u8::try_from(length & 0x7F | 0x80).expect("a byte"));
            length >>= 7;
        }
        stream.push(u8::try_from(length).expect("a byte"));
        stream.extend_from_slice(&message);
    }
    for _ in 0..random.below(8) {
        stream.push(u8::try_from(random.below(256)).expect("a byte"));
    }
    stream
}

/// What a receiver takes from a stream.
#[derive(Debug, Default, PartialEq)]
struct Taken {
    messages: Vec<Vec<u8>>,
    unread: Vec<u8>,
    end: Option<Frame>,
}

impl Taken {
    fn take(&mut self, protocol: &HubProtocol, bytes: &[u8], limit: Option<usize>) {
        self.unread.extend_from_slice(bytes);
        while self.end.is_none() {
            match protocol.frame(&self.unread, limit) {
                Frame::Complete { message, consumed } => {
                    self.messages.push(self.unread[message].to_vec());
                    self.unread.drain(..consumed);
                }
                Frame::Incomplete => return,
                end => self.end = Some(end),
            }
        }
    }
}

/// No message takes much more memory than its bytes, whatever it announces.
#[test]
fn memory_is_bounded() {
    let mut random = Random::new(0x5EED_0005);
    for _ in 0..inputs() / 10 {
        let input = mutate(&mut random, &MATERIAL);
        assert_bounded(&input);
    }
    let head = b"\x95\x03\x80\xa11\x03";
    let lying = |lie: &[u8], times: usize| [head.as_slice(), &lie.repeat(times), &vec![0; 30_000]].concat();
    for (lie, times) in [
        (b"\xdd\xff\xff\xff\xff".as_slice(), 1),
        (b"\xdc\x70\x00", 1),
        (b"\xdc\x70\x00", 60),
        (b"\xde\x30\x00", 60),
        (b"\x81\xa4Tags\xdc\x70\x00", 1),
        (b"\xdb\x00\x00\x80\x00", 1),
        (b"\xc6\xff\xff\xff\xff", 1),
    ] {
        assert_bounded(&lying(lie, times));
    }
}

fn assert_bounded(input: &[u8]) {
    let used = allocation_counter::measure(|| {
        check_message(input);
    });
    let allowed = 4096 + 256 * u64::try_from(input.len()).expect("it fits");
    assert!(used.bytes_max <= allowed, "{} bytes for {}: {}", used.bytes_max, input.len(), show(input));
}

/// Much work in few bytes: members that are repeated, nested or unknown must not cost more than a little each.
#[test]
fn hostile_messages_cost_no_more_than_their_size() {
    let repeated = [b"\xde\xea\x60".as_slice(), &b"\xa5Value\x01\xa1x\x80".repeat(30_000)].concat();
    let nested = (0..60).fold(b"\x80".to_vec(), |inner, _| [b"\x82\xa4Tags\xc0\xa5Child".as_slice(), &inner].concat());
    let mut wide = b"\xde\x01\xf5".to_vec();
    (0..500).for_each(|_| wide.extend([b"\xa5Child".as_slice(), &nested].concat()));
    wide.extend(b"\xa5Value\x01");
    let headers: Vec<u8> =
        (0..20_000_u32).flat_map(|name| [b"\xa8", format!("{name:08}").as_bytes(), b"\xa1x"].concat()).collect();
    let many_headers = [b"\x96\x01\xde\x4e\x20".as_slice(), &headers, b"\xa11\xa4Echo\x90\x90"].concat();
    let start = std::time::Instant::now();
    for value in [repeated, wide] {
        let message = [b"\x95\x03\x80\xa11\x03".as_slice(), &value].concat();
        let Ok(Message::Completion { outcome: Outcome::Result(result), .. }) =
            HubProtocol::message_pack().parse(&message)
        else {
            panic!("no result")
        };
        assert_eq!(result.deserialize::<Complex>().map(|complex| complex.value), Ok(1));
    }
    assert!(check_message(&many_headers));
    assert!(start.elapsed().as_secs() < 5, "it took {:?}", start.elapsed());
}
