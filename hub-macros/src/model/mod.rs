//! What a block means: plain data made of the user's own tokens.

mod client;
mod hub;
mod name;

pub(crate) use client::{Answer, Contract, ContractMethod, ContractParam};
pub(crate) use hub::{Event, Hub, Lifecycle, LifecycleParam, Method, Param, Returns, Role, bound_ident};
pub(crate) use name::{Case, WireName};
