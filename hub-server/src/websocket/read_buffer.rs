//! One large read buffer for all connections of a thread: a connection at rest owns none.

use std::cell::Cell;

const SIZE: usize = 64 * 1024;

thread_local! {
    static BUFFER: Cell<Option<Box<[u8]>>> = const { Cell::new(None) };
}

/// Runs `read` with the thread's buffer. Its contents are whatever the last read left there.
pub(super) fn with_read_buffer<R>(read: impl FnOnce(&mut [u8]) -> R) -> R {
    // A read within a read, should there ever be one, gets a buffer of its own.
    let mut buffer = BUFFER.take().unwrap_or_else(|| vec![0; SIZE].into_boxed_slice());
    let result = read(&mut buffer);
    BUFFER.set(Some(buffer));
    result
}
