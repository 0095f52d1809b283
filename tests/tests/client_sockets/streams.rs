//! Streams from the hub (section 13.6), to the hub (section 13.7), and both at once.

use futures_util::StreamExt as _;
use futures_util::future::join_all;
use futures_util::stream::{iter, pending};
use hub_client::{InvocationError, upload, upload_results};
use tokio::sync::mpsc::channel;

use crate::support::{Server, Way, check_echoes, each_way, items, refusal};

each_way! {
    all_items_come_in_order,
    a_stream_that_is_dropped_is_cancelled,
    a_stream_may_fail,
    items_of_another_type_end_their_stream,
    one_stream_is_uploaded,
    several_streams_are_uploaded_among_other_arguments,
    an_upload_may_fail,
    an_upload_goes_on_behind_an_early_answer,
    an_upload_ends_with_the_call_that_is_given_up,
    items_go_both_ways_in_one_call,
}

async fn all_items_come_in_order(way: Way) {
    let server = Server::start().await;
    let hub = server.connect(way).await;
    let streams = join_all((0..10).map(async |of| {
        let stream = hub.stream::<i32>("Counter", (of * 100, 0)).await.unwrap();
        items(stream).await
    }));
    for (of, (numbers, error)) in streams.await.into_iter().enumerate() {
        assert!(error.is_none(), "{error:?}");
        assert!(numbers.into_iter().eq(0..i32::try_from(of).unwrap() * 100), "{of}");
    }
    let (texts, _) = items::<String>(hub.stream("CounterText", (2,)).await.unwrap()).await;
    assert_eq!(texts, ["item 0", "item 1"]);
}

async fn a_stream_that_is_dropped_is_cancelled(way: Way) {
    let server = Server::start().await;
    let hub = server.connect(way).await;
    let (sender, mut cancelled) = channel(1);
    hub.on("StreamCanceled", move || sender.try_send(()).unwrap_or_default());
    let mut stream = hub.stream::<i32>("Infinite", ()).await.unwrap();
    for number in 0..3 {
        assert_eq!(stream.next().await.unwrap().unwrap(), number);
    }
    assert!(cancelled.try_recv().is_err());
    drop(stream);
    cancelled.recv().await.unwrap();
    assert_eq!(hub.invoke::<i32>("EchoInt", (1,)).await.unwrap(), 1);
}

async fn a_stream_may_fail(way: Way) {
    let server = Server::start().await;
    let hub = server.connect(way).await;
    for (target, count, text) in [
        ("StreamFail", 3, "An error occurred on the server while streaming results."),
        ("StreamFail", 0, "An error occurred on the server while streaming results."),
        ("StreamFailHub", 2, "An error occurred on the server while streaming results. HubException: stream refused"),
    ] {
        let (numbers, error) = items::<i32>(hub.stream(target, (count,)).await.unwrap()).await;
        assert!(numbers.into_iter().eq(0..count), "{target}");
        assert_eq!(error.unwrap().to_string(), text);
    }
    for target in ["StreamThrowsAtOnce", "Nothing", "NoSuch"] {
        let (numbers, error) = items::<i32>(hub.stream(target, ()).await.unwrap()).await;
        assert!(numbers.is_empty());
        let error = error.unwrap();
        assert!(matches!(error, InvocationError::Server(_)), "{target}: {error:?}");
    }
}

async fn items_of_another_type_end_their_stream(way: Way) {
    let server = Server::start().await;
    let hub = server.connect(way).await;
    let (texts, error) = items::<String>(hub.stream("Infinite", ()).await.unwrap()).await;
    assert!(texts.is_empty());
    assert!(matches!(error, Some(InvocationError::WrongType(_))), "{error:?}");
    assert_eq!(hub.invoke::<i32>("EchoInt", (1,)).await.unwrap(), 1);
}

async fn one_stream_is_uploaded(way: Way) {
    let server = Server::start().await;
    let hub = server.connect(way).await;
    assert_eq!(hub.invoke::<i32>("Sum", (upload(iter(0..1000)),)).await.unwrap(), 499_500);
    assert_eq!(hub.invoke::<i32>("Sum", (upload(iter(0..0)),)).await.unwrap(), 0);
}

async fn several_streams_are_uploaded_among_other_arguments(way: Way) {
    let server = Server::start().await;
    let hub = server.connect(way).await;
    let letters = || upload(iter(["a", "b", "c"]));
    let one = hub.invoke::<String>("Concat", (letters(), "<", upload(iter(["d"]))));
    let other = hub.invoke::<String>("Concat", (upload(iter(["x"])), letters(), ">"));
    let (one, other) = tokio::join!(one, other);
    assert_eq!((one.unwrap(), other.unwrap()), ("<abc/d".to_owned(), ">x/abc".to_owned()));
}

async fn an_upload_may_fail(way: Way) {
    let server = Server::start().await;
    let hub = server.connect(way).await;
    let failing = upload_results(iter([Ok("a"), Err("no more"), Ok("b")]));
    let text = refusal(hub.invoke::<String>("Concat", ("", failing, upload(iter(["d"])))).await);
    assert!(text.ends_with("upload failed: Stream errored by client: 'no more'"), "{text}");
    let panicking = upload(iter([0]).map(|_| -> i32 { panic!("out of items") }));
    let text = refusal(hub.invoke::<i32>("Sum", (panicking,)).await);
    assert!(text.ends_with("Stream errored by client: 'out of items'"), "{text}");
    assert_eq!(hub.invoke::<i32>("EchoInt", (1,)).await.unwrap(), 1);
}

async fn an_upload_goes_on_behind_an_early_answer(way: Way) {
    let server = Server::start().await;
    let hub = server.connect(way).await;
    let (sender, mut taken) = channel(1);
    let numbers = iter(0..2000).inspect(move |number| {
        if *number == 1999 {
            sender.try_send(()).unwrap();
        }
    });
    assert_eq!(hub.invoke::<i32>("FirstOnly", (upload(numbers),)).await.unwrap(), 0);
    taken.recv().await.unwrap();
    assert_eq!(hub.invoke::<i32>("EchoInt", (1,)).await.unwrap(), 1);
}

async fn an_upload_ends_with_the_call_that_is_given_up(way: Way) {
    let server = Server::start().await;
    let hub = server.connect(way).await;
    let (held, mut released) = channel::<()>(1);
    let (sender, mut begun) = channel(1);
    let endless = iter([1]).chain(pending()).inspect(move |_| {
        let _alive = &held;
        sender.try_send(()).unwrap();
    });
    let call = hub.invoke::<i32>("Sum", (upload(endless),));
    tokio::select! {
        _ = call => panic!("the answer to half a question"),
        begun = begun.recv() => begun.unwrap(),
    }
    assert_eq!(released.recv().await, None);
    assert_eq!(hub.invoke::<i32>("EchoInt", (1,)).await.unwrap(), 1);
}

async fn items_go_both_ways_in_one_call(way: Way) {
    let server = Server::start().await;
    let hub = server.connect(way).await;
    let (sender, mut texts) = channel::<String>(1);
    let source = futures_util::stream::poll_fn(move |cx| texts.poll_recv(cx));
    let mut echoes = hub.stream::<String>("EchoStream", (upload(source),)).await.unwrap();
    // Each one leaves when the one before is back.
    for number in 0..50 {
        sender.send(number.to_string()).await.unwrap();
        assert_eq!(echoes.next().await.unwrap().unwrap(), number.to_string());
    }
    drop(sender);
    assert!(echoes.next().await.is_none());
    check_echoes(&hub, 1000).await;
}
