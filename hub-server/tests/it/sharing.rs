//! Connections that are made of requests do not copy what is sent to many.

use axum::Router;
use bytes::Bytes;
use hub_server::{HubServer, RouterExt};

use crate::http::{Events, Session, settle};
use crate::hub::{self, Endings, TestHub};

/// How many receive a broadcast.
const RECEIVERS: usize = 20;

fn app() -> (Router, HubServer<TestHub>, Endings) {
    let (server, endings) = hub::server();
    (Router::new().route_hub("/hub", server.clone()), server, endings)
}

async fn broadcast(server: &HubServer<TestHub>, text: &str) {
    server.handle().clients().all().send("Receive", (text,)).await.unwrap();
    settle().await;
}

async fn streaming(app: &Router) -> Vec<Events> {
    let mut all = Vec::new();
    for _ in 0..RECEIVERS {
        all.push(Session::streaming(app, "/hub").await.1);
    }
    all
}

async fn polling(app: &Router) -> Vec<Session> {
    let mut all = Vec::new();
    for _ in 0..RECEIVERS {
        all.push(Session::polling(app, "/hub").await);
    }
    all
}

/// Whether all lie in the same place.
fn are_one(parts: &[Bytes]) -> bool {
    parts.len() == RECEIVERS && parts.windows(2).all(|pair| pair[0].as_ptr() == pair[1].as_ptr() && pair[0] == pair[1])
}

#[tokio::test]
async fn all_streams_of_events_send_the_same_memory() {
    let (app, server, _endings) = app();
    let mut receivers = streaming(&app).await;
    for text in ["small", &"large".repeat(1000)] {
        broadcast(&server, text).await;
        let mut parts = Vec::new();
        for receiver in &mut receivers {
            parts.extend(receiver.next_part().await);
        }
        assert!(are_one(&parts), "{parts:?}");
    }
}

#[tokio::test]
async fn all_answers_to_polls_send_the_same_memory() {
    let (app, server, _endings) = app();
    let receivers = polling(&app).await;
    for text in ["small", &"large".repeat(1000)] {
        broadcast(&server, text).await;
        let mut parts = Vec::new();
        for receiver in &receivers {
            parts.extend(receiver.poll_parts().await);
        }
        assert!(are_one(&parts), "{parts:?}");
    }
}

#[tokio::test]
async fn large_messages_that_waited_are_shared_one_by_one() {
    let (app, server, _endings) = app();
    let (mut streaming, polling) = (streaming(&app).await, polling(&app).await);
    for text in ["one", "two"] {
        broadcast(&server, &text.repeat(1000)).await;
    }
    let (mut streamed, mut polled) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
    for (streaming, polling) in streaming.iter_mut().zip(&polling) {
        let answer = polling.poll_parts().await;
        assert_eq!(answer.len(), 2, "{answer:?}");
        for (message, part) in answer.into_iter().enumerate() {
            streamed[message].extend(streaming.next_part().await);
            polled[message].push(part);
        }
    }
    assert!(streamed.iter().chain(&polled).all(|parts| are_one(parts)));
}
