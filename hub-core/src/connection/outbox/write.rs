//! Writing what was queued.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::task::{Context, Poll};

use bytes::{Buf as _, Bytes};

use crate::connection::buffers;
use crate::transport::{Transport, TryWrite};

/// How many buffers one system call takes.
pub(super) const BUFFERS_PER_WRITE: usize = 64;

/// Several frames of so many bytes together are copied into one buffer of the thread, which costs less than to have the
/// system call gather them.
const LARGEST_COPY: usize = 4 * 1024;

/// What is being written: frames, and behind them what was copied in.
pub(super) struct Job {
    pub(super) frames: VecDeque<Bytes>,
    pub(super) tail: Vec<u8>,
    pub(super) attachment: u32,
}

/// What came of an attempt to write.
pub(super) struct Written {
    pub(super) bytes: usize,
    /// The first of the frames that are left is partly written.
    pub(super) cut: bool,
    pub(super) result: io::Result<()>,
    /// What is not written yet.
    pub(super) left: VecDeque<Bytes>,
}

/// Where a job is written to.
pub(super) trait Sink {
    /// Takes whole frames without copying them; `None` if they have to be written.
    fn take(&mut self, frames: &mut VecDeque<Bytes>) -> Option<io::Result<usize>>;

    fn write(&mut self, buffers: &[IoSlice<'_>]) -> io::Result<usize>;
}

/// Anybody, who does not wait.
impl Sink for &dyn TryWrite {
    fn take(&mut self, frames: &mut VecDeque<Bytes>) -> Option<io::Result<usize>> {
        self.try_write_shared(frames)
    }

    fn write(&mut self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        self.try_write(buffers)
    }
}

/// The owner, who is woken when there is room again.
pub(super) struct Owner<'a, 'cx> {
    pub(super) cx: &'a mut Context<'cx>,
    pub(super) transport: &'a mut dyn Transport,
}

impl Sink for Owner<'_, '_> {
    fn take(&mut self, frames: &mut VecDeque<Bytes>) -> Option<io::Result<usize>> {
        self.transport.poll_write_shared(self.cx, frames).map(ready_or_would_block)
    }

    fn write(&mut self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        ready_or_would_block(self.transport.poll_write(self.cx, buffers))
    }
}

fn ready_or_would_block(written: Poll<io::Result<usize>>) -> io::Result<usize> {
    match written {
        Poll::Ready(result) => result,
        Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
    }
}

impl Job {
    /// Writes until all is written or `sink` fails.
    pub(super) fn write(self, mut sink: impl Sink) -> Written {
        let Self { mut frames, tail, .. } = self;
        let (mut bytes, mut cut, mut result) = (0, false, Ok(()));
        let mut rest = tail.as_slice();
        while result.is_ok() && !(frames.is_empty() && rest.is_empty()) {
            match write_once(&mut frames, &mut rest, &mut sink) {
                Ok((0, _)) => result = Err(io::ErrorKind::WriteZero.into()),
                Ok((written, within)) => {
                    bytes += written;
                    cut = within;
                }
                Err(error) => result = Err(error),
            }
        }
        if !rest.is_empty() {
            frames.push_back(Bytes::copy_from_slice(rest));
        }
        buffers::give_back(tail);
        Written { bytes, cut, result, left: frames }
    }
}

/// Has something written; says how much, and whether that ends within a frame.
fn write_once(frames: &mut VecDeque<Bytes>, rest: &mut &[u8], sink: &mut impl Sink) -> io::Result<(usize, bool)> {
    if !frames.is_empty()
        && let Some(taken) = sink.take(frames)
    {
        return taken.map(|taken| (taken, false));
    }
    let written = write_buffers(frames, rest, |buffers| sink.write(buffers))?;
    Ok((written, advance(frames, rest, written)))
}

fn write_buffers(
    frames: &VecDeque<Bytes>,
    rest: &[u8],
    write: impl FnOnce(&[IoSlice<'_>]) -> io::Result<usize>,
) -> io::Result<usize> {
    match (frames.len(), frames.front()) {
        (_, None) => write(&[IoSlice::new(rest)]),
        (1, Some(frame)) if rest.is_empty() => write(&[IoSlice::new(frame)]),
        (..=BUFFERS_PER_WRITE, _) if frames.iter().map(Bytes::len).sum::<usize>() + rest.len() <= LARGEST_COPY => {
            buffers::with(|joined| {
                for part in parts(frames, rest) {
                    joined.extend_from_slice(part);
                }
                write(&[IoSlice::new(joined)])
            })
        }
        _ => {
            let mut buffers = [IoSlice::new(&[]); BUFFERS_PER_WRITE];
            let all = parts(frames, rest);
            let count = buffers.iter_mut().zip(all).map(|(buffer, bytes)| *buffer = IoSlice::new(bytes)).count();
            write(&buffers[..count])
        }
    }
}

fn parts<'a>(frames: &'a VecDeque<Bytes>, rest: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    frames.iter().map(|frame| &**frame).chain((!rest.is_empty()).then_some(rest))
}

/// Takes what is written off the frames and what is behind them; true if that ends within one.
fn advance(frames: &mut VecDeque<Bytes>, rest: &mut &[u8], mut written: usize) -> bool {
    while let Some(first) = frames.front_mut() {
        if first.len() > written {
            first.advance(written);
            return written > 0;
        }
        written -= first.len();
        frames.pop_front();
    }
    *rest = rest.get(written..).unwrap_or_default();
    written > 0 && !rest.is_empty()
}
