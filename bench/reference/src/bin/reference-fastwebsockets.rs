//! What axum's upgrade and fastwebsockets cost. Its reads may not be cancelled, so a connection is two tasks: a reader,
//! and a writer behind the channel, through which answers go as well.

use std::process::ExitCode;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use bytes::Bytes;
use clap::Parser;
use fastwebsockets::upgrade::UpgradeFut;
use fastwebsockets::{FragmentCollectorRead, Frame, OpCode, Payload, WebSocketError, WebSocketRead, WebSocketWrite};
use reference::{Hub, Options, Outcome, keep_alive, serve};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use wire::json::SEPARATOR;

/// A reference server over fastwebsockets.
#[derive(Clone, Copy, Debug, Parser)]
struct Cli {
    #[command(flatten)]
    options: Options,
}

const NORMAL_CLOSURE: u16 = 1000;

fn main() -> ExitCode {
    let options = Cli::parse().options;
    options.run(serve(options, get(upgrade).with_state(Arc::new(Hub::new(Bytes::from)))))
}

async fn upgrade(State(hub): State<Arc<Hub<Bytes>>>, mut request: Request) -> Response {
    let Ok((response, upgrade)) = fastwebsockets::upgrade::upgrade(&mut request) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    tokio::spawn(talk(upgrade, hub));
    response.map(|_| Body::empty())
}

async fn talk(upgrade: UpgradeFut, hub: Arc<Hub<Bytes>>) -> Result<(), WebSocketError> {
    let (reader, writer) = upgrade.await?.split(tokio::io::split);
    let (outbox, inbox) = unbounded_channel();
    let writer = tokio::spawn(write(writer, inbox, Arc::clone(&hub)));
    read(reader, &hub, outbox).await;
    // Nobody holds the outbox any more, so the writer ends when it has written what is left.
    writer.await.unwrap_or(Ok(()))
}

async fn read<R: AsyncRead + Unpin>(reader: WebSocketRead<R>, hub: &Hub<Bytes>, outbox: UnboundedSender<Bytes>) {
    let mut reader = FragmentCollectorRead::new(reader);
    let mut number = None;
    // What reading obliges to answer is left out: a pong is not asked for, and the writer says the goodbye.
    while let Ok(frame) = reader.read_frame(&mut |_| async { Ok::<_, WebSocketError>(()) }).await {
        match (frame.opcode, number) {
            (OpCode::Close, _) => break,
            (OpCode::Text | OpCode::Binary, None) => {
                let _ = outbox.send(hub.handshake());
                number = Some(hub.join(outbox.clone()));
            }
            (OpCode::Text | OpCode::Binary, Some(number)) => {
                let mut records = frame.payload.split(|&byte| byte == SEPARATOR).filter(|record| !record.is_empty());
                if !records.all(|record| goes_on(hub, number, &outbox, record)) {
                    break;
                }
            }
            _ => {}
        }
    }
    if let Some(number) = number {
        hub.leave(number);
    }
}

/// Handles a record; returns whether the connection stays.
fn goes_on(hub: &Hub<Bytes>, number: u64, outbox: &UnboundedSender<Bytes>, record: &[u8]) -> bool {
    match hub.handle(number, outbox, record) {
        Outcome::Nothing => true,
        Outcome::Answer(text) => outbox.send(text).is_ok(),
        Outcome::Stream { id, count } => hub.stream(&id, count).all(|text| outbox.send(text).is_ok()),
        Outcome::Close => false,
    }
}

async fn write<W: AsyncWrite + Unpin>(
    mut writer: WebSocketWrite<W>,
    mut inbox: UnboundedReceiver<Bytes>,
    hub: Arc<Hub<Bytes>>,
) -> Result<(), WebSocketError> {
    let mut keep_alive = keep_alive();
    loop {
        let text = tokio::select! {
            biased;
            text = inbox.recv() => text,
            _ = keep_alive.tick() => Some(hub.ping()),
        };
        let Some(text) = text else { break };
        writer.write_frame(Frame::text(Payload::Borrowed(&text))).await?;
    }
    writer.write_frame(Frame::close(NORMAL_CLOSURE, b"")).await
}
