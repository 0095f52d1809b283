//! Calling the hub (section 13.5).

use hub_client::InvocationError;

use crate::support::{basic, connect};

#[tokio::test(start_paused = true)]
async fn a_call_gives_its_result() {
    let (server, log) = basic();
    let (connection, _) = connect(&server, |builder| builder).await;
    assert_eq!(connection.invoke::<i64>("Add", (1, 2)).await.unwrap(), 3);
    connection.invoke::<()>("Nothing", ()).await.unwrap();
    connection.send("Note", ("hello",)).await.unwrap();
    connection.stop().await;
    assert_eq!(log.take(), ["connected", "hello", "disconnected"]);
}

#[tokio::test(start_paused = true)]
async fn what_the_server_refuses_is_told_in_its_own_words() {
    let (server, _) = basic();
    let (connection, _) = connect(&server, |builder| builder).await;
    let error = connection.invoke::<()>("Refuse", ()).await.unwrap_err();
    assert!(matches!(error, InvocationError::Server(_)), "{error:?}");
    assert!(error.to_string().ends_with("HubException: Not today."), "{error}");
}
