/// What clients of the chat understand.
pub trait ChatClient {
    /// Shows a message.
    fn receive_message(
        &self,
        text: &str,
        #[cfg(unix)]
        at: DateTime,
    ) -> impl ::core::future::Future<Output = ()> + ::core::marker::Send
    where
        Self: ::core::marker::Sized;
    fn left(&self) -> impl ::core::future::Future<Output = ()> + ::core::marker::Send
    where
        Self: ::core::marker::Sized;
}
///The calls of [`ChatClient`], bound to the connections they reach.
pub struct ChatClientProxy<__Target: ::hub_server::__private::Target>(
    ::hub_server::__private::RawProxy<__Target>,
);
impl<__Target: ::hub_server::__private::Target> ChatClientProxy<__Target> {
    /// Shows a message.
    pub fn receive_message(
        &self,
        text: &str,
        #[cfg(unix)]
        at: DateTime,
    ) -> ::hub_server::__private::Sending {
        self.0.send("ReceiveMessage", (text, #[cfg(unix)] at))
    }
    ///Calls `quit`.
    pub fn left(&self) -> ::hub_server::__private::Sending {
        self.0.send("quit", ())
    }
}
#[automatically_derived]
impl<
    __Target: ::hub_server::__private::Target,
> ::core::convert::From<::hub_server::__private::RawProxy<__Target>>
for ChatClientProxy<__Target> {
    fn from(proxy: ::hub_server::__private::RawProxy<__Target>) -> Self {
        Self(proxy)
    }
}
#[automatically_derived]
impl<__Target: ::hub_server::__private::Target> ::core::ops::Deref
for ChatClientProxy<__Target> {
    type Target = ::hub_server::__private::RawProxy<__Target>;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}
#[automatically_derived]
impl<__Target: ::hub_server::__private::Target> ::core::clone::Clone
for ChatClientProxy<__Target> {
    fn clone(&self) -> Self {
        Self(::core::clone::Clone::clone(&self.0))
    }
}
#[automatically_derived]
impl<__Target: ::hub_server::__private::Target> ::core::fmt::Debug
for ChatClientProxy<__Target> {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_tuple("ChatClientProxy").field(&self.0).finish()
    }
}
#[automatically_derived]
impl ::hub_server::__private::HubClient for dyn ChatClient {
    type Proxy<__Target: ::hub_server::__private::Target> = ChatClientProxy<__Target>;
}
#[automatically_derived]
impl<__Client> ::hub_server::__private::ImplementedBy<__Client> for dyn ChatClient
where
    __Client: ChatClient + ::core::marker::Send + ::core::marker::Sync + 'static,
    for<'de> ::hub_server::__private::String: ::hub_server::__private::Received<'de>,
{
    fn receive<__Receiver: ::hub_server::__private::Receiver + ?::core::marker::Sized>(
        client: &::hub_server::__private::Arc<__Client>,
        receiver: &__Receiver,
    ) {
        receiver
            .receive(
                "ReceiveMessage",
                ::hub_server::__private::Handler::doing(
                    client,
                    &[(), #[cfg(unix)] ()],
                    |client, arguments| {
                        let argument_0 = arguments
                            .read::<::hub_server::__private::String>()?;
                        #[cfg(unix)]
                        let argument_1 = arguments.read::<DateTime>()?;
                        ::core::result::Result::Ok(async move {
                            <__Client as ChatClient>::receive_message(
                                    &client,
                                    &argument_0,
                                    #[cfg(unix)]
                                    argument_1,
                                )
                                .await
                        })
                    },
                ),
            );
        receiver
            .receive(
                "quit",
                ::hub_server::__private::Handler::doing(
                    client,
                    &[],
                    |client, _| {
                        ::core::result::Result::Ok(async move {
                            <__Client as ChatClient>::left(&client).await
                        })
                    },
                ),
            );
    }
}
