//! Connections over HTTP: negotiation, and WebSockets, Server-Sent Events and long polling.
//!
//! A [`HttpConnector`] is made of a URL and of [`HttpConnectionOptions`]; it gives a hub connection its transports.

mod access_token;
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
pub use client::http_client_builder;
pub use connector::HttpConnector;
pub use options::HttpConnectionOptions;
pub use reqwest;
pub use transports::Transports;
