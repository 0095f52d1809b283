//! Messages that end the connection (J-31…J-58).

use crate::protocol::HubProtocol;

fn error(text: impl AsRef<[u8]>) -> String {
    let text = text.as_ref();
    match HubProtocol::json().parse(text) {
        Ok(message) => panic!("{}: {message:?}", text.escape_ascii()),
        Err(error) => format!("{}: {}", error.kind(), error.text()),
    }
}

fn assert_invalid_data(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(error(text), format!("InvalidDataException: {expected}"), "{text}");
    }
}

#[test]
fn missing_members() {
    assert_invalid_data(&[
        ("{}", "Missing required property 'type'."),
        (r#"{"Type":1}"#, "Missing required property 'type'."),
        (r#"{"type":1}"#, "Missing required property 'target'."),
        (r#"{"type":4}"#, "Missing required property 'target'."),
        (r#"{"type":4,"invocationId":"1"}"#, "Missing required property 'target'."),
        (r#"{"type":1,"arguments":[]}"#, "Missing required property 'target'."),
        (r#"{"type":1,"target":"x"}"#, "Missing required property 'arguments'."),
        (r#"{"type":4,"invocationId":"1","target":"x"}"#, "Missing required property 'arguments'."),
        (r#"{"type":4,"target":"x"}"#, "Missing required property 'invocationId'."),
        (r#"{"type":1,"invocationId":"1","target":""}"#, "Missing required property 'target'."),
        (r#"{"type":4,"invocationId":"1","target":""}"#, "Missing required property 'arguments'."),
        (r#"{"type":2}"#, "Missing required property 'invocationId'."),
        (r#"{"type":2,"item":1}"#, "Missing required property 'invocationId'."),
        (r#"{"type":2,"invocationId":"42"}"#, "Missing required property 'item'."),
        (r#"{"type":3,"result":1}"#, "Missing required property 'invocationId'."),
        (r#"{"type":3,"invocationId":"","result":1}"#, "Missing required property 'invocationId'."),
        (r#"{"type":5}"#, "Missing required property 'invocationId'."),
        (r#"{"type":5,"invocationId":""}"#, "Missing required property 'invocationId'."),
        (r#"{"type":8}"#, "Missing required property 'sequenceId'."),
        (r#"{"type":9,"sequenceId":null}"#, "Missing required property 'sequenceId'."),
    ]);
}

#[test]
fn members_of_the_wrong_type() {
    assert_invalid_data(&[
        (r#"{"type":null}"#, "Expected 'type' to be of type Number."),
        (r#"{"type":"1"}"#, "Expected 'type' to be of type Number."),
        (r#"{"type":[1]}"#, "Expected 'type' to be of type Number."),
        (r#"{"type":1,"target":42,"arguments":[]}"#, "Expected 'target' to be of type String."),
        (r#"{"type":6,"target":null}"#, "Expected 'target' to be of type String."),
        (r#"{"type":1,"target":"x","arguments":{}}"#, "Expected 'arguments' to be of type Array."),
        (r#"{"arguments":null}"#, "Expected 'arguments' to be of type Array."),
        (r#"{"type":6,"invocationId":42}"#, "Expected 'invocationId' to be of type String."),
        (r#"{"type":6,"invocationId":null}"#, "Expected 'invocationId' to be of type String."),
        (r#"{"type":6,"error":[]}"#, "Expected 'error' to be of type String."),
        (r#"{"type":7,"error":null}"#, "Expected 'error' to be of type String."),
        (r#"{"type":7,"allowReconnect":null}"#, "Expected 'allowReconnect' to be true or false."),
        (r#"{"type":7,"allowReconnect":"x"}"#, "Expected 'allowReconnect' to be true or false."),
        (r#"{"type":6,"sequenceId":"1"}"#, "Expected 'sequenceId' to be of type Number."),
        (r#"{"type":6,"streamIds":{}}"#, "Expected 'streamIds' to be of type Array."),
        (r#"{"type":6,"streamIds":null}"#, "Expected 'streamIds' to be of type Array."),
        (r#"{"type":6,"streamIds":["1",null]}"#, "Null value for 'streamIds' is not valid."),
        (r#"{"type":6,"headers":[]}"#, "Expected 'headers' to be of type StartObject."),
        (r#"{"type":6,"headers":null}"#, "Expected 'headers' to be of type StartObject."),
        (r#"{"type":6,"headers":{"a":"b","Foo":42}}"#, "Expected header 'Foo' to be of type String."),
        (r#"{"type":6,"headers":{"Foo":null}}"#, "Expected header 'Foo' to be of type String."),
        (
            r#"{"type":3,"invocationId":"1","result":null,"error":""}"#,
            "The 'error' and 'result' properties are mutually exclusive.",
        ),
    ]);
}

#[test]
fn the_first_mistake_is_the_one_that_is_told() {
    assert_eq!(error(r#"{"type":"x","target":1,]"#), "InvalidDataException: Expected 'type' to be of type Number.");
}

#[test]
fn numbers_that_are_no_integers() {
    for number in ["1.5", "1.0", "1e0", "2147483648", "-2147483649", "99999999999999999999"] {
        let expected =
            "FormatException: Either the JSON value is not in a supported format, or is out of bounds for an Int32.";
        assert_eq!(error(format!(r#"{{"type":{number}}}"#)), expected);
    }
    for number in ["1.5", "1e0", "9223372036854775808"] {
        let expected =
            "FormatException: Either the JSON value is not in a supported format, or is out of bounds for an Int64.";
        assert_eq!(error(format!(r#"{{"type":8,"sequenceId":{number}}}"#)), expected);
    }
}

#[test]
fn stream_ids_that_are_no_strings() {
    for (id, token) in
        [("1", "Number"), ("[]", "StartArray"), ("{}", "StartObject"), ("true", "True"), ("false", "False")]
    {
        let expected =
            format!("InvalidOperationException: Cannot get the value of a token type '{token}' as a string.");
        assert_eq!(error(format!(r#"{{"type":1,"streamIds":[{id}]}}"#)), expected);
    }
}

#[test]
fn roots_that_are_no_objects() {
    for (text, token) in [
        ("null", "Null"),
        ("\"foo\"", "String"),
        ("[42]", "Array"),
        ("42", "Number"),
        ("true", "True"),
        (" false ", "False"),
        ("[nonsense", "Array"),
    ] {
        let expected = format!("InvalidDataException: Unexpected JSON Token Type '{token}'. Expected a JSON Object.");
        assert_eq!(error(text), expected, "{text}");
    }
}

#[test]
fn malformed_json() {
    for text in [
        "",
        "  ",
        "{",
        "}",
        "{]",
        "hello",
        "nul",
        "42x",
        "\"foo",
        r#"{"type":"#,
        r#"{"type":1,"target":"Ec"#,
        r#"{"type":1,"headers":{"Foo":"bar""#,
        r#"{"type":1,"headers":{"Foo":"#,
        "{'type':6}",
        r#"{"type":6,}"#,
        r#"{"type" 6}"#,
        r#"{"type":6 "x":1}"#,
        r#"{,"type":6}"#,
        r#"{"type":6,,"x":1}"#,
        "{type:6}",
        r#"{/* hi */"type":6}"#,
        "\u{feff}{\"type\":6}",
        "\0{\"type\":6}",
        "{\u{c}\"type\":6}",
        "\u{a0}{\"type\":6}",
        r#"{"type":06}"#,
        r#"{"type":-}"#,
        r#"{"type":NaN}"#,
        r#"{"type":6"#,
        "{\"x\":\"a\nb\",\"type\":6}",
        r#"{"x":"\x41","type":6}"#,
        r#"{"x":"\u00g0","type":6}"#,
        r#"{"x":"\u00"#,
        r#"{"x":nulll,"type":6}"#,
        r#"{"target":nul}"#,
        r#"{"type":"1"#,
        r#"{"type":tru}"#,
        r#"{"headers":1x}"#,
        r#"{"headers":{"a":fals}}"#,
        r#"{"streamIds":[nul]}"#,
        r#"{"allowReconnect":1.}"#,
        r#"{"x":Infinity,"type":6}"#,
    ] {
        assert_eq!(error(text), "InvalidDataException: Error reading JSON.", "{text}");
    }
}

#[test]
fn malformed_values() {
    for value in [
        "+1",
        ".5",
        "1.",
        "1e",
        "1e+",
        "-",
        "-x",
        "0x10",
        "01",
        "tru",
        "True",
        "[1,]",
        "[,1]",
        "[1,,2]",
        "[1 2]",
        "[1",
        "[1}",
        r#"{"a":1,}"#,
        r#"{"a"}"#,
        r#"{"a":}"#,
        r#"{"a":1]"#,
        r#""a"/**/"#,
        "{1:2}",
        "'x'",
        "",
        "]",
    ] {
        for text in [
            format!(r#"{{"type":1,"target":"Echo","arguments":["x",{value}]}}"#),
            format!(r#"{{"type":2,"invocationId":"1","item":{value}}}"#),
            format!(r#"{{"x":[{{"y":{value}}}],"type":6}}"#),
        ] {
            assert_eq!(error(&text), "InvalidDataException: Error reading JSON.", "{text}");
        }
    }
}

#[test]
fn more_than_sixty_four_levels() {
    for (levels, head, tail) in [
        (64, r#"{"x":"#, r#","type":6}"#),
        (64, r#"{"type":2,"invocationId":"1","item":"#, "}"),
        (64, r#"{"type":3,"invocationId":"1","result":"#, "}"),
        (63, r#"{"type":1,"target":"A","arguments":["#, "]}"),
        (10_000, r#"{"x":"#, r#","type":6}"#),
    ] {
        for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
            let text = format!("{head}{}1{}{tail}", open.repeat(levels), close.repeat(levels));
            assert_eq!(error(&text), "InvalidDataException: Error reading JSON.", "{text}");
        }
    }
}

#[test]
fn texts_that_are_none() {
    let cases = [
        (&b"\xff"[..], "Cannot transcode invalid UTF-8 JSON text to UTF-16 string."),
        (b"\xc0\xaf", "Cannot transcode invalid UTF-8 JSON text to UTF-16 string."),
        (b"\xed\xa0\x80", "Cannot transcode invalid UTF-8 JSON text to UTF-16 string."),
        (br"\ud83d", "Cannot read incomplete UTF-16 JSON text as string with missing low surrogate."),
        (br"\ude00", "Cannot read invalid UTF-16 JSON text as string. Invalid surrogate value: '0xDE00'."),
    ];
    for (bad, expected) in cases {
        for (head, tail) in [
            (r#"{"target":"a"#, r#""}"#),
            (r#"{"invocationId":""#, r#""}"#),
            (r#"{"error":""#, r#"b"}"#),
            (r#"{"streamIds":[""#, r#""]}"#),
            (r#"{"headers":{"a":""#, r#""}}"#),
            (r#"{"headers":{""#, r#"":"a"}}"#),
        ] {
            let text = [head.as_bytes(), bad, tail.as_bytes()].concat();
            assert_eq!(error(&text), format!("InvalidOperationException: {expected}"), "{}", text.escape_ascii());
        }
    }
}

#[test]
fn bad_bytes_outside_of_strings() {
    assert_eq!(error(b"{\"type\":1,\xff\"target\":\"Echo\"}"), "InvalidDataException: Error reading JSON.");
}
