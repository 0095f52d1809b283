//! Calls with the types of contracts, both ways, over connections in memory.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{Stream, StreamExt as _, stream};
use hub_client::testing::in_memory;
use hub_client::{HubConnection, InvocationError};
use hub_contract::{hub_client, hub_server};
use hub_server::{ConnectionId, Hub, HubError, HubProtocol, HubServer, UploadStream, hub};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Member {
    name: String,
    rooms: Vec<String>,
}

/// What clients understand.
#[hub_client]
pub(crate) trait ChatClient {
    async fn receive(&self, from: &Member, lines: &[&str], at: Option<&str>, times: u8);
    #[hub_client(name = "quit")]
    async fn left(&self);
    async fn ask(&self, question: &str, answers: Vec<&str>) -> Option<usize>;
    async fn one(&self, text: &str);
}

/// What the chat does.
#[hub_server]
pub(crate) trait ChatServer {
    async fn tell(&self, from: &Member, lines: &[&str], at: Option<&str>) -> usize;
    async fn leave(&self);
    async fn ask_me(&self, question: &str) -> Option<usize>;
    async fn fail(&self, why: &str) -> u8;
    #[hub_server(name = "sum")]
    async fn total(&self, numbers: impl Stream<Item = i64>, factor: i64) -> i64;
    fn countdown(&self, from: u32) -> impl Stream<Item = u32>;
    fn echo(&self, texts: impl Stream<Item = String>) -> impl Stream<Item = String>;
    async fn count(&self, map: HashMap<&str, u8>) -> usize;
    async fn wrong_calls(&self);
    async fn measure(&self, number: f64);
}

struct Chat;

#[hub(client = ChatClient, server = ChatServer)]
impl Chat {
    async fn tell(
        &self,
        hub: Hub<dyn ChatClient>,
        from: Member,
        lines: Vec<String>,
        at: Option<String>,
    ) -> Result<usize, HubError> {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        hub.clients().all().receive(&from, &lines, at.as_deref(), 2).await?;
        Ok(lines.len())
    }

    async fn leave(&self, hub: Hub<dyn ChatClient>) -> Result<(), HubError> {
        hub.clients().caller().left().await
    }

    async fn ask_me(&self, hub: Hub<dyn ChatClient>, question: String) -> Result<Option<usize>, HubError> {
        hub.clients().caller().ask(&question, vec!["Yes.", "No."]).await
    }

    fn fail(&self, why: String) -> Result<u8, HubError> {
        Err(HubError::new(why))
    }

    #[hub(name = "Sum")]
    async fn total(&self, mut numbers: UploadStream<i64>, factor: i64) -> Result<i64, HubError> {
        let mut total = 0;
        while let Some(number) = numbers.next().await {
            total += factor * number?;
        }
        Ok(total)
    }

    fn countdown(&self, _: ConnectionId, from: u32) -> impl Stream<Item = u32> + use<> {
        stream::iter((0..from).rev())
    }

    fn echo(&self, texts: UploadStream<String>) -> UploadStream<String> {
        texts
    }

    fn count(&self, map: HashMap<String, u8>) -> usize {
        map.len()
    }

    async fn wrong_calls(&self, hub: Hub<dyn ChatClient>) -> Result<(), HubError> {
        let caller = hub.clients().caller();
        caller.send("One", (1,)).await?;
        caller.send("One", ()).await?;
        caller.send("One", ("one", "two")).await?;
        caller.send("One", ("right",)).await
    }

    fn measure(&self, _: f64) {}
}

/// Writes down what it receives.
#[derive(Clone, Default)]
struct Screen(Arc<Mutex<Vec<String>>>);

impl Screen {
    fn note(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }

    async fn lines(&self) -> Vec<String> {
        // Under the paused clock this passes when nothing else is left to do.
        tokio::time::sleep(Duration::from_millis(1)).await;
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl ChatClient for Screen {
    async fn receive(&self, from: &Member, lines: &[&str], at: Option<&str>, times: u8) {
        self.note(format!("{} {lines:?} {at:?} {times}", from.name));
    }

    async fn left(&self) {
        self.note("left".to_owned());
    }

    async fn ask(&self, question: &str, answers: Vec<&str>) -> Option<usize> {
        tokio::task::yield_now().await;
        answers.iter().position(|answer| question.ends_with(answer))
    }

    async fn one(&self, text: &str) {
        self.note(text.to_owned());
    }
}

const PROTOCOLS: [fn() -> HubProtocol; 2] = [HubProtocol::json, HubProtocol::message_pack];

async fn connect(protocol: HubProtocol) -> (HubConnection, Screen) {
    let server = HubServer::builder(Chat).protocols([HubProtocol::json(), HubProtocol::message_pack()]).build();
    let connection = HubConnection::with_connector(in_memory(&server)).protocol(protocol).build();
    let screen = Screen::default();
    connection.receive::<dyn ChatClient>(screen.clone());
    connection.start().await.unwrap();
    (connection, screen)
}

fn ada() -> Member {
    Member { name: "Ada".to_owned(), rooms: vec!["lobby".to_owned()] }
}

#[tokio::test(start_paused = true)]
async fn borrowed_arguments_go_both_ways() {
    for protocol in PROTOCOLS {
        let (connection, screen) = connect(protocol()).await;
        let chat = connection.hub::<dyn ChatServer>();
        assert_eq!(chat.tell(&ada(), &["one", "two"], Some("noon")).await.unwrap(), 2);
        assert_eq!(chat.tell(&ada(), &[], None).await.unwrap(), 0);
        assert_eq!(screen.lines().await, [r#"Ada ["one", "two"] Some("noon") 2"#, "Ada [] None 2"]);
        assert_eq!(chat.count(HashMap::from([("one", 1), ("two", 2)])).await.unwrap(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn methods_have_the_names_that_the_contract_gives_them() {
    let (connection, screen) = connect(HubProtocol::json()).await;
    connection.hub::<dyn ChatServer>().leave().await.unwrap();
    assert_eq!(screen.lines().await, ["left"]);
}

#[tokio::test(start_paused = true)]
async fn a_client_answers_questions() {
    for protocol in PROTOCOLS {
        let (connection, _screen) = connect(protocol()).await;
        let chat = connection.hub::<dyn ChatServer>();
        assert_eq!(chat.ask_me("Is it late? No.").await.unwrap(), Some(1));
        assert_eq!(chat.ask_me("Is it?").await.unwrap(), None);
    }
}

#[tokio::test(start_paused = true)]
async fn streams_go_both_ways() {
    for protocol in PROTOCOLS {
        let (connection, _screen) = connect(protocol()).await;
        let chat = connection.hub::<dyn ChatServer>();
        let numbers: Vec<u32> = chat.countdown(3).await.unwrap().map(Result::unwrap).collect().await;
        assert_eq!(numbers, [2, 1, 0]);
        assert_eq!(chat.total(stream::iter(1..=3), 10).await.unwrap(), 60);
        let texts = stream::iter(["a", "b"]).map(str::to_owned);
        let echo: Vec<String> = chat.echo(texts).await.unwrap().map(Result::unwrap).collect().await;
        assert_eq!(echo, ["a", "b"]);
    }
}

#[tokio::test(start_paused = true)]
async fn the_hubs_error_reaches_the_caller() {
    let (connection, _screen) = connect(HubProtocol::json()).await;
    let error = connection.hub::<dyn ChatServer>().fail("Too late.").await.unwrap_err();
    assert!(matches!(&error, InvocationError::Server(text) if text.ends_with("HubException: Too late.")), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_call_takes_its_arguments_at_once_and_is_made_when_it_is_awaited() {
    let (connection, screen) = connect(HubProtocol::json()).await;
    let chat = connection.hub::<dyn ChatServer>();
    let (never, later) = {
        let from = ada();
        let text = String::from("hello");
        (chat.tell(&from, &[&text], None), chat.tell(&from, &[&text], Some(&text)))
    };
    drop(never);
    assert_eq!(screen.lines().await, [""; 0]);
    assert_eq!(tokio::spawn(later).await.unwrap().unwrap(), 1);
    assert_eq!(screen.lines().await, [r#"Ada ["hello"] Some("hello") 2"#]);
}

#[tokio::test(start_paused = true)]
async fn a_call_can_be_sent_without_waiting_for_an_answer() {
    let (connection, screen) = connect(HubProtocol::json()).await;
    let chat = connection.hub::<dyn ChatServer>();
    chat.fail("Nobody hears of it.").send().await.unwrap();
    chat.leave().send().await.unwrap();
    assert_eq!(screen.lines().await, ["left"]);
}

#[tokio::test(start_paused = true)]
async fn arguments_that_cannot_be_serialized_fail_the_call_alone() {
    let (connection, _screen) = connect(HubProtocol::json()).await;
    let chat = connection.hub::<dyn ChatServer>();
    assert!(matches!(chat.measure(f64::NAN).await, Err(InvocationError::Arguments(_))));
    assert!(chat.measure(1.5).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_call_with_other_arguments_reaches_no_method() {
    for protocol in PROTOCOLS {
        let (connection, screen) = connect(protocol()).await;
        connection.hub::<dyn ChatServer>().wrong_calls().await.unwrap();
        assert_eq!(screen.lines().await, ["right"]);
    }
}

#[tokio::test(start_paused = true)]
async fn the_proxy_calls_by_name_too() {
    let (connection, _screen) = connect(HubProtocol::json()).await;
    let chat: ChatServerProxy<HubConnection> = connection.hub::<dyn ChatServer>();
    assert_eq!(chat.clone().invoke::<i64>("Count", (HashMap::from([("one", 1)]),)).await.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_call_without_a_connection_fails() {
    let (connection, _screen) = connect(HubProtocol::json()).await;
    let chat = connection.hub::<dyn ChatServer>();
    connection.stop().await;
    assert!(matches!(chat.leave().await, Err(InvocationError::NotConnected)));
}
