//! The hub of most paths.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::Empty;
use futures_util::{Stream, StreamExt as _};
use hub_server::{CancellationToken, DateTime, DisconnectError, Hub, HubError, UploadStream, hub};
use tokio::time::sleep;

use super::contract::{Complex, Identity, WireClient};
use super::errors::{InvalidOperationException, NullReferenceException, not_negative, not_null};
use super::{request, streams};

/// Texts of .NET may be null, alone and in lists.
type Text = Option<String>;
type Texts = Option<Vec<Text>>;

/// What a connection keeps for `SetItem` and `GetItem`.
#[derive(Clone, Default)]
struct Notes(BTreeMap<String, Text>);

/// What comes of a question.
fn answer(result: Result<Text, HubError>) -> Result<String, HubError> {
    match result {
        Ok(answer) => Ok(format!("answer: {}", answer.unwrap_or_default())),
        Err(error) => Err(HubError::new(format!("ask failed: {error}"))),
    }
}

/// Who is told of the ends of connections.
const WATCHERS: &str = "watchers";

/// Answers, fails and sends as its callers wish.
#[derive(Debug, Default)]
pub struct WireHub;

#[allow(clippy::needless_pass_by_value, clippy::unused_self, reason = "this is how a hub method is declared")]
#[hub(client = WireClient)]
impl WireHub {
    async fn on_connected(&self, hub: Hub<dyn WireClient>) -> Result<(), HubError> {
        let asked = |key| hub.query(key).as_deref() == Some("1");
        if asked("failConnect") {
            Err(InvalidOperationException("connect failed".to_owned()))?;
        }
        if asked("failConnectHub") {
            return Err(HubError::new("connect refused"));
        }
        if asked("abortConnect") {
            hub.abort();
        }
        if asked("hello") {
            hub.clients().caller().welcome(hub.connection_id()).await?;
        }
        Ok(())
    }

    async fn on_disconnected(
        &self,
        hub: Hub<dyn WireClient>,
        reason: Option<&DisconnectError>,
    ) -> Result<(), HubError> {
        let error = reason.map(DisconnectError::text);
        hub.clients().group(WATCHERS).left(hub.connection_id(), error).await
    }

    fn echo(&self, text: Text) -> Text {
        text
    }

    fn echo_int(&self, number: i32) -> i32 {
        number
    }

    fn echo_long(&self, number: i64) -> i64 {
        number
    }

    fn echo_double(&self, number: f64) -> f64 {
        number
    }

    fn echo_bool(&self, value: bool) -> bool {
        value
    }

    fn echo_bytes(&self, bytes: Option<Bytes>) -> Option<Bytes> {
        bytes
    }

    fn echo_date(&self, date: DateTime) -> DateTime {
        date
    }

    fn echo_list(&self, list: Texts) -> Texts {
        list
    }

    fn echo_map(&self, map: Option<BTreeMap<String, i32>>) -> Option<BTreeMap<String, i32>> {
        map
    }

    fn echo_complex(&self, object: Option<Complex>) -> Option<Complex> {
        object
    }

    fn echo_two(&self, text: Text, number: i32) -> String {
        format!("{}:{number}", text.unwrap_or_default())
    }

    fn nothing(&self) {}

    fn return_null(&self) -> Text {
        None
    }

    #[hub(name = "renamed-method")]
    fn original(&self) -> &'static str {
        "renamed"
    }

    fn fail(&self, message: Text) -> Result<(), InvalidOperationException> {
        Err(InvalidOperationException(message.unwrap_or_default()))
    }

    fn fail_hub(&self, message: Text) -> Result<(), HubError> {
        Err(HubError::new(message.unwrap_or_default()))
    }

    async fn slow(&self, ms: i32, tag: Text) -> Result<Text, HubError> {
        sleep(Duration::from_millis(not_negative(ms, "millisecondsDelay")?)).await;
        Ok(tag)
    }

    fn big(&self, size: i32) -> Result<String, HubError> {
        Ok("x".repeat(not_negative(size, "count")?))
    }

    fn counter(&self, count: i32, delay_ms: i32) -> Result<impl Stream<Item = i32> + Send + use<>, HubError> {
        let delay = Duration::from_millis(not_negative(delay_ms, "millisecondsDelay")?);
        Ok(streams::count(count, delay))
    }

    fn counter_text(&self, count: i32) -> impl Stream<Item = String> + Send + use<> {
        streams::count(count, Duration::ZERO).map(|number| format!("item {number}"))
    }

    fn stream_fail(&self, after: i32) -> impl Stream<Item = Result<i32, InvalidOperationException>> + Send + use<> {
        streams::fail_after(after, InvalidOperationException("stream broke".to_owned()))
    }

    fn stream_fail_hub(&self, after: i32) -> impl Stream<Item = Result<i32, HubError>> + Send + use<> {
        streams::fail_after(after, HubError::new("stream refused"))
    }

    fn stream_throws_at_once(&self) -> Result<Empty<i32>, InvalidOperationException> {
        Err(InvalidOperationException("no stream".to_owned()))
    }

    fn infinite(
        &self,
        hub: Hub<dyn WireClient>,
        cancelled: CancellationToken,
    ) -> impl Stream<Item = i32> + Send + use<> {
        streams::infinite(hub, cancelled)
    }

    async fn sum(&self, numbers: UploadStream<i32>) -> Result<i32, HubError> {
        streams::sum(numbers).await
    }

    async fn concat(
        &self,
        prefix: Text,
        first: UploadStream<Text>,
        second: UploadStream<Text>,
    ) -> Result<String, HubError> {
        streams::concat(&prefix.unwrap_or_default(), first, second).await
    }

    /// Takes the token to leave it alone: without it a cancelled stream is dropped.
    fn echo_stream(
        &self,
        texts: UploadStream<Text>,
        _cancelled: CancellationToken,
    ) -> impl Stream<Item = Result<Text, HubError>> + Send + use<> {
        texts
    }

    async fn first_only(&self, numbers: UploadStream<i32>) -> Result<i32, HubError> {
        streams::first(numbers).await
    }

    async fn ask(&self, hub: Hub<dyn WireClient>, prompt: Text) -> Result<String, HubError> {
        answer(hub.clients().caller().ask(prompt.as_deref()).await)
    }

    async fn ask_client(&self, hub: Hub<dyn WireClient>, id: Text, prompt: Text) -> Result<String, HubError> {
        answer(match not_null(id, "connectionId") {
            Ok(id) => hub.clients().client(id).ask(prompt.as_deref()).await,
            Err(error) => Err(error.into()),
        })
    }

    async fn ask_int(&self, hub: Hub<dyn WireClient>, prompt: Text) -> Result<i32, HubError> {
        hub.clients().caller().ask_int(prompt.as_deref()).await
    }

    async fn burst(&self, hub: Hub<dyn WireClient>, count: i32) -> Result<i32, HubError> {
        let caller = hub.clients().caller();
        for number in 0..count {
            caller.receive(Some(&number.to_string())).await?;
        }
        Ok(count)
    }

    fn abort(&self, hub: Hub<dyn WireClient>) {
        hub.abort();
    }

    fn who_am_i(&self, hub: Hub<dyn WireClient>) -> Identity {
        Identity {
            connection_id: hub.connection_id().clone(),
            user: hub.user_identifier().map(str::to_owned),
            name: hub.user().name().map(str::to_owned),
            transport: hub.transport_name(),
            roles: hub.user().roles().to_vec(),
        }
    }

    #[hub(authorize)]
    fn secret(&self) -> &'static str {
        "secret"
    }

    #[hub(authorize(role = "admin"))]
    fn admin_only(&self) -> &'static str {
        "admin"
    }

    fn header(&self, hub: Hub<dyn WireClient>, name: Text) -> Result<Text, HubError> {
        Ok(request::header(hub.request(), &not_null(name, "key")?))
    }

    fn query(&self, hub: Hub<dyn WireClient>, name: Text) -> Result<Text, HubError> {
        Ok(request::query(hub.request(), &not_null(name, "key")?))
    }

    fn set_item(&self, hub: Hub<dyn WireClient>, key: Text, value: Text) -> Result<(), HubError> {
        let key = not_null(key, "key")?;
        hub.items().update(|Notes(notes)| notes.insert(key, value));
        Ok(())
    }

    fn get_item(&self, hub: Hub<dyn WireClient>, key: Text) -> Result<Text, HubError> {
        let key = not_null(key, "key")?;
        Ok(hub.items().update(|Notes(notes)| notes.get(&key).cloned().flatten()))
    }

    async fn join(&self, hub: Hub<dyn WireClient>, group: Text) -> Result<(), HubError> {
        hub.groups().add(hub.connection_id(), not_null(group, "groupName")?).await
    }

    async fn leave(&self, hub: Hub<dyn WireClient>, group: Text) -> Result<(), HubError> {
        hub.groups().remove(hub.connection_id(), not_null(group, "groupName")?).await
    }

    async fn join_other(&self, hub: Hub<dyn WireClient>, id: Text, group: Text) -> Result<(), HubError> {
        hub.groups().add(not_null(id, "connectionId")?, not_null(group, "groupName")?).await
    }

    async fn to_all(&self, hub: Hub<dyn WireClient>, message: Text) -> Result<(), HubError> {
        hub.clients().all().receive(message.as_deref()).await
    }

    async fn to_others(&self, hub: Hub<dyn WireClient>, message: Text) -> Result<(), HubError> {
        hub.clients().others().receive(message.as_deref()).await
    }

    async fn to_caller(&self, hub: Hub<dyn WireClient>, message: Text) -> Result<(), HubError> {
        hub.clients().caller().receive(message.as_deref()).await
    }

    async fn to_all_except(&self, hub: Hub<dyn WireClient>, ids: Texts, message: Text) -> Result<(), HubError> {
        let ids = not_null(ids, "source")?.into_iter().flatten();
        hub.clients().all_except(ids).receive(message.as_deref()).await
    }

    async fn to_client(&self, hub: Hub<dyn WireClient>, id: Text, message: Text) -> Result<(), HubError> {
        hub.clients().client(not_null(id, "connectionId")?).receive(message.as_deref()).await
    }

    async fn to_clients(&self, hub: Hub<dyn WireClient>, ids: Texts, message: Text) -> Result<(), HubError> {
        let ids = not_null(ids, "source")?.into_iter().flatten();
        hub.clients().clients(ids).receive(message.as_deref()).await
    }

    async fn to_group(&self, hub: Hub<dyn WireClient>, group: Text, message: Text) -> Result<(), HubError> {
        hub.clients().group(not_null(group, "groupName")?).receive(message.as_deref()).await
    }

    async fn to_groups(&self, hub: Hub<dyn WireClient>, groups: Texts, message: Text) -> Result<(), HubError> {
        let null = || NullReferenceException("Object reference not set to an instance of an object.".to_owned());
        let groups = groups.ok_or_else(null)?.into_iter().map(Option::unwrap_or_default);
        hub.clients().groups(groups).receive(message.as_deref()).await
    }

    async fn to_group_except(
        &self,
        hub: Hub<dyn WireClient>,
        group: Text,
        ids: Texts,
        message: Text,
    ) -> Result<(), HubError> {
        let group = not_null(group, "groupName")?;
        let ids = not_null(ids, "source")?.into_iter().flatten();
        hub.clients().group_except(group, ids).receive(message.as_deref()).await
    }

    async fn to_others_in_group(&self, hub: Hub<dyn WireClient>, group: Text, message: Text) -> Result<(), HubError> {
        hub.clients().others_in_group(not_null(group, "groupName")?).receive(message.as_deref()).await
    }

    async fn to_user(&self, hub: Hub<dyn WireClient>, user: Text, message: Text) -> Result<(), HubError> {
        hub.clients().user(not_null(user, "userId")?).receive(message.as_deref()).await
    }

    async fn to_users(&self, hub: Hub<dyn WireClient>, users: Texts, message: Text) -> Result<(), HubError> {
        let users = not_null(users, "source")?.into_iter().flatten();
        hub.clients().users(users).receive(message.as_deref()).await
    }
}
