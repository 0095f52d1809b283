//! A runtime that is fair to many busy connections.

use tokio::runtime::Builder;

/// The builder of a multi-threaded tokio runtime on which many busy connections take turns.
///
/// Left to itself, a worker of tokio's runs up to 61 tasks of its own before it looks at the queue it shares with the
/// others, where everything goes that it has no room for: beyond 256 connections that are busy all the time, some wait
/// many times as long as others. Here it takes from both in turn. (From the shared queue alone, as long as there is
/// something in it, would leave those of its own waiting.)
///
/// ```no_run
/// fn main() -> std::io::Result<()> {
///     hub_server::runtime().build()?.block_on(async {
///         let listener = hub_server::listen("127.0.0.1:5000").await?;
///         hub_server::serve(listener, axum::Router::new()).await
///     })
/// }
/// ```
pub fn runtime() -> Builder {
    let mut builder = Builder::new_multi_thread();
    builder.enable_all().global_queue_interval(2);
    builder
}
