//! Nothing is in scope but the primitive types.

#![no_implicit_prelude]
// What is forbidden cannot be allowed by generated code either.
#![forbid(missing_docs, unused, unsafe_code)]

/// What clients understand.
#[::hub_server::hub_client]
pub(crate) trait Listener {
    /// Something was said.
    async fn heard(&self, text: &str, times: u8);
}

/// What the parrot does.
#[::hub_server::hub_server]
pub(crate) trait Repeats {
    /// Says it again.
    async fn echo(&self, text: &str) -> ::std::string::String;
    /// Says many things again.
    fn many(
        &self,
        texts: impl ::futures_util::Stream<Item = ::std::string::String>,
    ) -> impl ::futures_util::Stream<Item = ::std::string::String>;
}

/// Says what it hears.
#[derive(::core::fmt::Debug)]
pub(crate) struct Parrot;

#[::hub_server::hub(client = Listener, server = Repeats)]
impl Parrot {
    async fn on_connected(
        &self,
        hub: ::hub_server::Hub<dyn Listener>,
    ) -> ::core::result::Result<(), ::hub_server::HubError> {
        hub.clients().others().heard("hello", 1).await
    }

    fn on_disconnected(&self, _: ::core::option::Option<&::hub_server::DisconnectError>) {}

    async fn echo(&self, text: ::std::string::String) -> ::std::string::String {
        text
    }

    fn many(
        &self,
        texts: ::hub_server::UploadStream<::std::string::String>,
    ) -> ::hub_server::UploadStream<::std::string::String> {
        texts
    }

    fn nothing(&self) {}
}
