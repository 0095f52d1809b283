//! A client in memory that shows what comes.

use hub_core::protocol::{Frame, Message, Outcome, handshake};
use hub_core::transport::memory::MemoryPeer;
use hub_server::testing::TestClientBuilder;
use hub_server::{ConnectionId, HubDispatch, HubProtocol, HubServer, User};

use serde::Serialize;

use super::in_time;

/// A connected client.
pub(crate) struct Client {
    peer: MemoryPeer,
    id: ConnectionId,
    protocol: HubProtocol,
    unread: Vec<u8>,
    calls: usize,
}

/// What comes from the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Came {
    Call { id: Option<String>, target: String, arguments: Vec<Option<String>> },
    Done(Result<Option<String>, String>),
    Closed(Option<String>),
}

impl Client {
    pub(crate) async fn json<H: HubDispatch>(server: &HubServer<H>) -> Self {
        Self::connect(server.test_client(), HubProtocol::json()).await
    }

    pub(crate) async fn message_pack<H: HubDispatch>(server: &HubServer<H>) -> Self {
        Self::connect(server.test_client(), HubProtocol::message_pack()).await
    }

    pub(crate) async fn user<H: HubDispatch>(server: &HubServer<H>, user: &str, protocol: HubProtocol) -> Self {
        Self::connect(server.test_client().user(User::new(user)), protocol).await
    }

    /// Connects, and waits until the hub knows.
    pub(crate) async fn connect<H: HubDispatch>(builder: TestClientBuilder<H>, protocol: HubProtocol) -> Self {
        let mut client = Self::open(builder, protocol).await;
        assert_eq!(client.call("Hello", &[]).await, Ok(None));
        client
    }

    /// Connects, and does not wait for the hub.
    pub(crate) async fn open<H: HubDispatch>(builder: TestClientBuilder<H>, protocol: HubProtocol) -> Self {
        let (peer, id) = builder.open();
        let mut client = Self { peer, id, protocol, unread: Vec::new(), calls: 0 };
        let mut request = Vec::new();
        handshake::write_request(&mut request, client.protocol.name(), 1);
        client.send(&request).await;
        while !client.unread.contains(&0x1e) {
            let bytes = in_time(client.peer.receive()).await.expect("the handshake is answered");
            client.unread.extend(bytes);
        }
        assert_eq!(client.unread.drain(..3).collect::<Vec<_>>(), b"{}\x1e");
        client
    }

    pub(crate) fn id(&self) -> &ConnectionId {
        &self.id
    }

    /// Calls a method and waits for what comes of it.
    pub(crate) async fn call(&mut self, target: &str, arguments: &[&str]) -> Result<Option<String>, String> {
        self.begin(target, arguments).await;
        loop {
            match self.next().await {
                Came::Done(outcome) => return outcome,
                Came::Call { .. } => {}
                Came::Closed(error) => return Err(format!("closed: {error:?}")),
            }
        }
    }

    /// Calls a method.
    pub(crate) async fn begin(&mut self, target: &str, arguments: &[&str]) {
        self.calls += 1;
        let (id, mut message) = (self.calls.to_string(), Vec::new());
        let (protocol, id) = (&self.protocol, Some(&*id));
        match arguments {
            [] => protocol.write_invocation(&mut message, id, target, &()),
            [one] => protocol.write_invocation(&mut message, id, target, &(one,)),
            [one, two] => protocol.write_invocation(&mut message, id, target, &(one, two)),
            _ => panic!("so many arguments"),
        }
        .unwrap();
        self.send(&message).await;
    }

    /// Answers a question.
    pub(crate) async fn answer<T: Serialize + ?Sized>(&mut self, id: &str, answer: Result<&T, &str>) {
        let mut message = Vec::new();
        match answer {
            Ok(value) => self.protocol.write_result(&mut message, id, value).unwrap(),
            Err(text) => self.protocol.write_error(&mut message, id, text),
        }
        self.send(&message).await;
    }

    /// Waits for a question; its id.
    pub(crate) async fn question(&mut self) -> String {
        loop {
            if let Came::Call { id: Some(id), .. } = self.next().await {
                return id;
            }
        }
    }

    /// What was said with `Receive` until the mark of this name comes.
    pub(crate) async fn heard_until(&mut self, mark: &str) -> Vec<String> {
        let mut heard = Vec::new();
        loop {
            match self.next().await {
                Came::Call { target, mut arguments, .. } => match (&*target, arguments.pop().flatten()) {
                    ("Receive", Some(text)) => heard.push(text),
                    ("Mark", Some(text)) if text == mark => return heard,
                    _ => {}
                },
                Came::Done(_) => {}
                Came::Closed(error) => panic!("closed: {error:?}"),
            }
        }
    }

    /// What comes next.
    pub(crate) async fn next(&mut self) -> Came {
        in_time(self.wait()).await
    }

    async fn wait(&mut self) -> Came {
        loop {
            if let Frame::Complete { message, consumed } = self.protocol.frame(&self.unread, None) {
                let came = read(self.protocol.parse(&self.unread[message]).unwrap());
                self.unread.drain(..consumed);
                match came {
                    Some(came) => return came,
                    None => continue,
                }
            }
            match self.peer.receive().await {
                Some(bytes) => self.unread.extend(bytes),
                None => return Came::Closed(None),
            }
        }
    }

    async fn send(&mut self, bytes: &[u8]) {
        // Nobody minds when the connection is over.
        let _ = in_time(self.peer.send(bytes)).await;
    }
}

fn read(message: Message<'_>) -> Option<Came> {
    match message {
        Message::Invocation(call) => Some(Came::Call {
            id: call.id.map(std::borrow::Cow::into_owned),
            target: call.target.into_owned(),
            arguments: call.arguments.value().deserialize().unwrap(),
        }),
        Message::Completion { outcome, .. } => Some(Came::Done(match outcome {
            Outcome::Result(value) => Ok(value.deserialize().unwrap()),
            Outcome::Error(error) => Err(error.into_owned()),
            _ => Ok(None),
        })),
        Message::Close { error, .. } => Some(Came::Closed(error.map(std::borrow::Cow::into_owned))),
        _ => None,
    }
}
