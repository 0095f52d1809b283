//! Every form of parameter and result.

#![deny(warnings)]

use std::collections::HashMap;
use std::io;

use hub_server::{
    BindError, Call, CancellationToken, ConnectionId, Extension, FromInvocation, Hub, HubError, HubServer,
    RequestParts, State, User, hub,
};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Message {
    text: String,
}

struct Target(String);

impl<H> FromInvocation<H> for Target {
    fn from_invocation(_: &mut Call<'_, H>) -> Result<Self, BindError> {
        Ok(Self(String::new()))
    }
}

type Maybe<T> = Option<T>;

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

struct FormsHub;

#[hub(rename_all = "camelCase", authorize, authorize(role = "a", policy = "adults"))]
impl FormsHub {
    const LIMIT: usize = 10;

    fn nothing(&self) {}

    fn unit(&self) -> () {}

    async fn value(&self, message: Message) -> Message {
        message
    }

    fn optional(&self, text: Option<String>) -> Option<String> {
        text
    }

    fn pattern(&self, (a, b): (u8, u8), [c, d]: [u8; 2]) -> HashMap<String, u8> {
        HashMap::from([(String::new(), a + b + c + d)])
    }

    fn array(&self, bytes: [u8; Self::LIMIT], mut rest: Vec<Vec<u8>>) -> usize {
        rest.push(bytes.to_vec());
        rest.len().min(Self::LIMIT)
    }

    async fn fails(&self) -> Result<u8, HubError> {
        Err(HubError::new("no"))
    }

    fn alias(&self) -> io::Result<u8> {
        Ok(1)
    }

    async fn never_gives(&self) -> Result<(), io::Error> {
        Ok(())
    }

    fn boxed(&self) -> Result<(), HubError> {
        fn inner() -> Outcome<()> {
            Ok(())
        }
        inner().map_err(|error| HubError::new(error.to_string()))
    }

    fn anything(&self) -> impl Serialize + use<> {
        Message { text: String::new() }
    }

    async fn context(
        &self,
        hub: Hub,
        id: ConnectionId,
        text: String,
        _: User,
        token: CancellationToken,
        Extension(value): Extension<u8>,
        Target(target): Target,
    ) -> Result<(), HubError> {
        drop((token, value));
        hub.clients().client(&id).send(&target, (text,)).await
    }

    fn left_out(&self, a: u8, hub: Hub, #[hub(optional)] b: Option<u8>, #[hub(optional)] _: Maybe<Vec<Message>>) -> u8 {
        drop(hub);
        a + b.unwrap_or_default()
    }

    #[hub(authorize)]
    #[hub(authorize(role = "admin", role = "staff"), authorize(roles = ["a", "b"], policy = "adults"))]
    async fn guarded(&self, State(limit): State<usize>, request: RequestParts) -> usize {
        request.headers.len().min(limit)
    }

    async fn on_connected(&self, State(_): State<u8>, _: RequestParts) {}

    const fn constant(&self) -> u8 {
        1
    }
}

fn main() {
    drop(
        HubServer::builder(FormsHub)
            .policy("adults", |context| context.user().is_authenticated())
            .state(3_usize)
            .build(),
    );
}
