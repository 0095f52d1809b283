//! Hubs in an axum router.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::routing::any;
use hub_core::{HubDispatch, HubServer};

use crate::endpoint::Endpoint;
use crate::options::HttpOptions;

/// Mounts hubs in an axum [`Router`].
pub trait RouterExt: Sized {
    /// Serves a hub at `path`, as `MapHub` does in ASP.NET Core: clients negotiate at `{path}/negotiate` and connect at
    /// `path`. The options are the default ones.
    ///
    /// The routes are like any others: they may be nested, merged, and wrapped in layers. A layer that authenticates
    /// puts a [`User`](crate::User) into the request's extensions.
    ///
    /// # Panics
    ///
    /// As [`Router::route`]: when `path` does not begin with `/`, or a route is there already.
    #[must_use]
    fn route_hub<H: HubDispatch>(self, path: &str, server: HubServer<H>) -> Self {
        self.route_hub_with(path, server, HttpOptions::default())
    }

    /// Serves a hub at `path` with options of its own.
    ///
    /// # Panics
    ///
    /// As [`route_hub`](Self::route_hub).
    #[must_use]
    fn route_hub_with<H: HubDispatch>(self, path: &str, server: HubServer<H>, options: HttpOptions) -> Self;
}

impl<S: Clone + Send + Sync + 'static> RouterExt for Router<S> {
    fn route_hub_with<H: HubDispatch>(self, path: &str, server: HubServer<H>, options: HttpOptions) -> Self {
        let endpoint = Arc::new(Endpoint::new(server, options));
        let negotiator = Arc::clone(&endpoint);
        let negotiate = format!("{}/negotiate", path.trim_end_matches('/'));
        self.route(&negotiate, any(move |request: Request| async move { negotiator.negotiate(request).await }))
            .route(path, any(move |request: Request| async move { endpoint.serve(request).await }))
    }
}
