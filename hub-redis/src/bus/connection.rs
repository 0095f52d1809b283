//! One connection to Redis, or to the nodes of a cluster, that both publishes and subscribes (RESP3).

use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Cmd, ConnectionInfo, Pipeline, ProtocolVersion, PushInfo, RedisError, Value, cmd};

/// How many channels one command subscribes.
const AT_A_TIME: usize = 500;
/// How many commands wait in front of the socket before who sends one more waits as well.
const PIPELINE: usize = 1024;

/// Takes what Redis says by itself.
pub(crate) type Pushes = Arc<dyn Fn(PushInfo) + Send + Sync>;

/// Where Redis is.
#[derive(Clone)]
pub(crate) enum Target {
    Server(Box<redis::Client>),
    #[cfg(feature = "sentinel")]
    Sentinel(Arc<tokio::sync::Mutex<redis::sentinel::SentinelClient>>),
    #[cfg(feature = "cluster")]
    Cluster {
        nodes: Vec<ConnectionInfo>,
        certificates: Certificates,
    },
}

#[cfg(all(feature = "cluster", feature = "tls"))]
pub(crate) type Certificates = Option<redis::TlsCertificates>;
#[cfg(all(feature = "cluster", not(feature = "tls")))]
pub(crate) type Certificates = ();

/// The times of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    pub(crate) connect: Duration,
    pub(crate) reply: Duration,
}

/// A connection; clones share it.
#[derive(Clone)]
pub(crate) enum Connection {
    Server(MultiplexedConnection),
    #[cfg(feature = "cluster")]
    Cluster(redis::cluster_async::ClusterConnection),
}

impl Target {
    /// Connects.
    pub(crate) async fn connect(&self, times: Times, pushes: &Pushes) -> Result<Connection, RedisError> {
        match self {
            Self::Server(client) => connect_to(client, times, pushes).await,
            #[cfg(feature = "sentinel")]
            Self::Sentinel(sentinel) => {
                let master = sentinel.lock().await.async_get_client().await?;
                connect_to(&master, times, pushes).await
            }
            #[cfg(feature = "cluster")]
            Self::Cluster { nodes, certificates } => connect_to_cluster(nodes, certificates, times, pushes).await,
        }
    }

    /// Whether the number of receivers that a reply tells is that of all, and not of one node.
    pub(crate) fn counts_all_receivers(&self) -> bool {
        match self {
            #[cfg(feature = "cluster")]
            Self::Cluster { .. } => false,
            _ => true,
        }
    }
}

async fn connect_to(client: &redis::Client, times: Times, pushes: &Pushes) -> Result<Connection, RedisError> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(times.connect))
        .set_response_timeout(Some(times.reply))
        .set_pipeline_buffer_size(PIPELINE)
        .set_push_sender(sender(pushes));
    client.get_multiplexed_async_connection_with_config(&config).await.map(Connection::Server)
}

#[cfg(feature = "cluster")]
async fn connect_to_cluster(
    nodes: &[ConnectionInfo],
    certificates: &Certificates,
    times: Times,
    pushes: &Pushes,
) -> Result<Connection, RedisError> {
    let builder = redis::cluster::ClusterClientBuilder::new(nodes.iter().cloned())
        .use_protocol(ProtocolVersion::RESP3)
        .connection_timeout(times.connect)
        .response_timeout(times.reply)
        .retries(1)
        .push_sender(sender(pushes));
    #[cfg(feature = "tls")]
    let builder = match certificates {
        Some(certificates) => builder.certs(certificates.clone()),
        None => builder,
    };
    #[cfg(not(feature = "tls"))]
    let () = certificates;
    builder.build()?.get_async_connection().await.map(Connection::Cluster)
}

fn sender(pushes: &Pushes) -> impl Fn(PushInfo) -> Result<(), redis::aio::SendError> + Send + Sync + 'static {
    let pushes = Arc::clone(pushes);
    move |push| {
        pushes(push);
        Ok(())
    }
}

/// The same server, in the protocol whose connections can both publish and subscribe.
pub(crate) fn with_pushes(info: ConnectionInfo) -> ConnectionInfo {
    let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    let settings = settings.set_lib_name("hub-redis SignalR", env!("CARGO_PKG_VERSION"));
    info.set_redis_settings(settings)
}

impl Connection {
    /// Carries out a command.
    pub(crate) async fn command(&mut self, command: &Cmd) -> Result<Value, RedisError> {
        match self {
            Self::Server(connection) => connection.send_packed_command(command).await?.extract_error(),
            #[cfg(feature = "cluster")]
            Self::Cluster(connection) => command.query_async(connection).await,
        }
    }

    /// Publishes a payload; how many received it, as far as this node knows.
    pub(crate) async fn publish(&mut self, channel: &str, payload: &[u8], sharded: bool) -> Result<i64, RedisError> {
        let mut publish = Cmd::with_capacity(3, channel.len() + payload.len() + 16);
        publish.arg(if sharded { "SPUBLISH" } else { "PUBLISH" }).arg(channel).arg(payload);
        match self.command(&publish).await? {
            Value::Int(receivers) => Ok(receivers),
            _ => Ok(0),
        }
    }

    /// Subscribes channels, or gives them up.
    pub(crate) async fn subscribe(&mut self, channels: &[Arc<str>], on: bool, sharded: bool) -> Result<(), RedisError> {
        for some in channels.chunks(AT_A_TIME) {
            if sharded {
                self.subscribe_sharded(some, on).await?;
            } else {
                self.subscribe_plain(some, on).await?;
            }
        }
        Ok(())
    }

    async fn subscribe_plain(&mut self, channels: &[Arc<str>], on: bool) -> Result<(), RedisError> {
        let names: Vec<&str> = channels.iter().map(AsRef::as_ref).collect();
        match (self, on) {
            (Self::Server(connection), true) => connection.subscribe(names).await,
            (Self::Server(connection), false) => connection.unsubscribe(names).await,
            #[cfg(feature = "cluster")]
            (Self::Cluster(connection), true) => connection.subscribe(names).await,
            #[cfg(feature = "cluster")]
            (Self::Cluster(connection), false) => connection.unsubscribe(names).await,
        }
    }

    /// Channels of a cluster belong to different nodes, so there is a command for each.
    async fn subscribe_sharded(&mut self, channels: &[Arc<str>], on: bool) -> Result<(), RedisError> {
        let name = if on { "SSUBSCRIBE" } else { "SUNSUBSCRIBE" };
        match self {
            Self::Server(connection) => {
                let mut pipeline = Pipeline::new();
                for channel in channels {
                    pipeline.add_command(cmd(name).arg(&**channel).clone());
                }
                let replies = connection.send_packed_commands(&pipeline, 0, channels.len()).await?;
                replies.into_iter().try_for_each(|reply| reply.extract_error().map(drop))
            }
            #[cfg(feature = "cluster")]
            Self::Cluster(connection) => {
                for channel in channels {
                    let result = if on {
                        connection.ssubscribe(&**channel).await
                    } else {
                        connection.sunsubscribe(&**channel).await
                    };
                    result?;
                }
                Ok(())
            }
        }
    }

    /// How many servers have subscribed a channel.
    pub(crate) async fn subscribers(&mut self, channel: &str, sharded: bool) -> Result<i64, RedisError> {
        let mut count = cmd("PUBSUB");
        count.arg(if sharded { "SHARDNUMSUB" } else { "NUMSUB" }).arg(channel);
        Ok(total(&self.command(&count).await?))
    }
}

/// The sum of the numbers in a reply.
fn total(reply: &Value) -> i64 {
    match reply {
        Value::Int(number) => *number,
        Value::Array(items) => items.iter().map(total).sum(),
        Value::Map(entries) => entries.iter().map(|(_, count)| total(count)).sum(),
        _ => 0,
    }
}
