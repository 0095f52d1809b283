//! The runtime can be reached by other paths than `::hub_server`.

/// By the crate below it.
pub(crate) mod core {
    use hub_macros::{hub, hub_client};

    /// What clients understand.
    #[hub_client(crate = ::hub_core)]
    pub(crate) trait Listener {
        /// Something was said.
        async fn heard(&self, text: &str);
    }

    /// Says what it hears.
    #[derive(Debug)]
    pub(crate) struct Parrot;

    #[hub(client = dyn Listener, crate = ::hub_core)]
    impl Parrot {
        fn on_connected(&self, hub: hub_core::Hub<dyn Listener>) {
            drop(hub.clients().all().heard("hello"));
        }

        fn echo(&self, text: String) -> String {
            text
        }
    }
}

/// By the crate that is shared by servers and clients.
pub(crate) mod shared {
    /// What clients understand.
    #[hub_contract::hub_client]
    pub(crate) trait Listener {
        /// Something was said.
        async fn heard(&self, text: &str);
    }

    /// What the parrot does.
    #[hub_contract::hub_server]
    pub(crate) trait Repeats {
        /// Says it again.
        async fn echo(&self, text: &str) -> String;
    }

    /// What another parrot does.
    #[hub_client::hub_server]
    pub(crate) trait RepeatsToo {
        /// Says it again.
        async fn echo(&self, text: &str) -> String;
    }

    /// Says what it hears.
    #[derive(Debug)]
    pub(crate) struct Parrot;

    #[hub_server::hub(client = Listener, server = Repeats)]
    impl Parrot {
        fn echo(&self, text: String) -> String {
            text
        }
    }

    /// Says it too.
    #[derive(Debug)]
    pub(crate) struct Other;

    #[hub_server::hub(server = RepeatsToo)]
    impl Other {
        fn echo(&self, text: String) -> String {
            text
        }
    }
}

/// Under another name.
pub(crate) mod renamed {
    /// Says what it hears.
    #[derive(Debug)]
    pub(crate) struct Parrot;

    #[hub_server::hub(crate = ::renamed)]
    impl Parrot {
        async fn echo(&self, text: String) -> String {
            text
        }
    }
}

/// Inside of another module.
pub(crate) mod reexported {
    /// A library on top.
    pub(crate) mod library {
        pub(crate) use hub_server as hubs;
    }

    /// Says what it hears.
    #[derive(Debug)]
    pub(crate) struct Parrot;

    #[library::hubs::hub(crate = crate::crate_path::reexported::library::hubs)]
    impl Parrot {
        #[library::hubs::hub(name = "Echo")]
        async fn answer(&self, text: String) -> String {
            text
        }
    }
}
