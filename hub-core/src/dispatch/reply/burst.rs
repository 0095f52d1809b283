//! The items of a stream, as many at a time as there are and as there is room for.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use super::{IntoReply, Recipient, encode};
use crate::connection::{Ending, Room, buffers};
use crate::dispatch::panics::catch;
use crate::error::HubError;

/// Sends items while there are any and there is room for them; ready when the stream is over, or the connection.
pub(super) fn poll_send<S, T>(
    cx: &mut Context<'_>,
    to: &Recipient,
    mut items: Pin<&mut S>,
) -> Poll<Result<(), HubError>>
where
    S: Stream<Item = Result<T, HubError>>,
    T: IntoReply,
{
    loop {
        // A stream goes on without its connection until it has an item nobody takes: it may wait for just that.
        let room = ready!(to.connection.poll_room(cx)).ok();
        let end = buffers::with(|frames| {
            // What came before a panic is sent.
            let end = catch(|| gather(cx, to, items.as_mut(), room, frames));
            if !frames.is_empty() {
                to.connection.send_frames(frames);
            }
            end.unwrap_or_else(|panic| End::Over(Err(panic)))
        });
        match end {
            End::Full => {}
            End::Waiting => return Poll::Pending,
            End::Over(result) => return Poll::Ready(result),
            End::Broken(ending) => {
                to.connection.end(ending);
                return Poll::Ready(Ok(()));
            }
        }
    }
}

/// Why there are no more items in a burst.
enum End {
    /// There is no more room.
    Full,
    /// The stream has no more items yet.
    Waiting,
    /// The stream is over, or an item is an error, or the connection is closed.
    Over(Result<(), HubError>),
    /// An item could not be written.
    Broken(Ending),
}

fn gather<S, T>(
    cx: &mut Context<'_>,
    to: &Recipient,
    mut items: Pin<&mut S>,
    room: Option<Room>,
    frames: &mut Vec<u8>,
) -> End
where
    S: Stream<Item = Result<T, HubError>>,
    T: IntoReply,
{
    let (protocol, framing) = (to.connection.protocol(), to.connection.framing());
    let id = to.id.as_deref().unwrap_or_default();
    buffers::with(|message| {
        let mut taken = 0;
        loop {
            let item = match items.as_mut().poll_next(cx) {
                Poll::Ready(Some(Ok(item))) => item,
                Poll::Ready(Some(Err(error))) => return End::Over(Err(error)),
                Poll::Ready(None) => return End::Over(Ok(())),
                Poll::Pending => return End::Waiting,
            };
            let Some(room) = room else { return End::Over(Ok(())) };
            message.clear();
            if let Err(ending) = encode(|| protocol.write_stream_item(message, id, &item)) {
                return End::Broken(ending);
            }
            match room {
                Room::Bytes(room) => {
                    framing.wrap(message, frames);
                    // Compressed items take up little room; a burst of them is still to end.
                    taken += message.len();
                    if frames.len().max(taken) >= room {
                        return End::Full;
                    }
                }
                Room::Message => {
                    to.connection.send_now(message);
                    return End::Full;
                }
            }
        }
    })
}
