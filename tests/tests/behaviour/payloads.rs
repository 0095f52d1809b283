//! Values of a program on their way through a hub (sections 4.1 and 4.2).

use std::collections::BTreeMap;

use bytes::Bytes;
use hub_server::{DateTime, HubServer, PayloadNaming, hub};
use serde::{Deserialize, Serialize};

use crate::support::{Raw, call, failure, result};

struct Mirror;

#[hub]
impl Mirror {
    fn date(&self, date: DateTime) -> DateTime {
        date
    }

    fn bytes(&self, bytes: Bytes) -> Bytes {
        bytes
    }

    fn numbers(&self, numbers: Vec<u8>) -> Vec<u8> {
        numbers
    }

    fn order(&self, order: Order) -> Order {
        order
    }

    fn maybe(&self, order: Option<Order>) -> Option<Order> {
        order
    }

    fn map(&self, map: BTreeMap<String, Option<i32>>) -> BTreeMap<String, Option<i32>> {
        map
    }

    fn double(&self, number: f64) -> f64 {
        number
    }

    fn tuple(&self, pair: (i64, String)) -> (i64, String) {
        pair
    }
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Order {
    serial_number: u64,
    ship_to: Option<String>,
    #[serde(rename = "URL")]
    url: String,
    lines: Vec<Order>,
}

async fn mirrored(target: &str, argument: &str) -> String {
    mirrored_by(HubServer::new(Mirror), target, argument).await
}

async fn mirrored_by(server: HubServer<Mirror>, target: &str, argument: &str) -> String {
    let mut raw = Raw::connect(&server).await;
    raw.send(&call("1", target, &format!("[{argument}]"))).await;
    raw.next().await
}

async fn check(target: &str, argument: &str, expected: &str) {
    assert_eq!(mirrored(target, argument).await, result("1", expected), "{target} {argument}");
}

async fn check_refused(target: &str, argument: &str) {
    let text = format!("Failed to invoke '{target}' due to an error on the server.");
    assert_eq!(mirrored(target, argument).await, failure("1", &text), "{target} {argument}");
}

#[tokio::test(start_paused = true)]
async fn dates_keep_their_kind() {
    check("Date", r#""2017-04-11T01:02:03.1200000Z""#, r#""2017-04-11T01:02:03.12Z""#).await;
    check("Date", r#""2017-04-11""#, r#""2017-04-11T00:00:00""#).await;
    check("Date", r#""2017-04-11T01:02:03+02:00""#, r#""2017-04-10T23:02:03+00:00""#).await;
    check_refused("Date", r#""tomorrow""#).await;
    check_refused("Date", "0").await;
}

#[tokio::test(start_paused = true)]
async fn bytes_are_base64() {
    check("Bytes", r#""AQID""#, r#""AQID""#).await;
    check("Bytes", r#""""#, r#""""#).await;
    check_refused("Bytes", r#""AR==""#).await;
    check_refused("Bytes", r#""AQI""#).await;
}

#[tokio::test(start_paused = true)]
async fn lists_of_small_numbers_are_numbers() {
    check("Numbers", "[1,2,3]", "[1,2,3]").await;
    check_refused("Numbers", "[256]").await;
}

const ORDER: &str = r#"{"serialNumber":7,"shipTo":null,"url":"x","lines":[]}"#;

#[tokio::test(start_paused = true)]
async fn members_are_written_in_camel_case_and_read_in_any() {
    for order in [
        r#"{"serialNumber":7,"url":"x"}"#,
        r#"{"SERIALNUMBER":7,"Url":"x","shipto":null}"#,
        r#"{"serial_number":7,"URL":"x","unknown":[{}]}"#,
        r#"{"SerialNumber":1,"serialNumber":7,"url":"y","URL":"x"}"#,
    ] {
        check("Order", order, ORDER).await;
    }
    check(
        "Order",
        r#"{"lines":[{"SHIPTO":"here"}]}"#,
        r#"{"serialNumber":0,"shipTo":null,"url":"","lines":[{"serialNumber":0,"shipTo":"here","url":"","lines":[]}]}"#,
    )
    .await;
    check_refused("Order", "[]").await;
    check_refused("Order", r#"{"serialNumber":"7"}"#).await;
    check_refused("Order", r#"{"serialNumber":1.0}"#).await;
}

#[tokio::test(start_paused = true)]
async fn members_are_named_as_the_options_say() {
    let cases = [
        (PayloadNaming::PascalCase, r#"{"SerialNumber":7,"ShipTo":null,"URL":"x","Lines":[]}"#),
        (PayloadNaming::AsDeclared, r#"{"serial_number":7,"ship_to":null,"URL":"x","lines":[]}"#),
    ];
    for (naming, expected) in cases {
        let server = HubServer::builder(Mirror).json_naming(naming).build();
        assert_eq!(mirrored_by(server, "Order", expected).await, result("1", expected));
    }
}

#[tokio::test(start_paused = true)]
async fn optional_arguments_may_be_null() {
    check("Maybe", "null", "null").await;
    check("Maybe", r#"{"serialNumber":7,"url":"x"}"#, ORDER).await;
    check_refused("Order", "null").await;
}

#[tokio::test(start_paused = true)]
async fn keys_of_maps_are_left_alone() {
    check("Map", r#"{"B_key":1,"aKey":null}"#, r#"{"B_key":1,"aKey":null}"#).await;
}

#[tokio::test(start_paused = true)]
async fn doubles_are_written_as_dotnet_writes_them() {
    for (sent, expected) in
        [("2.0", "2"), ("1e17", "1E+17"), ("-0.0", "-0"), ("0.00001", "1E-05"), ("1e16", "10000000000000000")]
    {
        check("Double", sent, expected).await;
    }
}

#[tokio::test(start_paused = true)]
async fn tuples_are_arrays() {
    check("Tuple", r#"[-1,"😀"]"#, r#"[-1,"\uD83D\uDE00"]"#).await;
}
