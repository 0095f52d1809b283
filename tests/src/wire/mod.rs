//! The conformance server: fixed hubs on fixed paths (`docs/spec/conformance-server.md`), to be compared with the same
//! program of ASP.NET Core.

mod auth;
mod contract;
mod cors;
mod errors;
mod extensions;
mod guid;
mod hub;
mod paths;
mod redirect;
mod request;
pub(crate) mod streams;
mod test_hub;

pub use contract::{Complex, ComplexObject, CustomObject, Identity, TestClient, WireClient};
pub use extensions::{ExtensionClient, ExtensionHub, Labelled};
pub use guid::{Guid, GuidError};
pub use hub::WireHub;
pub use paths::router;
pub use test_hub::{TestHub, UncreatableHub};
