//! What axum's upgrade and tokio-websockets cost.

use std::process::ExitCode;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, UPGRADE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use bytes::Bytes;
use clap::Parser;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use reference::{Content, Hub, Library, Options, converse, serve};
use tokio_websockets::{Message, ServerBuilder};
use wire::websocket;

/// A reference server over tokio-websockets.
#[derive(Clone, Copy, Debug, Parser)]
struct Cli {
    #[command(flatten)]
    options: Options,
    /// Flush after every message instead of after a batch
    #[arg(long)]
    flush_each: bool,
}

struct TokioWebsockets;

impl Library for TokioWebsockets {
    type Text = Bytes;
    type Message = Message;

    fn text(text: Bytes) -> Message {
        Message::text(text)
    }

    fn content(message: &Message) -> Content<'_> {
        if message.is_text() || message.is_binary() {
            Content::Records(message.as_payload())
        } else if message.is_close() {
            Content::Close
        } else {
            Content::Other
        }
    }
}

type Shared = (Cli, Arc<Hub<Bytes>>);

fn main() -> ExitCode {
    let cli = Cli::parse();
    let shared: Shared = (cli, Arc::new(Hub::new(Bytes::from)));
    cli.options.run(serve(cli.options, get(upgrade).with_state(shared)))
}

async fn upgrade(State((cli, hub)): State<Shared>, mut request: Request) -> Response {
    let Some(accept) = accept(request.headers()) else { return StatusCode::BAD_REQUEST.into_response() };
    tokio::spawn(talk(hyper::upgrade::on(&mut request), hub, cli.flush_each));
    let headers: [(HeaderName, HeaderValue); 3] = [
        (CONNECTION, HeaderValue::from_static("Upgrade")),
        (UPGRADE, HeaderValue::from_static("websocket")),
        (SEC_WEBSOCKET_ACCEPT, accept),
    ];
    (StatusCode::SWITCHING_PROTOCOLS, headers, Body::empty()).into_response()
}

fn accept(headers: &HeaderMap) -> Option<HeaderValue> {
    websocket::accept(headers.get(SEC_WEBSOCKET_KEY)?.as_bytes()).try_into().ok()
}

async fn talk(upgrade: OnUpgrade, hub: Arc<Hub<Bytes>>, flush_each: bool) {
    let Ok(stream) = upgrade.await else { return };
    let socket = ServerBuilder::new().serve(TokioIo::new(stream));
    converse::<TokioWebsockets, _, _>(socket, &hub, flush_each).await;
}
