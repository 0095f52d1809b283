//! What tokio itself costs. The hub is that of the other servers; framing is our own on the `TcpStream`: a message is one
//! ready frame, shared by all receivers; a read goes to a buffer of the thread; what waits leaves in one vectored write.
//!
//! As a rule messages of others go through the channel of a connection and wake its task. With `--direct` who sends
//! writes to the socket at once, and only what it does not take waits for the task.

mod connection;
mod writer;

use std::convert::Infallible;
use std::io;
use std::process::ExitCode;
use std::sync::Arc;

use bytes::Bytes;
use clap::Parser;
use reference::{Hub, Options};
use wire::websocket;

/// A reference server over tokio's sockets.
#[derive(Clone, Copy, Debug, Parser)]
struct Cli {
    #[command(flatten)]
    options: Options,
    /// Who sends to many writes to their sockets itself
    #[arg(long)]
    direct: bool,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    cli.options.run(async move { accept(cli).await.map(|never| match never {}) })
}

async fn accept(cli: Cli) -> io::Result<Infallible> {
    let listener = cli.options.listen()?;
    let hub = Arc::new(Hub::new(|record| frame(&record)));
    loop {
        let Ok((socket, _)) = listener.accept().await else { continue };
        socket.set_nodelay(true)?;
        tokio::spawn(connection::serve(socket, Arc::clone(&hub), cli.direct));
    }
}

fn frame(record: &str) -> Bytes {
    let mut frame = Vec::with_capacity(record.len() + 10);
    websocket::put_frame(&mut frame, websocket::TEXT, record.as_bytes(), None);
    frame.into()
}
