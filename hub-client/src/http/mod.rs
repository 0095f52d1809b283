//! Connections over HTTP: negotiation, and WebSockets, Server-Sent Events and long polling.
//!
//! [`HubConnection::builder`](crate::HubConnection::builder) makes connections over HTTP. A [`HttpConnector`], made of a URL
//! and of [`HttpConnectionOptions`], is what gives them their transports.

mod access_token;
mod builder;
mod client;
mod connector;
mod failure;
mod long_polling;
mod negotiate;
mod options;
mod pipe;
mod posts;
#[cfg(test)]
mod random;
mod requests;
mod server_sent_events;
mod start;
mod transports;
mod url;
mod websocket;

pub use access_token::IntoAccessToken;
pub use builder::HttpEndpoint;
pub use client::http_client_builder;
pub use connector::HttpConnector;
pub use options::HttpConnectionOptions;
pub use reqwest;
pub use transports::Transports;
