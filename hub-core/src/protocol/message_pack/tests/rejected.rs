//! Messages that end the connection (M-5, M-25…M-39).

use super::hex;
use crate::protocol::HubProtocol;

fn error(digits: &str) -> String {
    match HubProtocol::message_pack().parse(&hex(digits)) {
        Ok(message) => panic!("{digits}: {message:?}"),
        Err(error) => format!("{}: {}", error.kind(), error.text()),
    }
}

fn assert_invalid_data(cases: &[(&str, &str)]) {
    for (digits, expected) in cases {
        assert_eq!(error(digits), format!("InvalidDataException: {expected}"), "{digits}");
    }
}

#[test]
fn what_is_no_array() {
    for (digits, code) in [
        ("c0", "192 (nil)"),
        ("80", "128 (fixmap)"),
        ("a178", "161 (fixstr)"),
        ("01", "1 (positive fixint)"),
        ("ff", "255 (negative fixint)"),
        ("c1", "193 ((never used))"),
        ("c2", "194 (false)"),
        ("c3", "195 (true)"),
        ("c4020102", "196 (bin 8)"),
        ("ca00000000", "202 (float 32)"),
        ("cb0000000000000000", "203 (float 64)"),
        ("cc01", "204 (uint 8)"),
        ("d001", "208 (int 8)"),
        ("d40001", "212 (fixext 1)"),
        ("c700ff", "199 (ext 8)"),
        ("d900", "217 (str 8)"),
        ("de0000", "222 (map 16)"),
        ("df00000000", "223 (map 32)"),
    ] {
        let expected = format!("MessagePackSerializationException: Unexpected msgpack code {code} encountered.");
        assert_eq!(error(digits), expected);
    }
}

#[test]
fn what_ends_too_early() {
    for digits in ["", "96", "91", "dc", "dc00", "dd000000", "ddffffffff01", "dc000501"] {
        assert_eq!(error(digits), "EndOfStreamException: Attempted to read past the end of the stream.", "{digits}");
    }
}

#[test]
fn message_types() {
    let expected = "Reading 'messageType' as Int32 failed.";
    for digits in [
        "90",
        "91a131",
        "91c0",
        "91c3",
        "91cb3ff0000000000000",
        "91cf8000000000000000",
        "91ce80000000",
        "91d3ffffffff7fffffff",
        "91c1",
        "91cd01",
    ] {
        assert_invalid_data(&[(digits, expected)]);
    }
}

#[test]
fn headers() {
    assert_invalid_data(&[
        ("91 01", "Reading map length for 'headers' failed."),
        ("96 01 c0 a131 a14e 90 90", "Reading map length for 'headers' failed."),
        ("96 01 90 a131 a14e 90 90", "Reading map length for 'headers' failed."),
        ("96 01 a178 a131 a14e 90 90", "Reading map length for 'headers' failed."),
        ("94 02 c0 a131 01", "Reading map length for 'headers' failed."),
        ("94 03 c0 a131 02", "Reading map length for 'headers' failed."),
        ("95 04 c0 a131 a14e 90", "Reading map length for 'headers' failed."),
        ("93 05 c0 a131", "Reading map length for 'headers' failed."),
        ("93 05 84 a131 a131", "Reading map length for 'headers' failed."),
        ("93 05 dfffffffff a131", "Reading map length for 'headers' failed."),
        ("96 01 8101a161 a131 a14e 90 90", "Reading 'headers[0].Key' as String failed."),
        ("96 01 82a161a16201a161 a131 a14e 90 90", "Reading 'headers[1].Key' as String failed."),
        ("96 01 81a16101 a131 a14e 90 90", "Reading 'headers[0].Value' as String failed."),
        ("96 01 82a161a162a163c3 a131 a14e 90 90", "Reading 'headers[1].Value' as String failed."),
        ("96 01 81c0a161 a131 a14e 90 90", "Null or empty key in header."),
        ("96 01 81a0a161 a131 a14e 90 90", "Null or empty key in header."),
        ("96 01 81a161c0 a131 a14e 90 90", "Null or empty value in header."),
        ("96 01 81a161a0 a131 a14e 90 90", "Null or empty value in header."),
    ]);
    let twice = "ArgumentException: An item with the same key has already been added. Key: a";
    assert_eq!(error("96 01 82a161a131a161a132 a131 a14e 90 90"), twice);
    assert_eq!(error("93 05 83a161a131d90161a13201 a131"), twice);
}

#[test]
fn ids_and_targets() {
    assert_invalid_data(&[
        ("96 01 80 01 a14e 90 90", "Reading 'invocationId' as String failed."),
        ("96 01 80 c40131 a14e 90 90", "Reading 'invocationId' as String failed."),
        ("96 01 80 90 a14e 90 90", "Reading 'invocationId' as String failed."),
        ("93 01 80 a531", "Reading 'invocationId' as String failed."),
        ("94 02 80 a53131", "Reading 'invocationId' as String failed."),
        ("92 05 80", "Reading 'invocationId' as String failed."),
        ("93 01 80 a131", "Reading 'target' as String failed."),
        ("96 01 80 a131 01 90 90", "Reading 'target' as String failed."),
        ("96 01 80 a131 c4044563686f 90 90", "Reading 'target' as String failed."),
        ("96 01 80 a131 dbffffffff41 90 90", "Reading 'target' as String failed."),
        ("96 01 80 a131 c0 90 90", "Null or empty target for Invocation message."),
        ("96 01 80 a131 a0 90 90", "Null or empty target for Invocation message."),
        ("96 04 80 a131 c0 90 90", "Null or empty target for StreamInvocation message."),
        ("96 04 80 a131 a0 90 90", "Null or empty target for StreamInvocation message."),
        ("96 04 80 c0 a14e 90 90", "Null or empty invocation ID for StreamInvocation message."),
        ("96 04 80 a0 a14e 90 90", "Null or empty invocation ID for StreamInvocation message."),
        ("94 02 80 c0 01", "Null or empty invocation ID for StreamItem message."),
        ("94 02 80 a0 01", "Null or empty invocation ID for StreamItem message."),
        ("94 03 80 c0 02", "Null or empty invocation ID for Completion message."),
        ("94 03 80 a0 02", "Null or empty invocation ID for Completion message."),
        ("93 05 80 c0", "Null or empty invocation ID for CancelInvocation message."),
        ("93 05 80 a0", "Null or empty invocation ID for CancelInvocation message."),
    ]);
}

#[test]
fn other_items() {
    assert_invalid_data(&[
        ("94 03 80 a131 a132", "Reading 'resultKind' as Int32 failed."),
        ("94 03 80 a131 c0", "Reading 'resultKind' as Int32 failed."),
        ("93 03 80 a131", "Reading 'resultKind' as Int32 failed."),
        ("95 03 80 a131 00 a178", "Invalid invocation result kind."),
        ("95 03 80 a131 04 a178", "Invalid invocation result kind."),
        ("95 03 80 a131 01 05", "Reading 'error' as String failed."),
        ("94 03 80 a131 01", "Reading 'error' as String failed."),
        ("93 07 05 c2", "Reading 'error' as String failed."),
        ("91 07", "Reading 'error' as String failed."),
        ("93 07 c0 01", "Reading 'allowReconnect' as Boolean failed."),
        ("93 07 c0 c0", "Reading 'allowReconnect' as Boolean failed."),
        ("92 08 a131", "Reading 'sequenceId' as Int64 failed."),
        ("92 09 c0", "Reading 'sequenceId' as Int64 failed."),
        ("91 08", "Reading 'sequenceId' as Int64 failed."),
        ("92 09 cb3ff0000000000000", "Reading 'sequenceId' as Int64 failed."),
        ("92 08 cf8000000000000000", "Reading 'sequenceId' as Int64 failed."),
    ]);
}
