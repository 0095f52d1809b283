//! All that generated code may name, besides the user's own tokens. Not part of the public interface.

pub use core::clone::Clone;
pub use core::convert::{From, Into};
pub use core::fmt;
pub use core::future::Future;
pub use core::marker::{Send, Sized};
pub use core::ops::Deref;
pub use core::option::Option;
pub use core::result::Result;

pub use std::boxed::Box;
pub use std::string::String;
pub use std::sync::Arc;
pub use std::vec::Vec;

pub use futures_core::Stream;
pub use futures_core::future::BoxFuture;

pub use crate::authorization::Requirement;
pub use crate::client::{Asking, HubClient, RawProxy, Sending, SingleTarget, Target, Untyped};
pub use crate::contract::agreement::{
    Chunk, Declared, Declares, Lookup, NamedAlike, Offers, Parameter, SameAnswer, SameArgument, ServedBy, StreamOf,
    absent, never, served,
};
pub use crate::contract::{Caller, ClientAnswer, Handler, HubContract, ImplementedBy, Lend, Received, Receiver};
pub use crate::dispatch::{
    BindError, Bound, Call, FromConnection, FromInvocation, HubDispatch, MethodKind, Methods, Reply, Source, Tag,
    UploadStream,
};
pub use crate::error::{DisconnectError, HubError};
pub use crate::hub::{Connecting, Hub, Running};

/// The traits that tell by a type what a method returns, without names.
pub mod tags {
    pub use crate::dispatch::tag::{
        FallibleStreamAnswer as _, ResultOfStreamKind as _, ResultReturned as _, StreamAnswer as _, StreamKind as _,
        ValueAnswer as _, ValueKind as _, ValueReturned as _,
    };
}

/// The traits that tell by a type what a hub and its contract have of a name, without names.
pub mod agreement {
    pub use crate::contract::agreement::{
        ExtraMethod as _, FromArgument as _, FromConnectionOrServer as _, FromNowhere as _, KnownMethod as _,
        Uploaded as _,
    };
}
