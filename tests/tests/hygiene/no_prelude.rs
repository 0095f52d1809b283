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

/// Says what it hears.
#[derive(::core::fmt::Debug)]
pub(crate) struct Parrot;

#[::hub_server::hub(client = Listener, server = crate::crate_path::shared::Repeats)]
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

    fn nothing(&self) {}
}
