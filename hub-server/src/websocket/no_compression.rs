//! What stands for the compression that was not compiled in: nothing is ever agreed upon.

use axum::http::{HeaderMap, HeaderValue};
use hub_core::transport::{Framing, TransferFormat};

use super::Violation;
use super::decoder::Deflated;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {}

impl Compression {
    pub(crate) fn accept(_: &HeaderMap) -> Option<Self> {
        None
    }

    pub(crate) fn answer(self) -> HeaderValue {
        match self {}
    }

    pub(super) fn framing(self, _: TransferFormat) -> &'static Framing {
        match self {}
    }

    pub(super) fn inflation(self) -> Inflation {
        match self {}
    }
}

#[derive(Debug)]
pub(super) enum Inflation {}

impl Inflation {
    pub(super) fn push(&mut self, _: &Deflated<'_>, _: impl FnMut(&[u8])) -> Result<(), Violation> {
        match *self {}
    }
}
