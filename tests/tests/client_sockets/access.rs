//! Who is let in (sections 13.2 and 13.3).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::{HeaderName, HeaderValue};
use hub_client::{ConnectionState, InvocationError, StartError};

use crate::support::{Identity, Server, Way, connection_to, each_way, refusal};

each_way! {
    a_token_goes_with_the_connection,
    without_a_token_the_start_is_refused,
    a_failing_provider_fails_the_start,
    headers_go_with_the_connection,
}

async fn a_token_goes_with_the_connection(way: Way) {
    let server = Server::start().await;
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let hub = connection_to(server.address, "/guarded", way)
        .access_token_provider(move || {
            count.fetch_add(1, Ordering::Relaxed);
            async { Ok::<_, std::io::Error>("ada") }
        })
        .build();
    hub.start().await.unwrap();
    let who = hub.invoke::<Identity>("WhoAmI", ()).await.unwrap();
    assert_eq!(who.user.as_deref(), Some("ada"));
    assert_eq!(who.transport, way.transport_name());
    assert_eq!(Some(who.connection_id), hub.connection_id());
    assert!(asked.load(Ordering::Relaxed) > 0);
    assert_eq!(hub.invoke::<String>("Secret", ()).await.unwrap(), "secret");
    let text = refusal(hub.invoke::<String>("AdminOnly", ()).await);
    assert_eq!(text, "Failed to invoke 'AdminOnly' because user is unauthorized");
}

async fn without_a_token_the_start_is_refused(way: Way) {
    let server = Server::start().await;
    let hub = connection_to(server.address, "/guarded", way).with_automatic_reconnect().build();
    match hub.start().await.unwrap_err() {
        StartError::Connect(error) => assert_eq!(error.status().map(|status| status.as_u16()), Some(401)),
        error => panic!("{error:?}"),
    }
    assert_eq!(hub.state(), ConnectionState::Disconnected);
    let error = hub.invoke::<()>("Nothing", ()).await.unwrap_err();
    assert!(matches!(error, InvocationError::NotConnected), "{error:?}");
}

async fn a_failing_provider_fails_the_start(way: Way) {
    let server = Server::start().await;
    let hub = connection_to(server.address, "/guarded", way)
        .access_token_provider(async || Err::<String, _>(std::io::Error::other("not logged in")))
        .build();
    let error = hub.start().await.unwrap_err();
    assert!(error.to_string().contains("not logged in"), "{error}");
}

async fn headers_go_with_the_connection(way: Way) {
    let server = Server::start().await;
    let hub =
        server.connection(way).header(HeaderName::from_static("x-own"), HeaderValue::from_static("value")).build();
    hub.start().await.unwrap();
    assert_eq!(hub.invoke::<String>("Header", ("X-Own",)).await.unwrap(), "value");
}
