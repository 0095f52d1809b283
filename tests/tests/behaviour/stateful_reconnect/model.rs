//! Random cuts, both ways: every message arrives exactly once and in order.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::Duration;

use hub_core::protocol::{Frame, HubProtocol, Message};
use hub_core::transport::memory::{MemoryPeer, MemoryTransport, pair};
use hub_core::{NewConnection, ReconnectHandle};
use hub_server::{ConnectionId, HubServer, User};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time::{sleep, timeout};

use super::{DISCONNECT_TIMEOUT, request};
use crate::support::{Basic, Probe, in_time, settle};

const RUNS: u64 = 60;
const STEPS: usize = 250;

#[tokio::test(start_paused = true)]
async fn every_message_arrives_once_and_in_order_whatever_is_cut() {
    for seed in 0..RUNS {
        in_time(run(seed)).await;
    }
}

async fn run(seed: u64) {
    let mut random = Random(seed);
    let probe = Probe::default();
    let server = HubServer::builder(Basic(probe.clone()))
        .outbound_buffer_size(1_000_000)
        .stateful_reconnect_buffer_size(random.within(100..3_000))
        .transport_send_timeout(Duration::MAX)
        .build();
    let mut client = Client::connect(&server, &mut random).await;
    let down = sender(&server, &client.id);
    let (mut notes, mut says) = (0, 0);
    for _ in 0..STEPS {
        match random.below(12) {
            0..3 => {
                client.note(notes, &mut random).await;
                notes += 1;
            }
            3..6 => {
                down.send((says, random.below(2) == 0)).unwrap();
                says += 1;
            }
            6 | 7 => client.read().await,
            8 => client.acknowledge(&mut random).await,
            9 => sleep(Duration::from_millis(random.below(1_500))).await,
            10 => settle().await,
            _ => client.come_back(&mut random).await,
        }
    }
    while client.heard < says || probe_len(&probe, &mut client) < notes + 1 {
        client.read().await;
        client.acknowledge_all().await;
        settle().await;
    }
    let expected = (0..notes).map(|number| number.to_string());
    assert!(client.noted.iter().skip(1).cloned().eq(expected), "seed {seed}: {:?}", client.noted);
    assert_eq!(client.heard, says, "seed {seed}");
}

/// How much the hub has noted so far.
fn probe_len(probe: &Probe, client: &mut Client) -> u64 {
    client.noted.extend(probe.log());
    client.noted.len() as u64
}

/// Sends numbers to the client in order, alone or as one of many.
fn sender(server: &HubServer<Basic>, id: &ConnectionId) -> UnboundedSender<(u64, bool)> {
    let (sender, mut numbers) = unbounded_channel::<(u64, bool)>();
    let (clients, id) = (server.handle().clients(), id.clone());
    tokio::spawn(async move {
        while let Some((number, to_all)) = numbers.recv().await {
            let sending =
                if to_all { clients.all().send("Say", (number,)) } else { clients.client(&id).send("Say", (number,)) };
            sending.await.unwrap();
        }
    });
    sender
}

/// A client of the protocol that loses nothing either.
struct Client {
    id: ConnectionId,
    handle: ReconnectHandle<MemoryTransport>,
    peer: MemoryPeer,
    protocol: HubProtocol,
    unread: Vec<u8>,
    /// What the server has not acknowledged, and the number of the first.
    kept: VecDeque<Vec<u8>>,
    first: u64,
    /// The number of the next message, and the highest there was.
    next: u64,
    received: u64,
    /// Nothing may come before Sequence.
    resuming: bool,
    /// How many numbers the server has sent.
    heard: u64,
    noted: Vec<String>,
}

impl Client {
    async fn connect(server: &HubServer<Basic>, random: &mut Random) -> Self {
        let (transport, peer) = pair(random.capacity());
        let id = ConnectionId::random();
        let (handle, reconnects) = ReconnectHandle::new(DISCONNECT_TIMEOUT);
        let connection = NewConnection::new(id.clone(), request("/"), User::anonymous());
        tokio::spawn(server.serve_resumable(connection, transport, reconnects));
        peer.send(b"{\"protocol\":\"json\",\"version\":2}\x1e").await.unwrap();
        let mut answer = Vec::new();
        while answer != b"{}\x1e" {
            answer.extend(peer.receive().await.unwrap());
        }
        Self {
            id,
            handle,
            peer,
            protocol: HubProtocol::json(),
            unread: Vec::new(),
            kept: VecDeque::new(),
            first: 1,
            next: 1,
            received: 0,
            resuming: false,
            heard: 0,
            noted: Vec::new(),
        }
    }

    /// Sends a number, or only the beginning of it.
    async fn note(&mut self, number: u64, random: &mut Random) {
        let mut message = Vec::new();
        self.protocol.write_invocation(&mut message, None, "Note", &(number.to_string(),)).unwrap();
        self.kept.push_back(message.clone());
        if random.below(4) == 0 {
            message.truncate(random.within(0..message.len()));
            self.peer.send(&message).await.unwrap();
            self.come_back(random).await;
        } else {
            self.peer.send(&message).await.unwrap();
        }
    }

    /// Reads what has come.
    async fn read(&mut self) {
        while let Ok(bytes) = timeout(Duration::from_millis(1), self.peer.receive()).await {
            self.unread.extend(bytes.expect("the server has ended the connection"));
            while let Frame::Complete { message, consumed } = self.protocol.frame(&self.unread, None) {
                let message = self.unread[message].to_vec();
                self.unread.drain(..consumed);
                self.take(&message);
            }
        }
    }

    fn take(&mut self, message: &[u8]) {
        match self.protocol.parse(message).unwrap() {
            Message::Invocation(mut call) => {
                assert!(!self.resuming, "Sequence comes first");
                if self.next > self.received {
                    self.received = self.next;
                    assert_eq!(call.arguments.next::<u64>().unwrap().unwrap(), self.heard);
                    self.heard += 1;
                }
                self.next += 1;
            }
            Message::Ack { sequence_id } => {
                let number = u64::try_from(sequence_id).unwrap();
                assert!(number < self.first + self.kept.len() as u64, "{number} was never sent");
                while self.first <= number {
                    self.kept.pop_front().unwrap();
                    self.first += 1;
                }
            }
            Message::Sequence { sequence_id } => {
                assert!(std::mem::take(&mut self.resuming), "nobody came back");
                self.next = u64::try_from(sequence_id).unwrap();
                assert!(self.next <= self.received + 1, "messages were lost");
            }
            Message::Ping => {}
            other => panic!("{other:?}"),
        }
    }

    /// Acknowledges what came, or less than before.
    async fn acknowledge(&mut self, random: &mut Random) {
        let number = match random.below(6) {
            0 => random.below(self.received + 1),
            1 => 0,
            _ => self.received,
        };
        self.send_ack(number).await;
    }

    async fn acknowledge_all(&mut self) {
        self.send_ack(self.received).await;
    }

    async fn send_ack(&mut self, number: u64) {
        let mut message = Vec::new();
        self.protocol.write_ack(&mut message, number);
        self.peer.send(&message).await.unwrap();
    }

    /// Loses the connection, or seems to, and comes back, perhaps not for long.
    async fn come_back(&mut self, random: &mut Random) {
        loop {
            let (transport, peer) = pair(random.capacity());
            let old = std::mem::replace(&mut self.peer, peer);
            if random.below(3) == 0 {
                self.handle.attach(transport, request("/"));
                drop(old);
            } else {
                old.cut();
                sleep(Duration::from_millis(random.below(4) * 500)).await;
                self.handle.attach(transport, request("/"));
            }
            self.unread.clear();
            self.resuming = true;
            if self.resume(random).await {
                return;
            }
        }
    }

    /// Says what comes next and sends again what was not acknowledged; false if that was cut off.
    async fn resume(&mut self, random: &mut Random) -> bool {
        let mut messages = Vec::new();
        self.protocol.write_sequence(&mut messages, self.first);
        messages.extend(self.kept.iter().flatten());
        let whole = random.below(4) > 0;
        if !whole {
            messages.truncate(random.within(0..messages.len()));
        }
        self.peer.send(&messages).await.unwrap();
        whole
    }
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

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn within(&mut self, range: Range<usize>) -> usize {
        range.start + usize::try_from(self.below(range.len() as u64)).unwrap()
    }

    /// Of a pipe: a small one is cut within messages.
    fn capacity(&mut self) -> usize {
        self.within(20..400)
    }
}
