//! The options of a server, and the server they make.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::Extensions;
use http::request::Parts;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::HubServer;
use super::core::{Core, UserIdProvider};
use crate::authorization::{Policies, PolicyContext};
use crate::backplane::{Backplane, InProcess};
use crate::client::Questions;
use crate::dispatch::{HubDispatch, Methods};
use crate::filter::{Filters, HubFilter};
use crate::options::HubOptions;
use crate::protocol::{HubProtocol, JsonOptions, MessagePackOptions, PayloadNaming};
use crate::protocols::Protocols;
use crate::registry::Registry;
use crate::user::User;

/// The options of a [`HubServer`] that is to be; each has its default in [`HubOptions`].
#[must_use = "nothing is served before `build`"]
pub struct HubServerBuilder<H> {
    hub: H,
    options: HubOptions,
    protocols: Option<Vec<HubProtocol>>,
    user_id: Option<Box<UserIdProvider>>,
    backplane: Arc<dyn Backplane>,
    state: Extensions,
    policies: Policies,
    filters: Filters,
}

/// Writes the methods that set one option each.
macro_rules! options {
    ($($(#[$doc:meta])* $name:ident: $type:ty,)*) => {
        $(
            $(#[$doc])*
            pub fn $name(mut self, $name: $type) -> Self {
                self.options.$name = $name;
                self
            }
        )*
    };
}

impl<H: HubDispatch> HubServerBuilder<H> {
    pub(super) fn new(hub: H) -> Self {
        Self {
            hub,
            options: HubOptions::default(),
            protocols: None,
            user_id: None,
            backplane: Arc::new(InProcess),
            state: Extensions::new(),
            policies: Policies::default(),
            filters: Filters::default(),
        }
    }

    options! {
        /// How long a client may take to send its handshake; 15 s.
        handshake_timeout: Duration,
        /// The time between two pings to a client; 15 s.
        keep_alive_interval: Duration,
        /// How long a client that pings may be silent; 30 s. At least twice the client's ping interval is wise.
        client_timeout_interval: Duration,
        /// The largest message a client may send, in bytes; 32,768, `None` for no limit.
        maximum_receive_message_size: Option<usize>,
        /// Whether clients are told the type and text of every error; off.
        enable_detailed_errors: bool,
        /// How many calls of one client run at a time; 1, and never less.
        maximum_parallel_invocations_per_client: usize,
        /// How many streams one client may have open, both ways together; `None`, for no limit. A call beyond it fails.
        maximum_streams_per_client: Option<usize>,
        /// How many items of an upload stream wait for the method; 10, and never less than 1.
        stream_buffer_capacity: usize,
        /// How payload members are named in JSON; camelCase.
        json_naming: PayloadNaming,
        /// How payload members are named in MessagePack; `PascalCase`.
        message_pack_naming: PayloadNaming,
        /// How many bytes may wait for a client before replies and sends to it alone wait; 65,536.
        outbound_buffer_size: usize,
        /// How many bytes may wait for a client before a message to many closes it; 1,048,576.
        slow_client_limit: usize,
        /// How many unacknowledged bytes are kept for a client that can reconnect before messages wait; 100,000.
        stateful_reconnect_buffer_size: usize,
        /// How long a write may make no progress, or wait for an acknowledgement; 10 s.
        transport_send_timeout: Duration,
    }

    /// The protocols that clients may choose, with options of their own: `json_naming` and `message_pack_naming` do not
    /// count for these. JSON and MessagePack, unless told otherwise.
    pub fn protocols(mut self, protocols: impl IntoIterator<Item = HubProtocol>) -> Self {
        self.protocols = Some(protocols.into_iter().collect());
        self
    }

    /// By what `clients().user(…)` reaches a connection; the user's own identifier unless told otherwise (A-13).
    pub fn user_id(mut self, provider: impl Fn(&User, &Parts) -> Option<String> + Send + Sync + 'static) -> Self {
        self.user_id = Some(Box::new(provider));
        self
    }

    /// What carries messages to the other servers of the hub; [`InProcess`] unless told otherwise.
    pub fn backplane(mut self, backplane: impl Backplane) -> Self {
        self.backplane = Arc::new(backplane);
        self
    }

    /// What methods take as [`State<T>`](crate::State); one value of each type.
    pub fn state<T: Clone + Send + Sync + 'static>(mut self, value: T) -> Self {
        self.state.insert(value);
        self
    }

    /// What `#[hub(authorize(policy = "name"))]` means: on a method, whether a call may be made, which is asked before
    /// each call (U-20); on the block, whether a request is served.
    ///
    /// ```
    /// # use hub_core::{HubDispatch, HubServer};
    /// # fn example<ChatHub: HubDispatch + Default>() {
    /// let server = HubServer::builder(ChatHub::default())
    ///     .policy("adults", |context| context.user().claim("age").is_some_and(|age| age.parse().is_ok_and(|age: u8| age >= 18)))
    ///     .build();
    /// # }
    /// ```
    pub fn policy(
        mut self,
        name: impl Into<String>,
        policy: impl Fn(&PolicyContext<'_>) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.policies.insert(name.into(), policy);
        self
    }

    /// Runs this around every call and lifecycle method, inside of the filters that were given before (F-2).
    pub fn filter(mut self, filter: impl HubFilter) -> Self {
        self.filters.push(filter);
        self
    }

    /// The server.
    ///
    /// # Panics
    ///
    /// If a method of the hub asks for a [policy](Self::policy) that was not given; and if one marks an argument
    /// `#[hub(optional)]` whose type has no value without it. And if the [backplane](Self::backplane) cannot serve this hub.
    #[must_use]
    #[track_caller]
    pub fn build(self) -> HubServer<H> {
        let methods = Methods::of_hub(&self.policies);
        let rules = self.policies.rules(H::REQUIREMENTS).unwrap_or_else(|policy| {
            panic!("hub `{}` asks for the policy `{policy}`, which its builder was not given", H::NAME)
        });
        let core = Core {
            name: H::NAME,
            protocols: Protocols::new(self.protocols.unwrap_or_else(|| both_protocols(&self.options))),
            options: self.options,
            user_id: self.user_id,
            backplane: self.backplane,
            rules,
            state: self.state,
            filters: self.filters,
            registry: Registry::default(),
            questions: Questions::default(),
            closing: CancellationToken::new(),
            connections: TaskTracker::new(),
        };
        let core = Arc::new(core);
        core.backplane().start(&core.local());
        HubServer { hub: Arc::new(self.hub), methods: Arc::new(methods), core }
    }
}

impl<H: HubDispatch> fmt::Debug for HubServerBuilder<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("HubServerBuilder");
        debug.field("hub", &H::NAME).field("options", &self.options).finish_non_exhaustive()
    }
}

/// The protocols there are, as the options want them.
fn both_protocols(options: &HubOptions) -> Vec<HubProtocol> {
    let json = JsonOptions::default().with_naming(options.json_naming);
    let message_pack = MessagePackOptions::default().with_naming(options.message_pack_naming);
    vec![HubProtocol::Json(json), HubProtocol::MessagePack(message_pack)]
}
