//! Compressed payloads for tests.

use flate2::{Compress, Compression, FlushCompress};

/// The payload of a compressed message (RFC 7692, section 7.2.1).
pub(in crate::websocket) fn deflated(message: &[u8]) -> Vec<u8> {
    let mut payload = Vec::with_capacity(message.len() + 64);
    Compress::new(Compression::best(), false).compress_vec(message, &mut payload, FlushCompress::Sync).unwrap();
    assert!(payload.ends_with(&super::TAIL));
    payload.truncate(payload.len() - super::TAIL.len());
    payload
}
