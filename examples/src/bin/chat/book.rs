//! Where the guests are written down: in memory, and for several programs in Redis.

use std::ops::Deref;

use hub_server::{ConnectionId, HubError};
use redis::AsyncCommands as _;
use redis::aio::ConnectionManager;
use tokio::sync::{Mutex, MutexGuard};

use crate::guests::{Guest, Guests};

/// The hash that holds all guests, by connection.
const KEY: &str = "chat:guests";

/// The guests' book.
#[derive(Default)]
pub(crate) struct Book {
    /// Locked until a change is announced, so that everyone hears of the changes in the same order.
    guests: Mutex<Guests>,
    redis: Option<ConnectionManager>,
}

impl Book {
    /// A book that several programs share.
    pub(crate) async fn in_redis(url: &str) -> redis::RedisResult<Self> {
        let redis = redis::Client::open(url)?.get_connection_manager().await?;
        Ok(Self { guests: Mutex::default(), redis: Some(redis) })
    }

    /// The book as it is now.
    pub(crate) async fn open(&self) -> Result<OpenBook<'_>, HubError> {
        let (mut guests, redis) = (self.guests.lock().await, self.redis.clone());
        if let Some(mut redis) = redis.clone() {
            let written: Vec<(String, String)> = redis.hgetall(KEY).await?;
            let read = |(id, guest): &(String, String)| Some((ConnectionId::from(&**id), Guest::read(guest)?));
            *guests = written.iter().filter_map(read).collect();
        }
        Ok(OpenBook { guests, redis })
    }
}

/// A book that nobody else of this program reads or writes.
pub(crate) struct OpenBook<'a> {
    guests: MutexGuard<'a, Guests>,
    redis: Option<ConnectionManager>,
}

impl OpenBook<'_> {
    pub(crate) async fn add(&mut self, connection: ConnectionId, guest: Guest) -> Result<(), HubError> {
        if let Some(redis) = &mut self.redis {
            let () = redis.hset(KEY, connection.as_str(), guest.written()).await?;
        }
        self.guests.add(connection, guest);
        Ok(())
    }

    pub(crate) async fn remove(&mut self, connection: &ConnectionId) -> Result<Option<Guest>, HubError> {
        if let Some(redis) = &mut self.redis {
            let () = redis.hdel(KEY, connection.as_str()).await?;
        }
        Ok(self.guests.remove(connection))
    }

    /// Strikes out who is in `room` no more: the guests of a program that was killed.
    pub(crate) async fn strike_absent(&mut self, room: &str, present: &[ConnectionId]) -> Result<(), HubError> {
        for connection in self.guests.absent(room, present) {
            self.remove(&connection).await?;
        }
        Ok(())
    }
}

impl Deref for OpenBook<'_> {
    type Target = Guests;

    fn deref(&self) -> &Guests {
        &self.guests
    }
}
