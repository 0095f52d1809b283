//! Connections without a hub.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hub_server::{HttpOptions, RawConnection, RawConnections, RouterExt, User};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};

use crate::client::{Client, frame, serve};
use crate::http::{Session, UNKNOWN, settle};

async fn echo(mut connection: RawConnection) -> io::Result<()> {
    while let Some(bytes) = connection.read().await? {
        match &bytes[..] {
            b"fail" => return Err(io::Error::other("failed on purpose")),
            b"panic" => panic!("panicked on purpose"),
            b"bye" => return connection.write(b"see you").await,
            b"who" => connection.write(who(&connection).as_bytes()).await?,
            _ => connection.write(&bytes).await?,
        }
    }
    Ok(())
}

fn who(connection: &RawConnection) -> String {
    let user = connection.user().id().unwrap_or("nobody");
    format!("{user} by {} to {}", connection.transport_name(), connection.request().uri.path())
}

fn app() -> Router {
    let options = HttpOptions::default().with_user(|_| User::new("ada"));
    Router::new().route_connection_with("/echo", echo, options)
}

#[tokio::test]
async fn every_transport_carries_bytes() {
    let app = app();
    let address = serve(app.clone()).await;
    let mut socket = Client::open(address, "/echo").await;
    for text in ["hello", "who", ""] {
        socket.send(text).await;
    }
    assert_eq!(socket.text().await, "hello");
    assert_eq!(socket.text().await, "ada by WebSockets to /echo");

    let session = Session::negotiate(&app, "/echo").await;
    let mut events = session.events().await;
    assert_eq!(events.next().await.as_deref(), Some(":\r\n"));
    session.post("a\nb").await;
    assert_eq!(events.next().await.as_deref(), Some("data: a\r\ndata: b\r\n\r\n"));
    session.post("who").await;
    assert_eq!(events.message().await, "ada by ServerSentEvents to /echo");

    let session = Session::negotiate(&app, "/echo").await;
    assert!(session.poll().await.is((200, "")));
    session.post("who").await;
    assert!(session.poll().await.is((200, "ada by LongPolling to /echo")));
}

#[tokio::test]
async fn a_connection_ends_when_its_handler_does() {
    let app = app();
    let mut socket = Client::open(serve(app.clone()).await, "/echo").await;
    socket.send("bye").await;
    assert_eq!(socket.text().await, "see you");
    assert_eq!(socket.close_code().await, 1000);

    let session = Session::negotiate(&app, "/echo").await;
    session.poll().await;
    session.post("bye").await;
    assert!(session.poll().await.is((200, "see you")));
    assert!(session.poll().await.is((204, "")));
    assert!(session.poll().await.is(UNKNOWN));
}

#[tokio::test]
async fn a_handler_that_fails_ends_its_connection_as_a_failure() {
    let app = app();
    let address = serve(app.clone()).await;
    for text in ["fail", "panic"] {
        let mut socket = Client::open(address, "/echo").await;
        socket.send(text).await;
        let code = socket.close_code().await;
        let session = Session::negotiate(&app, "/echo").await;
        session.poll().await;
        session.post(text).await;
        settle().await;
        let status = session.poll().await.status;
        match text {
            "fail" => assert_eq!((code, status), (1011, 500)),
            _ => assert_eq!((code, status), (1011, 500), "a panic"),
        }
    }
}

#[tokio::test]
async fn a_client_that_goes_ends_the_input() {
    let app = app();
    let mut socket = Client::open(serve(app.clone()).await, "/echo").await;
    socket.write(&frame(0x88, b"\x0f\xa0")).await;
    assert_eq!(socket.close_code().await, 1000);

    let session = Session::negotiate(&app, "/echo").await;
    session.poll().await;
    let poll = session.poll_in_background().await;
    assert!(session.delete().await.is((202, "")));
    assert!(poll.await.unwrap().is((204, "")));
    settle().await;
    assert!(session.poll().await.is(UNKNOWN));
}

#[tokio::test]
async fn pings_are_answered_between_messages() {
    let mut socket = Client::open(serve(app()).await, "/echo").await;
    socket.write(&frame(0x89, b"abc")).await;
    assert_eq!(socket.frame().await.unwrap().first, 0x8a);
    socket.send("x").await;
    assert_eq!(socket.text().await, "x");
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_neither_reads_nor_ends_does_not_hold_up_a_delete() {
    let release = Arc::new(Notify::new());
    let waiting = Arc::clone(&release);
    let app = Router::new().route_connection("/stuck", move |connection: RawConnection| {
        let waiting = Arc::clone(&waiting);
        async move {
            waiting.notified().await;
            drop(connection);
            Ok(())
        }
    });
    let session = Session::negotiate(&app, "/stuck").await;
    session.poll().await;
    let poll = session.poll_in_background().await;
    assert!(session.delete().await.is((202, "")));
    assert!(poll.await.unwrap().is((204, "")));
    assert_eq!(session.poll().await.status, 404);
    release.notify_one();
    settle().await;
    assert!(session.poll().await.is(UNKNOWN));
}

#[tokio::test(start_paused = true)]
async fn a_write_waits_for_polls_but_not_for_a_stream_that_nobody_reads() {
    async fn pour(mut connection: RawConnection) -> io::Result<()> {
        loop {
            connection.write("x".repeat(30_000).as_bytes()).await?;
        }
    }
    let app = Router::new().route_connection("/pour", pour);
    let polling = Session::negotiate(&app, "/pour").await;
    polling.poll().await;
    for _ in 0..3 {
        sleep(Duration::from_secs(13)).await;
        let body = polling.poll().await.body;
        assert!(body.len() >= 64 * 1024 && body.len() % 30_000 == 0, "{}", body.len());
    }
    let streaming = Session::negotiate(&app, "/pour").await;
    let mut events = streaming.events().await;
    let start = Instant::now();
    sleep(Duration::from_secs(11)).await;
    assert!(events.is_cut_off().await);
    assert!(start.elapsed() < Duration::from_secs(30));
}

#[tokio::test]
async fn a_shutdown_ends_all_connections_in_order() {
    let connections = RawConnections::new();
    let (app, goodbye) = (Router::new(), |mut connection: RawConnection| async move {
        while connection.read().await?.is_some() {}
        connection.write(b"goodbye").await
    });
    let app = app.route_connection("/echo", connections.of(echo)).route_connection("/bye", connections.of(goodbye));
    let address = serve(app.clone()).await;
    let mut echoing = Client::open(address, "/echo").await;
    let mut leaving = Client::open(address, "/bye").await;
    let polling = Session::negotiate(&app, "/bye").await;
    polling.poll().await;
    let poll = polling.poll_in_background().await;
    echoing.send("x").await;
    assert_eq!(echoing.text().await, "x");

    let shutting_down = tokio::spawn({
        let connections = connections.clone();
        async move { connections.shutdown().await }
    });
    assert_eq!(echoing.close_code().await, 1000);
    assert_eq!(leaving.text().await, "goodbye");
    assert_eq!(leaving.close_code().await, 1000);
    assert!(poll.await.unwrap().is((200, "goodbye")));
    assert!(polling.poll().await.is((204, "")));
    assert!(!shutting_down.is_finished(), "the sockets are not closed yet");
    for socket in [&mut echoing, &mut leaving] {
        socket.write(&frame(0x88, b"\x03\xe8")).await;
    }
    timeout(Duration::from_secs(4), shutting_down).await.expect("the last connection is closed").unwrap();

    let mut late = Client::open(address, "/echo").await;
    assert_eq!(late.close_code().await, 1000);
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_waits_for_handlers() {
    let connections = RawConnections::new();
    let app = Router::new().route_connection(
        "/slow",
        connections.of(|mut connection: RawConnection| async move {
            while connection.read().await?.is_some() {}
            sleep(Duration::from_secs(60)).await;
            Ok(())
        }),
    );
    let session = Session::negotiate(&app, "/slow").await;
    session.poll().await;
    settle().await;
    let start = Instant::now();
    connections.shutdown().await;
    assert!(start.elapsed() >= Duration::from_secs(60));
    RawConnections::new().shutdown().await;
}
