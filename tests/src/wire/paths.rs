//! Which hub is where, with which options.

use std::io;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::{get, post};
use hub_server::{HttpOptions, HubServer, HubServerBuilder, PayloadNaming, RawConnection, RouterExt as _, Transports};

use super::extensions::ExtensionHub;
use super::hub::WireHub;
use super::test_hub::{TestHub, UncreatableHub};
use super::{auth, cors, redirect};
use crate::bench::BenchHub;

/// The whole program.
pub fn router() -> Router {
    Router::new()
        .merge(wire_hubs())
        .merge(other_hubs())
        .route_connection("/echo", echo)
        .route("/healthz", get(async || "ok"))
        .route("/negotiate-redirect/negotiate", post(redirect::negotiate))
        .layer(from_fn(auth::sign_in))
        .layer(from_fn(cors::allow_local))
}

/// The same hub on several paths; each is a hub of its own.
fn wire_hubs() -> Router {
    let second = Duration::from_secs(1);
    let http = HttpOptions::default;
    Router::new()
        .route_hub("/wire", wire().build())
        .route_hub("/wire-detailed", wire().enable_detailed_errors(true).build())
        .route_hub("/wire-parallel", wire().maximum_parallel_invocations_per_client(4).build())
        .route_hub("/wire-small", wire().maximum_receive_message_size(Some(1024)).stream_buffer_capacity(2).build())
        .route_hub(
            "/wire-fast",
            wire().handshake_timeout(second).keep_alive_interval(second).client_timeout_interval(2 * second).build(),
        )
        .route_hub_with(
            "/wire-reconnect",
            wire().stateful_reconnect_buffer_size(2000).build(),
            http().allow_stateful_reconnects(true),
        )
        .route_hub_with("/wire-ws", wire().build(), http().with_transports(Transports::WEB_SOCKETS))
        .route_hub_with("/wire-sse", wire().build(), http().with_transports(Transports::SERVER_SENT_EVENTS))
        .route_hub_with("/wire-lp", wire().build(), http().with_transports(Transports::LONG_POLLING))
        .route_hub_with("/wire-lp-fast", wire().build(), http().with_poll_timeout(second))
        .route_hub_with("/wire-auth", wire().build(), http().require_authenticated_user())
        .route_hub_with(
            "/wire-expire",
            wire().build(),
            http().require_authenticated_user().close_on_authentication_expiration(true),
        )
        .route_hub_with("/wire-v1", wire().build(), http().with_minimum_protocol_version(1))
        .route_hub_with(
            "/wire-compressed",
            wire().build(),
            http().with_web_socket_compression(true).allow_stateful_reconnects(true),
        )
}

fn wire() -> HubServerBuilder<WireHub> {
    HubServer::builder(WireHub)
}

fn other_hubs() -> Router {
    let without_web_sockets = Transports::SERVER_SENT_EVENTS | Transports::LONG_POLLING;
    let uncreatable = HubServer::builder(UncreatableHub).enable_detailed_errors(true);
    Router::new()
        .route_hub_with("/testhub", test().build(), HttpOptions::default().allow_stateful_reconnects(true))
        .route_hub_with(
            "/testhub-nowebsockets",
            test().build(),
            HttpOptions::default().with_transports(without_web_sockets),
        )
        .route_hub_with("/authorizedhub", test().build(), HttpOptions::default().require_authenticated_user())
        .route_hub("/uncreatable", uncreatable.build())
        .route_hub("/bench", HubServer::new(BenchHub))
        .route_hub("/extensions", HubServer::new(ExtensionHub))
}

fn test() -> HubServerBuilder<TestHub> {
    HubServer::builder(TestHub).enable_detailed_errors(true).json_naming(PayloadNaming::PascalCase)
}

/// Sends back what comes.
async fn echo(mut connection: RawConnection) -> io::Result<()> {
    while let Some(bytes) = connection.read().await? {
        connection.write(&bytes).await?;
    }
    Ok(())
}
