//! Writing what was queued.

use std::collections::VecDeque;
use std::io::{self, IoSlice};

use bytes::{Buf as _, Bytes};

use crate::connection::buffers;

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

impl Job {
    /// Writes until all is written or `write` fails.
    pub(super) fn write(self, mut write: impl FnMut(&[IoSlice<'_>]) -> io::Result<usize>) -> Written {
        let Self { mut frames, tail, .. } = self;
        let (mut bytes, mut cut, mut result) = (0, false, Ok(()));
        let mut rest = tail.as_slice();
        while result.is_ok() && !(frames.is_empty() && rest.is_empty()) {
            match write_once(&frames, rest, &mut write) {
                Ok(0) => result = Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => {
                    bytes += written;
                    cut = advance(&mut frames, &mut rest, written);
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

fn write_once(
    frames: &VecDeque<Bytes>,
    rest: &[u8],
    write: &mut impl FnMut(&[IoSlice<'_>]) -> io::Result<usize>,
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
