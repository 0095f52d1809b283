//! Hubs over real sockets, and the HTTP around them.

mod client;
mod hub;
mod negotiate;
mod shutdown;
mod statuses;
mod tls;
mod websocket;
