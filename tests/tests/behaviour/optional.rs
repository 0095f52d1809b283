//! Arguments that callers may leave out, which SignalR does not have (D-12).

use hub_server::{Hub, HubServer, hub};

use crate::support::{Raw, call, failure, result};

struct Printer;

#[hub]
impl Printer {
    fn print(&self, text: String, _: Hub, #[hub(optional)] copies: Option<u8>, #[hub(optional)] size: Size) -> String {
        format!("{text} {copies:?} {}", size.0)
    }

    fn all(&self, #[hub(optional)] a: Maybe<u8>, #[hub(optional)] b: Maybe<u8>) -> (Maybe<u8>, Maybe<u8>) {
        (a, b)
    }
}

type Maybe<T> = Option<T>;

/// A type with a default of its own.
#[derive(serde::Deserialize)]
#[serde(from = "Option<u8>")]
struct Size(u8);

impl From<Option<u8>> for Size {
    fn from(size: Option<u8>) -> Self {
        Self(size.unwrap_or(4))
    }
}

struct Wrong;

#[hub]
impl Wrong {
    fn print(&self, #[hub(optional)] copies: u8) -> u8 {
        copies
    }
}

async fn answer(target: &str, arguments: &str) -> String {
    let server = HubServer::builder(Printer).enable_detailed_errors(true).build();
    let mut raw = Raw::connect(&server).await;
    raw.send(&call("1", target, arguments)).await;
    raw.next().await
}

#[tokio::test(start_paused = true)]
async fn an_optional_argument_may_be_sent() {
    assert_eq!(answer("Print", r#"["a",2,5]"#).await, result("1", "\"a Some(2) 5\""));
    assert_eq!(answer("All", "[1,2]").await, result("1", "[1,2]"));
}

#[tokio::test(start_paused = true)]
async fn an_optional_argument_may_be_left_out_with_all_behind_it() {
    assert_eq!(answer("Print", r#"["a",2]"#).await, result("1", "\"a Some(2) 4\""));
    assert_eq!(answer("Print", r#"["a"]"#).await, result("1", "\"a None 4\""));
    assert_eq!(answer("All", "[1]").await, result("1", "[1,null]"));
    assert_eq!(answer("All", "[]").await, result("1", "[null,null]"));
}

#[tokio::test(start_paused = true)]
async fn null_leaves_out_one_before_others() {
    assert_eq!(answer("Print", r#"["a",null,5]"#).await, result("1", "\"a None 5\""));
}

#[tokio::test(start_paused = true)]
async fn the_others_must_be_sent_and_none_be_left() {
    for (arguments, count) in [("[]", 0), (r#"["a",1,2,3]"#, 4)] {
        let text = format!(
            "Failed to invoke 'Print' due to an error on the server. InvalidDataException: Invocation provides {count} \
             argument(s) but target expects 1 to 3."
        );
        assert_eq!(answer("Print", arguments).await, failure("1", &text));
    }
}

#[tokio::test(start_paused = true)]
async fn an_optional_argument_of_another_type_is_refused() {
    let answer = answer("Print", r#"["a","b"]"#).await;
    assert!(answer.contains("Error binding arguments."), "{answer}");
}

#[test]
#[should_panic(expected = "a `u8` cannot be left out by callers: take an `Option<u8>`")]
fn a_type_that_has_no_value_without_an_argument_is_found_when_the_server_is_built() {
    let _ = HubServer::new(Wrong);
}
