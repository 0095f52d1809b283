//! Long polling (section 2.3).

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use futures_util::{StreamExt as _, stream};
use hub_server::{HttpOptions, RouterExt};
use tokio::time::{Instant, advance, sleep};

use crate::client::{HANDSHAKE, invocation};
use crate::http::{CLOSE, CLOSE_AND_COME_BACK, DISPOSED, Session, UNKNOWN, settle};
use crate::hub::{self, Endings};

const SECOND: Duration = Duration::from_secs(1);

fn app() -> (Router, Endings) {
    let (server, endings) = hub::server();
    (Router::new().route_hub("/hub", server), endings)
}

fn echoed(text: &str) -> String {
    format!("{{\"type\":3,\"invocationId\":\"1\",\"result\":\"{text}\"}}\u{1e}")
}

/// The answer to `Number`.
fn numbered(id: u64) -> String {
    format!("{{\"type\":3,\"invocationId\":\"{id}\",\"result\":{id}}}\u{1e}")
}

fn call(target: &str, argument: u64, id: u64) -> String {
    format!("{{\"type\":1,\"invocationId\":\"{id}\",\"target\":\"{target}\",\"arguments\":[{argument}]}}\u{1e}")
}

#[tokio::test]
async fn the_first_poll_is_empty_and_later_ones_bring_all_there_is() {
    let (app, _endings) = app();
    let session = Session::negotiate(&app, "/hub").await;
    session.post(format!("{HANDSHAKE}{}", invocation("Echo", "x"))).await;
    let first = session.poll().await;
    assert!(first.is((200, "")) && first.header("content-type") == "application/octet-stream", "{first:?}");
    assert_eq!(first.header("expires"), "Thu, 01 Jan 1970 00:00:00 GMT");
    settle().await;
    let second = session.poll().await;
    assert!(second.is((200, &format!("{{}}\u{1e}{}", echoed("x")))), "{second:?}");
    assert_eq!(second.header("content-type"), "application/octet-stream");
    assert_eq!(second.header("cache-control"), "no-cache, no-store");
}

#[tokio::test(start_paused = true)]
async fn a_poll_without_data_is_answered_after_its_timeout_and_is_not_pinged() {
    let (app, _endings) = app();
    let session = Session::polling(&app, "/hub").await;
    for _ in 0..3 {
        let start = Instant::now();
        let answer = session.poll().await;
        assert!(answer.is((200, "")) && answer.header("content-type") == "text/plain", "{answer:?}");
        assert_eq!(start.elapsed(), 90 * SECOND);
    }
    let options = HttpOptions::default().with_poll_timeout(SECOND);
    let app = Router::new().route_hub_with("/hub", hub::server().0, options);
    let session = Session::polling(&app, "/hub").await;
    let start = Instant::now();
    assert!(session.poll().await.is((200, "")));
    assert_eq!(start.elapsed(), SECOND);
}

#[tokio::test]
async fn a_new_poll_takes_over_and_nothing_is_lost() {
    let (app, _endings) = app();
    let session = Session::polling(&app, "/hub").await;
    let first = session.poll_in_background().await;
    let second = session.poll_in_background().await;
    let first = first.await.unwrap();
    assert!(first.is((204, "")) && first.header("content-type") == "text/plain", "{first:?}");
    assert!(!second.is_finished());
    session.post(invocation("Echo", "x")).await;
    assert!(second.await.unwrap().is((200, &echoed("x"))));
}

#[tokio::test]
async fn messages_arrive_once_and_in_order_however_polls_come_and_go() {
    let (app, _endings) = app();
    let session = Session::polling(&app, "/hub").await;
    let sender = session.clone();
    let sending = tokio::spawn(async move {
        for id in 0..1000 {
            sender.post(call("Number", id, id)).await;
        }
    });
    let mut received = String::new();
    for round in 0_u64.. {
        let poll = session.poll_in_background().await;
        if round % 7 == 0 {
            poll.abort(); // a client that goes away
        }
        let replacing = if round % 3 == 0 { Some(session.poll().await) } else { None };
        for answer in poll.await.into_iter().chain(replacing) {
            assert!(answer.body.is_empty() || answer.body.ends_with('\u{1e}'), "a cut message: {answer:?}");
            received += &answer.body;
        }
        if received.contains("\"result\":999}") {
            break;
        }
    }
    sending.await.unwrap();
    let expected: String = (0..1000).map(numbered).collect();
    assert!(received == expected, "something is lost, doubled or out of order");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_polls_no_more_is_gone_after_fifteen_seconds() {
    let (app, mut endings) = app();
    let session = Session::polling(&app, "/hub").await;
    for _ in 0..3 {
        advance(14 * SECOND).await;
        session.post(invocation("Echo", "x")).await;
        assert!(session.poll().await.is((200, &echoed("x"))));
    }
    let start = Instant::now();
    assert_eq!(endings.recv().await, Some(None));
    assert_eq!(start.elapsed(), 15 * SECOND);
    settle().await;
    assert!(session.poll().await.is(UNKNOWN));
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_the_client_gives_up_begins_the_wait_anew() {
    let (app, mut endings) = app();
    let session = Session::polling(&app, "/hub").await;
    let poll = session.poll_in_background().await;
    sleep(60 * SECOND).await;
    poll.abort();
    sleep(14 * SECOND).await;
    session.post(invocation("Echo", "x")).await;
    assert!(session.poll().await.is((200, &echoed("x"))));
    sleep(16 * SECOND).await;
    assert_eq!(endings.try_recv(), Ok(None));
    assert!(session.poll().await.is(UNKNOWN));
}

#[tokio::test]
async fn an_end_of_the_hub_is_told_before_it_is_shown() {
    let (app, mut endings) = app();
    let session = Session::polling(&app, "/hub").await;
    session.post("{\"type\":1,\"target\":\"Abort\",\"arguments\":[]}\u{1e}").await;
    assert_eq!(endings.recv().await, Some(None));
    settle().await;
    session.post(invocation("Echo", "late")).await;
    assert!(session.poll().await.is((200, CLOSE)));
    let last = session.poll().await;
    assert!(last.is((204, "")) && last.header("content-type") == "text/plain", "{last:?}");
    assert!(session.poll().await.is(UNKNOWN));
    assert!(session.send("POST", &[], "x").await.is(UNKNOWN));
}

#[tokio::test(start_paused = true)]
async fn an_ended_connection_that_nobody_asks_for_is_forgotten() {
    let (app, mut endings) = app();
    let session = Session::polling(&app, "/hub").await;
    session.post("{\"type\":7}\u{1e}").await;
    assert_eq!(endings.recv().await, Some(None));
    sleep(14 * SECOND).await;
    assert!(session.send("POST", &[], "x").await.is((200, "")), "known until it is found out");
    sleep(2 * SECOND).await;
    assert!(session.send("POST", &[], "x").await.is(UNKNOWN));
}

#[tokio::test]
async fn a_failing_hub_ends_with_500() {
    let (app, mut endings) = app();
    let session = Session::negotiate(&app, "/hub").await;
    let first = crate::http::send(&app, "GET", &format!("{}&failDisconnect=1", session.target()), &[], "").await;
    assert!(first.is((200, "")));
    session.post(format!("{HANDSHAKE}{{\"type\":7}}\u{1e}")).await;
    assert_eq!(endings.recv().await, Some(None));
    settle().await;
    assert!(session.poll().await.is((200, &format!("{{}}\u{1e}{CLOSE}"))));
    let last = session.poll().await;
    assert!(last.is((500, "")) && last.header("cache-control") == "no-cache, no-store", "{last:?}");
    assert!(session.poll().await.is(UNKNOWN));
}

#[tokio::test]
async fn delete_ends_the_connection_and_its_poll() {
    let (app, mut endings) = app();
    let session = Session::polling(&app, "/hub").await;
    let poll = session.poll_in_background().await;
    let deleted = session.delete().await;
    assert!(deleted.is((202, "")) && deleted.header("content-type") == "text/plain", "{deleted:?}");
    assert!(poll.await.unwrap().is((200, CLOSE_AND_COME_BACK)));
    assert_eq!(endings.recv().await, Some(None));
    settle().await;
    assert!(session.poll().await.is(UNKNOWN));
    assert!(session.delete().await.is(UNKNOWN));
}

#[tokio::test(start_paused = true)]
async fn delete_does_not_wait_for_a_hub_that_cannot_read_on() {
    let (app, mut endings) = app();
    let session = Session::polling(&app, "/hub").await;
    let poll = session.poll_in_background().await;
    session.post(call("Slow", 5000, 1) + &call("Slow", 0, 2)).await;
    let start = Instant::now();
    assert!(session.delete().await.is((202, "")));
    assert!(poll.await.unwrap().is((204, "")));
    assert!(start.elapsed() < SECOND);
    assert!(session.poll().await.is(DISPOSED));
    assert!(session.send("POST", &[], "x").await.is(DISPOSED));
    let sse = session.send("GET", &[("accept", "text/event-stream")], "").await;
    assert!(sse.is((400, "Cannot change transports mid-connection")), "{sse:?}");
    assert!(session.delete().await.is((202, "")));
    assert_eq!(endings.recv().await, Some(None));
    settle().await;
    assert!(session.poll().await.is(UNKNOWN));
}

#[tokio::test(start_paused = true)]
async fn a_running_call_does_not_keep_a_deleted_connection_known() {
    let (app, mut endings) = app();
    let session = Session::polling(&app, "/hub").await;
    session.post(call("Slow", 5000, 1)).await;
    assert!(session.delete().await.is((202, "")));
    assert_eq!(endings.recv().await, Some(None));
    settle().await;
    assert!(session.poll().await.is(UNKNOWN));
}

#[tokio::test(start_paused = true)]
async fn a_post_waits_for_a_hub_that_is_busy_and_is_refused_when_the_connection_ends() {
    let (app, _endings) = app();
    let session = Session::polling(&app, "/hub").await;
    session.post(call("Slow", 20_000, 1) + &call("Slow", 0, 2)).await;
    let held = {
        let session = session.clone();
        tokio::spawn(async move { session.send("POST", &[], "x".repeat(300_000)).await })
    };
    let slow_body = stream::iter(["half a body"]).map(Ok::<_, std::io::Error>).chain(stream::pending());
    let queued = {
        let session = session.clone();
        tokio::spawn(async move { session.send("POST", &[], Body::from_stream(slow_body)).await })
    };
    sleep(5 * SECOND).await;
    assert!(!held.is_finished() && !queued.is_finished());
    assert!(session.delete().await.is((202, "")));
    assert!(held.await.unwrap().is(DISPOSED));
    assert!(queued.await.unwrap().is(DISPOSED));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_go_on_is_given_up_and_the_next_is_taken() {
    let (app, _endings) = app();
    let session = Session::polling(&app, "/hub").await;
    let text = invocation("Echo", "x");
    let (half, rest) = text.split_at(20);
    let stuck = stream::iter([half.to_owned()]).map(Ok::<_, std::io::Error>).chain(stream::pending());
    let poll = session.poll_in_background().await;
    assert!(session.send("POST", &[], Body::from_stream(stuck)).await.is((400, "")));
    session.post(rest.to_owned()).await;
    assert!(poll.await.unwrap().is((200, &echoed("x"))), "what arrived before stays (N-47)");
}

/// A body that comes byte by byte.
fn trickle(text: &str, pause: Duration) -> Body {
    let bytes = stream::iter(text.to_owned().into_bytes());
    Body::from_stream(bytes.then(move |byte| async move {
        sleep(pause).await;
        Ok::<_, std::io::Error>(vec![byte])
    }))
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_trickles_in_is_given_up_in_its_time() {
    let (app, mut endings) = app();
    let session = Session::negotiate(&app, "/hub").await;
    assert!(session.poll().await.is((200, "")));
    let start = Instant::now();
    let posting = tokio::spawn({
        let session = session.clone();
        async move { session.send("POST", &[], trickle(HANDSHAKE, SECOND)).await }
    });
    let answer = session.poll().await;
    assert!(answer.is((200, "{\"error\":\"Handshake was canceled.\"}\u{1e}")), "{answer:?}");
    assert!(session.poll().await.is((204, "")));
    assert!(posting.await.unwrap().status < 500);
    assert_eq!(start.elapsed(), 15 * SECOND);
    assert!(session.poll().await.is(UNKNOWN));
    assert!(endings.try_recv().is_err(), "the hub never knew it");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_trickles_in_holds_up_its_own_connection_alone() {
    let (app, mut endings) = app();
    let (slow, other) = (Session::polling(&app, "/hub").await, Session::polling(&app, "/hub").await);
    let posting = tokio::spawn({
        let slow = slow.clone();
        async move { slow.send("POST", &[], trickle(&invocation("Echo", "slow"), 14 * SECOND)).await }
    });
    for _ in 0..20 {
        sleep(10 * SECOND).await;
        other.post(invocation("Echo", "x")).await;
        assert!(other.poll().await.is((200, &echoed("x"))));
        assert!(!posting.is_finished());
        let polling = slow.poll_in_background().await;
        polling.abort();
    }
    assert_eq!(slow.delete().await.status, 202);
    assert!(posting.await.unwrap().is(DISPOSED), "it ends with its connection");
    assert_eq!(endings.recv().await, Some(Some("Connection terminated while reading a message.".to_owned())));
}

#[tokio::test]
async fn posts_at_once_queue() {
    let (app, _endings) = app();
    let session = Session::polling(&app, "/hub").await;
    let posts: Vec<_> = (0..20)
        .map(|id| {
            let session = session.clone();
            let text = call("Number", id, id);
            let (half, rest) = text.split_at(text.len() / 2);
            let halves = [half.to_owned(), rest.to_owned()];
            let body = stream::iter(halves).then(async |half| {
                tokio::task::yield_now().await;
                Ok::<_, std::io::Error>(half)
            });
            tokio::spawn(async move { session.send("POST", &[], Body::from_stream(Box::pin(body))).await })
        })
        .collect();
    for post in posts {
        assert!(post.await.unwrap().is((200, "")));
    }
    settle().await;
    let answers = session.poll().await.body;
    let expected: String = (0..20).map(numbered).collect();
    assert_eq!(answers, expected);
}

#[tokio::test(start_paused = true)]
async fn a_slow_poller_gets_whole_messages_and_holds_up_only_its_own_calls() {
    let (app, mut endings) = app();
    let session = Session::polling(&app, "/hub").await;
    for id in 0..8 {
        session.post(call("Large", 100_000, id)).await;
    }
    let mut messages = 0;
    while messages < 8 {
        sleep(13 * SECOND).await; // longer than a write may take elsewhere
        let answer = session.poll().await;
        assert!(answer.body.ends_with('\u{1e}'), "a cut message of {} bytes", answer.body.len());
        messages += answer.body.matches('\u{1e}').count();
    }
    assert_eq!(messages, 8);
    assert!(endings.try_recv().is_err());
}

#[tokio::test]
async fn a_shutdown_answers_the_waiting_poll() {
    let (server, mut endings) = hub::server();
    let app = Router::new().route_hub("/hub", server.clone());
    let session = Session::polling(&app, "/hub").await;
    let poll = session.poll_in_background().await;
    server.shutdown().await;
    assert!(poll.await.unwrap().is((200, CLOSE_AND_COME_BACK)));
    assert_eq!(endings.recv().await, Some(None));
    assert!(session.poll().await.is((204, "")));
}
