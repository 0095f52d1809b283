//! The parameters of `on_connected` and `on_disconnected`.

use super::{Extension, HubDispatch};
use crate::cancellation::CancellationToken;
use crate::client::HubClient;
use crate::connection::ConnectionId;
use crate::hub::{Connecting, Hub, Running};
use crate::user::User;

/// A parameter of a lifecycle method: it comes from the connection alone.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a parameter of `on_connected` or `on_disconnected`",
    label = "no client sends an argument for it",
    note = "take `Hub<dyn …>` with the contract that `#[hub(client = …)]` names; the hub's query, headers and items are there"
)]
pub trait FromConnection<H: HubDispatch>: Sized + Send {
    /// Takes the parameter from a connection.
    fn from_connection(context: &Hub<H::Client>) -> Self;
}

impl<H, C> FromConnection<H> for Hub<C, Running>
where
    H: HubDispatch<Client = C>,
    C: HubClient + ?Sized,
{
    fn from_connection(context: &Hub<C>) -> Self {
        context.clone()
    }
}

impl<H, C> FromConnection<H> for Hub<C, Connecting>
where
    H: HubDispatch<Client = C>,
    C: HubClient + ?Sized,
{
    fn from_connection(context: &Hub<C>) -> Self {
        context.in_phase()
    }
}

impl<H: HubDispatch> FromConnection<H> for ConnectionId {
    fn from_connection(context: &Hub<H::Client>) -> Self {
        context.connection_id().clone()
    }
}

impl<H: HubDispatch> FromConnection<H> for User {
    fn from_connection(context: &Hub<H::Client>) -> Self {
        context.user().clone()
    }
}

impl<H: HubDispatch> FromConnection<H> for CancellationToken {
    fn from_connection(context: &Hub<H::Client>) -> Self {
        context.cancellation()
    }
}

impl<H: HubDispatch, T: Clone + Send + Sync + 'static> FromConnection<H> for Extension<T> {
    fn from_connection(context: &Hub<H::Client>) -> Self {
        Self(context.request().extensions.get::<T>().cloned())
    }
}
