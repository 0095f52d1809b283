//! A chat with rooms, private messages and reconnecting: `cargo run --bin chat`, then open the address it prints.
#![expect(clippy::print_stdout, reason = "a program to be run in a terminal")]

mod guests;
mod hub;
mod options;
mod page;
mod stop;

use std::error::Error;

use hub_server::{HubServer, RouterExt};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(options::address(std::env::args().skip(1))?).await?;
    println!("The chat is open at http://{} (Ctrl-C ends it)", listener.local_addr()?);

    let chat = HubServer::new(hub::ChatHub::default());
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
