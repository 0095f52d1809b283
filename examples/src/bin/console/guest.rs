//! Who one is, also after the connection was lost.

use examples::chat::{ChatServer, ChatServerProxy};
use hub_client::{HubConnection, InvocationError};

/// Somebody in a room.
#[derive(Clone)]
pub(crate) struct Guest {
    name: String,
    room: String,
    /// Shows that a new connection is the same guest's.
    key: String,
}

impl Guest {
    pub(crate) fn new(name: &str, room: &str) -> Result<Self, getrandom::Error> {
        let key = format!("{:016x}", getrandom::u64()?);
        Ok(Self { name: name.to_owned(), room: room.to_owned(), key })
    }

    pub(crate) async fn join(&self, chat: &ChatServerProxy<HubConnection>) -> Result<(), InvocationError> {
        chat.join(&self.room, &self.name, &self.key).await
    }

    /// Joins again whenever the connection was lost, as its groups were lost with it.
    pub(crate) fn join_again(&self, connection: &HubConnection) {
        let (guest, weak) = (self.clone(), connection.downgrade());
        connection.on_reconnecting(|_| println!("* the connection is lost: reconnecting"));
        connection.on_reconnected(move |_| {
            println!("* connected again");
            let (guest, connection) = (guest.clone(), weak.upgrade());
            tokio::spawn(async move {
                if let Some(connection) = connection
                    && let Err(error) = guest.join(&connection.hub::<dyn ChatServer>()).await
                {
                    println!("! {error}");
                }
            });
        });
    }
}
