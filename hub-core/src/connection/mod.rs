//! One connected client: its name, its user, what waits to be sent to it, and how it ends.

pub(crate) mod batch;
pub(crate) mod buffers;
mod ending;
mod handshake;
mod id;
mod in_flight;
mod inbound;
mod keep_alive;
mod link;
mod outbox;
mod receiver;
mod reconnect;
mod request;
mod session;
mod slot;
mod streams;
#[cfg(test)]
pub(crate) mod testing;
mod unread;
mod uploads;

use std::collections::BTreeSet;
use std::fmt;
use std::future::poll_fn;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::future::BoxFuture;
use http::request::Parts;

use crate::cancellation::CancellationToken;
use crate::items::Items;
use crate::protocol::HubProtocol;
use crate::server::Core;
use crate::sync::lock;
use crate::transport::Framing;
use crate::user::User;

pub(crate) use ending::Ending;
pub use id::{ConnectionId, random_token};
use outbox::Outbox;
pub(crate) use outbox::{Refused, Room};
pub use reconnect::{ReconnectHandle, Reconnects};
pub use request::StoredRequest;
pub(crate) use session::run;
pub(crate) use slot::{Origin, Slot};

/// What is known of a connection before its first byte.
#[non_exhaustive]
pub struct NewConnection {
    /// The public id.
    pub id: ConnectionId,
    /// The HTTP request that connected.
    pub request: StoredRequest,
    /// Who is connected.
    pub user: User,
    /// Ready when the connection is to end, for a reason of its endpoint.
    pub over: Option<BoxFuture<'static, ()>>,
}

impl NewConnection {
    /// A connection of this id, made by `request`, of this user.
    pub fn new(id: ConnectionId, request: Parts, user: User) -> Self {
        Self { id, request: request.into(), user, over: None }
    }

    /// The same connection, which ends when `over` is ready; its client is told that it may come back (D-121).
    #[must_use]
    pub fn until(mut self, over: impl Future<Output = ()> + Send + 'static) -> Self {
        self.over = Some(Box::pin(over));
        self
    }
}

impl fmt::Debug for NewConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewConnection").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A connection after its handshake, shared by its task and by all who send to it.
pub(crate) struct Connection {
    core: Arc<Core>,
    id: ConnectionId,
    user: User,
    user_id: Option<String>,
    /// That of the latest transport (S-52).
    request: Mutex<StoredRequest>,
    items: Items,
    protocol: HubProtocol,
    framing: &'static Framing,
    transport_name: &'static str,
    outbox: Outbox,
    aborted: CancellationToken,
    ending: OnceLock<Ending>,
    groups: Mutex<Membership>,
    freed_slots: AtomicUsize,
}

/// What messages look like on a connection.
struct Wire {
    protocol: HubProtocol,
    framing: &'static Framing,
    transport_name: &'static str,
}

/// The groups of a connection, until it leaves them all for good.
#[derive(Default)]
struct Membership {
    names: BTreeSet<Arc<str>>,
    over: bool,
}

impl Connection {
    fn new(mut new: NewConnection, core: Arc<Core>, wire: Wire, outbox: Outbox) -> Self {
        let user_id = core.user_id(&new.user, &mut new.request);
        let Wire { protocol, framing, transport_name } = wire;
        Self {
            core,
            id: new.id,
            user: new.user,
            user_id,
            request: Mutex::new(new.request),
            items: Items::default(),
            protocol,
            framing,
            transport_name,
            outbox,
            aborted: CancellationToken::new(),
            ending: OnceLock::new(),
            groups: Mutex::default(),
            freed_slots: AtomicUsize::new(0),
        }
    }

    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.core
    }

    pub(crate) fn id(&self) -> &ConnectionId {
        &self.id
    }

    pub(crate) fn user(&self) -> &User {
        &self.user
    }

    /// By what `clients().user(…)` reaches this connection.
    pub(crate) fn user_id(&self) -> Option<&str> {
        self.user_id.as_deref()
    }

    /// The request of the latest transport.
    pub(crate) fn request(&self) -> Arc<Parts> {
        lock(&self.request).parts()
    }

    /// What a layer of the program put into the request.
    pub(crate) fn extension<T: Clone + Send + Sync + 'static>(&self) -> Option<T> {
        lock(&self.request).extensions().get().cloned()
    }

    fn set_request(&self, request: StoredRequest) {
        *lock(&self.request) = request;
    }

    pub(crate) fn items(&self) -> &Items {
        &self.items
    }

    pub(crate) fn protocol(&self) -> &HubProtocol {
        &self.protocol
    }

    pub(crate) fn framing(&self) -> &'static Framing {
        self.framing
    }

    pub(crate) fn transport_name(&self) -> &'static str {
        self.transport_name
    }

    /// Cancelled when the connection ends.
    pub(crate) fn aborted(&self) -> &CancellationToken {
        &self.aborted
    }

    fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Ends the connection; the first reason counts. Nothing can be queued from now on (D-117), and who works for the
    /// connection is told so.
    pub(crate) fn end(&self, ending: Ending) {
        if self.ending.set(ending).is_ok() {
            self.outbox.close();
            self.aborted.cancel();
            self.outbox.wake_owner();
        }
    }

    pub(crate) fn ending(&self) -> Option<&Ending> {
        self.ending.get()
    }

    /// Queues a frame that others may share, without waiting. A peer that has let too much pile up is disconnected.
    /// `size` is that of the message in it.
    pub(crate) fn deliver(self: &Arc<Self>, frame: Bytes, size: usize) {
        if batch::queue(self, |outbox, batch| outbox.push_shared(frame, size, batch)) == Err(Refused::Full) {
            self.end(Ending::SlowPeer);
        }
    }

    /// Whether a message would be queued at once; if not, the task is woken when it would.
    fn has_room(&self, cx: &Context<'_>) -> bool {
        self.outbox.poll_room(cx).is_ready()
    }

    /// Waits until there is room for messages to this connection.
    pub(crate) fn poll_room(&self, cx: &Context<'_>) -> Poll<Result<Room, Refused>> {
        self.outbox.poll_room(cx)
    }

    /// Queues a hub message for this connection alone; false if there is no room for it. One that is closed gets nothing
    /// more, and nobody is to blame.
    pub(crate) fn try_send(self: &Arc<Self>, message: &[u8]) -> bool {
        batch::queue(self, |outbox, batch| outbox.try_message(self.framing, message, batch)) != Err(Refused::Full)
    }

    /// Queues a hub message for this connection alone once there is room; fails at once if the connection is closed.
    pub(crate) fn poll_send(self: &Arc<Self>, cx: &Context<'_>, message: &[u8]) -> Poll<Result<(), Refused>> {
        batch::poll_queue(self, |outbox, batch| outbox.poll_message(cx, self.framing, message, batch))
    }

    /// Queues a hub message for this connection alone once there is room, unless the connection is closed.
    pub(crate) async fn send(self: &Arc<Self>, message: &[u8]) {
        // A connection that is closed gets nothing more, and nobody is to blame.
        let _ = poll_fn(|cx| self.poll_send(cx, message)).await;
    }

    /// Queues a hub message whether there is room or not.
    pub(crate) fn send_now(self: &Arc<Self>, message: &[u8]) {
        // A connection that is closed gets nothing more, and nobody is to blame.
        let _ = batch::queue(self, |outbox, batch| outbox.push_message(self.framing, message, batch));
    }

    /// Queues messages that are framed already, and counted by nobody.
    pub(crate) fn send_frames(self: &Arc<Self>, frames: &[u8]) {
        let _ = batch::queue(self, |outbox, batch| outbox.push(frames, batch));
    }

    /// Queues a message that is not counted: a ping, or one about those that are (S-10).
    fn send_uncounted(self: &Arc<Self>, message: &[u8]) {
        self.send_frames(&self.frame(message));
    }

    fn frame(&self, message: &[u8]) -> Vec<u8> {
        let mut framed = Vec::with_capacity(message.len() + 16);
        self.framing.wrap(message, &mut framed);
        framed
    }

    /// Frees the slot of a call that waits for its client (D-86).
    pub(crate) fn free_slot(&self, slot: &Slot) {
        if slot.free() {
            self.freed_slots.fetch_add(1, Ordering::AcqRel);
            self.outbox.wake_owner();
        }
    }

    fn take_freed_slots(&self) -> usize {
        match self.freed_slots.load(Ordering::Acquire) {
            0 => 0,
            _ => self.freed_slots.swap(0, Ordering::AcqRel),
        }
    }

    /// Notes a group and has `join` carry it out, unless the connection is in it already or has left all groups for good
    /// whether it did.
    pub(crate) fn join_group(&self, name: &str, join: impl FnOnce(&Arc<str>)) -> bool {
        let mut groups = lock(&self.groups);
        let new = !groups.over && !groups.names.contains(name);
        if new {
            let name: Arc<str> = name.into();
            join(&name);
            groups.names.insert(name);
        }
        new
    }

    /// Forgets a group and has `leave` carry it out, if the connection is in it; whether it was.
    pub(crate) fn leave_group(&self, name: &str, leave: impl FnOnce()) -> bool {
        let was_member = lock(&self.groups).names.remove(name);
        if was_member {
            leave();
        }
        was_member
    }

    /// The groups to leave at the end; none can be joined from now on.
    pub(crate) fn leave_all_groups(&self) -> impl Iterator<Item = Arc<str>> + use<> {
        let mut groups = lock(&self.groups);
        groups.over = true;
        std::mem::take(&mut groups.names).into_iter()
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("id", &self.id).field("user_id", &self.user_id).finish_non_exhaustive()
    }
}
