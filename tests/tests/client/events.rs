//! States and events (section 13.4).

use hub_client::ConnectionState;

use crate::support::{Log, Peer, in_time, settle, start};

#[tokio::test(start_paused = true)]
async fn a_handler_that_panics_holds_no_other_up() {
    // C-43
    let (connection, peer, _server) = start().await;
    let log = Log::default();
    for name in ["first", "second"] {
        let log = log.clone();
        connection.on_closed(move |_| {
            log.note(name);
            panic!("on purpose");
        });
    }
    drop(peer);
    settle().await;
    assert_eq!(log.take(), ["first", "second"]);
    assert_eq!(connection.state(), ConnectionState::Disconnected);
}

#[tokio::test(start_paused = true)]
async fn the_handler_of_the_end_may_start_again() {
    // C-41
    let (connection, peer, mut server) = start().await;
    let weak = connection.downgrade();
    connection.on_closed(move |_| {
        let connection = weak.upgrade().unwrap();
        assert_eq!(connection.state(), ConnectionState::Disconnected);
        tokio::spawn(async move { connection.start().await });
    });
    drop(peer);
    let mut peer = Peer::accept(in_time(server.attempt()).await.unwrap());
    peer.next().await;
    peer.send("{}␞");
    settle().await;
    assert_eq!(connection.state(), ConnectionState::Connected);
}
