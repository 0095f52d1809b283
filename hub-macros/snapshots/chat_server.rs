/// What the chat does for its clients.
/**
Its calls are the methods of [`ChatServerProxy`].*/
pub trait ChatServer {}
///The calls of [`ChatServer`], made through a connection.
pub struct ChatServerProxy<__Caller: ::hub_server::__private::Caller>(__Caller);
impl<__Caller: ::hub_server::__private::Caller> ChatServerProxy<__Caller> {
    /// Says something.
    pub fn send_message(
        &self,
        text: &str,
        at: Option<DateTime>,
    ) -> <__Caller as ::hub_server::__private::Caller>::Invocation<()> {
        self.0.invoke::<(), _>("SendMessage", (text, at), [])
    }
    #[cfg(feature = "admin")]
    ///Calls `quit`.
    pub fn left(
        &self,
    ) -> <__Caller as ::hub_server::__private::Caller>::Invocation<u32> {
        self.0.invoke::<u32, _>("quit", (), [])
    }
    ///Calls `Echo`.
    pub fn echo(
        &self,
        texts: impl ::core::marker::Send + 'static + Stream<Item = String>,
    ) -> <__Caller as ::hub_server::__private::Caller>::StreamInvocation<String> {
        self.0
            .stream::<
                String,
                _,
            >("Echo", (), [<__Caller as ::hub_server::__private::Caller>::upload(texts)])
    }
}
#[automatically_derived]
impl<__Caller: ::hub_server::__private::Caller> ::core::convert::From<__Caller>
for ChatServerProxy<__Caller> {
    fn from(proxy: __Caller) -> Self {
        Self(proxy)
    }
}
#[automatically_derived]
impl<__Caller: ::hub_server::__private::Caller> ::core::ops::Deref
for ChatServerProxy<__Caller> {
    type Target = __Caller;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}
#[automatically_derived]
impl<__Caller: ::hub_server::__private::Caller> ::core::clone::Clone
for ChatServerProxy<__Caller> {
    fn clone(&self) -> Self {
        Self(::core::clone::Clone::clone(&self.0))
    }
}
#[automatically_derived]
impl<__Caller: ::hub_server::__private::Caller> ::core::fmt::Debug
for ChatServerProxy<__Caller> {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_tuple("ChatServerProxy").field(&self.0).finish()
    }
}
#[automatically_derived]
impl ::hub_server::__private::HubContract for dyn ChatServer {
    type Proxy<__Caller: ::hub_server::__private::Caller> = ChatServerProxy<__Caller>;
}
const _: () = {
    pub struct SendMessageMethod;
    #[automatically_derived]
    impl ::hub_server::__private::Declares<
        (::hub_server::__private::Chunk<35713398949099547234519836517u128>,),
    > for dyn ChatServer {
        type Method = SendMessageMethod;
    }
    #[automatically_derived]
    impl ::hub_server::__private::Declared for SendMessageMethod {
        type Parameters = (::hub_server::__private::String, (Option<DateTime>, ()));
        type Answer = ();
    }
    #[diagnostic::on_unimplemented(
        message = "hub `{Self}` has no method `send_message`, which its contract `ChatServer` has",
        label = "`send_message` is missing in the `#[hub]` block",
        note = "write `async fn send_message(&self, text: String, at: Option<DateTime>)` there, with what it needs of the server as further parameters"
    )]
    pub trait SendMessageOffered {}
    #[diagnostic::do_not_recommend]
    impl<
        __Hub: ::hub_server::__private::Offers<
                (::hub_server::__private::Chunk<35713398949099547234519836517u128>,),
            >,
    > SendMessageOffered for __Hub {}
    #[diagnostic::on_unimplemented(
        message = "the hub `{Self}` and its contract `ChatServer` call `send_message` by different names on the wire",
        label = "`SendMessage` in the contract",
        note = "write `#[hub(name = \"SendMessage\")]` on the hub's method, or give the contract's the hub's name with `#[hub_server(name = \"…\")]`"
    )]
    pub trait SendMessageNamed {}
    #[diagnostic::do_not_recommend]
    impl<
        __Hub: ::hub_server::__private::Offers<
                (::hub_server::__private::Chunk<35713398949099547234519836517u128>,),
                WireName = (
                    ::hub_server::__private::Chunk<139505464648852020094134117u128>,
                ),
            >,
    > SendMessageNamed for __Hub {}
    #[automatically_derived]
    impl<__Hub: SendMessageNamed> ::hub_server::__private::NamedAlike<__Hub>
    for SendMessageMethod {}
    #[diagnostic::on_unimplemented(
        message = "`ChatServer::send_message` has `{Contract}` here, and the hub's `send_message` takes `{Self}`",
        label = "`{Contract}` in the contract",
        note = "write the same on both sides; what comes from the server, such as `Hub`, does not count"
    )]
    pub trait SendMessageTaken<Contract> {}
    impl<__Type> SendMessageTaken<__Type> for __Type {}
    #[automatically_derived]
    impl<
        __Hub: SendMessageTaken<__Contract>,
        __Contract,
    > ::hub_server::__private::SameArgument<__Hub, __Contract> for SendMessageMethod {}
    #[diagnostic::on_unimplemented(
        message = "`ChatServer::send_message` answers with `{Contract}`, and the hub's `send_message` with `{Self}`",
        label = "`{Contract}` in the contract",
        note = "write the same on both sides; the error of a `Result` does not count"
    )]
    pub trait SendMessageAnswered<Contract> {}
    impl<__Type> SendMessageAnswered<__Type> for __Type {}
    #[automatically_derived]
    impl<
        __Hub: SendMessageAnswered<__Contract>,
        __Contract,
    > ::hub_server::__private::SameAnswer<__Hub, __Contract> for SendMessageMethod {}
    #[cfg(feature = "admin")]
    pub struct LeftMethod1;
    #[cfg(feature = "admin")]
    #[automatically_derived]
    impl ::hub_server::__private::Declares<
        (::hub_server::__private::Chunk<1818584692u128>,),
    > for dyn ChatServer {
        type Method = LeftMethod1;
    }
    #[cfg(feature = "admin")]
    #[automatically_derived]
    impl ::hub_server::__private::Declared for LeftMethod1 {
        type Parameters = ();
        type Answer = u32;
    }
    #[diagnostic::on_unimplemented(
        message = "hub `{Self}` has no method `left`, which its contract `ChatServer` has",
        label = "`left` is missing in the `#[hub]` block",
        note = "write `async fn left(&self) -> u32` there, with what it needs of the server as further parameters"
    )]
    pub trait LeftOffered1 {}
    #[cfg(feature = "admin")]
    #[diagnostic::do_not_recommend]
    impl<
        __Hub: ::hub_server::__private::Offers<
                (::hub_server::__private::Chunk<1818584692u128>,),
            >,
    > LeftOffered1 for __Hub {}
    #[cfg(not(all(feature = "admin")))]
    impl<__Hub> LeftOffered1 for __Hub {}
    #[cfg(feature = "admin")]
    #[diagnostic::on_unimplemented(
        message = "the hub `{Self}` and its contract `ChatServer` call `left` by different names on the wire",
        label = "`quit` in the contract",
        note = "write `#[hub(name = \"quit\")]` on the hub's method, or give the contract's the hub's name with `#[hub_server(name = \"…\")]`"
    )]
    pub trait LeftNamed1 {}
    #[cfg(feature = "admin")]
    #[diagnostic::do_not_recommend]
    impl<
        __Hub: ::hub_server::__private::Offers<
                (::hub_server::__private::Chunk<1818584692u128>,),
                WireName = (::hub_server::__private::Chunk<1903520116u128>,),
            >,
    > LeftNamed1 for __Hub {}
    #[cfg(feature = "admin")]
    #[automatically_derived]
    impl<__Hub: LeftNamed1> ::hub_server::__private::NamedAlike<__Hub> for LeftMethod1 {}
    #[cfg(feature = "admin")]
    #[diagnostic::on_unimplemented(
        message = "`ChatServer::left` has `{Contract}` here, and the hub's `left` takes `{Self}`",
        label = "`{Contract}` in the contract",
        note = "write the same on both sides; what comes from the server, such as `Hub`, does not count"
    )]
    pub trait LeftTaken1<Contract> {}
    #[cfg(feature = "admin")]
    impl<__Type> LeftTaken1<__Type> for __Type {}
    #[cfg(feature = "admin")]
    #[automatically_derived]
    impl<
        __Hub: LeftTaken1<__Contract>,
        __Contract,
    > ::hub_server::__private::SameArgument<__Hub, __Contract> for LeftMethod1 {}
    #[cfg(feature = "admin")]
    #[diagnostic::on_unimplemented(
        message = "`ChatServer::left` answers with `{Contract}`, and the hub's `left` with `{Self}`",
        label = "`{Contract}` in the contract",
        note = "write the same on both sides; the error of a `Result` does not count"
    )]
    pub trait LeftAnswered1<Contract> {}
    #[cfg(feature = "admin")]
    impl<__Type> LeftAnswered1<__Type> for __Type {}
    #[cfg(feature = "admin")]
    #[automatically_derived]
    impl<
        __Hub: LeftAnswered1<__Contract>,
        __Contract,
    > ::hub_server::__private::SameAnswer<__Hub, __Contract> for LeftMethod1 {}
    pub struct EchoMethod;
    #[automatically_derived]
    impl ::hub_server::__private::Declares<
        (::hub_server::__private::Chunk<1701013615u128>,),
    > for dyn ChatServer {
        type Method = EchoMethod;
    }
    #[automatically_derived]
    impl ::hub_server::__private::Declared for EchoMethod {
        type Parameters = (::hub_server::__private::UploadStream<String>, ());
        type Answer = ::hub_server::__private::StreamOf<String>;
    }
    #[diagnostic::on_unimplemented(
        message = "hub `{Self}` has no method `echo`, which its contract `ChatServer` has",
        label = "`echo` is missing in the `#[hub]` block",
        note = "write `fn echo(&self, texts: UploadStream<String>) -> impl Stream<Item = String>` there, with what it needs of the server as further parameters"
    )]
    pub trait EchoOffered {}
    #[diagnostic::do_not_recommend]
    impl<
        __Hub: ::hub_server::__private::Offers<
                (::hub_server::__private::Chunk<1701013615u128>,),
            >,
    > EchoOffered for __Hub {}
    #[diagnostic::on_unimplemented(
        message = "the hub `{Self}` and its contract `ChatServer` call `echo` by different names on the wire",
        label = "`Echo` in the contract",
        note = "write `#[hub(name = \"Echo\")]` on the hub's method, or give the contract's the hub's name with `#[hub_server(name = \"…\")]`"
    )]
    pub trait EchoNamed {}
    #[diagnostic::do_not_recommend]
    impl<
        __Hub: ::hub_server::__private::Offers<
                (::hub_server::__private::Chunk<1701013615u128>,),
                WireName = (::hub_server::__private::Chunk<1701013615u128>,),
            >,
    > EchoNamed for __Hub {}
    #[automatically_derived]
    impl<__Hub: EchoNamed> ::hub_server::__private::NamedAlike<__Hub> for EchoMethod {}
    #[diagnostic::on_unimplemented(
        message = "`ChatServer::echo` has `{Contract}` here, and the hub's `echo` takes `{Self}`",
        label = "`{Contract}` in the contract",
        note = "write the same on both sides; what comes from the server, such as `Hub`, does not count"
    )]
    pub trait EchoTaken<Contract> {}
    impl<__Type> EchoTaken<__Type> for __Type {}
    #[automatically_derived]
    impl<
        __Hub: EchoTaken<__Contract>,
        __Contract,
    > ::hub_server::__private::SameArgument<__Hub, __Contract> for EchoMethod {}
    #[diagnostic::on_unimplemented(
        message = "`ChatServer::echo` answers with `{Contract}`, and the hub's `echo` with `{Self}`",
        label = "`{Contract}` in the contract",
        note = "write the same on both sides; the error of a `Result` does not count"
    )]
    pub trait EchoAnswered<Contract> {}
    impl<__Type> EchoAnswered<__Type> for __Type {}
    #[automatically_derived]
    impl<
        __Hub: EchoAnswered<__Contract>,
        __Contract,
    > ::hub_server::__private::SameAnswer<__Hub, __Contract> for EchoMethod {}
    #[automatically_derived]
    impl<__Hub> ::hub_server::__private::ServedBy<__Hub> for dyn ChatServer
    where
        __Hub: SendMessageOffered,
        __Hub: LeftOffered1,
        __Hub: EchoOffered,
    {}
};
