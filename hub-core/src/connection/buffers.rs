//! Buffers of the thread, so that a message on its way to its socket costs no allocation.

use std::cell::RefCell;

/// How many buffers a thread keeps: a message being written, what waits to be sent, and calls within calls.
const KEPT: usize = 4;

/// A buffer that has grown beyond this is not kept, in bytes.
const LARGEST: usize = 64 * 1024;

/// What a new buffer has room for, in bytes: most messages, without growing.
const SMALLEST: usize = 1024;

thread_local! {
    static SPARE: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// An empty buffer.
pub(crate) fn take() -> Vec<u8> {
    SPARE.with(|spare| spare.borrow_mut().pop()).unwrap_or_else(|| Vec::with_capacity(SMALLEST))
}

/// Keeps a buffer that is no longer needed for whoever takes the next one.
pub(crate) fn give_back(mut buffer: Vec<u8>) {
    if (SMALLEST..=LARGEST).contains(&buffer.capacity()) {
        buffer.clear();
        SPARE.with(|spare| {
            let mut spare = spare.borrow_mut();
            if spare.len() < KEPT {
                spare.push(buffer);
            }
        });
    }
}

/// Lends a buffer. One that is not returned, because of a panic, is missed by nobody.
pub(crate) fn with<R>(work: impl FnOnce(&mut Vec<u8>) -> R) -> R {
    let mut buffer = take();
    let result = work(&mut buffer);
    give_back(buffer);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_comes_back_empty_and_with_its_room() {
        with(|buffer| buffer.extend_from_slice(&[1; 5000]));
        with(|buffer| assert!(buffer.is_empty() && buffer.capacity() >= 5000));
    }

    #[test]
    fn buffers_within_buffers_are_different_ones() {
        with(|outer| {
            outer.push(1);
            with(|inner| assert!(inner.is_empty()));
            assert_eq!(outer.as_slice(), [1]);
        });
    }

    #[test]
    fn only_a_few_buffers_of_a_common_size_are_kept() {
        give_back(Vec::with_capacity(LARGEST + 1));
        give_back(Vec::new());
        (0..10).map(|_| Vec::with_capacity(SMALLEST)).for_each(give_back);
        SPARE.with(|spare| {
            let spare = spare.borrow();
            assert_eq!(spare.len(), KEPT);
            assert!(spare.iter().all(|buffer| buffer.capacity() <= LARGEST));
        });
    }
}
