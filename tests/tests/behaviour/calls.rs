//! From a call to its result (sections 4.3, 6.1 and 6.4).

use hub_server::{HubError, HubServer, hub};

use crate::support::{Raw, call, result, send};

struct Desk;

#[hub]
impl Desk {
    fn greet(&self, name: Option<String>) -> String {
        name.map_or_else(|| "nobody".to_owned(), |name| format!("hello {name}"))
    }

    async fn add(&self, a: i32, b: i32) -> i32 {
        tokio::task::yield_now().await;
        a + b
    }

    fn nothing(&self) {}

    async fn checked(&self, number: i32) -> Result<i32, HubError> {
        tokio::task::yield_now().await;
        if number < 0 { Err(HubError::new("negative")) } else { Ok(number) }
    }

    fn parsed(&self, text: String) -> Result<i32, std::num::ParseIntError> {
        text.parse()
    }

    #[hub(name = "äpfel")]
    fn apples(&self) -> u8 {
        Self::hidden() - 1
    }

    #[hub(skip)]
    fn hidden() -> u8 {
        8
    }
}

/// The answers to what one client sends.
async fn answers(messages: &str) -> Vec<String> {
    let mut raw = Raw::connect(&HubServer::new(Desk)).await;
    raw.send(messages).await;
    raw.so_far().await
}

#[tokio::test(start_paused = true)]
async fn a_method_is_found_in_any_case() {
    for target in ["Add", "add", "ADD", "aDd"] {
        assert_eq!(answers(&call("1", target, "[1,2]")).await, [result("1", "3")]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_method_is_found_in_any_case_beyond_ascii() {
    for target in ["äpfel", "ÄPFEL", r"\u00c4pfel"] {
        assert_eq!(answers(&call("1", target, "[]")).await, [result("1", "7")]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_name_with_blanks_or_as_in_rust_is_another_name() {
    for target in ["Add ", " Add", "hidden", "Hidden", "apples", "on_connected", "OnConnected"] {
        let [answer] = answers(&call("1", target, "[1,2]")).await.try_into().unwrap();
        assert!(answer.contains("Method does not exist."), "{target}: {answer}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_method_that_returns_nothing_has_the_result_null() {
    assert_eq!(answers(&call("1", "Nothing", "[]")).await, [result("1", "null")]);
}

#[tokio::test(start_paused = true)]
async fn the_value_of_a_result_is_the_result() {
    assert_eq!(answers(&call("1", "Checked", "[5]")).await, [result("1", "5")]);
    assert_eq!(answers(&call("1", "Parsed", r#"["6"]"#)).await, [result("1", "6")]);
}

#[tokio::test(start_paused = true)]
async fn null_is_none_for_an_optional_argument() {
    assert_eq!(answers(&call("1", "Greet", "[null]")).await, [result("1", "\"nobody\"")]);
    assert_eq!(answers(&call("1", "Greet", "[\"Ada\"]")).await, [result("1", "\"hello Ada\"")]);
}

#[tokio::test(start_paused = true)]
async fn an_optional_argument_must_be_sent_too() {
    let [answer] = answers(&call("1", "Greet", "[]")).await.try_into().unwrap();
    assert!(answer.contains("Failed to invoke 'Greet'"), "{answer}");
}

#[tokio::test(start_paused = true)]
async fn a_call_without_an_id_is_never_answered() {
    let quiet = [
        send("Add", "[1,2]"),
        send("Checked", "[-1]"),
        send("Unknown", "[]"),
        send("Add", "[]"),
        call("", "Add", "[1,2]"),
    ];
    let messages = quiet.concat() + &call("1", "Add", "[3,4]");
    assert_eq!(answers(&messages).await, [result("1", "7")]);
}

#[tokio::test(start_paused = true)]
async fn ids_come_back_as_they_were_sent() {
    for id in ["0", "a b", "äöü", r#"\"\\"#, &"9".repeat(300)] {
        assert_eq!(answers(&call(id, "Add", "[1,2]")).await, [result(id, "3")]);
    }
}

#[tokio::test(start_paused = true)]
async fn members_come_in_any_order_with_unknown_ones_between() {
    let message =
        r#"{"arguments":[1,2],"x":{"type":7},"target":"Add","headers":{"a":"b"},"invocationId":"1","type":1}␞"#;
    assert_eq!(answers(message).await, [result("1", "3")]);
}

#[tokio::test(start_paused = true)]
async fn a_message_of_an_unknown_type_is_skipped() {
    let messages = r#"{"type":99,"error":"x"}␞"#.to_owned() + &call("1", "Add", "[1,2]");
    assert_eq!(answers(&messages).await, [result("1", "3")]);
}

#[tokio::test(start_paused = true)]
async fn answers_that_nobody_asked_for_are_ignored() {
    let messages = [
        r#"{"type":2,"invocationId":"9","item":1}␞"#,
        r#"{"type":3,"invocationId":"9","result":1}␞"#,
        r#"{"type":3,"invocationId":"9"}␞"#,
        r#"{"type":5,"invocationId":"9"}␞"#,
        r#"{"type":8,"sequenceId":1}␞"#,
        r#"{"type":9,"sequenceId":1}␞"#,
        r#"{"type":6}␞"#,
    ];
    assert_eq!(answers(&(messages.concat() + &call("1", "Add", "[1,2]"))).await, [result("1", "3")]);
}

#[tokio::test(start_paused = true)]
async fn a_message_may_come_in_single_bytes() {
    let mut raw = Raw::connect(&HubServer::new(Desk)).await;
    for character in call("1", "Greet", "[\"Ada\"]").chars() {
        assert!(raw.so_far().await.is_empty());
        raw.send(&character.to_string()).await;
    }
    assert_eq!(raw.so_far().await, [result("1", "\"hello Ada\"")]);
}

#[tokio::test(start_paused = true)]
async fn calls_are_answered_in_the_order_they_came() {
    let messages: String = (0..100).map(|n| call(&n.to_string(), "Add", &format!("[{n},1]"))).collect();
    let expected: Vec<_> = (0..100).map(|n| result(&n.to_string(), &(n + 1).to_string())).collect();
    assert_eq!(answers(&messages).await, expected);
}
