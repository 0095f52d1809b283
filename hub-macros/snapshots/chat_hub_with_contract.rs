#[allow(
    clippy::needless_pass_by_value,
    clippy::trivially_copy_pass_by_ref,
    clippy::unused_self,
    clippy::wrong_self_convention
)]
impl ChatHub {
    async fn join(
        &self,
        hub: Hub,
        #[cfg(unix)]
        room: String,
        key: Option<u8>,
    ) -> Joined {}
    fn left(&self) {}
}
#[automatically_derived]
impl ::hub_server::__private::HubDispatch for ChatHub {
    type Client = ::hub_server::__private::Untyped;
    const NAME: &'static ::core::primitive::str = "ChatHub";
    fn methods(methods: &mut ::hub_server::__private::Methods<Self>) {
        use ::hub_server::__private::tags::*;
        methods
            .add(
                "Join",
                (&&&::hub_server::__private::Tag::<Joined>::new()).kind(),
                &[
                    <Hub as ::hub_server::__private::FromInvocation<Self>>::SOURCE,
                    #[cfg(unix)]
                    <String as ::hub_server::__private::FromInvocation<Self>>::SOURCE,
                    ::hub_server::__private::Source::optional::<Option<u8>>(),
                ],
                |mut call| {
                    let argument_0 = call.bind::<Hub>()?;
                    #[cfg(unix)]
                    let argument_1 = call.bind::<String>()?;
                    let argument_2 = call.bind_optional::<Option<u8>>()?;
                    call.run(move |hub, reply| async move {
                        let value = Self::join(
                                &hub,
                                argument_0,
                                #[cfg(unix)]
                                argument_1,
                                argument_2,
                            )
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
                "quit",
                ::hub_server::__private::MethodKind::Value,
                &[],
                |call| {
                    call.run(move |hub, reply| async move {
                        let value = Self::left(&hub);
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
    }
    fn keeps_contract() {
        use ::hub_server::__private::tags::*;
        use ::hub_server::__private::agreement::*;
        ::hub_server::__private::served::<dyn ChatServer, Self>();
        {
            let method = (&&::hub_server::__private::Lookup::<
                dyn ChatServer,
                (::hub_server::__private::Chunk<1785686382u128>,),
            >::new())
                .method();
            method.named::<Self>();
            let parameters = method.parameters();
            let (pair, parameters) = parameters
                .take(
                    (&&&&::hub_server::__private::Parameter::<Self, Hub>::new()).source(),
                );
            pair.same();
            #[cfg(unix)]
            let (pair, parameters) = parameters
                .take(
                    (&&&&::hub_server::__private::Parameter::<Self, String>::new())
                        .source(),
                );
            #[cfg(unix)] pair.same();
            let (pair, parameters) = parameters
                .take_optional(
                    (&&&&::hub_server::__private::Parameter::<Self, Option<u8>>::new())
                        .source(),
                );
            pair.same();
            parameters.end();
            ::hub_server::__private::never(async {
                let hub = ::hub_server::__private::absent::<&Self>();
                let value = Self::join(
                        hub,
                        ::hub_server::__private::absent::<Hub>(),
                        #[cfg(unix)]
                        ::hub_server::__private::absent::<String>(),
                        ::hub_server::__private::absent::<Option<u8>>(),
                    )
                    .await;
                let outcome = (&&::hub_server::__private::Tag::of(&value))
                    .returned()
                    .split(value);
                method
                    .answers(
                        (&&&::hub_server::__private::Tag::of_ok(&outcome))
                            .answer()
                            .answered(&outcome),
                    );
            });
        }
        {
            let method = (&&::hub_server::__private::Lookup::<
                dyn ChatServer,
                (::hub_server::__private::Chunk<1818584692u128>,),
            >::new())
                .method();
            method.named::<Self>();
            let parameters = method.parameters();
            parameters.end();
            ::hub_server::__private::never(async {
                let hub = ::hub_server::__private::absent::<&Self>();
                let value = Self::left(hub);
                let outcome = (&&::hub_server::__private::Tag::of(&value))
                    .returned()
                    .split(value);
                method
                    .answers(
                        (&&&::hub_server::__private::Tag::of_ok(&outcome))
                            .answer()
                            .answered(&outcome),
                    );
            });
        }
    }
}
#[automatically_derived]
impl ::hub_server::__private::Offers<(::hub_server::__private::Chunk<1785686382u128>,)>
for ChatHub {
    type WireName = (::hub_server::__private::Chunk<1785686382u128>,);
}
#[automatically_derived]
impl ::hub_server::__private::Offers<(::hub_server::__private::Chunk<1818584692u128>,)>
for ChatHub {
    type WireName = (::hub_server::__private::Chunk<1903520116u128>,);
}
