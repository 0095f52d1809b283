//! Server-Sent Events (section 2.2): one answer that does not end, and POSTs the other way.

#[cfg(test)]
mod fuzz;
mod parser;

use http::header::ACCEPT;
use http::{HeaderValue, Method};
use reqwest::{Response, Url};

use super::pipe::{self, Ends, Incoming};
use super::requests::{Request, Requests};
use super::{failure, posts};
use crate::transport::{ConnectError, Transport, TransportError};
use parser::Parser;

const NAME: &str = "Server-Sent Events";
const CONTENT_TYPE: &str = "text/event-stream";

/// Starts the connection; it is started when the head of the answer has come (C-33).
pub(super) async fn start(requests: &Requests, url: &Url) -> Result<Transport, ConnectError> {
    let request = Request::new(NAME, Method::GET, url).with_header(ACCEPT, HeaderValue::from_static(CONTENT_TYPE));
    let response = failure::successful(NAME, requests.send(&request).await?).await?;
    if !failure::content_type(&response).starts_with(CONTENT_TYPE) {
        return Err(other(&response));
    }
    let (requests, url) = (requests.clone(), url.clone());
    let close_timeout = requests.options.close_timeout;
    Ok(pipe::transport(close_timeout, |ends| exchange(requests, url, response, ends)))
}

fn other(response: &Response) -> ConnectError {
    let content_type = failure::content_type(response);
    let text = format!("The {NAME} request was answered with '{content_type}' in place of '{CONTENT_TYPE}'.");
    ConnectError::InvalidResponse(TransportError::new(text))
}

/// Until the answer ends, which is an orderly end (C-34), or the client has said all.
async fn exchange(requests: Requests, url: Url, events: Response, mut ends: Ends) -> Result<(), TransportError> {
    tokio::select! {
        received = receive(events, &ends.incoming) => received,
        sent = posts::send_all(&requests, &url, &mut ends.outgoing) => sent,
    }
}

async fn receive(mut events: Response, incoming: &Incoming) -> Result<(), TransportError> {
    let mut parser = Parser::default();
    while let Some(chunk) = events.chunk().await.map_err(|error| failure::broken_off(NAME, error))? {
        for data in parser.data(chunk) {
            incoming.hand_on(data).await;
        }
    }
    Ok(())
}
