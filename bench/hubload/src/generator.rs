//! The loop over all connections: one thread, level-triggered epoll, one `recv` for each event and one `send` for what
//! came of it.

use std::collections::BTreeMap;
use std::os::fd::{AsFd as _, OwnedFd};
use std::time::{Duration, Instant};

use anyhow::Result;
use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, recv, send, sockopt};

use crate::connection::{Connection, State};
use crate::message;
use crate::options::{Address, Target};
use crate::scenario::Scenario;

const READ: usize = 256 * 1024;
/// Clients send a ping this often, as the official ones do.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
const PING_STEP: Duration = Duration::from_millis(20);
const SLEEP: Duration = Duration::from_millis(10);
/// Marks the events of a connection's second socket.
pub(crate) const POSTS: u64 = 1 << 40;
const KINDS_OF_ERRORS: usize = 20;

#[derive(Debug)]
pub(crate) struct Generator {
    pub(crate) target: Target,
    pub(crate) address: Address,
    pub(crate) poller: OwnedFd,
    pub(crate) connections: Vec<Connection>,
    /// Output for the connection that is being read.
    pub(crate) output: Vec<u8>,
    /// Nanoseconds since the start, read once for each event.
    pub(crate) now: u64,
    start: Instant,
    pub(crate) errors: BTreeMap<String, u64>,
    /// Connections that were begun, and are not open.
    pub(crate) opening: usize,
    /// The first connection that was never begun.
    pub(crate) next: usize,
    pub(crate) ready: usize,
    pub(crate) failed: usize,
    pub(crate) lost: usize,
    pub(crate) pings: u64,
    /// Whether connections that end are none that were lost.
    pub(crate) is_ending: bool,
    /// Whether the loop never sleeps.
    pub(crate) spins: bool,
    pub(crate) buffer: Vec<u8>,
    ping: Vec<u8>,
    pinged: u64,
    next_pinged: usize,
}

impl Generator {
    pub(crate) fn new(target: Target) -> Result<Self> {
        Ok(Self {
            address: target.address()?,
            poller: epoll::create(CreateFlags::CLOEXEC)?,
            connections: (0..target.connections).map(|_| Connection::new()).collect(),
            output: Vec::with_capacity(READ),
            now: 0,
            start: Instant::now(),
            errors: BTreeMap::new(),
            opening: 0,
            next: 0,
            ready: 0,
            failed: 0,
            lost: 0,
            pings: 0,
            is_ending: false,
            spins: target.spin,
            buffer: vec![0; READ],
            ping: message::wrapped(&target, &message::ping(target.protocol)),
            pinged: 0,
            next_pinged: 0,
            target,
        })
    }

    /// Runs for so long.
    pub(crate) fn run_for(&mut self, scenario: &mut dyn Scenario, seconds: f64) {
        let end = self.clock() + (seconds * 1e9) as u64;
        self.run_until(scenario, |generator| generator.now >= end);
    }

    /// Runs until something is so.
    pub(crate) fn run_until(&mut self, scenario: &mut dyn Scenario, is_over: impl Fn(&Self) -> bool) {
        let mut events = Vec::with_capacity(1024);
        while !is_over(self) {
            self.open_more(scenario);
            let wait = if self.spins { Duration::ZERO } else { SLEEP };
            let wait = Timespec { tv_sec: 0, tv_nsec: i64::from(wait.subsec_nanos()) };
            events.clear();
            // Interrupted is as good as nothing.
            let _ = epoll::wait(&self.poller, rustix::buffer::spare_capacity(&mut events), Some(&wait));
            for event in &events {
                self.event(scenario, event);
            }
            self.clock();
            scenario.round_end(self);
            self.send_pings();
        }
    }

    #[inline]
    pub(crate) fn clock(&mut self) -> u64 {
        self.now = self.start.elapsed().as_nanos() as u64;
        self.now
    }

    pub(crate) fn error(&mut self, what: impl Into<String>) {
        let what = what.into();
        let is_known = self.errors.contains_key(&what) || self.errors.len() < KINDS_OF_ERRORS;
        *self.errors.entry(if is_known { what } else { "other".to_owned() }).or_default() += 1;
    }

    pub(crate) fn is_open(&self, index: usize) -> bool {
        self.connections[index].is_open()
    }

    fn event(&mut self, scenario: &mut dyn Scenario, event: &Event) {
        let number = event.data.u64();
        let index = (number & !POSTS) as usize;
        let flags = event.flags;
        if number & POSTS != 0 {
            return self.posts_event(scenario, index, flags);
        }
        if flags.contains(EventFlags::OUT)
            && let Err(error) = self.writable(index)
        {
            return self.refused(scenario, index, format!("connect: {error}"));
        }
        if flags != EventFlags::OUT {
            self.readable(scenario, index);
        }
    }

    fn readable(&mut self, scenario: &mut dyn Scenario, index: usize) {
        let Some(socket) = &self.connections[index].socket else { return };
        let length = match recv(socket.as_fd(), &mut self.buffer[..], RecvFlags::empty()) {
            Err(Errno::AGAIN) => return,
            Ok((0, _)) | Err(_) => {
                self.clock();
                return self.closed(scenario, index);
            }
            Ok((length, _)) => length,
        };
        self.clock();
        let mut unread = std::mem::take(&mut self.connections[index].unread);
        if unread.is_empty() {
            let buffer = std::mem::take(&mut self.buffer);
            let taken = self.consume(scenario, index, &buffer[..length]);
            unread.extend_from_slice(&buffer[taken..length]);
            self.buffer = buffer;
        } else {
            unread.extend_from_slice(&self.buffer[..length]);
            let taken = self.consume(scenario, index, &unread);
            unread.drain(..taken);
        }
        if self.connections[index].state != State::Closed {
            self.connections[index].unread = unread;
        }
        self.flush(index);
    }

    /// Sends what came of reading a connection.
    fn flush(&mut self, index: usize) {
        if !self.output.is_empty() {
            let mut output = std::mem::take(&mut self.output);
            self.send(index, &output);
            output.clear();
            self.output = output;
        }
    }

    /// Sends records that are wrapped for the transport.
    #[inline]
    pub(crate) fn send(&mut self, index: usize, bytes: &[u8]) {
        if let Some(posts) = &mut self.connections[index].posts {
            posts.queue.extend_from_slice(bytes);
            self.post(index);
        } else {
            self.send_raw(index, bytes);
        }
    }

    #[inline]
    pub(crate) fn send_raw(&mut self, index: usize, bytes: &[u8]) {
        let connection = &mut self.connections[index];
        let Some(socket) = &connection.socket else { return };
        if !connection.unsent.is_empty() {
            return connection.unsent.extend_from_slice(bytes);
        }
        let sent = match send(socket, bytes, SendFlags::NOSIGNAL) {
            Ok(sent) if sent == bytes.len() => return,
            Ok(sent) => sent,
            Err(Errno::AGAIN) => 0,
            // The next read will notice.
            Err(_) => return,
        };
        connection.unsent.extend_from_slice(&bytes[sent..]);
        self.wait_for_room(index, true);
    }

    fn wait_for_room(&mut self, index: usize, waits: bool) {
        let connection = &mut self.connections[index];
        let Some(socket) = connection.socket.as_ref().filter(|_| connection.waits_for_room != waits) else { return };
        connection.waits_for_room = waits;
        let flags = if waits { EventFlags::IN | EventFlags::OUT } else { EventFlags::IN };
        // It fails for a socket that is not registered only, and this one is.
        let _ = epoll::modify(&self.poller, socket, EventData::new_u64(index as u64), flags);
    }

    fn writable(&mut self, index: usize) -> Result<(), Errno> {
        let connection = &mut self.connections[index];
        let Some(socket) = &connection.socket else { return Ok(()) };
        if connection.state == State::Connecting {
            sockopt::socket_error(socket)??;
            self.connected(index);
        }
        let unsent = std::mem::take(&mut self.connections[index].unsent);
        if !unsent.is_empty() {
            self.send_raw(index, &unsent);
        }
        if self.connections[index].unsent.is_empty() {
            self.wait_for_room(index, false);
        }
        Ok(())
    }

    /// Pings, spread over time.
    fn send_pings(&mut self) {
        let since = self.now - self.pinged;
        let count = self.connections.len() as u64;
        let due = (u128::from(since) * u128::from(count) / KEEP_ALIVE.as_nanos()) as usize;
        if u128::from(since) < PING_STEP.as_nanos() || due == 0 {
            return;
        }
        self.pinged = self.now;
        let ping = std::mem::take(&mut self.ping);
        for _ in 0..due.min(self.connections.len()) {
            self.next_pinged = (self.next_pinged + 1) % self.connections.len();
            if self.is_open(self.next_pinged) {
                self.send(self.next_pinged, &ping);
            }
        }
        self.ping = ping;
    }
}
