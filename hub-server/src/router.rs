//! Hubs in an axum router.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use futures_util::FutureExt as _;
use hub_core::{HubDispatch, HubServer};
use tower::{Service, service_fn};

use crate::application::Application;
use crate::endpoint::{Answer, Endpoint};
use crate::options::HttpOptions;
use crate::raw::{RawApplication, RawConnection};

/// Mounts hubs, and handlers of raw connections, in an axum [`Router`].
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

    /// Serves connections at `path` without a hub, as `MapConnectionHandler` does: the handler gets each one and reads
    /// and writes bytes, over whatever transport the client has chosen.
    ///
    /// ```
    /// use hub_server::{RawConnection, RouterExt};
    ///
    /// async fn echo(mut connection: RawConnection) -> std::io::Result<()> {
    ///     while let Some(bytes) = connection.read().await? {
    ///         connection.write(&bytes).await?;
    ///     }
    ///     Ok(())
    /// }
    ///
    /// let app: axum::Router = axum::Router::new().route_connection("/echo", echo);
    /// ```
    ///
    /// # Panics
    ///
    /// As [`route_hub`](Self::route_hub).
    #[must_use]
    fn route_connection<F, R>(self, path: &str, handler: F) -> Self
    where
        F: Fn(RawConnection) -> R + Send + Sync + 'static,
        R: Future<Output = io::Result<()>> + Send + 'static,
    {
        self.route_connection_with(path, handler, HttpOptions::default())
    }

    /// Serves connections at `path` without a hub, with options of its own.
    ///
    /// # Panics
    ///
    /// As [`route_hub`](Self::route_hub).
    #[must_use]
    fn route_connection_with<F, R>(self, path: &str, handler: F, options: HttpOptions) -> Self
    where
        F: Fn(RawConnection) -> R + Send + Sync + 'static,
        R: Future<Output = io::Result<()>> + Send + 'static;
}

impl<S: Clone + Send + Sync + 'static> RouterExt for Router<S> {
    fn route_hub_with<H: HubDispatch>(self, path: &str, server: HubServer<H>, options: HttpOptions) -> Self {
        let hub = server.clone();
        let options = options.require(move |user, request| hub.admits(user, request));
        mount(self, path, Endpoint::new(server, options))
    }

    fn route_connection_with<F, R>(self, path: &str, handler: F, options: HttpOptions) -> Self
    where
        F: Fn(RawConnection) -> R + Send + Sync + 'static,
        R: Future<Output = io::Result<()>> + Send + 'static,
    {
        mount(self, path, Endpoint::new(RawApplication::new(handler), options))
    }
}

fn mount<S, A>(router: Router<S>, path: &str, endpoint: Endpoint<A>) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
    A: Application,
{
    let endpoint = Arc::new(endpoint);
    let negotiator = Arc::clone(&endpoint);
    let negotiate = format!("{}/negotiate", path.trim_end_matches('/'));
    // As services, which cost each request less than handlers do.
    router
        .route_service(&negotiate, answer(negotiator, Endpoint::negotiate))
        .route_service(path, answer(endpoint, Endpoint::serve))
}

fn answer<E>(
    endpoint: Arc<E>,
    answer: impl Fn(Arc<E>, Request) -> Answer + Clone + Send + Sync + 'static,
) -> impl Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + Sync + 'static
where
    E: Send + Sync + 'static,
{
    service_fn(move |request| answer(Arc::clone(&endpoint), request).map(Ok))
}
