//! Random cuts, both ways: every message arrives exactly once and in order, and every call is answered.

use std::time::Duration;

use hub_client::testing::in_memory;
use hub_client::{ConnectionState, HubConnection};
use hub_core::HubProtocol;
use hub_server::HubServer;
use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::support::{Basic, Log, in_time, settle};

const RUNS: u64 = 60;
const STEPS: usize = 200;

#[tokio::test(start_paused = true)]
async fn every_message_arrives_once_and_in_order_whatever_is_cut() {
    for seed in 0..RUNS {
        in_time(run(seed)).await;
    }
}

async fn run(seed: u64) {
    let mut random = Random(seed);
    let (noted, said) = (Log::default(), Log::default());
    let server = HubServer::builder(Basic(noted.clone()))
        .stateful_reconnect_buffer_size(random.within(200, 3_000))
        .transport_send_timeout(Duration::MAX)
        .build();
    let network = in_memory(&server).capacity(random.within(50, 3_000));
    let protocol = if seed.is_multiple_of(2) { HubProtocol::json() } else { HubProtocol::message_pack() };
    let connection = HubConnection::with_connector(network.clone())
        .protocol(protocol)
        .with_stateful_reconnect()
        .stateful_reconnect_buffer_size(random.within(50, 3_000))
        .build();
    let says = said.clone();
    connection.on("Say", move |text: String| says.note(text));
    connection.on("Answer", |question: String| question);
    connection.start().await.unwrap();

    let sender = sender(&connection);
    let (mut count, mut calls) = (0, Vec::new());
    for _ in 0..STEPS {
        match random.below(10) {
            0..4 => {
                sender.send(count).unwrap();
                count += 1;
            }
            4..6 => {
                let (connection, question) = (connection.clone(), calls.len().to_string());
                calls.push(tokio::spawn(async move { connection.invoke::<String>("Ask", (question,)).await }));
            }
            6 => sleep(Duration::from_millis(random.below(1_500))).await,
            7 | 8 => settle().await,
            _ => cut(&network, &connection).await,
        }
    }
    for (number, call) in calls.into_iter().enumerate() {
        assert_eq!(call.await.unwrap().unwrap(), number.to_string(), "seed {seed}");
    }
    drop(sender);
    let expected: Vec<String> = (0..count).map(|number| number.to_string()).collect();
    let (mut all_noted, mut all_said) = (noted.take(), said.take());
    while all_noted.len() <= expected.len() || all_said.len() < expected.len() {
        sleep(Duration::from_secs(1)).await;
        all_noted.extend(noted.take());
        all_said.extend(said.take());
    }
    assert_eq!(all_noted[1..], expected, "seed {seed}");
    assert_eq!(all_said, expected, "seed {seed}");
}

/// Cuts the network once the last cut is overcome: two at once are a loss (S-39).
async fn cut(network: &hub_client::testing::InMemory, connection: &HubConnection) {
    sleep(Duration::from_secs(2)).await;
    assert_eq!(connection.state(), ConnectionState::Connected);
    network.cut();
}

/// Has each number noted by the hub and said by it, in order.
fn sender(connection: &HubConnection) -> mpsc::UnboundedSender<u32> {
    let (sender, mut numbers) = mpsc::unbounded_channel::<u32>();
    let connection = connection.clone();
    tokio::spawn(async move {
        while let Some(number) = numbers.recv().await {
            connection.send("Note", (number.to_string(),)).await.unwrap();
            connection.send("Say", (number.to_string(),)).await.unwrap();
        }
    });
    sender
}

/// Numbers that are the same in each run (`SplitMix64`).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn within(&mut self, from: u64, to: u64) -> usize {
        usize::try_from(from + self.below(to - from)).unwrap()
    }
}
