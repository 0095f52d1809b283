//! Keeps the connection: makes it, subscribes what is wanted, notices its loss, and makes it again.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use redis::{PushInfo, PushKind, Value, cmd};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};

use super::connection::{Pushes, Times};
use super::{Bus, Connection, Link, State};
use crate::error::BackplaneError;
use crate::events::{Journal, RedisEvent};

/// The time between two attempts to connect: at first, and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// What came over a channel.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) channel: Bytes,
    pub(crate) payload: Bytes,
}

impl Message {
    /// What it takes while it waits.
    pub(crate) fn size(&self) -> usize {
        self.channel.len() + self.payload.len() + 64
    }
}

/// Runs until the bus is over.
pub(super) async fn run(bus: Arc<Bus>) {
    tokio::select! {
        () = bus.over.cancelled() => {}
        () = keep_connected(&bus) => {}
    }
    bus.state.send_replace(State::Stopped);
}

async fn keep_connected(bus: &Arc<Bus>) {
    let (mut pause, mut down_since, mut is_first) = (FIRST_PAUSE, Instant::now(), true);
    loop {
        match connect(bus).await {
            Ok(link) => {
                pause = FIRST_PAUSE;
                announce(bus, &link, down_since, is_first);
                is_first = false;
                let error = serve(bus, link).await;
                down_since = Instant::now();
                tracing::warn!(%error, "the connection to Redis is lost");
                bus.journal.tell(RedisEvent::Lost { error });
            }
            Err(error) => {
                tracing::debug!(%error, "no connection to Redis");
                bus.state.send_replace(State::Down(Some(error.to_string())));
                sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

/// Lets everybody use the connection, and tells of it.
fn announce(bus: &Bus, link: &Link, down_since: Instant, is_first: bool) {
    let outage = down_since.elapsed();
    Journal::count(&bus.journal.restored, u64::from(!is_first));
    bus.state.send_replace(State::Up(link.clone()));
    if is_first {
        tracing::info!("connected to Redis");
        bus.journal.tell(RedisEvent::Connected);
    } else {
        tracing::warn!(?outage, "the connection to Redis is restored; messages of other servers may have been missed");
        bus.journal.tell(RedisEvent::Restored { outage });
    }
}

/// Connects and subscribes everything. Whoever waits to send goes on when all of that is done, so that nothing
/// overtakes the subscriptions.
async fn connect(bus: &Arc<Bus>) -> Result<Link, BackplaneError> {
    let times = Times { connect: bus.options.connect_timeout, reply: bus.options.send_timeout };
    let lost = Arc::new(Notify::new());
    let pushes = pushes(bus, &lost);
    let connecting = bus.target.connect(times, &pushes);
    let connected = timeout(bus.options.connect_timeout, connecting).await.map_err(|_| BackplaneError::Timeout)?;
    let mut connection = connected.map_err(|error| BackplaneError::of_command(&error))?;
    bus.wanted().lost();
    reconcile(bus, &mut connection).await?;
    Ok(Link { connection, lost })
}

/// Looks after a connection until it is lost; why it was.
async fn serve(bus: &Arc<Bus>, link: Link) -> String {
    let Link { mut connection, lost } = link;
    let mut watching = connection.clone();
    let error = tokio::select! {
        () = lost.notified() => "Redis has closed it".to_owned(),
        error = keep_subscribed(bus, &mut connection) => error.to_string(),
        error = keep_alive(bus, &mut watching) => error,
    };
    bus.down(&lost, &error);
    error
}

async fn keep_subscribed(bus: &Bus, connection: &mut Connection) -> BackplaneError {
    loop {
        bus.changed.notified().await;
        loop {
            match reconcile(bus, connection).await {
                Ok(()) => break,
                // Redis is slow, or gone: the pings find out.
                Err(BackplaneError::Timeout) => {}
                Err(error) => return error,
            }
        }
    }
}

/// Tells Redis what is wanted and what is not any more.
async fn reconcile(bus: &Bus, connection: &mut Connection) -> Result<(), BackplaneError> {
    loop {
        let changes = bus.wanted().take_changes();
        if changes.is_empty() {
            bus.settled.notify_one();
            return Ok(());
        }
        let sharded = bus.options.sharded;
        let given_up = connection.subscribe(&changes.give_up, false, sharded).await;
        let subscribed = match given_up {
            Ok(()) => connection.subscribe(&changes.subscribe, true, sharded).await,
            Err(error) => Err(error),
        };
        match subscribed.map_err(|error| BackplaneError::of_command(&error)) {
            Ok(()) => bus.wanted().subscribed(&changes.subscribe),
            Err(BackplaneError::Refused(error)) => {
                tracing::error!(%error, "Redis refused a subscription");
                bus.wanted().refused(&changes.subscribe);
            }
            Err(error) => {
                bus.wanted().undecided(&changes);
                return Err(error);
            }
        }
    }
}

/// Returns when Redis has been silent for too long.
async fn keep_alive(bus: &Bus, connection: &mut Connection) -> String {
    loop {
        sleep(bus.options.keep_alive).await;
        let mut silent = Duration::ZERO;
        while let Err(error) = connection.command(&cmd("PING")).await {
            silent += bus.options.send_timeout;
            if !error.is_timeout() || silent >= bus.options.keep_alive {
                return format!("Redis does not reply: {error}");
            }
        }
    }
}

/// What to do with what Redis says by itself on a connection.
fn pushes(bus: &Arc<Bus>, lost: &Arc<Notify>) -> Pushes {
    let (bus, lost) = (Arc::downgrade(bus), Arc::clone(lost));
    Arc::new(move |push: PushInfo| {
        let Some(bus) = bus.upgrade() else { return };
        match push.kind {
            PushKind::Message | PushKind::SMessage => bus.take(push.data),
            PushKind::Disconnection => bus.down(&lost, "Redis has closed it"),
            _ => {}
        }
    })
}

impl Bus {
    /// Has a message delivered, unless too much waits for that already.
    fn take(&self, data: Vec<Value>) {
        let Ok([Value::BulkString(channel), Value::BulkString(payload)]) = <[Value; 2]>::try_from(data) else { return };
        let message = Message { channel: channel.into(), payload: payload.into() };
        let size = message.size();
        if self.backlog.fetch_add(size, Ordering::Relaxed) > self.options.backlog_limit {
            self.backlog.fetch_sub(size, Ordering::Relaxed);
            return Journal::count(&self.journal.dropped, 1);
        }
        Journal::count(&self.journal.received, 1);
        if self.messages.send(message).is_err() {
            self.delivered(size);
        }
    }
}
