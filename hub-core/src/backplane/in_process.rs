//! The backplane of a single server.

use futures_core::future::BoxFuture;

use super::{Audience, Backplane, Delivery, LocalHub};
use crate::connection::ConnectionId;
use crate::error::HubError;
use crate::outgoing::OutgoingMessage;

/// The backplane of a single server: everybody is here.
#[derive(Clone, Copy, Debug, Default)]
pub struct InProcess;

impl Backplane for InProcess {
    fn is_local(&self) -> bool {
        true
    }

    fn send(&self, local: &LocalHub, audience: Audience, message: OutgoingMessage) -> Delivery {
        local.deliver(&audience, &message).into()
    }

    fn add_to_group(&self, local: &LocalHub, connection: &ConnectionId, group: &str) -> Delivery {
        local.add_to_group(connection, group);
        Delivery::Done
    }

    fn remove_from_group(&self, local: &LocalHub, connection: &ConnectionId, group: &str) -> Delivery {
        local.remove_from_group(connection, group);
        Delivery::Done
    }

    fn members(&self, local: &LocalHub, group: &str) -> BoxFuture<'static, Result<Vec<ConnectionId>, HubError>> {
        Box::pin(std::future::ready(Ok(local.members(group))))
    }
}
