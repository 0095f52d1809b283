//! The first exchange on a connection (section 3 of the behaviour sheet).

use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll};

use tokio::time::sleep;

use super::link::{Change, Link};
use super::outbox::{NO_BATCH, Outbox};
use super::request::StoredRequest;
use crate::error::DisconnectError;
use crate::protocol::handshake::{self, HandshakeRequest};
use crate::protocol::{HubProtocol, ProtocolError, TransferFormat};
use crate::server::Core;
use crate::transport::{CloseStatus, Input, Received, Transport};

/// Ends the request.
const SEPARATOR: u8 = 0x1E;

/// A handshake that succeeded.
pub(super) struct Accepted {
    pub(super) protocol: HubProtocol,
    /// The version the client asked for (H-23).
    pub(super) version: i32,
    /// The request of the latest transport, if it is not the first one.
    pub(super) request: Option<StoredRequest>,
    /// What came behind the request.
    pub(super) rest: Vec<u8>,
}

/// Waits for the client's request and queues the answer; `None` if the connection is over.
///
/// Whoever accepts writes it: a client that has read it may rely on the hub knowing its connection.
pub(super) async fn accept<T: Transport>(core: &Core, link: &mut Link<T>, outbox: &Outbox) -> Option<Accepted> {
    let limit = core.options().maximum_receive_message_size;
    let mut request = Request { buffer: Vec::new(), outbox, latest: None };
    let outcome = {
        let mut reading = pin!(poll_fn(|cx| request.poll(cx, link, limit)));
        let mut timeout = pin!(sleep(core.options().handshake_timeout));
        let mut shutdown = pin!(core.shutting_down());
        poll_fn(|cx| match reading.as_mut().poll(cx) {
            _ if shutdown.as_mut().poll(cx).is_ready() => Poll::Ready(Outcome::Canceled),
            Poll::Pending if timeout.as_mut().poll(cx).is_ready() => Poll::Ready(Outcome::Canceled),
            outcome => outcome,
        })
        .await
    };
    let checked = match outcome {
        Outcome::Complete(end) => check(core, link, &request.buffer[..end]).map(|checked| (checked, end)),
        Outcome::Canceled => Err(handshake::CANCELED.to_owned()),
        Outcome::Gone(status) => {
            link.refuse_successors();
            return farewell(core, link, outbox, status).await;
        }
    };
    match checked {
        Ok(((protocol, version), end)) => {
            answer(link, outbox, protocol.transfer_format(), handshake::write_response);
            let Request { mut buffer, latest: request, .. } = request;
            Some(Accepted { protocol, version, request, rest: buffer.split_off(end + 1) })
        }
        Err(error) => {
            tracing::debug!(%error, "handshake refused");
            link.refuse_successors();
            answer(link, outbox, TransferFormat::Text, |out| handshake::write_error_response(out, &error));
            farewell(core, link, outbox, CloseStatus::Normal).await
        }
    }
}

/// The request as far as it has come.
struct Request<'a> {
    buffer: Vec<u8>,
    outbox: &'a Outbox,
    latest: Option<StoredRequest>,
}

enum Outcome {
    /// The separator stands at this place.
    Complete(usize),
    Canceled,
    Gone(CloseStatus),
}

impl Request<'_> {
    fn poll<T: Transport>(&mut self, cx: &mut Context<'_>, link: &mut Link<T>, limit: Option<usize>) -> Poll<Outcome> {
        self.outbox.register_owner(cx);
        loop {
            if let Poll::Ready(change) = link.poll_change(cx) {
                match change {
                    Change::Replaced(request) => self.start_anew(link, request),
                    Change::GivenUp => return Poll::Ready(Outcome::Gone(CloseStatus::Dropped)),
                }
            }
            let _ = self.outbox.poll_flush(cx, link);
            let searched = self.buffer.len();
            match link.poll_read(cx, self) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(Received::Lost)) if link.lose(cx) => self.outbox.detach(),
                Poll::Ready(Err(error)) if error.is_loss() && link.lose(cx) => self.outbox.detach(),
                Poll::Ready(Err(_)) => return Poll::Ready(Outcome::Gone(CloseStatus::Dropped)),
                Poll::Ready(Ok(received)) => {
                    if let Some(outcome) = self.examine(searched, limit) {
                        return Poll::Ready(outcome);
                    }
                    if received != Received::Data {
                        return Poll::Ready(Outcome::Gone(CloseStatus::Normal));
                    }
                }
            }
        }
    }

    /// The handshake is made on another transport (S-42).
    fn start_anew<T: Transport>(&mut self, link: &Link<T>, request: StoredRequest) {
        self.buffer.clear();
        self.outbox.attach(link.writer(), |_| Vec::new());
        self.latest = Some(request);
    }

    /// Looks for the separator behind what was searched before. Only the first `limit` bytes count (H-14).
    fn examine(&self, searched: usize, limit: Option<usize>) -> Option<Outcome> {
        let end = limit.unwrap_or(usize::MAX).min(self.buffer.len());
        let start = searched.min(end);
        match memchr::memchr(SEPARATOR, &self.buffer[start..end]) {
            Some(at) => Some(Outcome::Complete(start + at)),
            None if self.buffer.len() > end => Some(Outcome::Canceled),
            None => None,
        }
    }
}

impl Input for Request<'_> {
    fn data(&mut self, _: &mut Context<'_>, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    fn reply(&mut self, frame: &[u8]) {
        let _ = self.outbox.push(frame, NO_BATCH);
        self.outbox.flush();
    }
}

/// Checks in SignalR's order (H-7): readable, protocol known, version supported, format supported.
fn check(core: &Core, transport: &dyn Transport, request: &[u8]) -> Result<(HubProtocol, i32), String> {
    let HandshakeRequest { protocol: name, version, .. } =
        handshake::parse_request(request).map_err(|error| unreadable(&error, core.options().enable_detailed_errors))?;
    let protocol = core.protocols().named(&name).ok_or_else(|| handshake::unsupported_protocol(&name))?;
    if version > protocol.version() {
        return Err(handshake::unsupported_version(&name, version));
    }
    if !transport.supports(protocol.transfer_format()) {
        return Err(handshake::unsupported_transfer_format(protocol.name(), protocol.transfer_format()));
    }
    Ok((protocol.clone(), version))
}

fn unreadable(error: &ProtocolError, detailed: bool) -> String {
    DisconnectError::new(error.kind(), error.text()).explain(handshake::UNEXPECTED_ERROR, detailed)
}

fn answer(transport: &dyn Transport, outbox: &Outbox, format: TransferFormat, write: impl FnOnce(&mut Vec<u8>)) {
    let (mut message, mut framed) = (Vec::new(), Vec::new());
    write(&mut message);
    transport.framing(format).wrap(&message, &mut framed);
    let _ = outbox.push(&framed, NO_BATCH);
}

/// Writes what is queued and ends the transport.
async fn farewell(
    core: &Core,
    transport: &mut dyn Transport,
    outbox: &Outbox,
    status: CloseStatus,
) -> Option<Accepted> {
    super::session::close(transport, outbox, status, core.options()).await;
    None
}
