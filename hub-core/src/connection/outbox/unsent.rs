//! A message for one peer on its way into the queue.

use crate::transport::Framing;

/// A message that is wrapped where it is queued; beforehand, if that is so much work that nobody should wait for it.
pub(super) struct Unsent<'a> {
    framing: &'a Framing,
    message: &'a [u8],
    wrapped: Option<Vec<u8>>,
}

impl<'a> Unsent<'a> {
    pub(super) fn new(framing: &'a Framing, message: &'a [u8]) -> Self {
        let wrapped = framing.is_laborious().then(|| {
            let mut wrapped = Vec::new();
            framing.wrap(message, &mut wrapped);
            wrapped
        });
        Self { framing, message, wrapped }
    }

    /// Appends the message as it is sent.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        match &self.wrapped {
            Some(wrapped) => out.extend_from_slice(wrapped),
            None => self.framing.wrap(self.message, out),
        }
    }

    /// The size of the message alone.
    pub(super) fn size(&self) -> usize {
        self.message.len()
    }
}
