//! The contracts of the chat: of its hub, and of those who talk there.

use hub_contract::{hub_client, hub_server};

/// What somebody in a room is told.
#[hub_client]
pub trait ChatClient {
    /// `name` came into the room, where `people` are now.
    async fn joined(&self, name: &str, people: &[String]);
    /// `name` is gone from the room, where `people` still are.
    async fn left(&self, name: &str, people: &[String]);
    /// `from` said something to the whole room.
    async fn said(&self, from: &str, text: &str);
    /// `from` said something to `to` alone: one of them is the reader.
    async fn whispered(&self, from: &str, to: &str, text: &str);
}

/// What can be done in the chat.
#[hub_server]
pub trait ChatServer {
    /// Brings the caller into `room`, out of the one they were in. `key` tells a guest who comes back from others of the
    /// same name.
    async fn join(&self, room: &str, name: &str, key: &str);
    /// Says something to the caller's room.
    async fn say(&self, message: &str);
    /// Says something to the one called `to` in the caller's room.
    async fn whisper(&self, to: &str, message: &str);
}
