//! Streams to clients, and uploads.

use crate::message::{Protocol, put_done, put_item};

/// How many bytes of items are made at a time.
const CHUNK: usize = 64 * 1024;

/// Numbers on their way to a client.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) id: Box<[u8]>,
    pub(crate) next: u64,
    pub(crate) end: u64,
}

/// Numbers on their way from a client.
#[derive(Debug)]
pub(crate) struct Upload {
    pub(crate) stream: Box<[u8]>,
    pub(crate) invocation: Box<[u8]>,
    pub(crate) sum: u64,
}

/// Makes the next chunk of items, of the streams that began last.
pub(crate) fn put_chunk(streams: &mut Vec<Stream>, protocol: Protocol, out: &mut Vec<u8>) {
    let mut scratch = Vec::with_capacity(128);
    while out.len() < CHUNK {
        let Some(stream) = streams.last_mut() else { return };
        while stream.next < stream.end && out.len() < CHUNK {
            put_item(protocol, out, &stream.id, stream.next, &mut scratch);
            stream.next += 1;
        }
        if stream.next >= stream.end {
            put_done(protocol, out, &stream.id);
            streams.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_made_in_chunks_and_ends_with_a_completion() {
        let mut streams = vec![Stream { id: b"1"[..].into(), next: 0, end: 10_000 }];
        let mut chunks = Vec::new();
        while !streams.is_empty() {
            let mut out = Vec::new();
            put_chunk(&mut streams, Protocol::Json, &mut out);
            chunks.push(out);
        }
        assert!(chunks.len() > 1);
        assert!(chunks.last().unwrap().ends_with(b"{\"type\":3,\"invocationId\":\"1\"}\x1e"));
    }
}
