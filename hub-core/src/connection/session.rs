//! The life of one connection, carried by one task (section 6.9).

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::future::BoxFuture;
use futures_util::{FutureExt as _, poll};
use tokio::time::timeout;

use super::inbound::Inbound;
use super::keep_alive::{Due, KeepAlive};
use super::link::{Change, Link};
use super::outbox::{Limits, Outbox};
use super::receiver::Receiver;
use super::reconnect::Reconnects;
use super::request::StoredRequest;
use super::{Connection, Ending, NewConnection, Wire, batch, handshake};
use crate::backplane::Delivery;
use crate::dispatch::HubDispatch;
use crate::error::HubError;
use crate::options::HubOptions;
use crate::server::{Core, HubServer};
use crate::transport::{CloseStatus, Received, Transport};

/// The lowest version of a handshake whose client can reconnect (S-1).
const RESUMABLE_VERSION: i32 = 2;

/// Serves a connection from its handshake to its end, once there is a transport.
pub(crate) fn run<H: HubDispatch, T: Transport>(
    server: HubServer<H>,
    new: NewConnection,
    transport: impl Future<Output = Option<T>> + Send + 'static,
    reconnects: Option<Reconnects<T>>,
) -> impl Future<Output = ()> + Send + 'static {
    // In memory of its own, which a connection at rest does not hold.
    let opening = Box::pin(open(server, new, transport, reconnects));
    // The session stays where it is handed over: once more in the future's memory it would cost each connection as much.
    opening.then(|mut session| async move {
        if let Some(session) = &mut session {
            session.live().await;
        }
    })
}

/// Makes the handshake; `None` if the connection is over with it.
async fn open<H: HubDispatch, T: Transport>(
    server: HubServer<H>,
    mut new: NewConnection,
    transport: impl Future<Output = Option<T>>,
    reconnects: Option<Reconnects<T>>,
) -> Option<Session<H, T>> {
    let transport = transport.await?;
    let over = new.over.take();
    let core = Arc::clone(server.core());
    let options = core.options();
    let limits = Limits { room: options.outbound_buffer_size, overflow: options.slow_client_limit };
    let outbox = Outbox::new(transport.writer(), limits);
    let mut link = Link::new(transport, reconnects);
    if link.is_resumable() {
        outbox.keep_history(options.stateful_reconnect_buffer_size);
    }
    let accepted = handshake::accept(&core, &mut link, &outbox).await?;
    if accepted.version < RESUMABLE_VERSION {
        link.refuse_successors();
        outbox.drop_history();
    }
    if let Some(request) = accepted.request {
        new.request = request;
    }
    let framing = link.framing(accepted.protocol.transfer_format());
    let wire = Wire { protocol: accepted.protocol, framing, transport_name: link.name() };
    let connection = Arc::new(Connection::new(new, Arc::clone(&core), wire, outbox));
    let clock = KeepAlive::new(options, !link.inherent_keep_alive());
    let inbound = link.is_resumable().then(|| Box::new(Inbound::new()));
    let receiver = Receiver::new(server.clone(), Arc::clone(&connection), accepted.rest, clock, inbound);
    Some(Session { server, connection, link, receiver, over, connected: false })
}

/// Makes the connection known, and answers the handshake when this server knows it: nothing that is sent from then on
/// misses the client, as it may in .NET. For a backplane that takes its time no client waits.
async fn make_known(core: &Arc<Core>, connection: &Arc<Connection>) -> Result<(), HubError> {
    let mut known = pin!(core.connected(connection));
    let at_once = poll!(known.as_mut());
    connection.outbox().flush();
    match at_once {
        Poll::Ready(known) => known,
        Poll::Pending => known.await,
    }
}

/// Writes what is queued and ends the transport, as far as the peer lets it within the time a write may take.
pub(super) async fn close(transport: &mut dyn Transport, outbox: &Outbox, status: CloseStatus, options: &HubOptions) {
    outbox.close();
    let drained = timeout(options.transport_send_timeout, poll_fn(|cx| poll_drained(cx, transport, outbox, status)));
    let status = if drained.await.is_ok() { status } else { CloseStatus::Dropped };
    outbox.drop_writer();
    poll_fn(|cx| transport.poll_close(cx, status)).await;
}

fn poll_drained(cx: &mut Context<'_>, transport: &mut dyn Transport, outbox: &Outbox, status: CloseStatus) -> Poll<()> {
    outbox.register_owner(cx);
    if status == CloseStatus::Dropped || outbox.has_failed() {
        return Poll::Ready(());
    }
    outbox.poll_drained(cx, transport)
}

struct Session<H: HubDispatch, T> {
    server: HubServer<H>,
    connection: Arc<Connection>,
    link: Link<T>,
    receiver: Receiver<H>,
    over: Option<BoxFuture<'static, ()>>,
    /// The hub knows of the connection.
    connected: bool,
}

/// A task that is dropped before the end leaves nothing behind that others would go on sending to.
impl<H: HubDispatch, T> Drop for Session<H, T> {
    fn drop(&mut self) {
        self.connection.end(Ending::EndOfInput);
        let left = self.connection.core().disconnected(&self.connection);
        if let (Delivery::Pending(rest), Ok(runtime)) = (left, tokio::runtime::Handle::try_current()) {
            // Whoever dropped the task waits for nothing.
            runtime.spawn(rest.map(drop));
        }
    }
}

impl<H: HubDispatch, T: Transport> Session<H, T> {
    /// Runs the hub's `on_connected`.
    async fn begin(&mut self) {
        let core = Arc::clone(self.server.core());
        tracing::debug!(hub = H::NAME, connection = %self.connection.id(), transport = self.link.name(), "connected");
        match self.connect(&core).await {
            Ok(()) => {
                self.receiver.open();
                self.connected = true;
            }
            Err(error) => self.connection.end(Ending::NotConnected(error.into())),
        }
    }

    async fn live(&mut self) {
        // In memory of its own, as the handshake and the end.
        Box::pin(self.begin()).await;
        if self.connected {
            poll_fn(|cx| self.round(cx)).await;
        }
        Box::pin(self.leave()).await;
    }

    async fn leave(&mut self) {
        let core = Arc::clone(self.server.core());
        let status = self.say_farewell().await;
        self.receiver.end_streams();
        if let Err(error) = core.disconnected(&self.connection).finish().await {
            tracing::warn!(hub = H::NAME, connection = %self.connection.id(), %error, "backplane failed");
        }
        self.close(status).await;
        poll_fn(|cx| batch::run(|| self.receiver.poll_in_flight(cx))).await;
    }

    /// Runs the hub's `on_connected` while input gathers.
    async fn connect(&mut self, core: &Arc<Core>) -> Result<(), HubError> {
        make_known(core, &self.connection).await?;
        let mut connecting = pin!(self.server.on_connected(&self.connection));
        poll_fn(|cx| {
            let _ = self.round(cx);
            batch::run(|| connecting.as_mut().poll(cx))
        })
        .await
        .inspect_err(
            |error| tracing::warn!(hub = H::NAME, connection = %self.connection.id(), %error, "on_connected failed"),
        )
    }

    /// One round of the task; ready when the connection is to end.
    fn round(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.connection.outbox().register_owner(cx);
        self.follow_link(cx);
        self.write(cx);
        if self.receiver.has_work() {
            batch::run(|| self.receiver.advance(cx));
        }
        let mut has_room = self.has_room(cx);
        while self.connection.ending().is_none() && self.receiver.wants_input() && has_room {
            match batch::run(|| self.link.poll_read(cx, &mut self.receiver)) {
                Poll::Ready(Ok(Received::Data)) => {}
                Poll::Ready(Ok(Received::End)) => self.receiver.end_input(cx),
                Poll::Ready(Ok(Received::Lost)) if self.lose(cx) => {}
                Poll::Ready(Err(error)) if error.is_loss() && self.lose(cx) => {}
                Poll::Ready(Ok(Received::Gone | Received::Lost)) => {
                    self.connection.outbox().discard();
                    self.receiver.end_input(cx);
                }
                Poll::Ready(Err(error)) => self.connection.end(error.into()),
                Poll::Pending => break,
            }
            has_room = self.has_room(cx);
        }
        self.look_at_the_clock(cx, has_room);
        if self.connection.ending().is_some() { Poll::Ready(()) } else { Poll::Pending }
    }

    /// Notes the loss of the transport; false if the connection ends with it.
    fn lose(&mut self, cx: &mut Context<'_>) -> bool {
        let outlived = self.link.lose(cx);
        if outlived {
            tracing::debug!(connection = %self.connection.id(), "the transport is lost");
            self.connection.outbox().detach();
        }
        outlived
    }

    /// Goes on with the transport there is.
    fn follow_link(&mut self, cx: &mut Context<'_>) {
        while let Poll::Ready(change) = self.link.poll_change(cx) {
            match change {
                Change::Replaced(request) => self.resume(request),
                Change::GivenUp => self.connection.end(Ending::EndOfInput),
            }
        }
    }

    /// Says what comes next, and sends again what was not acknowledged (S-32).
    fn resume(&mut self, request: StoredRequest) {
        tracing::debug!(connection = %self.connection.id(), "reconnected");
        self.connection.set_request(request);
        self.receiver.resume();
        let outbox = self.connection.outbox();
        outbox.attach(self.link.writer(), |first| {
            let mut sequence = Vec::new();
            self.connection.protocol().write_sequence(&mut sequence, first);
            self.connection.frame(&sequence)
        });
        outbox.flush();
    }

    /// Whether answers to what is read would find room: a client that does not read is not read from either.
    fn has_room(&self, cx: &Context<'_>) -> bool {
        self.connection.outbox().poll_queue_room(cx).is_ready()
    }

    /// Finishes what others could not write.
    fn write(&mut self, cx: &mut Context<'_>) {
        let outbox = self.connection.outbox();
        // Between two polls nothing can be written: the transport itself notices when no poll comes any more.
        let blocked = outbox.poll_flush(cx, &mut self.link).is_pending() && !self.link.inherent_keep_alive();
        self.receiver.note_writing(blocked.then(|| outbox.written()));
        if outbox.has_failed() {
            self.connection.end(Ending::EndOfInput);
        }
        if self.link.is_resumable() {
            self.receiver.note_unacknowledged(outbox.awaited_acknowledgement());
            if outbox.is_detached() {
                // Whether the client said goodbye may still be read.
                self.link.await_successor(cx);
            }
        }
    }

    fn look_at_the_clock(&mut self, cx: &mut Context<'_>, has_room: bool) {
        if self.over.as_mut().is_some_and(|over| over.as_mut().poll(cx).is_ready()) {
            self.over = None;
            self.connection.end(Ending::Over);
        }
        let reading = has_room && !self.link.is_interrupted();
        while self.connection.ending().is_none() {
            match self.receiver.poll_due(cx, reading) {
                Poll::Pending => return,
                Poll::Ready(Due::Ping) => self.ping(),
                Poll::Ready(Due::ClientTimeout) => self.connection.end(Ending::client_timeout()),
                Poll::Ready(Due::SendTimeout) => self.connection.end(Ending::Stalled),
                Poll::Ready(Due::AcknowledgementTimeout) => self.connection.end(Ending::Unacknowledged),
                Poll::Ready(Due::Acknowledgement) => self.acknowledge(),
            }
        }
    }

    fn ping(&self) {
        let mut message = Vec::new();
        self.connection.protocol().write_ping(&mut message);
        self.connection.send_uncounted(&message);
    }

    /// Tells the client what was received; without a transport that waits for the next one.
    fn acknowledge(&mut self) {
        if self.connection.outbox().is_detached() {
            return;
        }
        if let Some(number) = self.receiver.acknowledge() {
            let mut message = Vec::new();
            self.connection.protocol().write_ack(&mut message, number.unsigned_abs());
            self.connection.send_uncounted(&message);
        }
    }

    /// Tells the client that it is over, and the hub if it knows the connection (D-113).
    async fn say_farewell(&mut self) -> CloseStatus {
        self.link.refuse_successors();
        let Some(ending) = self.connection.ending() else { return CloseStatus::Normal };
        tracing::debug!(hub = H::NAME, connection = %self.connection.id(), ?ending, "disconnected");
        self.queue_close_message(ending);
        let status = match ending {
            Ending::Broken(_) | Ending::Stalled | Ending::SlowPeer => CloseStatus::Dropped,
            _ => CloseStatus::Normal,
        };
        if !self.connected {
            return status;
        }
        let reason = ending.reason();
        self.server.core().questions().abandon(&self.connection);
        match self.disconnect(reason).await {
            Ok(()) => status,
            Err(error) => {
                tracing::warn!(hub = H::NAME, connection = %self.connection.id(), %error, "on_disconnected failed");
                if status == CloseStatus::Normal { CloseStatus::InternalError } else { status }
            }
        }
    }

    fn queue_close_message(&self, ending: &Ending) {
        let detailed = self.server.core().options().enable_detailed_errors;
        let Some(farewell) = ending.farewell(detailed) else { return };
        let (mut message, mut framed) = (Vec::new(), Vec::new());
        self.connection.protocol().write_close(&mut message, farewell.error.as_deref(), farewell.allow_reconnect);
        self.connection.framing().wrap(&message, &mut framed);
        self.connection.outbox().push_last(&framed);
        self.connection.outbox().flush();
    }

    /// Runs the hub's `on_disconnected` while the last messages leave and running calls go on.
    async fn disconnect(&mut self, reason: Option<crate::error::DisconnectError>) -> Result<(), HubError> {
        let mut leaving = pin!(self.server.on_disconnected(&self.connection, reason));
        poll_fn(|cx| {
            self.connection.outbox().register_owner(cx);
            let _ = self.connection.outbox().poll_flush(cx, &mut self.link);
            batch::run(|| {
                let _ = self.receiver.poll_in_flight(cx);
                leaving.as_mut().poll(cx)
            })
        })
        .await
    }

    async fn close(&mut self, status: CloseStatus) {
        let options = self.server.core().options();
        let mut closing = pin!(close(&mut self.link, self.connection.outbox(), status, options));
        poll_fn(|cx| {
            let _ = batch::run(|| self.receiver.poll_in_flight(cx));
            closing.as_mut().poll(cx)
        })
        .await;
    }
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use http::Request;

    use super::*;
    use crate::connection::ConnectionId;
    use crate::connection::testing::{Idle, Socket, WriteOnly};
    use crate::user::User;

    /// A task takes what its future takes, for as long as the connection lasts.
    #[tokio::test]
    async fn a_connection_at_rest_is_small() {
        let request = Request::new(()).into_parts().0;
        let new = NewConnection::new(ConnectionId::random(), request, User::anonymous());
        let session = size_of::<Session<Idle, WriteOnly<Socket>>>();
        let task = size_of_val(&run(HubServer::new(Idle), new, ready(Some(WriteOnly(Socket::default()))), None));
        assert!(task <= session + 64, "{task} of which {session} are the session");
        assert!(session <= 768, "{session}");
    }
}
