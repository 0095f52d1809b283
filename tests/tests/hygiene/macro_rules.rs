//! Every part of a block can come from a macro.

use hub_server::{Hub, hub, hub_client, hub_server};

macro_rules! hubs {
    (
        $hub:ident: $hub_type:ty, $contract:ident: $contract_path:path, $server:ident, $case:expr, $name:literal,
        $method:ident($argument:ident: $argument_type:ty) -> $result:ty $body:block
    ) => {
        /// What clients understand.
        #[hub_client(rename_all = $case)]
        pub(crate) trait $contract {
            /// Something was said.
            async fn heard(&self, $argument: &[$argument_type], text: $argument_type);
        }

        /// What the hub does.
        #[hub_server]
        pub(crate) trait $server {
            /// Something is said.
            #[allow(dead_code, reason = "no client calls it here")]
            async fn $method(&self, $argument: $argument_type) -> $result;
            /// Something else is said.
            #[allow(dead_code, reason = "no client calls it here")]
            #[hub_server(name = $name)]
            async fn other(&self, $argument: &$argument_type) -> $result;
        }

        /// Says what it hears.
        #[derive(Debug)]
        pub(crate) struct $hub;

        #[hub(client = $contract_path, server = $server)]
        impl $hub_type {
            async fn $method(&self, hub: Hub<dyn $contract_path>, $argument: $argument_type) -> $result {
                drop(hub.clients().all().heard(&[], $argument.clone()));
                $body
            }

            #[hub(name = $name)]
            fn other(&self, $argument: $argument_type) -> $result {
                format!("{} {}", $name, $argument)
            }
        }
    };
}

macro_rules! hub_item {
    ($item:item) => {
        #[hub]
        $item
    };
}

hubs!(Parrot: Parrot, Listener: Listener, Repeats, "camelCase", "renamed", say(text: String) -> String { String::from("hello") });

/// Its block comes from a macro as a whole.
#[derive(Debug)]
pub(crate) struct Whole;

hub_item! {
    impl Whole {
        fn echo(&self, text: String) -> String {
            text
        }
    }
}
