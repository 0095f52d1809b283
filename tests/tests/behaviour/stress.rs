//! Many clients on several threads: nothing is lost, doubled or out of order.

use std::time::Duration;

use hub_server::testing::TestClient;
use hub_server::{Hub, HubError, HubServer, hub};
use tokio::task::JoinSet;
use tokio::time::timeout;

const CLIENTS: usize = 6;
const MESSAGES: usize = 150;

struct Room;

#[hub]
impl Room {
    async fn join(&self, hub: Hub, group: String) -> Result<(), HubError> {
        hub.groups().add(hub.connection_id(), group).await
    }

    async fn leave(&self, hub: Hub, group: String) -> Result<(), HubError> {
        hub.groups().remove(hub.connection_id(), group).await
    }

    async fn shout(&self, hub: Hub, who: usize, number: usize) -> Result<usize, HubError> {
        if number.is_multiple_of(2) {
            hub.clients().all().send("Shout", (who, number)).await?;
        } else {
            hub.clients().group("everybody").send("Shout", (who, number)).await?;
        }
        Ok(number)
    }
}

/// A server that takes nobody for dead, however slow the machine is.
fn server() -> HubServer<Room> {
    HubServer::builder(Room).handshake_timeout(Duration::MAX).transport_send_timeout(Duration::MAX).build()
}

/// Fails a test that hangs.
async fn in_time<T>(future: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(300), future).await.expect("nothing comes any more")
}

async fn connect(server: &HubServer<Room>) -> TestClient {
    let mut client = server.test_client().connect().await.unwrap();
    client.invoke::<()>("Join", ("everybody",)).await.unwrap();
    client
}

/// Shouts, and hears all that anybody shouts, each in order.
async fn shout_and_hear(mut client: TestClient, who: usize) -> TestClient {
    for number in 0..MESSAGES {
        assert_eq!(client.invoke::<usize>("Shout", (who, number)).await, Ok(number));
    }
    let mut next = [0; CLIENTS];
    for _ in 0..CLIENTS * MESSAGES {
        let (who, number) = client.received::<(usize, usize)>("Shout").await.unwrap();
        assert_eq!(number, next[who], "of client {who}");
        next[who] += 1;
    }
    assert_eq!(next, [MESSAGES; CLIENTS]);
    client
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn everybody_hears_everybody_in_order() {
    let server = server();
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        clients.push(connect(&server).await);
    }
    let mut shouting = JoinSet::new();
    for (who, client) in clients.into_iter().enumerate() {
        shouting.spawn(shout_and_hear(client, who));
    }
    assert_eq!(in_time(shouting.join_all()).await.len(), CLIENTS);
}

/// Comes and goes, joining and leaving groups.
async fn come_and_go(server: HubServer<Room>, who: usize) {
    for number in 0..30 {
        let mut client = connect(&server).await;
        client.send("Join", (number.to_string(),)).await.unwrap();
        assert_eq!(client.invoke::<usize>("Shout", (who, number)).await, Ok(number));
        assert_eq!(client.received::<(usize, usize)>("Shout").await.map(|_| ()), Ok(()));
        match number % 3 {
            0 => drop(client),
            1 => {
                client.close().await.unwrap();
                assert!(client.closed().await.with_message);
            }
            _ => client.invoke::<()>("Leave", (number.to_string(),)).await.unwrap(),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn clients_come_and_go_while_others_shout() {
    let server = server();
    let mut coming = JoinSet::new();
    for who in 0..CLIENTS {
        coming.spawn(come_and_go(server.clone(), who));
    }
    assert_eq!(in_time(coming.join_all()).await.len(), CLIENTS);
    in_time(server.shutdown()).await;
}
