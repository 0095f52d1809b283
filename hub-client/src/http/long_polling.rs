//! Long polling (section 2.3): the server answers a request as soon as it has something to say.

use bytes::Bytes;
use http::{Method, StatusCode};
use reqwest::{Response, Url};
use tokio::time::timeout;

use super::pipe::{self, Ends, Incoming};
use super::requests::{Request, Requests};
use super::{failure, posts};
use crate::transport::{ConnectError, Transport, TransportError};

const POLL: &str = "poll";
const DELETE: &str = "delete";

/// Starts the connection by its first poll, which brings nothing (C-35, T-61).
pub(super) async fn start(requests: &Requests, url: &Url) -> Result<Transport, ConnectError> {
    let first = poll(requests, url).await?;
    requests.in_time(POLL, read_out(first)).await?;
    let (requests, url) = (requests.clone(), url.clone());
    let close_timeout = requests.options.close_timeout;
    Ok(pipe::transport(close_timeout, |ends| exchange(requests, url, ends)))
}

/// Until the server answers that it is over, or the client has said all and asks for the end (C-36).
async fn exchange(requests: Requests, url: Url, mut ends: Ends) -> Result<(), TransportError> {
    tokio::select! {
        polled = poll_all(&requests, &url, &ends.incoming) => polled,
        sent = posts::send_all(&requests, &url, &mut ends.outgoing) => {
            delete(&requests, &url).await;
            sent
        }
    }
}

async fn poll_all(requests: &Requests, url: &Url, incoming: &Incoming) -> Result<(), TransportError> {
    loop {
        match poll(requests, url).await {
            Ok(response) if response.status() == StatusCode::NO_CONTENT => return Ok(()),
            Ok(response) => hand_on(requests, response, incoming).await?,
            Err(ConnectError::TimedOut { .. }) => tracing::debug!("the poll was not answered in time, and is repeated"),
            Err(error) => return Err(failure::lost(error)),
        }
    }
}

async fn poll(requests: &Requests, url: &Url) -> Result<Response, ConnectError> {
    let response = requests.send(&Request::new(POLL, Method::GET, url)).await?;
    failure::successful(POLL, response).await
}

/// An answer that is read to its end leaves its socket to the next request.
async fn read_out(mut response: Response) -> Result<(), ConnectError> {
    while next_chunk(&mut response).await?.is_some() {}
    Ok(())
}

/// What has begun to come must come to its end: if it were asked for again, it would be lost.
async fn hand_on(requests: &Requests, mut response: Response, incoming: &Incoming) -> Result<(), TransportError> {
    loop {
        match requests.in_time(POLL, next_chunk(&mut response)).await.map_err(failure::lost)? {
            Some(chunk) => incoming.hand_on(chunk).await,
            None => return Ok(()),
        }
    }
}

async fn next_chunk(response: &mut Response) -> Result<Option<Bytes>, ConnectError> {
    response.chunk().await.map_err(|error| failure::broken_off(POLL, error).into())
}

/// That it fails is of no use to anybody: the server forgets a connection that polls no more.
async fn delete(requests: &Requests, url: &Url) {
    let request = Request::new(DELETE, Method::DELETE, url);
    let answer = timeout(requests.options.close_timeout, requests.send(&request));
    match answer.await {
        Ok(Ok(response)) => tracing::debug!(status = %response.status(), "asked for the end of the connection"),
        Ok(Err(error)) => tracing::debug!(%error, "the end of the connection could not be asked for"),
        Err(_) => tracing::debug!("the server does not answer that the connection is to end"),
    }
}
