//! What axum's `ws` costs, which is tungstenite.

use std::process::ExitCode;
use std::sync::Arc;

use axum::extract::State;
use axum::extract::ws::{Message, Utf8Bytes, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::get;
use clap::Parser;
use reference::{Content, Hub, Library, Options, converse, serve};

/// A reference server over axum's WebSockets.
#[derive(Clone, Copy, Debug, Parser)]
struct Cli {
    #[command(flatten)]
    options: Options,
    /// Bytes of the buffer that each connection reads into, if not the library's default
    #[arg(long)]
    read_buffer: Option<usize>,
    /// Flush after every message instead of after a batch
    #[arg(long)]
    flush_each: bool,
}

struct Axum;

impl Library for Axum {
    type Text = Utf8Bytes;
    type Message = Message;

    fn text(text: Utf8Bytes) -> Message {
        Message::Text(text)
    }

    fn content(message: &Message) -> Content<'_> {
        match message {
            Message::Text(text) => Content::Records(text.as_bytes()),
            Message::Binary(bytes) => Content::Records(bytes),
            Message::Close(_) => Content::Close,
            Message::Ping(_) | Message::Pong(_) => Content::Other,
        }
    }
}

type Shared = (Cli, Arc<Hub<Utf8Bytes>>);

fn main() -> ExitCode {
    let cli = Cli::parse();
    let shared: Shared = (cli, Arc::new(Hub::new(Utf8Bytes::from)));
    cli.options.run(serve(cli.options, get(upgrade).with_state(shared)))
}

async fn upgrade(State((cli, hub)): State<Shared>, mut upgrade: WebSocketUpgrade) -> Response {
    if let Some(size) = cli.read_buffer {
        upgrade = upgrade.read_buffer_size(size);
    }
    upgrade.on_upgrade(move |socket| async move { converse::<Axum, _, _>(socket, &hub, cli.flush_each).await })
}
