//! Which transport is used when not every one can be (C-3, C-5, C-140).

use hub_client::StartError;
use hub_client::http::Transports;
use hub_client::transport::ConnectError;

use crate::support::{Identity, Server, Way, connection_to};

async fn transport_of(server: &Server, path: &str, way: Way) -> String {
    let hub = server.connect_to(path, way).await;
    hub.invoke::<Identity>("WhoAmI", ()).await.unwrap().transport
}

fn all(way: Way) -> Way {
    way.by(Transports::ALL)
}

#[tokio::test]
async fn web_sockets_come_first() {
    let server = Server::start().await;
    for way in Way::ALL {
        assert_eq!(transport_of(&server, "/hub", all(way)).await, "WebSockets");
    }
}

#[tokio::test]
async fn without_web_sockets_the_next_transport_is_used_that_carries_the_protocol() {
    let server = Server::start().await;
    let path = "/without-web-sockets";
    assert_eq!(transport_of(&server, path, all(Way::WEB_SOCKETS_JSON)).await, "ServerSentEvents");
    assert_eq!(transport_of(&server, path, all(Way::WEB_SOCKETS_MESSAGE_PACK)).await, "LongPolling");
}

#[tokio::test]
async fn server_sent_events_do_not_carry_message_pack() {
    let server = Server::start().await;
    let way = Way::WEB_SOCKETS_MESSAGE_PACK.by(Transports::SERVER_SENT_EVENTS);
    let error = connection_to(server.address, "/hub", way).build().start().await.unwrap_err();
    let StartError::Connect(ConnectError::NoTransport(failures)) = &error else { panic!("{error:?}") };
    let texts: Vec<String> = failures.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "WebSockets failed: The transport is disabled by the client.",
            "ServerSentEvents failed: The transport does not support the 'Binary' transfer format.",
            "LongPolling failed: The transport is disabled by the client.",
        ]
    );
}

#[tokio::test]
async fn a_server_without_the_only_transport_is_told_apart() {
    let server = Server::start().await;
    let hub = connection_to(server.address, "/without-web-sockets", Way::WEB_SOCKETS_JSON).build();
    let error = hub.start().await.unwrap_err();
    assert!(
        matches!(&error, StartError::Connect(ConnectError::NoTransport(failures)) if failures.len() == 2),
        "{error:?}"
    );
}

#[tokio::test]
async fn web_sockets_work_without_negotiation() {
    let server = Server::start().await;
    for way in [Way::WEB_SOCKETS_JSON, Way::WEB_SOCKETS_MESSAGE_PACK] {
        let hub = server.connection(way).skip_negotiation(true).build();
        hub.start().await.unwrap();
        assert_eq!(hub.connection_id(), None);
        assert_eq!(hub.invoke::<String>("Echo", ("x",)).await.unwrap(), "x");
    }
}
