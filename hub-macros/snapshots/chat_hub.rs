#[allow(
    clippy::needless_pass_by_value,
    clippy::trivially_copy_pass_by_ref,
    clippy::unused_self,
    clippy::wrong_self_convention
)]
impl ChatHub {
    async fn on_connected(&self, hub: Hub<dyn ChatClient>) -> Result<(), HubError> {
        hub.clients().others().joined(hub.connection_id()).await
    }
    fn on_disconnected(&self, reason: Option<&DisconnectError>) {}
    /// Kept.
    pub async fn send_message(
        &self,
        hub: Hub<dyn ChatClient>,
        text: String,
    ) -> Result<usize, HubError> {
        hub.clients().all().receive_message(&text).await?;
        Ok(text.len())
    }
    fn sum(&self, a: i32, b: i32) -> i32 {
        a + b
    }
    #[cfg(feature = "admin")]
    #[deprecated]
    async fn stop(&self, #[cfg(unix)] signal: i32, delay: Option<u32>) {}
    fn new() -> Self {
        Self
    }
}
#[automatically_derived]
impl ::hub_server::__private::HubDispatch for ChatHub {
    type Client = dyn ChatClient;
    const NAME: &'static ::core::primitive::str = "ChatHub";
    const REQUIREMENTS: &'static [::hub_server::__private::Requirement] = &[
        ::hub_server::__private::Requirement::Policy("members"),
    ];
    fn methods(methods: &mut ::hub_server::__private::Methods<Self>) {
        use ::hub_server::__private::tags::*;
        methods
            .add(
                "SendMessage",
                (&&&::hub_server::__private::Tag::<Result<usize, HubError>>::new())
                    .kind(),
                &[
                    <Hub<
                        dyn ChatClient,
                    > as ::hub_server::__private::FromInvocation<Self>>::SOURCE,
                    <String as ::hub_server::__private::FromInvocation<Self>>::SOURCE,
                ],
                |call| {
                    let argument_0 = call.bind::<Hub<dyn ChatClient>>()?;
                    let argument_1 = call.bind::<String>()?;
                    call.run(move |hub, reply| async move {
                        let value = Self::send_message(&hub, argument_0, argument_1)
                            .await;
                        let outcome = (&&::hub_server::__private::Tag::of(&value))
                            .returned()
                            .split(value);
                        (&&&::hub_server::__private::Tag::of_ok(&outcome))
                            .answer()
                            .give(reply, outcome)
                            .await
                    })
                },
            );
        methods
            .add(
                "add",
                (&&&::hub_server::__private::Tag::<i32>::new()).kind(),
                &[
                    <i32 as ::hub_server::__private::FromInvocation<Self>>::SOURCE,
                    <i32 as ::hub_server::__private::FromInvocation<Self>>::SOURCE,
                ],
                |call| {
                    let argument_0 = call.bind::<i32>()?;
                    let argument_1 = call.bind::<i32>()?;
                    call.run(move |hub, reply| async move {
                        let value = Self::sum(&hub, argument_0, argument_1);
                        let outcome = (&&::hub_server::__private::Tag::of(&value))
                            .returned()
                            .split(value);
                        (&&&::hub_server::__private::Tag::of_ok(&outcome))
                            .answer()
                            .give(reply, outcome)
                            .await
                    })
                },
            );
        #[cfg(feature = "admin")]
        methods
            .add(
                "Stop",
                ::hub_server::__private::MethodKind::Value,
                &[
                    #[cfg(unix)]
                    <i32 as ::hub_server::__private::FromInvocation<Self>>::SOURCE,
                    ::hub_server::__private::Source::optional::<Option<u32>>(),
                ],
                |call| {
                    #[cfg(unix)]
                    let argument_0 = call.bind::<i32>()?;
                    let argument_1 = call.bind_optional::<Option<u32>>()?;
                    call.run(move |hub, reply| async move {
                        #[allow(deprecated)]
                        let value = Self::stop(&hub, #[cfg(unix)] argument_0, argument_1)
                            .await;
                        let outcome = (&&::hub_server::__private::Tag::of(&value))
                            .returned()
                            .split(value);
                        (&&&::hub_server::__private::Tag::of_ok(&outcome))
                            .answer()
                            .give(reply, outcome)
                            .await
                    })
                },
            )
            .authorize(
                &[
                    ::hub_server::__private::Requirement::Roles(&["admin"]),
                    ::hub_server::__private::Requirement::Policy("awake"),
                ],
            );
    }
    fn on_connected(
        hub: ::hub_server::__private::Arc<Self>,
        context: ::hub_server::__private::Hub<Self::Client>,
    ) -> ::hub_server::__private::BoxFuture<
        'static,
        ::core::result::Result<(), ::hub_server::__private::HubError>,
    > {
        ::hub_server::__private::Box::pin(async move {
            use ::hub_server::__private::tags::*;
            let value = Self::on_connected(
                    &hub,
                    <Hub<
                        dyn ChatClient,
                    > as ::hub_server::__private::FromConnection<
                        Self,
                    >>::from_connection(&context)?,
                )
                .await;
            let result = (&&::hub_server::__private::Tag::of(&value))
                .returned()
                .split(value);
            let result: ::core::result::Result<(), ::hub_server::__private::HubError> = result;
            result
        })
    }
    fn on_disconnected(
        hub: ::hub_server::__private::Arc<Self>,
        context: ::hub_server::__private::Hub<Self::Client>,
        reason: ::core::option::Option<::hub_server::__private::DisconnectError>,
    ) -> ::hub_server::__private::BoxFuture<
        'static,
        ::core::result::Result<(), ::hub_server::__private::HubError>,
    > {
        ::hub_server::__private::Box::pin(async move {
            use ::hub_server::__private::tags::*;
            let value = Self::on_disconnected(&hub, reason.as_ref());
            let result = (&&::hub_server::__private::Tag::of(&value))
                .returned()
                .split(value);
            let result: ::core::result::Result<(), ::hub_server::__private::HubError> = result;
            result
        })
    }
}
