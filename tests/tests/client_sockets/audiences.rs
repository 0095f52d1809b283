//! Who hears what the hub sends to several.

use hub_client::HubConnection;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::support::{Server, Way, each_way, heard, take};

each_way! {
    groups_hear_what_is_sent_to_them,
    users_hear_what_is_sent_to_them,
}

struct Member {
    hub: HubConnection,
    texts: UnboundedReceiver<String>,
}

impl Member {
    async fn join(server: &Server, way: Way, user: &'static str) -> Self {
        let hub = server.connection(way).access_token_provider(move || async move { user }).build();
        let texts = heard(&hub, "Receive");
        hub.start().await.unwrap();
        Self { hub, texts }
    }

    /// All that was heard up to now; the last of it is told to make sure of that.
    async fn heard(&mut self) -> Vec<String> {
        self.hub.invoke::<()>("ToCaller", ("end",)).await.unwrap();
        let mut heard = Vec::new();
        loop {
            match self.texts.recv().await.unwrap() {
                end if end == "end" => return heard,
                text => heard.push(text),
            }
        }
    }
}

async fn groups_hear_what_is_sent_to_them(way: Way) {
    let server = Server::start().await;
    let (mut one, mut two) = (Member::join(&server, way, "ada").await, Member::join(&server, way, "bob").await);
    for member in [&one, &two] {
        member.hub.invoke::<()>("Join", ("readers",)).await.unwrap();
    }
    one.hub.invoke::<()>("ToGroup", ("readers", "both")).await.unwrap();
    one.hub.invoke::<()>("ToOthersInGroup", ("readers", "the other")).await.unwrap();
    assert_eq!(take(&mut two.texts, 2).await, ["both", "the other"]);
    two.hub.invoke::<()>("Leave", ("readers",)).await.unwrap();
    one.hub.invoke::<()>("ToGroup", ("readers", "one")).await.unwrap();
    assert_eq!(one.heard().await, ["both", "one"]);
    assert_eq!(two.heard().await, [""; 0]);
}

async fn users_hear_what_is_sent_to_them(way: Way) {
    let server = Server::start().await;
    let (mut ada, mut bob) = (Member::join(&server, way, "ada").await, Member::join(&server, way, "bob").await);
    let mut also_ada = Member::join(&server, way, "ada").await;
    bob.hub.invoke::<()>("ToUser", ("ada", "hello")).await.unwrap();
    bob.hub.invoke::<()>("ToAll", ("all",)).await.unwrap();
    bob.hub.invoke::<()>("ToClient", (ada.hub.connection_id(), "only one")).await.unwrap();
    assert_eq!(take(&mut ada.texts, 3).await, ["hello", "all", "only one"]);
    assert_eq!(take(&mut also_ada.texts, 2).await, ["hello", "all"]);
    assert_eq!(bob.heard().await, ["all"]);
    assert_eq!(also_ada.heard().await, [""; 0]);
}
