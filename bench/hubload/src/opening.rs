//! How a connection is opened and ended: connect, negotiate, upgrade, shake hands.

use std::os::fd::{AsFd as _, OwnedFd};

use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, connect, socket_with, sockopt};
use serde_json::Value;
use wire::{http, json, websocket};

use crate::connection::{Posts, State};
use crate::generator::Generator;
use crate::message;
use crate::options::Transport;
use crate::scenario::Scenario;

const TRIES: u8 = 3;
/// The code of a close in order.
const NORMAL: [u8; 2] = 1000_u16.to_be_bytes();
const UPGRADE: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

impl Generator {
    /// Begins connections that were never begun, as many as may be opening.
    pub(crate) fn open_more(&mut self, scenario: &mut dyn Scenario) {
        while self.next < self.connections.len() && self.opening < self.target.opening {
            self.next += 1;
            self.open(scenario, self.next - 1);
        }
    }

    pub(crate) fn open(&mut self, scenario: &mut dyn Scenario, index: usize) {
        self.opening += 1;
        self.connections[index].began = self.clock();
        self.connections[index].state = State::Connecting;
        if let Err(error) = self.connect(index) {
            self.refused(scenario, index, format!("connect: {error}"));
        }
    }

    fn connect(&mut self, index: usize) -> Result<(), Errno> {
        let (socket, is_connected) = self.socket(index as u64)?;
        self.connections[index].socket = Some(socket);
        self.connections[index].waits_for_room = !is_connected;
        if is_connected {
            self.connected(index);
        }
        Ok(())
    }

    /// A new socket to the server, and whether it is connected already.
    pub(crate) fn socket(&self, number: u64) -> Result<(OwnedFd, bool), Errno> {
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let socket = socket_with(AddressFamily::INET, SocketType::STREAM, flags, None)?;
        sockopt::set_tcp_nodelay(&socket, true)?;
        let is_connected = match connect(socket.as_fd(), &self.address.socket) {
            Ok(()) => true,
            Err(Errno::INPROGRESS) => false,
            Err(error) => return Err(error),
        };
        let flags = if is_connected { EventFlags::IN } else { EventFlags::IN | EventFlags::OUT };
        epoll::add(&self.poller, &socket, EventData::new_u64(number), flags)?;
        Ok((socket, is_connected))
    }

    pub(crate) fn connected(&mut self, index: usize) {
        if !self.connections[index].token.is_empty() {
            return self.upgrade(index);
        }
        self.connections[index].state = State::Negotiating;
        let path = format!("{}/negotiate?negotiateVersion=1{}", self.address.path, self.user(index, '&'));
        let request = format!("POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Length: 0\r\n\r\n", self.address.host);
        self.send_raw(index, request.as_bytes());
    }

    fn user(&self, index: usize, separator: char) -> String {
        if self.target.users { format!("{separator}user=u{index:08}") } else { String::new() }
    }

    /// The path and query of a connection that has negotiated.
    pub(crate) fn path(&self, index: usize) -> String {
        let encoded = self.connections[index].token.bytes().map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        });
        format!("{}?id={}{}", self.address.path, encoded.collect::<String>(), self.user(index, '&'))
    }

    fn upgrade(&mut self, index: usize) {
        self.connections[index].state = State::Upgrading;
        let headers = match self.target.transport {
            Transport::Ws => UPGRADE,
            Transport::Sse => "Accept: text/event-stream\r\n",
            Transport::Lp => "",
        };
        let request = format!("GET {} HTTP/1.1\r\nHost: {}\r\n{headers}\r\n", self.path(index), self.address.host);
        self.send_raw(index, request.as_bytes());
    }

    /// The answer to the negotiation.
    pub(crate) fn negotiated(&mut self, scenario: &mut dyn Scenario, index: usize, head: &[u8], body: &[u8]) {
        let answer: Value = serde_json::from_slice(body).unwrap_or_default();
        match answer["connectionToken"].as_str() {
            Some(token) if http::status(head) == 200 => {
                self.connections[index].token = token.into();
                self.upgrade(index);
            }
            _ => self.refused(scenario, index, format!("negotiate: {} {answer}", http::status(head))),
        }
    }

    /// The answer to the upgrade.
    pub(crate) fn upgraded(&mut self, scenario: &mut dyn Scenario, index: usize, head: &[u8]) {
        let transport = self.target.transport;
        let expected = if transport == Transport::Ws { 101 } else { 200 };
        let status = http::status(head);
        if status != expected {
            return self.refused(scenario, index, format!("upgrade: {status}"));
        }
        let connection = &mut self.connections[index];
        connection.state = State::Handshake;
        connection.is_chunked = http::header(head, "transfer-encoding").is_some();
        connection.posts = (transport != Transport::Ws).then(|| Box::new(Posts::default()));
        if transport == Transport::Lp {
            self.poll(index);
        }
        let handshake = message::wrapped(&self.target, &message::handshake(self.target.protocol));
        self.send(index, &handshake);
    }

    /// The answer to the handshake.
    pub(crate) fn shaken(&mut self, scenario: &mut dyn Scenario, index: usize, record: &[u8]) {
        if let Some(error) = json::record(record).and_then(|record| record.error) {
            let error = format!("handshake: {}", String::from_utf8_lossy(error));
            return self.refused(scenario, index, error);
        }
        self.connections[index].state = State::Open;
        self.connections[index].failures = 0;
        self.opening -= 1;
        scenario.opened(self, index);
    }

    /// The connection could not be opened; it is tried again.
    pub(crate) fn refused(&mut self, scenario: &mut dyn Scenario, index: usize, why: String) {
        self.error(why);
        self.closed(scenario, index);
    }

    /// The connection is gone.
    pub(crate) fn closed(&mut self, scenario: &mut dyn Scenario, index: usize) {
        let connection = &mut self.connections[index];
        if connection.state == State::Closed {
            return;
        }
        let was_opening = connection.is_opening();
        connection.close();
        self.output.clear();
        if was_opening {
            self.opening -= 1;
            return self.try_again(scenario, index);
        }
        if !scenario.closed(self, index) && !self.is_ending {
            self.lost += 1;
            self.error("connection lost");
        }
    }

    fn try_again(&mut self, scenario: &mut dyn Scenario, index: usize) {
        let connection = &mut self.connections[index];
        connection.failures += 1;
        if connection.failures < TRIES && !self.is_ending {
            self.open(scenario, index);
        } else {
            self.failed += 1;
            self.error("connection could not be opened");
        }
    }

    /// Says goodbye; the server ends the connection.
    pub(crate) fn say_goodbye(&mut self, index: usize) {
        let frame = message::frame(websocket::CLOSE, &NORMAL);
        self.send_raw(index, &frame);
        self.connections[index].state = State::Closing;
    }

    /// Ends a connection without a word.
    pub(crate) fn hang_up(&mut self, index: usize) {
        if self.connections[index].is_opening() {
            self.opening -= 1;
        }
        self.connections[index].close();
    }
}
