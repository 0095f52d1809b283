//! Long polling against servers that answer as they should and as they should not.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::SinkExt as _;
use hub_client::http::HttpConnectionOptions;
use hub_client::transport::{Connected, TransportError};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use crate::scripted::{Scripted, Seen, answer, ok, stall, write};
use crate::support::{PATIENCE, connect, ending, hear, say};

/// A server whose first poll succeeds; the polls after it are numbered from 1.
async fn polls<F>(script: impl Fn(usize, Seen, TcpStream) -> F + Clone + Send + Sync + 'static) -> Scripted
where
    F: Future<Output = Option<TcpStream>> + Send,
{
    let polls = Arc::new(AtomicUsize::new(0));
    Scripted::offering(&["LongPolling"], move |request, socket| {
        let number = if request.method == "GET" { polls.fetch_add(1, Ordering::Relaxed) } else { usize::MAX };
        let script = script.clone();
        async move {
            match number {
                0 => write(socket, ok("application/octet-stream", "")).await,
                number => script(number, request, socket).await,
            }
        }
    })
    .await
}

async fn open(server: &Scripted, http_timeout: Duration) -> Connected {
    let options = HttpConnectionOptions::default().with_http_timeout(http_timeout);
    connect(server.address, "/hub", options).await.unwrap()
}

async fn ending_of(server: &Scripted) -> Result<(), TransportError> {
    ending(&mut open(server, PATIENCE).await.transport).await
}

fn count(server: &Scripted, method: &str) -> usize {
    server.seen().iter().filter(|request| request.is(method, "/hub")).count()
}

#[tokio::test]
async fn polls_go_on_until_204() {
    let server = polls(|number, _, socket| async move {
        match number {
            1 => write(socket, ok("application/octet-stream", "one")).await,
            2 => write(socket, ok("text/plain", "")).await,
            3 => write(socket, ok("application/octet-stream", "two")).await,
            _ => write(socket, "HTTP/1.1 204 No Content\r\n\r\n").await,
        }
    })
    .await;
    let mut transport = open(&server, PATIENCE).await.transport;
    assert_eq!(hear(&mut transport, 6).await, "onetwo");
    assert!(ending(&mut transport).await.is_ok());
    assert!(transport.sender.send("more".into()).await.is_err());
    assert_eq!(count(&server, "DELETE"), 0, "the server knows that it is over");
}

#[tokio::test]
async fn a_poll_that_is_not_answered_in_time_is_sent_again() {
    let server = polls(|number, _, socket| async move {
        if number < 3 { stall(socket).await } else { write(socket, ok("text/plain", "late")).await }
    })
    .await;
    let mut transport = open(&server, Duration::from_millis(200)).await.transport;
    assert_eq!(hear(&mut transport, 4).await, "late");
}

#[tokio::test]
async fn an_error_of_a_poll_is_the_end() {
    let server = polls(|_, _, socket| write(socket, answer("500 Oh", "text/plain", "broken"))).await;
    let error = ending_of(&server).await.unwrap_err();
    assert_eq!(error.to_string(), "The poll request was answered with status 500 Internal Server Error: broken.");
    let gone = polls(|_, _, _| async { None }).await;
    assert!(ending_of(&gone).await.unwrap_err().to_string().starts_with("The poll request could not be sent: "));
}

#[tokio::test]
async fn half_an_answer_is_the_end() {
    const HALF: &str = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf";
    let server = polls(|_, _, socket| async {
        write(socket, HALF).await;
        None
    })
    .await;
    let error = ending_of(&server).await.unwrap_err();
    assert!(error.to_string().starts_with("The answer to the poll request broke off: "), "{error}");
    let server = polls(|_, _, socket| async { stall(write(socket, HALF).await?).await }).await;
    let mut transport = open(&server, Duration::from_millis(300)).await.transport;
    assert_eq!(hear(&mut transport, 4).await, "half");
    let error = ending(&mut transport).await.unwrap_err();
    assert_eq!(error.to_string(), "The poll request was not answered within 0.3 seconds.");
}

#[tokio::test]
async fn the_end_is_asked_for_by_delete_when_all_is_said() {
    let server = polls(|_, request, socket| async move {
        match request.method.as_str() {
            "GET" => stall(socket).await,
            "POST" => {
                sleep(Duration::from_millis(100)).await;
                write(socket, ok("text/plain", "")).await
            }
            _ => write(socket, answer("404 Not Found", "text/plain", "")).await,
        }
    })
    .await;
    let mut transport = open(&server, PATIENCE).await.transport;
    say(&mut transport, "bye").await.unwrap();
    timeout(PATIENCE, transport.sender.close()).await.unwrap().unwrap();
    assert!(ending(&mut transport).await.is_ok());
    let lines: Vec<_> = server.lines().into_iter().filter(|line| !line.starts_with("GET")).skip(1).collect();
    assert_eq!(lines, ["POST /hub?id=token1", "DELETE /hub?id=token1"]);
}

#[tokio::test]
async fn a_server_that_does_not_answer_delete_is_left_after_the_close_timeout() {
    let server = polls(|_, _, socket| stall(socket)).await;
    let options = HttpConnectionOptions::default().with_close_timeout(Duration::from_millis(300));
    let mut transport = connect(server.address, "/hub", options).await.unwrap().transport;
    timeout(Duration::from_secs(3), transport.sender.close()).await.expect("no longer than that").unwrap();
    assert_eq!(count(&server, "DELETE"), 1);
}

#[tokio::test]
async fn what_is_queued_while_a_post_is_in_flight_goes_into_the_next_one() {
    let answers = Arc::new(Semaphore::new(0));
    let given = Arc::clone(&answers);
    let server = polls(move |_, request, socket| {
        let given = Arc::clone(&given);
        async move {
            if request.method == "GET" {
                return stall(socket).await;
            }
            given.acquire().await.ok()?.forget();
            write(socket, ok("text/plain", "")).await
        }
    })
    .await;
    let mut transport = open(&server, PATIENCE).await.transport;
    say(&mut transport, "first").await.unwrap();
    while count(&server, "POST") == 0 {
        sleep(Duration::from_millis(5)).await;
    }
    let next: Vec<String> = (0..50).map(|number| format!("{number};")).collect();
    for text in &next {
        say(&mut transport, text.clone()).await.unwrap();
    }
    // For both POSTs and the DELETE.
    answers.add_permits(3);
    transport.sender.close().await.unwrap();
    let seen = server.seen();
    let posts: Vec<_> = seen.iter().filter(|request| request.is("POST", "/hub")).map(|post| &*post.body).collect();
    assert_eq!(posts, ["first", &next.concat()]);
}

#[tokio::test]
async fn a_post_that_fails_ends_the_transport() {
    let server = polls(|_, request, socket| async move {
        match request.method.as_str() {
            "GET" => stall(socket).await,
            "POST" => write(socket, answer("404 Not Found", "text/plain", "No Connection with that ID")).await,
            _ => write(socket, answer("202 Accepted", "text/plain", "")).await,
        }
    })
    .await;
    let mut transport = open(&server, PATIENCE).await.transport;
    say(&mut transport, "hello").await.unwrap();
    let error = ending(&mut transport).await.unwrap_err();
    assert!(error.to_string().starts_with("The send request was answered with status 404 Not Found"), "{error}");
    let again = transport.sender.send("more".into()).await.unwrap_err();
    assert_eq!(again.to_string(), error.to_string());
    assert_eq!(count(&server, "DELETE"), 1);
}
