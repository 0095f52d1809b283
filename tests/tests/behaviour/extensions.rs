//! MessagePack extensions of programs, on every way through a hub, and what clients of JSON see of them.

use bytes::Bytes;
use futures_util::Stream;
use hub_core::protocol::{Frame, Message, Outcome};
use hub_core::transport::memory::MemoryPeer;
use hub_server::testing::{TestClient, TestError};
use hub_server::{Hub, HubError, HubProtocol, HubServer, MessagePackExtension, UploadStream, hub, hub_client};
use serde::{Deserialize, Serialize};

use crate::support::{Raw, call, failure, in_time, item, result, sent, stream, upload};

#[hub_client]
trait Canvas {
    async fn painted(&self, pixel: &MessagePackExtension, brush: Brush);
    async fn pick(&self, from: Vec<MessagePackExtension>) -> Option<MessagePackExtension>;
}

/// A type with an extension of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "MessagePackExtension", try_from = "MessagePackExtension")]
struct Color(u8, u8, u8);

impl From<Color> for MessagePackExtension {
    fn from(Color(red, green, blue): Color) -> Self {
        Self::new(1, vec![red, green, blue])
    }
}

impl TryFrom<MessagePackExtension> for Color {
    type Error = &'static str;

    fn try_from(extension: MessagePackExtension) -> Result<Self, Self::Error> {
        match (extension.code, &*extension.data) {
            (1, &[red, green, blue]) => Ok(Self(red, green, blue)),
            _ => Err("not a color"),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Brush {
    color: Color,
    #[serde(default)]
    tips: Vec<Option<MessagePackExtension>>,
}

struct Studio;

#[hub(client = Canvas)]
impl Studio {
    fn echo(&self, pixel: MessagePackExtension) -> MessagePackExtension {
        pixel
    }

    fn mix(&self, brush: Brush, other: Color) -> Brush {
        let Color(red, green, blue) = brush.color;
        Brush { color: Color(red ^ other.0, green ^ other.1, blue ^ other.2), ..brush }
    }

    async fn paint(&self, hub: Hub<dyn Canvas>, pixel: MessagePackExtension, brush: Brush) -> Result<(), HubError> {
        hub.clients().all().painted(&pixel, brush).await
    }

    async fn choose(&self, hub: Hub<dyn Canvas>) -> Result<MessagePackExtension, HubError> {
        let palette = vec![pixel(3, b"abc"), pixel(4, b"wxyz")];
        Ok(hub.clients().caller().pick(palette).await?.unwrap_or_else(|| pixel(0, b"")))
    }

    fn rainbow(&self) -> impl Stream<Item = Color> + Send + use<> {
        futures_util::stream::iter([Color(255, 0, 0), Color(0, 0, 255)])
    }

    async fn blend(&self, mut pixels: UploadStream<MessagePackExtension>) -> Result<MessagePackExtension, HubError> {
        let mut blended = (0, Vec::new());
        while let Some(next) = pixels.next().await {
            let next = next?;
            blended = (next.code, [&*blended.1, &*next.data].concat());
        }
        Ok(MessagePackExtension::new(blended.0, blended.1))
    }
}

fn pixel(code: i8, data: &'static [u8]) -> MessagePackExtension {
    MessagePackExtension::new(code, Bytes::from_static(data))
}

fn brush() -> Brush {
    Brush { color: Color(1, 2, 3), tips: vec![None, Some(pixel(-128, b"")), Some(pixel(127, b"0123456789"))] }
}

async fn connect(server: &HubServer<Studio>, protocol: HubProtocol) -> TestClient {
    in_time(server.test_client().protocol(protocol).connect()).await.expect("a connection")
}

/// A client of MessagePack that writes and reads whole messages.
struct Painter {
    peer: MemoryPeer,
    protocol: HubProtocol,
    unread: Vec<u8>,
}

impl Painter {
    async fn connect() -> Self {
        let (peer, _) = HubServer::new(Studio).test_client().open();
        peer.send(b"{\"protocol\":\"messagepack\",\"version\":1}\x1e").await.unwrap();
        let mut answer = Vec::new();
        while answer.len() < 3 {
            answer.extend(in_time(peer.receive()).await.unwrap());
        }
        assert_eq!(answer, b"{}\x1e");
        Self { peer, protocol: HubProtocol::message_pack(), unread: Vec::new() }
    }

    async fn send(&self, write: impl FnOnce(&HubProtocol, &mut Vec<u8>)) {
        let mut out = Vec::new();
        write(&self.protocol, &mut out);
        self.peer.send(&out).await.unwrap();
    }

    async fn next<T>(&mut self, read: impl FnOnce(Message<'_>) -> T) -> T {
        loop {
            if let Frame::Complete { message, consumed } = self.protocol.frame(&self.unread, None) {
                let read = read(self.protocol.parse(&self.unread[message]).unwrap());
                self.unread.drain(..consumed);
                return read;
            }
            let bytes = in_time(self.peer.receive()).await.expect("the connection ended before the message came");
            self.unread.extend(bytes);
        }
    }
}

/// The value of a stream's item or of a result.
fn extension(message: Message<'_>) -> MessagePackExtension {
    match message {
        Message::StreamItem { item: value, .. } | Message::Completion { outcome: Outcome::Result(value), .. } => {
            value.deserialize().unwrap()
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn arguments_and_results_are_extensions_in_both_protocols() {
    for protocol in [HubProtocol::message_pack(), HubProtocol::json()] {
        let mut client = connect(&HubServer::new(Studio), protocol).await;
        for sent in [pixel(5, b""), pixel(0, b"x"), pixel(-1, b"\x58\xec\x1c\x80"), pixel(99, &[7; 300])] {
            assert_eq!(in_time(client.invoke("Echo", (sent.clone(),))).await, Ok(sent));
        }
        let mixed = in_time(client.invoke("Mix", (brush(), Color(255, 255, 0)))).await;
        assert_eq!(mixed, Ok(Brush { color: Color(254, 253, 3), ..brush() }));
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_to_many_carries_them_to_each_in_its_protocol() {
    let server = HubServer::new(Studio);
    let mut clients =
        [connect(&server, HubProtocol::json()).await, connect(&server, HubProtocol::message_pack()).await];
    in_time(clients[1].invoke::<()>("Paint", (pixel(9, b"dot"), brush()))).await.unwrap();
    for client in &mut clients {
        assert_eq!(in_time(client.received("Painted")).await, Ok((pixel(9, b"dot"), brush())));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_no_extension_of_the_type_does_not_bind() {
    let mut client = connect(&HubServer::new(Studio), HubProtocol::message_pack()).await;
    let refused =
        |target: &str| Err(TestError::Call(format!("Failed to invoke '{target}' due to an error on the server.")));
    assert_eq!(in_time(client.invoke::<()>("Echo", (Bytes::from_static(b"x"),))).await, refused("Echo"));
    assert_eq!(in_time(client.invoke::<()>("Echo", ((5, Bytes::from_static(b"x")),))).await, refused("Echo"));
    assert_eq!(in_time(client.invoke::<()>("Mix", (brush(), pixel(2, b"rgb")))).await, refused("Mix"));
    assert_eq!(in_time(client.invoke::<()>("Mix", (brush(), pixel(1, b"rg")))).await, refused("Mix"));
    assert_eq!(in_time(client.invoke("Echo", (pixel(5, b"alive"),))).await, Ok(pixel(5, b"alive")));
}

#[tokio::test(start_paused = true)]
async fn an_extension_may_be_as_large_as_a_message() {
    let server = HubServer::builder(Studio).maximum_receive_message_size(Some(100)).build();
    // The call takes 13 bytes without its argument, its length among them, and the head of such an extension 3.
    let largest = pixel(5, &[0; 100 - 13 - 3]);
    let too_large = pixel(5, &[0; 100 - 13 - 3 + 1]);
    let mut client = connect(&server, HubProtocol::message_pack()).await;
    assert_eq!(in_time(client.invoke("Echo", (largest.clone(),))).await, Ok(largest));
    let ended = in_time(client.invoke::<()>("Echo", (too_large,))).await;
    assert!(matches!(ended, Err(TestError::Closed(closed)) if closed.error.is_some()));
}

#[tokio::test(start_paused = true)]
async fn a_length_that_lies_fails_the_call_and_nothing_else() {
    let mut client = connect(&HubServer::new(Studio), HubProtocol::message_pack()).await;
    // An extension of 4 GiB in a message of a few bytes.
    client.send_bytes(b"\x13\x95\x01\x80\xa1x\xa4Echo\x91\xc9\xff\xff\xff\xff\x05xy").await.unwrap();
    assert_eq!(in_time(client.invoke("Echo", (pixel(5, b"alive"),))).await, Ok(pixel(5, b"alive")));
}

#[tokio::test(start_paused = true)]
async fn items_of_streams_are_extensions() {
    let mut painter = Painter::connect().await;
    painter.send(|protocol, out| protocol.write_stream_invocation(out, "1", "Rainbow", &(), &[]).unwrap()).await;
    assert_eq!(painter.next(extension).await, pixel(1, &[255, 0, 0]));
    assert_eq!(painter.next(extension).await, pixel(1, &[0, 0, 255]));
    assert!(painter.next(|message| matches!(message, Message::Completion { outcome: Outcome::Void, .. })).await);
}

#[tokio::test(start_paused = true)]
async fn items_of_uploads_are_extensions() {
    let mut painter = Painter::connect().await;
    // A call with the stream "s", which the writers of a server do not write.
    painter.send(|_, out| out.extend(b"\x0f\x96\x01\x80\xa11\xa5Blend\x90\x91\xa1s")).await;
    for (code, data) in [(2, b"ab".as_slice()), (3, b""), (4, b"cde")] {
        painter.send(|protocol, out| protocol.write_stream_item(out, "s", &pixel(code, data)).unwrap()).await;
    }
    painter.send(|protocol, out| protocol.write_void(out, "s")).await;
    assert_eq!(painter.next(extension).await, pixel(4, b"abcde"));
}

#[tokio::test(start_paused = true)]
async fn clients_are_asked_with_extensions_and_answer_with_them() {
    for (answer, expected) in [(Some(pixel(3, b"abc")), pixel(3, b"abc")), (None, pixel(0, b""))] {
        let mut painter = Painter::connect().await;
        painter.send(|protocol, out| protocol.write_invocation(out, Some("1"), "Choose", &()).unwrap()).await;
        let (id, palette) = painter
            .next(|message| match message {
                Message::Invocation(mut question) => {
                    let palette = question.arguments.next::<Vec<MessagePackExtension>>().unwrap().unwrap();
                    (question.id.unwrap().into_owned(), palette)
                }
                other => panic!("{other:?}"),
            })
            .await;
        assert_eq!(palette, [pixel(3, b"abc"), pixel(4, b"wxyz")]);
        painter.send(|protocol, out| protocol.write_result(out, &id, &answer).unwrap()).await;
        assert_eq!(painter.next(extension).await, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn in_json_they_are_arrays_of_code_and_base64() {
    let mut raw = Raw::connect(&HubServer::new(Studio)).await;
    raw.send(&call("1", "Echo", r#"[[5,"/4AA"]]"#)).await;
    assert_eq!(raw.next().await, result("1", r#"[5,"/4AA"]"#));
    raw.send(&stream("2", "Rainbow", "[]")).await;
    assert_eq!(raw.next().await, item("2", r#"[1,"/wAA"]"#));
    assert_eq!(raw.next().await, item("2", r#"[1,"AAD/"]"#));
    assert_eq!(raw.next().await, r#"{"type":3,"invocationId":"2"}"#);
    raw.send(&upload("3", "Blend", "[]", r#"["s"]"#)).await;
    raw.send(&sent([item("s", r#"[5,"/4AA"]"#), r#"{"type":3,"invocationId":"s"}"#.to_owned()])).await;
    assert_eq!(raw.next().await, result("3", r#"[5,"/4AA"]"#));
    raw.send(&call("4", "Echo", r#"[{"code":5,"data":"/4AA"}]"#)).await;
    assert_eq!(raw.next().await, failure("4", "Failed to invoke 'Echo' due to an error on the server."));
}
