//! What a block means: plain data made of the user's own tokens.

mod contract;
mod hub;
mod name;

pub(crate) use contract::{Answer, Contract, ContractMethod, ContractParam, Side};
pub(crate) use hub::{Event, Hub, Lifecycle, LifecycleParam, Method, Offer, Param, Returns, Role};
pub(crate) use name::{Case, WireName};
