//! Client results across servers (section 12.6).

use std::time::{Duration, Instant};

use crate::support::{Came, Client, Redis, Server, in_time};

struct Pair {
    a: Server,
    _b: Server,
    asking: Client,
    json: Client,
    message_pack: Client,
    _redis: Redis,
}

async fn pair() -> Pair {
    let redis = Redis::start();
    let (a, b) = (Server::start(&redis).await, Server::start(&redis).await);
    let asking = Client::json(&a.hub).await;
    let (json, message_pack) = (Client::json(&b.hub).await, Client::message_pack(&b.hub).await);
    Pair { a, _b: b, asking, json, message_pack, _redis: redis }
}

/// What the asking client gets when the other one answers this.
async fn answered(asking: &mut Client, other: &mut Client, answer: Result<&str, &str>) -> Came {
    asking.begin("AskClient", &[other.id().as_str(), "why"]).await;
    let id = other.question().await;
    other.answer(&id, answer).await;
    asking.next().await
}

#[tokio::test]
async fn a_client_of_another_server_answers_in_its_own_protocol() {
    let mut pair = pair().await;
    for other in [&mut pair.json, &mut pair.message_pack] {
        let text = "because \"é😀\"";
        let came = answered(&mut pair.asking, other, Ok(text)).await;
        assert_eq!(came, Came::Done(Ok(Some(text.to_owned()))));
    }
}

#[tokio::test]
async fn an_error_of_the_client_is_read_by_who_asked() {
    let mut pair = pair().await;
    for other in [&mut pair.json, &mut pair.message_pack] {
        let Came::Done(Err(error)) = answered(&mut pair.asking, other, Err("no idea")).await else {
            panic!("no error")
        };
        assert!(error.ends_with("HubException: no idea"), "{error}");
    }
}

#[tokio::test]
async fn who_does_not_exist_is_not_waited_for() {
    let mut pair = pair().await;
    let error = pair.asking.call("AskClient", &["nobody", "why"]).await.unwrap_err();
    assert!(error.ends_with("IOException: Connection 'nobody' does not exist."), "{error}");
}

#[tokio::test]
async fn who_goes_away_instead_of_answering_is_not_waited_for() {
    let mut pair = pair().await;
    let id = pair.json.id().to_string();
    pair.asking.begin("AskClient", &[&id, "why"]).await;
    pair.json.question().await;
    drop(pair.json);
    let Came::Done(Err(error)) = pair.asking.next().await else { panic!("no error") };
    assert!(error.ends_with("HubException: Connection disconnected."), "{error} (R-73)");
}

#[tokio::test]
async fn only_who_was_asked_may_answer() {
    let mut pair = pair().await;
    let asked = pair.json.id().to_string();
    pair.asking.begin("AskClient", &[&asked, "why"]).await;
    let id = pair.json.question().await;
    pair.message_pack.answer(&id, Ok("let me")).await;
    let Came::Closed(Some(error)) = pair.message_pack.next().await else { panic!("not closed") };
    assert!(error.contains("is not valid for invocation ID"), "{error}");
    pair.json.answer(&id, Ok("mine")).await;
    assert_eq!(pair.asking.next().await, Came::Done(Ok(Some("mine".to_owned()))));
}

#[tokio::test]
async fn who_gives_up_gets_a_late_answer_no_more() {
    let mut pair = pair().await;
    let asked = pair.json.id().clone();
    let handle = pair.a.handle();
    let clients = handle.clients();
    let question = clients.client(&asked).ask::<String, _>("Ask", ("why",)).timeout(Duration::from_millis(100));
    let error = in_time(question).await.unwrap_err();
    assert_eq!(error.text(), "Invocation canceled by the server.");
    let id = pair.json.question().await;
    pair.json.answer(&id, Ok("too late")).await;
    let came = answered(&mut pair.asking, &mut pair.json, Ok("in time")).await;
    assert_eq!(came, Came::Done(Ok(Some("in time".to_owned()))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_is_not_waited_for() {
    let redis = Redis::start();
    let a = Server::start(&redis).await;
    let mut asking = Client::json(&a.hub).await;
    // A server of which only the subscription is left, and which goes without a goodbye.
    let gone = "c2VydmVyIHRoYXQgZGllcw";
    let mut server = redis.subscriber(&format!("P:connection:{gone}"));
    asking.begin("AskClient", &[gone, "why"]).await;
    assert!(server.next_payload().starts_with(b"\x94\x90\x82"));
    let start = Instant::now();
    drop(server);
    let Came::Done(Err(error)) = asking.next().await else { panic!("no error") };
    assert!(error.ends_with(&format!("Connection '{gone}' disconnected.")), "{error}");
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
}

#[tokio::test]
async fn many_questions_are_open_at_once() {
    let mut pair = pair().await;
    let handle = pair.a.handle();
    let (clients, id) = (handle.clients(), pair.message_pack.id().clone());
    let questions = (0..200).map(|number| clients.client(&id).ask::<String, _>("Ask", (number.to_string(),)));
    let asking = tokio::spawn(futures_util::future::join_all(questions.collect::<Vec<_>>()));
    let mut open = Vec::new();
    while open.len() < 200 {
        if let Came::Call { id: Some(id), arguments, .. } = pair.message_pack.next().await {
            open.push((id, arguments[0].clone().unwrap()));
        }
    }
    // In another order than asked.
    for (id, prompt) in open.into_iter().rev() {
        pair.message_pack.answer(&id, Ok(&prompt)).await;
    }
    let answers = in_time(asking).await.unwrap();
    for (number, answer) in answers.into_iter().enumerate() {
        assert_eq!(answer.unwrap(), number.to_string());
    }
}
