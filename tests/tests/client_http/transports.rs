//! The three transports against our own server.

use futures_util::future::join;
use futures_util::{SinkExt as _, StreamExt as _};
use hub_client::http::Transports;
use hub_client::transport::Transport;
use tokio::time::timeout;

use crate::support::{EACH, HANDSHAKE, PATIENCE, by, close, connect, hear, hear_until, say, wire};

#[tokio::test]
async fn bytes_go_there_and_back() {
    let address = wire().await;
    for transports in EACH {
        let mut transport = connect(address, "/echo", by(transports)).await.unwrap().transport;
        for text in ["a", "é日😀", "two\nlines"] {
            say(&mut transport, text).await.unwrap();
            assert_eq!(hear(&mut transport, text.len()).await, text, "{transports:?}");
        }
        close(transport).await;
    }
}

#[tokio::test]
async fn what_is_said_arrives_in_order_and_whole() {
    let address = wire().await;
    for transports in EACH {
        let Transport { mut sender, mut receiver, .. } =
            connect(address, "/echo", by(transports)).await.unwrap().transport;
        let said: Vec<String> = (0..500).map(|number| format!("{number};{}", "x".repeat(number))).collect();
        let expected = said.concat();
        let say = async {
            for text in said {
                sender.send(text.into()).await.unwrap();
            }
        };
        let hear = async {
            let mut heard = String::new();
            while heard.len() < expected.len() {
                let piece = receiver.next().await.unwrap().unwrap();
                heard.push_str(std::str::from_utf8(&piece).unwrap());
            }
            heard
        };
        let ((), heard) = timeout(PATIENCE, join(say, hear)).await.unwrap();
        assert!(heard == expected, "{transports:?}");
        sender.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_hub_answers_the_handshake_and_calls() {
    let address = wire().await;
    for transports in EACH {
        let connected = connect(address, "/wire", by(transports)).await.unwrap();
        assert_eq!(connected.connection_id.as_ref().map(String::len), Some(22));
        assert_eq!(connected.inherent_keep_alive, transports == Transports::LONG_POLLING);
        assert!(connected.resume.is_none());
        let mut transport = connected.transport;
        say(&mut transport, HANDSHAKE).await.unwrap();
        assert_eq!(hear(&mut transport, 3).await, "{}\u{1e}");
        say(&mut transport, "{\"type\":1,\"invocationId\":\"7\",\"target\":\"Echo\",\"arguments\":[\"x\"]}\u{1e}")
            .await
            .unwrap();
        assert!(hear_until(&mut transport, "\"type\":3").await.contains("\"result\":\"x\""));
        close(transport).await;
    }
}
