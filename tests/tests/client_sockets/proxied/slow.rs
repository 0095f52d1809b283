//! Connections over which little comes at a time.

use futures_util::stream::iter;
use hub_client::upload;

use crate::support::{
    Proxy, Server, Way, Weather, check_count, check_echoes, connection_to, each_way, heard, numbers, take,
};

each_way! {
    a_slow_network_delivers_everything,
}

async fn a_slow_network_delivers_everything(way: Way) {
    let server = Server::start().await;
    let proxy = Proxy::to(server.address).await;
    proxy.set(Weather::Slow(193));
    let hub = connection_to(proxy.address, "/hub", way).build();
    let mut texts = heard(&hub, "Receive");
    hub.start().await.unwrap();
    let large = "é".repeat(4000);
    let calls = async {
        assert_eq!(hub.invoke::<String>("Echo", (&large,)).await.unwrap(), large);
        assert_eq!(hub.invoke::<i32>("Sum", (upload(iter(0..100)),)).await.unwrap(), 4950);
        hub.invoke::<i32>("Burst", (100,)).await.unwrap();
    };
    tokio::join!(calls, check_echoes(&hub, 50), check_count(&hub, 100));
    assert_eq!(take(&mut texts, 100).await, numbers(100));
    hub.stop().await;
}
