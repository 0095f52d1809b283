//! The parameters of `on_connected` and `on_disconnected`.

use super::HubDispatch;
use crate::cancellation::CancellationToken;
use crate::client::HubClient;
use crate::connection::ConnectionId;
use crate::error::HubError;
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
    ///
    /// # Errors
    ///
    /// If something it needs is not there; the lifecycle method fails with it.
    fn from_connection(context: &Hub<H::Client>) -> Result<Self, HubError>;
}

impl<H, C> FromConnection<H> for Hub<C, Running>
where
    H: HubDispatch<Client = C>,
    C: HubClient + ?Sized,
{
    fn from_connection(context: &Hub<C>) -> Result<Self, HubError> {
        Ok(context.clone())
    }
}

impl<H, C> FromConnection<H> for Hub<C, Connecting>
where
    H: HubDispatch<Client = C>,
    C: HubClient + ?Sized,
{
    fn from_connection(context: &Hub<C>) -> Result<Self, HubError> {
        Ok(context.in_phase())
    }
}

impl<H: HubDispatch> FromConnection<H> for ConnectionId {
    fn from_connection(context: &Hub<H::Client>) -> Result<Self, HubError> {
        Ok(context.connection_id().clone())
    }
}

impl<H: HubDispatch> FromConnection<H> for User {
    fn from_connection(context: &Hub<H::Client>) -> Result<Self, HubError> {
        Ok(context.user().clone())
    }
}

impl<H: HubDispatch> FromConnection<H> for CancellationToken {
    fn from_connection(context: &Hub<H::Client>) -> Result<Self, HubError> {
        Ok(context.cancellation())
    }
}
