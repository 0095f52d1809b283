//! The streams that the hubs send, and what they do with those they get.

use std::time::Duration;

use futures_util::{Stream, StreamExt as _, stream};
use hub_server::{CancellationToken, Hub, HubError, UploadStream};
use tokio::time::sleep;

use super::contract::WireClient;
use super::errors::ChannelClosedException;

/// 0, 1, 2 …, each after a delay.
pub(crate) fn count(to: i32, delay: Duration) -> impl Stream<Item = i32> + Send {
    stream::iter(0..to).then(move |number| async move {
        if !delay.is_zero() {
            sleep(delay).await;
        }
        number
    })
}

/// 0, 1, 2 …, then an error.
pub(super) fn fail_after<E: Send + 'static>(after: i32, error: E) -> impl Stream<Item = Result<i32, E>> + Send {
    stream::iter(0..after).map(Ok).chain(stream::once(async { Err(error) }))
}

/// 0, 1, 2 … every 10 ms until the client cancels, which it is told.
pub(super) fn infinite(hub: Hub<dyn WireClient>, cancelled: CancellationToken) -> impl Stream<Item = i32> + Send {
    stream::unfold(0, move |number| {
        let (hub, cancelled) = (hub.clone(), cancelled.clone());
        async move {
            if is_over(&cancelled, Duration::from_millis(10)).await {
                // Nobody hears of it if the connection is gone.
                let _ = hub.clients().caller().stream_canceled().await;
                return None;
            }
            Some((number, number + 1))
        }
    })
}

async fn is_over(cancelled: &CancellationToken, patience: Duration) -> bool {
    tokio::time::timeout(patience, cancelled.cancelled()).await.is_ok()
}

/// The sum of all items.
pub(crate) async fn sum(mut numbers: UploadStream<i32>) -> Result<i32, HubError> {
    let mut sum: i32 = 0;
    while let Some(number) = numbers.next().await {
        sum = sum.wrapping_add(number?);
    }
    Ok(sum)
}

/// All items of one stream after the other, behind a prefix.
pub(super) async fn concat(
    prefix: &str,
    mut first: UploadStream<Option<String>>,
    mut second: UploadStream<Option<String>>,
) -> Result<String, HubError> {
    let (first, second) = (join(&mut first).await, join(&mut second).await);
    let failed = |error: HubError| HubError::new(format!("upload failed: {error}"));
    Ok(format!("{prefix}{}/{}", first.map_err(failed)?, second.map_err(failed)?))
}

/// All items in a row.
pub(super) async fn join(texts: &mut UploadStream<Option<String>>) -> Result<String, HubError> {
    let mut joined = String::new();
    while let Some(text) = texts.next().await {
        joined.extend(text?);
    }
    Ok(joined)
}

/// The first item; the others are not waited for.
pub(super) async fn first(mut numbers: UploadStream<i32>) -> Result<i32, HubError> {
    match numbers.next().await {
        Some(number) => number,
        None => Err(ChannelClosedException("The channel has been closed.".to_owned()).into()),
    }
}
