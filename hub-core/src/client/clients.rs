//! The twelve selectors (section 7.1).

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use super::proxy::{HubClient, Many, RawProxy, Route, Single, Target};
use crate::backplane::Audience;
use crate::connection::{Connection, ConnectionId, Origin};
use crate::hub::Phase;
use crate::server::Core;

/// Selects clients from anywhere: `hub.clients()` in a hub, `handle.clients()` outside of one.
///
/// Unknown connections, groups and users are no error: nobody is reached.
pub struct Clients<C: ?Sized> {
    core: Arc<Core>,
    origin: Origin,
    contract: PhantomData<fn(&C)>,
}

impl<C: HubClient + ?Sized> Clients<C> {
    pub(crate) fn new(core: Arc<Core>, origin: Origin) -> Self {
        Self { core, origin, contract: PhantomData }
    }

    /// Every connection of the hub.
    pub fn all(&self) -> C::Proxy<Many> {
        self.to(Audience::All)
    }

    /// Every connection but these.
    pub fn all_except(&self, ids: impl IntoIterator<Item = impl AsRef<str>>) -> C::Proxy<Many> {
        self.to(Audience::AllExcept(connection_ids(ids)))
    }

    /// One connection.
    pub fn client(&self, id: impl AsRef<str>) -> C::Proxy<Single> {
        self.to(Audience::Connection(ConnectionId::from(id.as_ref())))
    }

    /// These connections, each once.
    pub fn clients(&self, ids: impl IntoIterator<Item = impl AsRef<str>>) -> C::Proxy<Many> {
        self.to(Audience::Connections(connection_ids(ids)))
    }

    /// The members of a group.
    pub fn group(&self, name: impl AsRef<str>) -> C::Proxy<Many> {
        self.to(Audience::Group(name.as_ref().into()))
    }

    /// The members of several groups; who is in two of them gets the message twice.
    pub fn groups(&self, names: impl IntoIterator<Item = impl AsRef<str>>) -> C::Proxy<Many> {
        self.to(Audience::Groups(texts(names)))
    }

    /// The members of a group but these connections.
    pub fn group_except(
        &self,
        name: impl AsRef<str>,
        ids: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> C::Proxy<Many> {
        self.to(Audience::GroupExcept(name.as_ref().into(), connection_ids(ids)))
    }

    /// The connections of a user.
    pub fn user(&self, id: impl AsRef<str>) -> C::Proxy<Many> {
        self.to(Audience::User(id.as_ref().into()))
    }

    /// The connections of several users, each once.
    pub fn users(&self, ids: impl IntoIterator<Item = impl AsRef<str>>) -> C::Proxy<Many> {
        self.to(Audience::Users(texts(ids)))
    }

    fn to<T: Target>(&self, audience: Audience) -> C::Proxy<T> {
        RawProxy::new(Arc::clone(&self.core), Route::To(audience), self.origin.clone()).into()
    }
}

/// Selects clients as seen from one connection: also the caller, the others, and the others in a group.
pub struct CallerClients<C: ?Sized, P> {
    everywhere: Clients<C>,
    caller: Arc<Connection>,
    phase: PhantomData<fn(P)>,
}

impl<C: HubClient + ?Sized, P: Phase> CallerClients<C, P> {
    pub(crate) fn new(caller: Arc<Connection>, origin: Origin) -> Self {
        let everywhere = Clients::new(Arc::clone(caller.core()), origin);
        Self { everywhere, caller, phase: PhantomData }
    }

    /// The connection itself.
    pub fn caller(&self) -> C::Proxy<P::Caller> {
        let route = Route::Here(Arc::clone(&self.caller));
        RawProxy::new(Arc::clone(self.caller.core()), route, self.origin.clone()).into()
    }

    /// Every connection but the caller.
    pub fn others(&self) -> C::Proxy<Many> {
        self.to(Audience::AllExcept(vec![self.caller.id().clone()]))
    }

    /// The members of a group but the caller.
    pub fn others_in_group(&self, name: impl AsRef<str>) -> C::Proxy<Many> {
        self.to(Audience::GroupExcept(name.as_ref().into(), vec![self.caller.id().clone()]))
    }
}

impl<C: ?Sized, P> Deref for CallerClients<C, P> {
    type Target = Clients<C>;

    fn deref(&self) -> &Clients<C> {
        &self.everywhere
    }
}

fn connection_ids(ids: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<ConnectionId> {
    ids.into_iter().map(|id| ConnectionId::from(id.as_ref())).collect()
}

fn texts(texts: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<Arc<str>> {
    texts.into_iter().map(|text| text.as_ref().into()).collect()
}

impl<C: ?Sized> Clone for Clients<C> {
    fn clone(&self) -> Self {
        Self { core: Arc::clone(&self.core), origin: self.origin.clone(), contract: PhantomData }
    }
}

impl<C: ?Sized, P> Clone for CallerClients<C, P> {
    fn clone(&self) -> Self {
        Self { everywhere: self.everywhere.clone(), caller: Arc::clone(&self.caller), phase: PhantomData }
    }
}

impl<C: ?Sized> fmt::Debug for Clients<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clients").field(&self.core.name()).finish()
    }
}

impl<C: ?Sized, P> fmt::Debug for CallerClients<C, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CallerClients").field(self.caller.id()).finish()
    }
}
