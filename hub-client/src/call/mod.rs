//! Calling the hub.

mod arguments;
mod invocations;
mod result;
mod stream;
mod upload;

pub(crate) use arguments::WithoutUploads;
pub use arguments::{Argument, Arguments};
pub(crate) use invocations::{Invocations, Taken};
pub use result::HubResult;
pub use stream::HubStream;
pub(crate) use stream::{StreamCall, channel};
pub(crate) use upload::Uploads;
pub use upload::{Upload, upload, upload_results};
