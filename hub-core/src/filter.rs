//! Code around every call and lifecycle method of a hub (section 11.1).

use std::borrow::Cow;
use std::fmt;
use std::future::Future;

use futures_core::future::BoxFuture;

use crate::dispatch::CatchPanic;
use crate::error::{DisconnectError, HubError};
use crate::hub::{Connecting, Hub};

/// Code that runs around what a hub does: its calls, and its lifecycle methods. Each method may be left out.
///
/// Filters are registered with [`HubServerBuilder::filter`](crate::HubServerBuilder::filter), the first one being the
/// outermost (F-2). Each goes on with [`Next::run`]: to the next filter, and at last to the hub. What is written before
/// that runs before the hub, what is written behind it after.
///
/// ```
/// use hub_core::{HubError, HubFilter, InvocationContext, Next};
///
/// struct Curfew;
///
/// impl HubFilter for Curfew {
///     async fn invoke(&self, call: &InvocationContext, next: Next<'_>) -> Result<(), HubError> {
///         if call.target() == "Shout" && !call.hub().user().has_role("night watch") {
///             return Err(HubError::new("It is late."));
///         }
///         let start = std::time::Instant::now();
///         let result = next.run().await;
///         println!("{} took {:?} and failed: {}", call.target(), start.elapsed(), result.is_err());
///         result
///     }
/// }
/// ```
///
/// A filter decides whether the hub's own code runs, and whether what came of it is a success or which error. It sees
/// neither arguments nor results: those have the types of the method. With `Err` the caller is told that the method has
/// failed (D-27), whatever came of it; with `Ok` it gets the method's result, or null if there is none because the filter
/// did not go on or kept an error to itself (F-4).
///
/// Of a streaming method filters see the time until it has returned its stream, whose items are sent later (F-8).
///
/// Unlike SignalR's, these filters see refused calls too: those of unknown methods, with arguments that do not fit, and
/// of users who may not make them (F-7). All that is decided before the first filter runs, and [`Next::run`] gives the
/// error; to keep it to itself is to answer null, not to carry out the call.
pub trait HubFilter: Send + Sync + 'static {
    /// Runs around a call.
    ///
    /// # Errors
    ///
    /// What the caller is told, by the rules for errors of hub methods.
    fn invoke(&self, call: &InvocationContext, next: Next<'_>) -> impl Future<Output = Result<(), HubError>> + Send {
        let _ = call;
        next.run()
    }

    /// Runs around `on_connected`. Not to go on, or to keep an error to itself, lets the connection live (F-6).
    ///
    /// # Errors
    ///
    /// Ends the connection as an error of `on_connected` does.
    fn connected(
        &self,
        hub: &Hub<crate::Untyped, Connecting>,
        next: Next<'_>,
    ) -> impl Future<Output = Result<(), HubError>> + Send {
        let _ = hub;
        next.run()
    }

    /// Runs around `on_disconnected`.
    ///
    /// # Errors
    ///
    /// As an error of `on_disconnected`.
    fn disconnected(
        &self,
        hub: &Hub,
        reason: Option<&DisconnectError>,
        next: Next<'_>,
    ) -> impl Future<Output = Result<(), HubError>> + Send {
        let _ = (hub, reason);
        next.run()
    }
}

/// What a filter is around: the filters behind it, and the hub.
#[must_use = "the hub's own code runs only with `run`"]
pub struct Next<'a>(BoxFuture<'a, Result<(), HubError>>);

impl Next<'_> {
    /// Goes on.
    ///
    /// # Errors
    ///
    /// What the hub's own code or a filter behind this one made of it.
    pub async fn run(self) -> Result<(), HubError> {
        self.0.await
    }
}

impl fmt::Debug for Next<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Next").finish_non_exhaustive()
    }
}

/// A call, as filters and policies see it.
pub struct InvocationContext {
    pub(crate) hub: Hub,
    pub(crate) hub_name: &'static str,
    pub(crate) target: Cow<'static, str>,
    pub(crate) method: Option<&'static str>,
}

impl InvocationContext {
    /// The context of the call: the connection that makes it with its user, request and items, and the clients and
    /// groups of its hub.
    pub fn hub(&self) -> &Hub {
        &self.hub
    }

    /// The name of the hub's type.
    pub fn hub_name(&self) -> &'static str {
        self.hub_name
    }

    /// What is called: the name of the method, or whatever else the client has sent.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The wire name of the method; `None` if there is none.
    pub fn method(&self) -> Option<&'static str> {
        self.method
    }
}

impl fmt::Debug for InvocationContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InvocationContext")
            .field("hub", &self.hub_name)
            .field("target", &self.target)
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

/// The filters of a hub, the outermost first.
#[derive(Default)]
pub(crate) struct Filters(Vec<Box<dyn Erased>>);

impl Filters {
    pub(crate) fn push(&mut self, filter: impl HubFilter) {
        self.0.push(Box::new(filter));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Runs a call inside of the filters.
    pub(crate) async fn invoke(
        &self,
        call: &InvocationContext,
        method: BoxFuture<'_, Result<(), HubError>>,
    ) -> Result<(), HubError> {
        self.around(method, |filter, next| filter.invoke(call, next)).await
    }

    /// Runs `on_connected` inside of the filters.
    pub(crate) async fn connected(
        &self,
        hub: &Hub<crate::Untyped, Connecting>,
        own: BoxFuture<'_, Result<(), HubError>>,
    ) -> Result<(), HubError> {
        self.around(own, |filter, next| filter.connected(hub, next)).await
    }

    /// Runs `on_disconnected` inside of the filters.
    pub(crate) async fn disconnected(
        &self,
        hub: &Hub,
        reason: Option<&DisconnectError>,
        own: BoxFuture<'_, Result<(), HubError>>,
    ) -> Result<(), HubError> {
        self.around(own, |filter, next| filter.disconnected(hub, reason, next)).await
    }

    async fn around<'a>(
        &'a self,
        own: BoxFuture<'a, Result<(), HubError>>,
        wrap: impl Fn(&'a dyn Erased, Next<'a>) -> Next<'a>,
    ) -> Result<(), HubError> {
        let outermost = self.0.iter().rev().fold(Next(own), |next, filter| wrap(&**filter, next));
        CatchPanic(outermost.0).await?
    }
}

/// A filter of any type. What it returns has not begun to run.
trait Erased: Send + Sync {
    fn invoke<'a>(&'a self, call: &'a InvocationContext, next: Next<'a>) -> Next<'a>;

    fn connected<'a>(&'a self, hub: &'a Hub<crate::Untyped, Connecting>, next: Next<'a>) -> Next<'a>;

    fn disconnected<'a>(&'a self, hub: &'a Hub, reason: Option<&'a DisconnectError>, next: Next<'a>) -> Next<'a>;
}

impl<F: HubFilter> Erased for F {
    fn invoke<'a>(&'a self, call: &'a InvocationContext, next: Next<'a>) -> Next<'a> {
        Next(Box::pin(async move { HubFilter::invoke(self, call, next).await }))
    }

    fn connected<'a>(&'a self, hub: &'a Hub<crate::Untyped, Connecting>, next: Next<'a>) -> Next<'a> {
        Next(Box::pin(async move { HubFilter::connected(self, hub, next).await }))
    }

    fn disconnected<'a>(&'a self, hub: &'a Hub, reason: Option<&'a DisconnectError>, next: Next<'a>) -> Next<'a> {
        Next(Box::pin(async move { HubFilter::disconnected(self, hub, reason, next).await }))
    }
}
