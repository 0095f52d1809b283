//! The chat in a terminal: `cargo run --bin console -- http://127.0.0.1:5000/chathub`, with `cargo run --bin chat` for a
//! server. A line is said to the room, `/w NAME TEXT` to one person, and `/q` or the end of the input says goodbye.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program to be run in a terminal")]

mod guest;
mod line;
mod options;
mod screen;

use std::error::Error;

use examples::chat::{ChatClient, ChatServer, ChatServerProxy};
use hub_client::{ConnectionError, HubConnection};
use tokio::io::{AsyncBufReadExt as _, BufReader, stdin};
use tokio::sync::oneshot;

use guest::Guest;
use line::Line;
use options::Options;
use screen::Screen;

#[tokio::main]
async fn main() {
    let result = chat().await;
    if let Err(error) = &result {
        eprintln!("{error}");
    }
    // Not by returning: the thread that reads the terminal may wait for one more line.
    std::process::exit(result.is_err().into())
}

async fn chat() -> Result<(), Box<dyn Error>> {
    let Options { url, name, room } = Options::parse(std::env::args().skip(1))?;
    let connection = HubConnection::builder(url).with_automatic_reconnect().build();
    let chat = connection.hub::<dyn ChatServer>();
    let guest = Guest::new(&name, &room)?;
    guest.join_again(&connection);
    connection.receive::<dyn ChatClient>(Screen { name });

    connection.start().await?;
    guest.join(&chat).await?;
    tokio::select! {
        done = talk(&chat) => done?,
        reason = closed(&connection) => return Err(reason.map_or("the server is gone".into(), Into::into)),
    }
    connection.stop().await;
    println!("* goodbye");
    Ok(())
}

/// Does what is typed. What the hub refuses is told, and nothing else happens.
async fn talk(chat: &ChatServerProxy<HubConnection>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stdin()).lines();
    while let Some(line) = lines.next_line().await?.as_deref().and_then(Line::parse) {
        let done = match line {
            Line::Nothing => Ok(()),
            Line::Say(text) => chat.say(text).await,
            Line::Whisper { to, text } => chat.whisper(to, text).await,
        };
        if let Err(error) = done {
            println!("! {error}");
        }
    }
    Ok(())
}

/// Waits for the end of the connection, and tells why it came.
async fn closed(connection: &HubConnection) -> Option<ConnectionError> {
    let (sender, receiver) = oneshot::channel();
    let sender = std::sync::Mutex::new(Some(sender));
    connection.on_closed(move |reason| {
        if let Some(sender) = sender.lock().ok().and_then(|mut sender| sender.take()) {
            let _ = sender.send(reason);
        }
    });
    receiver.await.unwrap_or_default()
}
