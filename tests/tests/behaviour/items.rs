//! What a hub keeps about a connection.

use hub_server::{Hub, HubServer, hub};

struct Cloakroom;

#[derive(Clone, Default)]
struct Coats(Vec<String>);

#[derive(Clone)]
struct Umbrella(u8);

#[hub]
impl Cloakroom {
    fn on_connected(&self, hub: Hub) {
        hub.items().insert(Umbrella(7));
    }

    fn hang(&self, hub: Hub, coat: String) -> usize {
        hub.items().update(|coats: &mut Coats| {
            coats.0.push(coat);
            coats.0.len()
        })
    }

    fn fetch(&self, hub: Hub) -> Vec<String> {
        hub.items().remove::<Coats>().unwrap_or_default().0
    }

    fn umbrella(&self, hub: Hub) -> Option<u8> {
        hub.items().get::<Umbrella>().map(|umbrella| umbrella.0)
    }

    fn swap(&self, hub: Hub, umbrella: u8) -> Option<u8> {
        hub.items().insert(Umbrella(umbrella)).map(|old| old.0)
    }
}

#[tokio::test(start_paused = true)]
async fn items_stay_from_call_to_call() {
    let mut client = HubServer::new(Cloakroom).test_client().connect().await.unwrap();
    assert_eq!(client.invoke::<usize>("Hang", ("red",)).await, Ok(1));
    assert_eq!(client.invoke::<usize>("Hang", ("blue",)).await, Ok(2));
    assert_eq!(client.invoke::<Vec<String>>("Fetch", ()).await, Ok(vec!["red".to_owned(), "blue".to_owned()]));
    assert_eq!(client.invoke::<Vec<String>>("Fetch", ()).await, Ok(vec![]));
}

#[tokio::test(start_paused = true)]
async fn items_of_two_connections_are_apart() {
    let server = HubServer::new(Cloakroom);
    let mut alice = server.test_client().connect().await.unwrap();
    let mut bob = server.test_client().connect().await.unwrap();
    alice.invoke::<usize>("Hang", ("red",)).await.unwrap();
    assert_eq!(bob.invoke::<usize>("Hang", ("blue",)).await, Ok(1));
}

#[tokio::test(start_paused = true)]
async fn there_is_one_item_of_each_type() {
    let mut client = HubServer::new(Cloakroom).test_client().connect().await.unwrap();
    assert_eq!(client.invoke::<Option<u8>>("Swap", (8,)).await, Ok(Some(7)), "what on_connected kept");
    assert_eq!(client.invoke::<Option<u8>>("Umbrella", ()).await, Ok(Some(8)));
}
