use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::{FnArg, ReceiverKind, ReturnType, Safety, Type};

use crate::diag::Sink;
use crate::model::{Event, Lifecycle, Role};
use crate::options::Client;
use crate::syntax::{bare, is_unit};

/// The method is one that the server can call, and nothing that clients could.
pub(super) fn check(method: &Lifecycle, client: &Client, sink: &Sink) {
    let ident = &method.sig.ident;
    if let Some(tokens) = wrong_part(method) {
        let expected = expected(method.event, client);
        sink.error(tokens, format!("`{ident}` is written `{expected}`; what is not needed may be left out"));
    }
    if let Some(span) = method.misplaced {
        sink.error_at(
            span,
            format!("`{ident}` is called by the server, not by clients: mark it `#[hub(skip)]` if it is just a method"),
        );
    }
}

/// The first part of the signature that the server cannot serve.
fn wrong_part(method: &Lifecycle) -> Option<TokenStream> {
    wrong_receiver(method)
        .or_else(|| wrong_generics(method))
        .or_else(|| wrong_param(method))
        .or_else(|| wrong_output(method))
}

fn wrong_receiver(method: &Lifecycle) -> Option<TokenStream> {
    match method.sig.receiver() {
        None => Some(method.sig.ident.to_token_stream()),
        Some(receiver) if matches!(receiver.kind, ReceiverKind::Reference(_, None, None)) => None,
        Some(receiver) => Some(receiver.to_token_stream()),
    }
}

fn wrong_generics(method: &Lifecycle) -> Option<TokenStream> {
    match &method.sig.safety {
        Safety::Unsafe(token) => Some(token.to_token_stream()),
        _ if method.sig.generics.params.is_empty() => None,
        _ => Some(method.sig.generics.params.to_token_stream()),
    }
}

/// The reason at most once, and only where there is one; all else comes from the connection.
fn wrong_param(method: &Lifecycle) -> Option<TokenStream> {
    let mut reasons = usize::from(method.event == Event::Disconnected);
    let wrong = method.params.iter().position(|param| match param.role {
        Some(Role::Context) => false,
        Some(Role::Reason) if reasons > 0 => {
            reasons -= 1;
            false
        }
        Some(Role::Reason) | None => true,
    })?;
    let params = method.sig.inputs.iter().filter(|param| matches!(param, FnArg::Typed(_)));
    params.skip(wrong).map(quote::ToTokens::to_token_stream).next()
}

/// Nothing, or a named type, which is then asked by a trait.
fn wrong_output(method: &Lifecycle) -> Option<TokenStream> {
    match &method.sig.output {
        ReturnType::Default => None,
        ReturnType::Type(_, ty) if is_unit(ty) || matches!(bare(ty), Type::Path(_)) => None,
        ReturnType::Type(_, ty) => Some(ty.to_token_stream()),
    }
}

fn expected(event: Event, client: &Client) -> String {
    let hub = match client {
        Client::Contract(path) => format!("Hub<dyn {}>", path.to_token_stream().to_string().replace(' ', "")),
        Client::Untyped | Client::Unknown => "Hub".to_owned(),
    };
    match event {
        Event::Connected => format!("async fn on_connected(&self, hub: {hub}) -> Result<(), HubError>"),
        Event::Disconnected => format!(
            "async fn on_disconnected(&self, hub: {hub}, reason: Option<&DisconnectError>) -> Result<(), HubError>"
        ),
    }
}

#[cfg(test)]
#[allow(clippy::needless_pass_by_value, reason = "tests quote their input in place")]
mod tests {
    use quote::quote;

    use super::*;
    use crate::model::Hub;
    use crate::options::HubOptions;
    use crate::syntax::ImplBlock;

    fn errors(method: TokenStream) -> Vec<String> {
        let sink = Sink::default();
        let block = ImplBlock::parse(&quote!(impl Chat { #method }), &sink).expect("an impl block");
        let hub = Hub::new(&block, HubOptions::read(quote!(client = my::ChatClient), &sink), &sink);
        hub.lifecycle.iter().for_each(|method| check(method, &hub.client, &sink));
        sink.messages()
    }

    #[test]
    fn every_argument_and_the_result_may_be_left_out() {
        let methods = [
            quote! { fn on_connected(&self) {} },
            quote! { async fn on_connected(&self, hub: Hub<dyn ChatClient, Connecting>) -> my::Result {} },
            quote! { async fn on_disconnected(&self, hub: Hub, reason: Option<&DisconnectError>) -> Result<(), Error> {} },
            quote! { fn on_disconnected(&self, hub: Hub) -> () {} },
            quote! { fn on_disconnected(&self, _: Option<&DisconnectError>) {} },
            quote! { fn on_disconnected(&self) {} },
            quote! { #[hub(skip)] fn on_disconnected(self, a: u8) {} },
        ];
        for method in methods {
            assert_eq!(errors(method), [""; 0]);
        }
    }

    #[test]
    fn another_signature_is_answered_with_the_right_one() {
        let connected = "`on_connected` is written \
            `async fn on_connected(&self, hub: Hub<dyn my::ChatClient>) -> Result<(), HubError>`; \
            what is not needed may be left out";
        let methods = [
            quote! { fn on_connected() {} },
            quote! { fn on_connected(&mut self, a: &str) {} },
            quote! { fn on_connected(&self, hub: &Hub) {} },
            quote! { fn on_connected(&self, reason: Option<&DisconnectError>) {} },
            quote! { fn on_connected<T>(&self, hub: T) {} },
            quote! { unsafe fn on_connected(&self) {} },
            quote! { fn on_connected(&self) -> impl Future<Output = ()> {} },
        ];
        for method in methods {
            assert_eq!(errors(method), [connected]);
        }
        let disconnected = "`on_disconnected` is written \
            `async fn on_disconnected(&self, hub: Hub<dyn my::ChatClient>, reason: Option<&DisconnectError>) \
            -> Result<(), HubError>`; what is not needed may be left out";
        assert_eq!(
            errors(quote! { fn on_disconnected(&self, reason: Option<&A>, again: Option<&A>) {} }),
            [disconnected]
        );
        assert_eq!(errors(quote! { fn on_disconnected(&self, hub: &Hub) {} }), [disconnected]);
    }

    #[test]
    fn clients_have_no_name_for_it() {
        assert_eq!(errors(quote! { #[hub(name = "Hello")] fn on_connected(&self) {} }).len(), 1);
        assert_eq!(errors(quote! { #[hub(authorize)] fn on_connected(&self) {} }).len(), 1);
        assert_eq!(errors(quote! { fn on_connected(&self, #[hub(optional)] hub: Hub) {} }).len(), 1);
    }
}
