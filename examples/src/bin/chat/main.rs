//! A chat with rooms, private messages and reconnecting: `cargo run --bin chat`, then open the address it prints.
//!
//! With `--redis HOST:PORT` several of these programs are one chat.
#![expect(clippy::print_stdout, reason = "a program to be run in a terminal")]

mod book;
mod guests;
mod hub;
mod options;
mod page;
mod stop;

use std::error::Error;

use std::time::Duration;

use hub_redis::RedisBackplane;
use hub_server::{HubServer, RouterExt};
use tokio::net::TcpListener;

use crate::book::Book;
use crate::hub::ChatHub;

/// How long the guests of a program that was killed stay in their rooms.
const PRESENCE: Duration = Duration::from_secs(15);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let options = options::parse(std::env::args().skip(1))?;
    let listener = TcpListener::bind(&options.address).await?;
    println!("The chat is open at http://{} (Ctrl-C ends it)", listener.local_addr()?);

    let chat = match &options.redis {
        None => HubServer::new(ChatHub::default()),
        Some(url) => {
            let backplane = RedisBackplane::builder(url).presence(PRESENCE).connect().await?;
            HubServer::builder(ChatHub::new(Book::in_redis(url).await?)).backplane(backplane).build()
        }
    };
    let app = page::routes().route_hub("/chathub", chat.clone());
    axum::serve(listener, app)
        .with_graceful_shutdown(async move {
            stop::requested().await;
            chat.shutdown().await; // axum does not see sockets once they are upgraded
        })
        .await?;
    println!("The chat is closed");
    Ok(())
}
