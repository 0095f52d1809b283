//! The options of a backplane, and the backplane they make.

use std::fmt;
use std::time::Duration;

use redis::{ConnectionInfo, IntoConnectionInfo as _};

use crate::backplane::RedisBackplane;
use crate::bus::{Target, with_pushes};
use crate::error::BackplaneError;
use crate::options::Options;

/// The options of a [`RedisBackplane`] that is to be.
#[derive(Clone)]
#[must_use = "nothing is connected before `connect` or `connect_later`"]
pub struct RedisBackplaneBuilder {
    urls: Vec<String>,
    username: Option<String>,
    password: Option<String>,
    database: Option<i64>,
    #[cfg(feature = "tls")]
    certificates: Option<redis::TlsCertificates>,
    topology: Topology,
    options: Options,
}

/// What the URLs lead to.
#[derive(Clone, Debug)]
enum Topology {
    Server,
    #[cfg(feature = "sentinel")]
    Sentinel {
        service: String,
    },
    #[cfg(feature = "cluster")]
    Cluster,
}

impl RedisBackplaneBuilder {
    pub(crate) fn new(url: &str) -> Self {
        Self {
            urls: vec![url.to_owned()],
            username: None,
            password: None,
            database: None,
            #[cfg(feature = "tls")]
            certificates: None,
            topology: Topology::Server,
            options: Options::default(),
        }
    }

    /// The user, in place of that of the URL.
    pub fn username(mut self, username: impl Into<String>) -> Self {
        self.username = Some(username.into());
        self
    }

    /// The password, in place of that of the URL.
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// The database, in place of that of the URL. Channels are the same in all of them; only presence is kept there.
    pub fn database(mut self, database: i64) -> Self {
        self.database = Some(database);
        self
    }

    /// Trusts these root certificates, in PEM, instead of those of the system.
    #[cfg(feature = "tls")]
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.certificates().root_cert = Some(pem.into());
        self
    }

    /// Shows this certificate to Redis; it and its key in PEM.
    #[cfg(feature = "tls")]
    pub fn client_certificate(mut self, certificate: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        let own = redis::ClientTlsConfig { client_cert: certificate.into(), client_key: key.into() };
        self.certificates().client_tls = Some(own);
        self
    }

    #[cfg(feature = "tls")]
    fn certificates(&mut self) -> &mut redis::TlsCertificates {
        self.certificates.get_or_insert(redis::TlsCertificates { client_tls: None, root_cert: None })
    }

    /// The URL is that of a Sentinel, as are these: they are asked for the master of this service, again after every
    /// loss of the connection. User, password and database are those of the master.
    #[cfg(feature = "sentinel")]
    pub fn sentinel(mut self, service: impl Into<String>, others: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.topology = Topology::Sentinel { service: service.into() };
        self.urls.extend(others.into_iter().map(Into::into));
        self
    }

    /// The URL is that of a node of a cluster, as are these.
    #[cfg(feature = "cluster")]
    pub fn cluster(mut self, others: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.topology = Topology::Cluster;
        self.urls.extend(others.into_iter().map(Into::into));
        self
    }

    /// What stands in front of every channel, so that several programs can share a Redis; nothing. It is joined as it
    /// is: what ASP.NET Core calls the `ChannelPrefix` of its configuration.
    pub fn channel_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.options.channel_prefix = prefix.into();
        self
    }

    /// The name of the hub in its channels; that of the hub itself unless told otherwise. To serve one hub together
    /// with ASP.NET Core, give the full name of its class there, such as `MyApp.Hubs.ChatHub`.
    pub fn hub_name(mut self, name: impl Into<String>) -> Self {
        self.options.hub_name = Some(name.into());
        self
    }

    /// How long sends, and joining groups, wait for Redis before they fail, and how long for its reply; 5 s.
    pub fn send_timeout(mut self, time: Duration) -> Self {
        self.options.send_timeout = time;
        self
    }

    /// How many sends may wait for Redis while it is away; 10,000. Others fail at once.
    pub fn queue_limit(mut self, sends: usize) -> Self {
        self.options.queue_limit = sends;
        self
    }

    /// How many bytes of messages from Redis may wait for being delivered; 64 MiB. What comes beyond that is dropped,
    /// and [told](crate::RedisEvent::Dropped).
    pub fn backlog_limit(mut self, bytes: usize) -> Self {
        self.options.backlog_limit = bytes;
        self
    }

    /// How long an attempt to connect may take; 5 s. [`connect`](Self::connect) waits this long for Redis.
    pub fn connect_timeout(mut self, time: Duration) -> Self {
        self.options.connect_timeout = time;
        self
    }

    /// The time between two pings to Redis, and how long they may stay without a reply before the connection is given
    /// up; 15 s.
    pub fn keep_alive_interval(mut self, time: Duration) -> Self {
        self.options.keep_alive = time;
        self
    }

    /// How long adding a connection of another server to a group, removing it, and ending it wait for that server; 5 s.
    pub fn acknowledgement_timeout(mut self, time: Duration) -> Self {
        self.options.acknowledgement_timeout = time;
        self
    }

    /// Whether messages reach the connections of the server that sends them at once, rather than over Redis; off.
    ///
    /// That is quicker, goes on while Redis is away, and keeps the order of all that one method sends to them. Servers
    /// may then see the messages of several senders in different orders. On the wire messages have a third item, which
    /// ASP.NET Core reads over.
    pub fn deliver_locally(mut self, on: bool) -> Self {
        self.options.deliver_locally = on;
        self
    }

    /// Whether channels are sharded (`SSUBSCRIBE`, Redis 7), so that a cluster carries a message only to the nodes of
    /// its channel; off. All servers have to do the same, which ASP.NET Core cannot.
    pub fn sharded(mut self, on: bool) -> Self {
        self.options.sharded = on;
        self
    }

    /// Keeps the members of groups in Redis, for [`Groups::members`](hub_core::Groups::members) and
    /// [`Groups::count`](hub_core::Groups::count). Those of a server that dies are forgotten after this time, and all
    /// that it says is said again three times as often.
    ///
    /// It costs two commands for each joining and one for each leaving. ASP.NET Core keeps nothing of the kind: its
    /// connections are not counted.
    pub fn presence(mut self, time: Duration) -> Self {
        self.options.presence = Some(time);
        self
    }

    /// Connects, and fails if Redis is not there.
    ///
    /// # Errors
    ///
    /// If an option makes no sense, or Redis is not there.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub async fn connect(self) -> Result<RedisBackplane, BackplaneError> {
        self.connect_later()?.connected().await
    }

    /// Connects in the background, now or whenever Redis comes. Until then clients are turned away after
    /// [`send_timeout`](Self::send_timeout), and what is sent waits as long.
    ///
    /// # Errors
    ///
    /// If an option makes no sense.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn connect_later(self) -> Result<RedisBackplane, BackplaneError> {
        Ok(RedisBackplane::start(self.target()?, self.options))
    }

    fn target(&self) -> Result<Target, BackplaneError> {
        let nodes = self.urls.iter().map(|url| self.node(url)).collect::<Result<Vec<_>, _>>()?;
        match &self.topology {
            Topology::Server => self.server(nodes),
            #[cfg(feature = "sentinel")]
            Topology::Sentinel { service } => self.masters(nodes, service),
            #[cfg(feature = "cluster")]
            Topology::Cluster => Ok(Target::Cluster { nodes, certificates: self.cluster_certificates() }),
        }
    }

    /// What a URL says, and the options besides.
    fn node(&self, url: &str) -> Result<ConnectionInfo, BackplaneError> {
        let info = url.into_connection_info().map_err(BackplaneError::configuration)?;
        if !info.addr().is_supported() {
            return Err(BackplaneError::configuration("TLS takes the feature `tls` of hub-redis"));
        }
        let mut settings = info.redis_settings().clone();
        if let Some(username) = &self.username {
            settings = settings.set_username(username);
        }
        if let Some(password) = &self.password {
            settings = settings.set_password(password);
        }
        if let Some(database) = self.database {
            settings = settings.set_db(database);
        }
        Ok(with_pushes(info.set_redis_settings(settings)))
    }

    #[cfg_attr(not(feature = "tls"), expect(clippy::unused_self, reason = "with the feature `tls` it is used"))]
    fn server(&self, nodes: Vec<ConnectionInfo>) -> Result<Target, BackplaneError> {
        let node = nodes.into_iter().next().ok_or_else(|| BackplaneError::configuration("there is no URL"))?;
        #[cfg(feature = "tls")]
        let client = match &self.certificates {
            Some(certificates) => redis::Client::build_with_tls(node, certificates.clone()),
            None => redis::Client::open(node),
        };
        #[cfg(not(feature = "tls"))]
        let client = redis::Client::open(node);
        client.map(|client| Target::Server(Box::new(client))).map_err(BackplaneError::configuration)
    }

    #[cfg(all(feature = "cluster", feature = "tls"))]
    fn cluster_certificates(&self) -> crate::bus::Certificates {
        self.certificates.clone()
    }

    #[cfg(all(feature = "cluster", not(feature = "tls")))]
    #[expect(clippy::unused_self, reason = "with the feature `tls` it is used")]
    fn cluster_certificates(&self) -> crate::bus::Certificates {}

    /// The masters are reached as the Sentinels are: with TLS or without, with the same user, password and database.
    #[cfg(feature = "sentinel")]
    fn masters(&self, nodes: Vec<ConnectionInfo>, service: &str) -> Result<Target, BackplaneError> {
        use std::sync::Arc;

        use redis::sentinel::{SentinelClientBuilder, SentinelServerType};
        use redis::{ConnectionAddr, ProtocolVersion, TlsMode};

        let settings = nodes.first().map(|node| node.redis_settings().clone()).unwrap_or_default();
        let secure = nodes.iter().any(|node| matches!(node.addr(), ConnectionAddr::TcpTls { .. }));
        let sentinels = nodes.into_iter().map(|node| node.addr().clone());
        let builder = SentinelClientBuilder::new(sentinels, service, SentinelServerType::Master);
        let mut builder = builder.map_err(BackplaneError::configuration)?;
        builder = builder.set_client_to_redis_protocol(ProtocolVersion::RESP3).set_client_to_redis_db(settings.db());
        if let Some(username) = settings.username() {
            builder = builder.set_client_to_redis_username(username);
        }
        if let Some(password) = settings.password() {
            builder = builder.set_client_to_redis_password(password);
        }
        if secure {
            builder = builder.set_client_to_redis_tls_mode(TlsMode::Secure);
            builder = builder.set_client_to_sentinel_tls_mode(TlsMode::Secure);
        }
        #[cfg(feature = "tls")]
        if let Some(certificates) = &self.certificates {
            builder = builder.set_client_to_redis_certificates(certificates.clone());
            builder = builder.set_client_to_sentinel_certificates(certificates.clone());
        }
        let client = builder.build().map_err(BackplaneError::configuration)?;
        Ok(Target::Sentinel(Arc::new(tokio::sync::Mutex::new(client))))
    }
}

/// URLs hold passwords.
impl fmt::Debug for RedisBackplaneBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("RedisBackplaneBuilder");
        debug.field("topology", &self.topology).field("options", &self.options).finish_non_exhaustive()
    }
}
