//! Negotiation: asks the server for a connection and for the transports it may use (section 1).

mod response;

use bytes::{Bytes, BytesMut};
use http::Method;
use reqwest::{Response, Url};

use super::access_token::AccessTokens;
use super::requests::{Request, Requests};
use super::{failure, url};
use crate::transport::{ConnectError, TransportError};
use response::Answer;
pub(super) use response::{Negotiated, Offer};

/// How many answers may be redirects (N-25).
const MAXIMUM_REDIRECTS: usize = 100;

/// How long an answer may be. Real ones have less than 2 KiB.
const MAXIMUM_LENGTH: usize = 64 * 1024;

const NAME: &str = "negotiate";

/// Negotiates at `hub`, which becomes the hub that it was redirected to, as the requests' token becomes the one that the
/// redirect gave.
pub(super) async fn negotiate(
    requests: &mut Requests,
    hub: &mut Url,
    stateful_reconnect: bool,
) -> Result<Negotiated, ConnectError> {
    for _ in 0..MAXIMUM_REDIRECTS {
        let asked = stateful_reconnect || url::asks_for_stateful_reconnect(hub);
        match ask(requests, &url::negotiate(hub, stateful_reconnect)).await? {
            Answer::Negotiated(negotiated) if negotiated.stateful_reconnect && !asked => return Err(unasked()),
            Answer::Negotiated(negotiated) => return Ok(negotiated),
            Answer::Redirect { url, access_token } => {
                *hub = redirected(hub, &url)?;
                if let Some(token) = access_token {
                    requests.tokens = AccessTokens::fixed(token);
                }
            }
        }
    }
    Err(ConnectError::TooManyRedirects)
}

async fn ask(requests: &Requests, url: &Url) -> Result<Answer, ConnectError> {
    let request = Request::new(NAME, Method::POST, url);
    let response = requests.send_with_fresh_token(&request).await?;
    let response = failure::successful(NAME, response).await?;
    let content_type = failure::content_type(&response).to_owned();
    let body = requests.in_time(NAME, body(response)).await?;
    response::parse(&body).map_err(|error| error.into_connect_error(&content_type, &body))
}

async fn body(mut response: Response) -> Result<Bytes, ConnectError> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failure::broken_off(NAME, error))? {
        body.extend_from_slice(&chunk);
        if body.len() > MAXIMUM_LENGTH {
            return Err(invalid(format!("It is longer than {MAXIMUM_LENGTH} bytes.")));
        }
    }
    Ok(body.freeze())
}

fn redirected(from: &Url, to: &str) -> Result<Url, ConnectError> {
    url::redirected(from, to).ok_or_else(|| invalid(format!("It redirects to '{to}', which is no HTTP URL.")))
}

fn unasked() -> ConnectError {
    let text = "Client didn't negotiate Stateful Reconnect but the server did.";
    ConnectError::InvalidResponse(TransportError::new(text))
}

fn invalid(why: impl AsRef<str>) -> ConnectError {
    let text = format!("Invalid negotiation response received. {}", why.as_ref());
    ConnectError::InvalidResponse(TransportError::new(text))
}
