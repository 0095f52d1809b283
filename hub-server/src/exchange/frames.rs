//! What leaves a connection of several requests: frames that others may share, through to the bodies of answers.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::HttpBody;
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};

use super::pipe::Contents;

/// Several frames smaller than this are copied together, in bytes: each part of a body costs hyper more than that.
const SMALL: usize = 1024;

/// So many bytes are copied together at most.
const JOINED: usize = 16 * 1024;

/// Frames one after the other. A single one, the usual case, takes no memory of its own.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    first: Bytes,
    more: VecDeque<Bytes>,
    size: usize,
}

impl Frames {
    /// Adds a frame; one without bytes is none.
    pub(super) fn push(&mut self, frame: Bytes) {
        self.size += frame.len();
        if self.first.is_empty() {
            self.first = frame;
        } else if !frame.is_empty() {
            self.more.push_back(frame);
        }
    }

    /// Takes the first frame.
    pub(super) fn pop(&mut self) -> Option<Bytes> {
        let next = self.more.pop_front().unwrap_or_default();
        let frame = std::mem::replace(&mut self.first, next);
        self.size -= frame.len();
        (!frame.is_empty()).then_some(frame)
    }

    /// Takes the next part of a body: a frame as it is, unless it is a small one among small ones.
    pub(super) fn pop_part(&mut self) -> Option<Bytes> {
        let frame = self.pop()?;
        if frame.len() >= SMALL || !self.is_next_small() {
            return Some(frame);
        }
        let mut part = Vec::with_capacity(JOINED.min(frame.len() + self.size));
        part.extend_from_slice(&frame);
        while part.len() < JOINED - SMALL && self.is_next_small() {
            part.extend_from_slice(&self.pop().unwrap_or_default());
        }
        Some(part.into())
    }

    fn is_next_small(&self) -> bool {
        (1..SMALL).contains(&self.first.len())
    }
}

impl Contents for Frames {
    fn size(&self) -> usize {
        self.size
    }
}

/// All of an answer, whose length hyper announces.
impl HttpBody for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.pop_part().map(|part| Ok(Frame::data(part))))
    }

    fn is_end_stream(&self) -> bool {
        self.size == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.size as u64)
    }
}

#[cfg(test)]
mod tests {
    use std::iter;

    use super::*;

    fn parts(frames: &[Bytes]) -> Vec<Bytes> {
        let mut all = Frames::default();
        frames.iter().cloned().for_each(|frame| all.push(frame));
        assert_eq!(all.size(), frames.iter().map(Bytes::len).sum::<usize>());
        let parts = iter::from_fn(|| all.pop_part()).collect();
        assert!(all.is_end_stream());
        parts
    }

    fn frame(size: usize) -> Bytes {
        vec![b'x'; size].into()
    }

    fn are_shared(parts: &[Bytes], frames: &[Bytes]) -> bool {
        parts.len() == frames.len() && parts.iter().zip(frames).all(|(part, frame)| part.as_ptr() == frame.as_ptr())
    }

    #[test]
    fn a_frame_alone_and_large_frames_are_shared() {
        for frames in [vec![frame(1)], vec![frame(SMALL), frame(1), frame(100_000)]] {
            assert!(are_shared(&parts(&frames), &frames), "{frames:?}");
        }
    }

    #[test]
    fn small_frames_are_copied_together_up_to_a_limit() {
        let frames = vec![frame(100); 1000];
        let parts = parts(&frames);
        assert_eq!(parts.concat().len(), 100_000);
        assert_eq!(parts.len(), 100_000_usize.div_ceil(JOINED - SMALL));
        assert!(parts.iter().all(|part| part.len() <= JOINED));
    }

    #[test]
    fn what_is_empty_is_no_part() {
        assert_eq!(parts(&[frame(0), frame(1), frame(0), frame(2)]), [frame(3)]);
        assert_eq!(parts(&[]), [""; 0]);
    }
}
