//! The HTTP side of one hub, or of one handler of raw connections: `{path}/negotiate` and `{path}` (section 1).

mod answers;
mod connect;
mod detach;
mod expiration;
mod negotiate;
pub(crate) mod query;
mod sessions;
mod version;

use std::borrow::Cow;
use std::fmt;
use std::future::{Future, Ready, ready};
use std::pin::pin;
use std::sync::Arc;

use axum::body::{Body, HttpBody as _};
use axum::extract::Request;
use axum::http::Method;
use axum::http::request::Parts;
use axum::response::Response;
use futures_util::StreamExt as _;
use futures_util::future::{BoxFuture, Either};
use hub_core::User;
use tokio::time::timeout;

use crate::application::Application;
use crate::exchange::{BODY_TIMEOUT, Rejected};
use crate::options::{Access, HttpOptions};
use answers::Refusal;
use connect::Connect;
use sessions::{Limits, Sessions};

/// How much of a body that nobody wants is read, so that the HTTP connection can be used again.
const MAX_IGNORED: usize = 1024 * 1024;

/// A response, which most requests get at once: what has to wait is large, and has memory of its own.
pub(crate) type Answer = Either<Ready<Response>, BoxFuture<'static, Response>>;

/// One application where it is mounted, with the connections that were made there.
pub(crate) struct Endpoint<A> {
    application: A,
    options: HttpOptions,
    sessions: Arc<Sessions>,
}

impl<A: Application> Endpoint<A> {
    pub(crate) fn new(application: A, options: HttpOptions) -> Self {
        let sessions = Arc::new(Sessions::new(Limits {
            disconnect_timeout: options.disconnect_timeout,
            input: options.application_max_buffer_size,
            output: options.transport_max_buffer_size,
        }));
        Self { application, options, sessions }
    }

    /// `{path}/negotiate`.
    pub(crate) fn negotiate(self: Arc<Self>, request: Request) -> Answer {
        let (request, body) = request.into_parts();
        if let Err(refusal) = self.admit(&request) {
            return at_once(refusal.into_response());
        }
        if request.method != Method::POST {
            return at_once(Refusal::of_method(&request.method).into_response());
        }
        if body.is_end_stream() {
            return at_once(self.new_connection(&request));
        }
        later(async move {
            ignore(body).await;
            self.new_connection(&request)
        })
    }

    fn new_connection(&self, request: &Parts) -> Response {
        let resumable = A::RESUMABLE && self.options.allow_stateful_reconnects;
        answers::negotiation(negotiate::negotiate(&self.sessions, &self.options, resumable, request.uri.query()))
    }

    /// `{path}`.
    pub(crate) fn serve(self: Arc<Self>, request: Request) -> Answer {
        let (mut request, body) = request.into_parts();
        let user = match self.admit(&request) {
            Ok(user) => user,
            Err(refusal) => return at_once(refusal.into_response()),
        };
        if let Some(connect) = Connect::of(&mut request) {
            return self.connect(connect, request, user);
        }
        match request.method {
            Method::POST => {
                later(async move { self.post(&request, body).await.unwrap_or_else(Refusal::into_response) })
            }
            Method::DELETE => at_once(self.delete(&request).unwrap_or_else(Refusal::into_response)),
            _ => at_once(Refusal::of_method(&request.method).into_response()),
        }
    }

    /// Says who makes a request, if that user may (U-2).
    fn admit(&self, request: &Parts) -> Result<User, Refusal> {
        let user = self.options.user_of(request);
        match self.options.access(&user, request) {
            Access::Granted => Ok(user),
            Access::Unauthorized => Err(Refusal::Unauthorized),
            Access::Forbidden => Err(Refusal::Forbidden),
        }
    }

    /// Takes what is sent to a connection, started or not (N-54); the answer waits until it has found room (T-72).
    async fn post(&self, request: &Parts, body: Body) -> Result<Response, Refusal> {
        let inbox = self.sessions.inbox(&id(request)?)?;
        let mut receiving = pin!(inbox.receive(body, self.options.maximum_post_size));
        loop {
            match timeout(self.options.disconnect_timeout, receiving.as_mut()).await {
                Ok(Ok(())) => return Ok(answers::accepted()),
                Ok(Err(Rejected::Unreadable)) => return Err(Refusal::UnreadableBody),
                Ok(Err(Rejected::Disposed)) => return Err(Refusal::Disposed),
                Err(_) => self.sessions.expire(), // a connection that nobody starts, this one perhaps
            }
        }
    }

    fn delete(&self, request: &Parts) -> Result<Response, Refusal> {
        self.sessions.deletable(&id(request)?)?.dispose();
        Ok(answers::deleted())
    }
}

impl<A> fmt::Debug for Endpoint<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("options", &self.options).finish_non_exhaustive()
    }
}

fn at_once(response: Response) -> Answer {
    Either::Left(ready(response))
}

fn later(response: impl Future<Output = Response> + Send + 'static) -> Answer {
    Either::Right(Box::pin(response))
}

/// The token of the connection that is meant (N-34, N-53).
fn id(request: &Parts) -> Result<Cow<'_, str>, Refusal> {
    query::value(request.uri.query(), "id").filter(|id| !id.is_empty()).ok_or(Refusal::IdRequired)
}

async fn ignore(body: Body) {
    let mut chunks = body.into_data_stream();
    let mut ignored = 0;
    while let Ok(Some(Ok(chunk))) = timeout(BODY_TIMEOUT, chunks.next()).await {
        ignored += chunk.len();
        if ignored > MAX_IGNORED {
            return;
        }
    }
}
