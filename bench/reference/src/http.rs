//! What precedes a WebSocket.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use axum::Router;
use axum::routing::{MethodRouter, post};
use axum::serve::ListenerExt as _;

use crate::Options;

/// Where the hub is.
pub const PATH: &str = "/bench";

/// Serves a hub with axum, which `upgrade` makes a WebSocket of.
pub async fn serve(options: Options, upgrade: MethodRouter) -> io::Result<()> {
    let negotiate = post(|| async { negotiation() });
    let router = Router::new().route(&format!("{PATH}/negotiate"), negotiate).route(PATH, upgrade);
    let listener = options.listen()?.tap_io(|socket| {
        // Without it answers only come later, and figures show that.
        let _ = socket.set_nodelay(true);
    });
    axum::serve(listener, router).await
}

/// The answer to a negotiation.
pub fn negotiation() -> String {
    static NEGOTIATED: AtomicU64 = AtomicU64::new(0);
    let token = NEGOTIATED.fetch_add(1, Relaxed);
    format!(
        r#"{{"negotiateVersion":1,"connectionId":"c{token:021}","connectionToken":"t{token:021}","availableTransports":[{{"transport":"WebSockets","transferFormats":["Text","Binary"]}}]}}"#
    )
}
