//! What the client says, where the transport has only one direction (C-24).

use std::pin::pin;

use bytes::{Bytes, BytesMut};
use http::Method;
use reqwest::Url;
use tokio::sync::mpsc;

use super::failure;
use super::requests::{Request, Requests};
use crate::transport::TransportError;

/// How many bytes may wait for the POST in flight; the sender waits when there are more.
const WAITING: usize = 1024 * 1024;

const NAME: &str = "send";

/// Sends what is queued until the client has no more to say. One POST is in flight at a time, and what is queued meanwhile
/// goes into the next.
pub(super) async fn send_all(
    requests: &Requests,
    url: &Url,
    outgoing: &mut mpsc::Receiver<Bytes>,
) -> Result<(), TransportError> {
    let mut waiting = BytesMut::new();
    while gather(&mut waiting, outgoing).await {
        let mut post = pin!(post(requests, url, waiting.split().freeze()));
        loop {
            tokio::select! {
                posted = &mut post => break posted?,
                Some(bytes) = outgoing.recv(), if waiting.len() < WAITING => waiting.extend_from_slice(&bytes),
            }
        }
    }
    Ok(())
}

/// Waits until there is something to send, and takes what else there is; `false` if nothing will come any more.
async fn gather(waiting: &mut BytesMut, outgoing: &mut mpsc::Receiver<Bytes>) -> bool {
    if waiting.is_empty() {
        let Some(bytes) = outgoing.recv().await else { return false };
        waiting.extend_from_slice(&bytes);
    }
    while waiting.len() < WAITING
        && let Ok(bytes) = outgoing.try_recv()
    {
        waiting.extend_from_slice(&bytes);
    }
    true
}

async fn post(requests: &Requests, url: &Url, body: Bytes) -> Result<(), TransportError> {
    let request = Request::new(NAME, Method::POST, url).with_body(body);
    let response = requests.send(&request).await.map_err(failure::lost)?;
    failure::successful(NAME, response).await.map(drop).map_err(failure::lost)
}
