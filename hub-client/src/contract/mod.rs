//! Contracts: a hub that is called by one, and a client that implements one.

mod invocation;

use futures_core::Stream;
use hub_core::protocol::Arguments;
use hub_core::{Caller, FromReply, Handler, HubContract, Implements, Receiver};
use serde::Serialize;

use self::invocation::Call;
pub use self::invocation::{Invocation, StreamInvocation};
use crate::call::{Upload, upload};
use crate::connection::HubConnection;
use crate::handlers::{Method, Reply};

impl HubConnection {
    /// The calls of a hub contract, `dyn` a [`#[hub_server]`](macro@crate::hub_server) trait, made through this connection.
    ///
    /// Each method of the contract is one of the proxy. It takes its arguments at once; the call is made when what it
    /// returns is awaited, which gives the hub's answer: an [`Invocation`], or for a stream a [`StreamInvocation`].
    ///
    /// ```
    /// # use hub_client::{HubConnection, InvocationError, hub_server};
    /// # use futures_util::{Stream, stream};
    /// #[hub_server]
    /// trait Calculator {
    ///     async fn add(&self, a: i64, b: i64) -> i64;
    ///     async fn total(&self, numbers: impl Stream<Item = i64>) -> i64;
    ///     fn countdown(&self, from: u32) -> impl Stream<Item = u32>;
    ///     async fn log(&self, text: &str);
    /// }
    ///
    /// # async fn example(connection: HubConnection) -> Result<(), InvocationError> {
    /// let calculator = connection.hub::<dyn Calculator>();
    /// let sum = calculator.add(1, 2).await?;
    /// let total = calculator.total(stream::iter([1, 2, sum])).await?;
    /// calculator.log("done").send().await?; // without waiting for an answer
    ///
    /// let mut numbers = calculator.countdown(10).await?;
    /// while let Some(number) = numbers.next().await {
    ///     println!("{}", number?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// The proxy holds the connection: while there is one, the connection is not stopped by itself. It derefs to the
    /// connection, which calls by name.
    pub fn hub<C: HubContract + ?Sized>(&self) -> C::Proxy<Self> {
        self.clone().into()
    }

    /// Has a value receive the calls of a client contract, `dyn` a [`#[hub_client]`](macro@crate::hub_client) trait that it
    /// implements: each method is a handler, as if it were registered by [`on`](Self::on).
    ///
    /// ```
    /// # use hub_client::{HubConnection, hub_client};
    /// #[hub_client]
    /// trait ChatClient {
    ///     async fn receive_message(&self, user: &str, message: &str);
    ///     async fn ask_name(&self) -> String;
    /// }
    ///
    /// struct Screen;
    ///
    /// impl ChatClient for Screen {
    ///     async fn receive_message(&self, user: &str, message: &str) {
    ///         println!("{user}: {message}");
    ///     }
    ///
    ///     async fn ask_name(&self) -> String {
    ///         "Ada".to_owned()
    ///     }
    /// }
    ///
    /// # fn example(connection: HubConnection) {
    /// connection.receive::<dyn ChatClient>(Screen);
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If a method of the contract has a result and another handler of its name does, too (C-93).
    #[track_caller]
    pub fn receive<C: ?Sized>(&self, client: impl Implements<C>) {
        client.register(self);
    }
}

impl Receiver for HubConnection {
    fn receive(&self, target: &'static str, handler: Handler) {
        let method = Method::new(handler.answers(), move |arguments| {
            let handling = handler.handle(arguments)?;
            Ok(Box::pin(async move { handling.await.map_or_else(Reply::none, Reply::of_contract) }))
        });
        self.on_method(target, method);
    }
}

impl Caller for HubConnection {
    type Invocation<R> = Invocation<R>;
    type StreamInvocation<T> = StreamInvocation<T>;
    type Upload = Upload;

    fn upload<T: Serialize + Send + 'static>(items: impl Stream<Item = T> + Send + 'static) -> Upload {
        upload(items)
    }

    fn invoke<R: FromReply, const UPLOADS: usize>(
        &self,
        target: &'static str,
        arguments: impl Arguments,
        uploads: [Upload; UPLOADS],
    ) -> Invocation<R> {
        Invocation::new(Call::new(self, target, &arguments, uploads.into()))
    }

    fn stream<T: FromReply, const UPLOADS: usize>(
        &self,
        target: &'static str,
        arguments: impl Arguments,
        uploads: [Upload; UPLOADS],
    ) -> StreamInvocation<T> {
        StreamInvocation::new(Call::new(self, target, &arguments, uploads.into()))
    }
}
