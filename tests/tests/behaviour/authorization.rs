//! Who may call a method (section 10.2).

use futures_util::{Stream, stream};
use hub_server::{CancellationToken, HubServer, HubServerBuilder, UploadStream, User, hub};

use crate::support::{Probe, Raw, call, failure, result, send, stream as streamed, upload};

struct Vault(Probe);

#[hub]
impl Vault {
    #[hub(authorize)]
    fn enter(&self) -> &'static str {
        "welcome"
    }

    #[hub(authorize(role = "admin"))]
    fn open(&self) {
        self.0.note("opened");
    }

    #[hub(authorize(roles = ["admin", "staff"]))]
    fn look(&self) {}

    #[hub(authorize(role = "staff"))]
    #[hub(authorize(role = "admin"))]
    fn both(&self) {}

    #[hub(authorize, authorize(policy = "rich"))]
    async fn withdraw(&self, amount: u32) -> u32 {
        amount
    }

    #[hub(authorize(role = "admin"))]
    fn coins(&self, _: CancellationToken) -> impl Stream<Item = u8> + Send + use<> {
        stream::iter([1])
    }

    #[hub(authorize(role = "admin"))]
    async fn deposit(&self, mut coins: UploadStream<u8>) {
        while coins.next().await.is_some() {
            self.0.note("coin");
        }
    }

    #[hub(authorize(policy = "broken"))]
    fn broken(&self) {}

    async fn pass(&self, gate: String) {
        self.0.pass(&gate).await;
    }
}

fn vault() -> (HubServer<Vault>, Probe) {
    let probe = Probe::default();
    (policies(HubServer::builder(Vault(probe.clone()))).build(), probe)
}

fn policies(builder: HubServerBuilder<Vault>) -> HubServerBuilder<Vault> {
    builder
        .policy("rich", |context| {
            let call = context.call().unwrap();
            assert_eq!((call.target(), call.method(), call.hub_name()), ("Withdraw", Some("Withdraw"), "Vault"));
            assert_eq!(context.request().uri, "/");
            context.user().claim("wealth") == Some("great")
        })
        .policy("broken", |_| panic!("a policy of the program"))
}

async fn connect(user: User) -> (Raw, Probe) {
    let (server, probe) = vault();
    let mut raw = Raw::of(server.test_client().user(user));
    raw.shake_hands().await;
    (raw, probe)
}

async fn answers(user: User, messages: &str) -> Vec<String> {
    let (mut raw, _) = connect(user).await;
    raw.send(messages).await;
    raw.so_far().await
}

fn denied(id: &str, target: &str) -> String {
    failure(id, &format!("Failed to invoke '{target}' because user is unauthorized"))
}

#[tokio::test(start_paused = true)]
async fn a_method_may_ask_for_somebody_who_has_signed_in() {
    let enter = call("1", "enter", "[]");
    assert_eq!(answers(User::anonymous(), &enter).await, [denied("1", "Enter")]);
    assert_eq!(answers(User::new("ada"), &enter).await, [result("1", "\"welcome\"")]);
}

#[tokio::test(start_paused = true)]
async fn a_method_may_ask_for_a_role_which_is_compared_exactly() {
    let open = call("1", "Open", "[]");
    for user in [User::anonymous(), User::new("ada"), User::new("ada").with_role("Admin").with_role("staff")] {
        assert_eq!(answers(user, &open).await, [denied("1", "Open")]);
    }
    assert_eq!(answers(User::new("ada").with_role("staff").with_role("admin"), &open).await, [result("1", "null")]);
}

#[tokio::test(start_paused = true)]
async fn one_of_several_roles_is_enough_if_they_stand_in_one_list() {
    let messages = call("1", "Look", "[]") + &call("2", "Both", "[]");
    let staff = || User::new("ada").with_role("staff");
    assert_eq!(answers(staff(), &messages).await, [result("1", "null"), denied("2", "Both")]);
    let admin = staff().with_role("admin");
    assert_eq!(answers(admin, &messages).await, [result("1", "null"), result("2", "null")]);
}

#[tokio::test(start_paused = true)]
async fn a_policy_decides_by_the_call() {
    let withdraw = call("1", "withdraw", "[7]");
    assert_eq!(answers(User::new("ada"), &withdraw).await, [denied("1", "Withdraw")]);
    let rich = User::new("ada").with_claim("wealth", "great");
    assert_eq!(answers(rich, &withdraw).await, [result("1", "7")]);
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_panics_admits_nobody() {
    let messages = call("1", "Broken", "[]") + &call("2", "Enter", "[]");
    assert_eq!(answers(User::new("ada"), &messages).await, [denied("1", "Broken"), result("2", "\"welcome\"")]);
}

#[test]
#[should_panic(
    expected = "hub `Vault` asks for policies that its builder was not given: `rich` for `Withdraw`, `broken` for `Broken`"
)]
fn a_policy_that_is_not_there_is_found_when_the_server_is_built() {
    let _ = HubServer::new(Vault(Probe::default()));
}

#[tokio::test(start_paused = true)]
async fn detailed_errors_tell_no_more() {
    let server = policies(HubServer::builder(Vault(Probe::default()))).enable_detailed_errors(true).build();
    let mut raw = Raw::connect(&server).await;
    raw.send(&call("1", "Open", "[]")).await;
    assert_eq!(raw.next().await, denied("1", "Open"));
}

#[tokio::test(start_paused = true)]
async fn a_denied_call_without_an_id_is_not_answered_and_not_made() {
    let (mut raw, probe) = connect(User::anonymous()).await;
    raw.send(&(send("Open", "[]") + &call("1", "Pass", "[]"))).await;
    assert_eq!(raw.next().await, failure("1", "Failed to invoke 'Pass' due to an error on the server."));
    assert!(probe.log().is_empty());
}

#[tokio::test(start_paused = true)]
async fn wrong_arguments_are_told_to_the_unauthorized_too() {
    let text = "Failed to invoke 'Open' due to an error on the server.";
    assert_eq!(answers(User::anonymous(), &call("1", "Open", "[1]")).await, [failure("1", text)]);
}

#[tokio::test(start_paused = true)]
async fn unauthorized_comes_before_the_wrong_kind_of_call_and_the_wrong_count_of_streams() {
    let messages = streamed("1", "Open", "[]") + &call("2", "Coins", "[]") + &upload("3", "Open", "[]", r#"["s"]"#);
    let expected = [denied("1", "Open"), denied("2", "Coins"), denied("3", "Open")];
    assert_eq!(answers(User::anonymous(), &messages).await, expected);
}

#[tokio::test(start_paused = true)]
async fn a_denied_call_waits_for_its_slot() {
    let (mut raw, probe) = connect(User::anonymous()).await;
    raw.send(&(call("1", "Pass", "[\"a\"]") + &call("2", "Open", "[]"))).await;
    assert!(raw.so_far().await.is_empty());
    probe.open("a");
    assert_eq!(raw.so_far().await, [result("1", "null"), denied("2", "Open")]);
}

#[tokio::test(start_paused = true)]
async fn the_streams_of_a_denied_call_are_unknown() {
    let (mut raw, probe) = connect(User::anonymous()).await;
    let items = r#"{"type":2,"invocationId":"s","item":1}␞{"type":3,"invocationId":"s"}␞"#;
    raw.send(&(upload("1", "Deposit", "[]", r#"["s"]"#) + items + &streamed("s", "Coins", "[]"))).await;
    assert_eq!(raw.so_far().await, [denied("1", "Deposit"), denied("s", "Coins")]);
    assert!(probe.log().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_user_who_may_streams_both_ways() {
    let (mut raw, probe) = connect(User::new("ada").with_role("admin")).await;
    let items = r#"{"type":2,"invocationId":"s","item":1}␞{"type":3,"invocationId":"s"}␞"#;
    raw.send(&(upload("1", "Deposit", "[]", r#"["s"]"#) + items)).await;
    assert_eq!(raw.so_far().await, [result("1", "null")]);
    assert_eq!(probe.log(), ["coin"]);
}

struct Club;

#[hub(authorize, authorize(policy = "members"))]
impl Club {
    fn enter(&self) {}
}

#[test]
fn what_a_hub_asks_is_there_for_what_serves_it() {
    let server = HubServer::builder(Club).policy("members", |context| {
        assert!(context.call().is_none());
        context.request().uri.path() == "/club"
    });
    let server = server.build();
    let request = |uri: &str| axum::http::Request::get(uri).body(()).unwrap().into_parts().0;
    assert!(server.admits(&User::new("ada"), &request("/club")));
    assert!(!server.admits(&User::new("ada"), &request("/")));
    assert!(!server.admits(&User::anonymous(), &request("/club")));
    assert!(vault().0.admits(&User::anonymous(), &request("/")));
}

#[test]
#[should_panic(expected = "hub `Club` asks for the policy `members`, which its builder was not given")]
fn a_policy_of_the_hub_that_is_not_there_is_found_when_the_server_is_built() {
    let _ = HubServer::new(Club);
}
