//! Server-Sent Events against servers that answer as they should and as they should not.

use futures_util::SinkExt as _;
use hub_client::http::HttpConnectionOptions;
use hub_client::transport::Transport;
use tokio::net::TcpStream;
use tokio::time::{Duration, sleep};

use crate::scripted::{Scripted, Seen, answer, ok, stall, write};
use crate::support::{connect, ending, hear, say};

const HEAD: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n";

/// A server that answers the GET by its head, and then as `script` wants to.
async fn events<F>(script: impl Fn(Seen, TcpStream) -> F + Clone + Send + Sync + 'static) -> Scripted
where
    F: Future<Output = Option<TcpStream>> + Send,
{
    Scripted::offering(&["ServerSentEvents"], move |request, socket| {
        let script = script.clone();
        async move {
            let socket = if request.method == "GET" { write(socket, HEAD).await? } else { socket };
            script(request, socket).await
        }
    })
    .await
}

async fn open(server: &Scripted) -> Transport {
    connect(server.address, "/hub", HttpConnectionOptions::default()).await.unwrap().transport
}

fn chunk(text: &str) -> String {
    format!("{:x}\r\n{text}\r\n", text.len())
}

#[tokio::test]
async fn it_is_open_before_anything_is_said_and_asks_for_events() {
    let server = events(|_, socket| stall(socket)).await;
    let _transport = open(&server).await;
    assert_eq!(server.seen()[1].header("accept"), Some("text/event-stream"));
}

#[tokio::test]
async fn data_of_several_lines_is_joined_however_it_comes() {
    let server = events(|_, mut socket| async move {
        for part in [":\r\n", "da", "ta: one\r", "\ndata: two\r\n\r\nid: 7\n", "data:three\n\n"] {
            socket = write(socket, chunk(part)).await?;
            sleep(Duration::from_millis(10)).await;
        }
        write(socket, "0\r\n\r\n").await
    })
    .await;
    let mut transport = open(&server).await;
    assert_eq!(hear(&mut transport, 12).await, "one\ntwothree");
    assert!(ending(&mut transport).await.is_ok(), "the end of the stream is an orderly one");
}

#[tokio::test]
async fn a_stream_that_is_cut_off_is_an_error() {
    let server = events(|_, socket| async move {
        write(socket, "14\r\ndata: x").await;
        None
    })
    .await;
    let error = ending(&mut open(&server).await).await.unwrap_err();
    assert!(error.to_string().starts_with("The answer to the Server-Sent Events request broke off: "), "{error}");
}

#[tokio::test]
async fn a_post_that_fails_ends_the_transport() {
    let server = events(|request, socket| async move {
        if request.method == "GET" {
            return stall(socket).await;
        }
        write(socket, answer("500 Oh", "text/plain", "")).await
    })
    .await;
    let mut transport = open(&server).await;
    say(&mut transport, "hello").await.unwrap();
    let error = ending(&mut transport).await.unwrap_err();
    assert!(error.to_string().starts_with("The send request was answered with status 500"), "{error}");
}

#[tokio::test]
async fn the_end_comes_when_all_is_said() {
    let server = events(|request, socket| async move {
        if request.method == "GET" {
            return stall(socket).await;
        }
        sleep(Duration::from_millis(100)).await;
        write(socket, ok("text/plain", "")).await
    })
    .await;
    let mut transport = open(&server).await;
    say(&mut transport, "bye").await.unwrap();
    transport.sender.close().await.unwrap();
    assert!(ending(&mut transport).await.is_ok());
    let bodies: Vec<_> = server.seen().into_iter().map(|request| request.body).collect();
    assert_eq!(bodies, ["", "", "bye"]);
}
