//! The hub: what is done for those who talk.

use examples::chat::{ChatClient, ChatServer};
use hub_server::{ConnectionId, Hub, HubError, hub};

use crate::book::{Book, OpenBook};
use crate::guests::{Guest, text};

/// A room is a group, and there as long as somebody is in it.
#[derive(Default)]
pub(crate) struct ChatHub {
    guests: Book,
}

impl ChatHub {
    /// A chat whose guests are in this book.
    pub(crate) fn new(guests: Book) -> Self {
        Self { guests }
    }
}

#[hub(client = ChatClient, server = ChatServer)]
impl ChatHub {
    /// Brings the caller into `room`, out of the one they were in. `key` tells a guest who comes back from others of the same name.
    async fn join(&self, hub: Hub<dyn ChatClient>, room: String, name: String, key: String) -> Result<(), HubError> {
        let guest = Guest::new(&name, &room, &key)?;
        let mut guests = self.guests.open().await?;
        guests.strike_absent(&guest.room, &hub.groups().members(&guest.room).await?).await?;
        if let Some(earlier) = guests.earlier(&guest)? {
            leave(&hub, &mut guests, &earlier).await?;
        }
        leave(&hub, &mut guests, hub.connection_id()).await?;

        let Guest { name, room, .. } = guest.clone();
        hub.groups().add(hub.connection_id(), &room).await?;
        guests.add(hub.connection_id().clone(), guest).await?;
        hub.clients().group(&room).joined(&name, &guests.names(&room)).await?;
        Ok(())
    }

    /// Says something to the caller's room.
    async fn say(&self, hub: Hub<dyn ChatClient>, message: String) -> Result<(), HubError> {
        let message = text(&message)?;
        let from = self.guests.open().await?.at(hub.connection_id())?.clone();
        hub.clients().group(&from.room).said(&from.name, &message).await?;
        Ok(())
    }

    /// Says something to the one called `to` in the caller's room.
    async fn whisper(&self, hub: Hub<dyn ChatClient>, to: String, message: String) -> Result<(), HubError> {
        let message = text(&message)?;
        let (from, to, addressee) = {
            let guests = self.guests.open().await?;
            let from = guests.at(hub.connection_id())?;
            let addressee = guests.find(&from.room, &to).ok_or_else(|| HubError::new(format!("{to} is not here")))?;
            (from.name.clone(), guests.at(addressee)?.name.clone(), addressee.clone())
        };
        hub.clients().clients([hub.connection_id().clone(), addressee]).whispered(&from, &to, &message).await?;
        Ok(())
    }

    async fn on_disconnected(&self, hub: Hub<dyn ChatClient>) -> Result<(), HubError> {
        leave(&hub, &mut self.guests.open().await?, hub.connection_id()).await
    }
}

/// Takes the guest at `connection`, if there is one, out of their room and tells those who stay.
async fn leave(
    hub: &Hub<dyn ChatClient>,
    guests: &mut OpenBook<'_>,
    connection: &ConnectionId,
) -> Result<(), HubError> {
    let Some(Guest { name, room, .. }) = guests.remove(connection).await? else { return Ok(()) };
    hub.groups().remove(connection, &room).await?;
    hub.clients().group(&room).left(&name, &guests.names(&room)).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use hub_server::HubServer;
    use hub_server::testing::TestClient;

    use super::*;

    type Notice = (String, Vec<String>);

    fn server() -> HubServer<ChatHub> {
        HubServer::new(ChatHub::default())
    }

    async fn connect(server: &HubServer<ChatHub>) -> TestClient {
        server.test_client().connect().await.unwrap()
    }

    /// One called `name` in the room "garden", who has heard of their own coming.
    async fn guest(server: &HubServer<ChatHub>, name: &str) -> TestClient {
        let mut client = connect(server).await;
        client.invoke::<()>("Join", ("garden", name, "key of ".to_owned() + name)).await.unwrap();
        assert_eq!(client.received::<Notice>("Joined").await.unwrap().0, name);
        client
    }

    fn notice(name: &str, people: &[&str]) -> Notice {
        (name.to_owned(), people.iter().map(ToString::to_string).collect())
    }

    #[tokio::test]
    async fn a_room_hears_who_comes_and_goes() {
        let server = server();
        let mut ann = guest(&server, "ann").await;
        let bob = guest(&server, "Bob").await;
        assert_eq!(ann.received::<Notice>("Joined").await.unwrap(), notice("Bob", &["ann", "Bob"]));
        drop(bob);
        assert_eq!(ann.received::<Notice>("Left").await.unwrap(), notice("Bob", &["ann"]));
    }

    #[tokio::test]
    async fn what_is_said_reaches_the_own_room_alone() {
        let server = server();
        let (mut ann, mut bob) = (guest(&server, "ann").await, guest(&server, "bob").await);
        bob.invoke::<()>("Join", ("kitchen", "bob", "k")).await.unwrap();
        assert_eq!(ann.received::<Notice>("Left").await.unwrap(), notice("bob", &["ann"]));

        ann.invoke::<()>("Say", ("in the garden",)).await.unwrap();
        bob.invoke::<()>("Say", ("in the kitchen",)).await.unwrap();
        assert_eq!(ann.received::<(String, String)>("Said").await.unwrap().1, "in the garden");
        assert_eq!(bob.received::<(String, String)>("Said").await.unwrap().1, "in the kitchen");
    }

    #[tokio::test]
    async fn a_whisper_reaches_both_and_nobody_else() {
        let server = server();
        let (mut ann, mut bob, mut cid) =
            (guest(&server, "ann").await, guest(&server, "bob").await, guest(&server, "cid").await);
        ann.invoke::<()>("Whisper", ("BOB", "psst")).await.unwrap();
        ann.invoke::<()>("Whisper", ("cid", "you too")).await.unwrap();
        let whisper = |to: &str, text: &str| ("ann".to_owned(), to.to_owned(), text.to_owned());
        assert_eq!(bob.received::<(String, String, String)>("Whispered").await.unwrap(), whisper("bob", "psst"));
        assert_eq!(ann.received::<(String, String, String)>("Whispered").await.unwrap(), whisper("bob", "psst"));
        assert_eq!(cid.received::<(String, String, String)>("Whispered").await.unwrap(), whisper("cid", "you too"));
    }

    #[tokio::test]
    async fn a_guest_who_comes_back_takes_the_place_of_the_lost_connection() {
        let server = server();
        let (mut ann, _lost) = (guest(&server, "ann").await, guest(&server, "bob").await);
        let mut bob = guest(&server, "bob").await;
        for _ in 0..2 {
            assert_eq!(ann.received::<Notice>("Joined").await.unwrap(), notice("bob", &["ann", "bob"]));
        }
        assert_eq!(ann.received::<Notice>("Left").await.unwrap(), notice("bob", &["ann"]));
        bob.invoke::<()>("Whisper", ("ann", "back")).await.unwrap();
    }

    #[tokio::test]
    async fn what_cannot_be_done_is_told_to_the_caller() {
        let server = server();
        let _ann = guest(&server, "ann").await;
        let mut other = connect(&server).await;
        let refused = other.invoke::<()>("Say", ("hello",)).await.unwrap_err();
        assert!(refused.to_string().ends_with("HubException: Join a room first"), "{refused}");
        let refused = other.invoke::<()>("Join", ("garden", "ANN", "another key")).await.unwrap_err();
        assert!(refused.to_string().ends_with("HubException: The name ANN is taken in this room"), "{refused}");
        other.invoke::<()>("Join", ("garden", "bob", "k")).await.unwrap();
        let refused = other.invoke::<()>("Whisper", ("nobody", "psst")).await.unwrap_err();
        assert!(refused.to_string().ends_with("HubException: nobody is not here"), "{refused}");
    }
}
