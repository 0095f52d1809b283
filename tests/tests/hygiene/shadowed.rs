//! The names of the standard library belong to the user.

#![allow(dead_code, non_camel_case_types, missing_docs, clippy::enum_variant_names)]

use hub_server::{hub, hub_client, hub_server};

type Text = std::string::String;

macro_rules! shadow {
    ($($name:ident)*) => { $( #[derive(Debug)] pub(crate) struct $name; )* };
}

shadow! {
    Option Some None Result Ok Err Box String Vec Send Sync Sized Future Pin Arc Clone Debug Deref From Into Drop
    Call Methods Tag Hub HubDispatch RawProxy Target Sending Untyped T C H usize str bool i32
    Caller Chunk Contract Declared Declares EchoMethod EchoOffered EchoTaken Handler HubContract Lookup Stream Vector u128
}

#[hub_client]
pub(crate) trait Listener {
    async fn heard(&self, text: &Text);
}

#[hub_server]
pub(crate) trait Repeats {
    async fn echo(&self, text: &Text) -> Text;
}

#[derive(Debug)]
pub(crate) struct Parrot;

#[hub(client = Listener, server = Repeats)]
impl Parrot {
    fn on_connected(&self, hub: hub_server::Hub<dyn Listener>) {
        drop(hub.clients().all().heard(&Text::new()));
    }

    async fn echo(&self, text: Text) -> Text {
        text
    }
}
