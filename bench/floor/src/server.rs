//! The loop over all sockets.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddrV4;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, accept_with, bind, listen, recv, send, socket_with,
    sockopt,
};
use wire::http;
use wire::websocket::{self, Parsed};

use crate::connection::{Connection, Phase};
use crate::groups::{Frames, Groups};
use crate::message::{Protocol, put_ping};
use crate::streams;

const KEEP_ALIVE: Duration = Duration::from_secs(15);
const BACKLOG: i32 = 4096;
const READ: usize = 256 * 1024;
const ACCEPTED_AT_A_TIME: usize = 256;
const LISTENER: u64 = u64::MAX;
const NEW: SocketFlags = SocketFlags::NONBLOCK.union(SocketFlags::CLOEXEC);

#[derive(Debug)]
pub(crate) struct Server {
    poller: OwnedFd,
    listener: OwnedFd,
    pub(crate) connections: Vec<Connection>,
    free: Vec<u32>,
    /// Closed in this round; events of the round may still name them.
    closed: Vec<u32>,
    /// Frames for the connection that is being read.
    pub(crate) output: Vec<u8>,
    pub(crate) broadcast: Frames,
    pub(crate) groups: Groups,
    scratch: Vec<u8>,
    pub(crate) negotiated: u64,
}

impl Server {
    pub(crate) fn listen(address: SocketAddrV4) -> io::Result<Self> {
        let listener = socket_with(AddressFamily::INET, SocketType::STREAM, NEW, None)?;
        sockopt::set_socket_reuseaddr(&listener, true)?;
        bind(&listener, &address)?;
        listen(&listener, BACKLOG)?;
        let poller = epoll::create(CreateFlags::CLOEXEC)?;
        epoll::add(&poller, &listener, EventData::new_u64(LISTENER), EventFlags::IN)?;
        Ok(Self {
            poller,
            listener,
            connections: Vec::new(),
            free: Vec::new(),
            closed: Vec::new(),
            output: Vec::with_capacity(READ),
            broadcast: Frames::default(),
            groups: Groups::default(),
            scratch: Vec::new(),
            negotiated: 0,
        })
    }

    pub(crate) fn run(&mut self) -> io::Result<Infallible> {
        let mut buffer = vec![0; READ];
        let mut events = Vec::with_capacity(1024);
        let mut next_ping = Instant::now() + KEEP_ALIVE;
        let wait = Timespec { tv_sec: 1, tv_nsec: 0 };
        loop {
            events.clear();
            match epoll::wait(&self.poller, rustix::buffer::spare_capacity(&mut events), Some(&wait)) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            for event in &events {
                self.event(event, &mut buffer)?;
            }
            self.send_to_many();
            self.free.append(&mut self.closed);
            if Instant::now() >= next_ping {
                next_ping = Instant::now() + KEEP_ALIVE;
                self.ping_all();
            }
        }
    }

    fn event(&mut self, event: &Event, buffer: &mut [u8]) -> io::Result<()> {
        let number = event.data.u64();
        if number == LISTENER {
            return self.accept();
        }
        let index = number as u32;
        let flags = event.flags;
        if flags.contains(EventFlags::OUT) {
            self.writable(index);
        }
        if flags != EventFlags::OUT && !self.connections[index as usize].is_closed() {
            self.readable(index, buffer);
        }
        Ok(())
    }

    fn accept(&mut self) -> io::Result<()> {
        for _ in 0..ACCEPTED_AT_A_TIME {
            let Ok(socket) = accept_with(&self.listener, NEW) else { return Ok(()) };
            sockopt::set_tcp_nodelay(&socket, true)?;
            let index = self.free.pop().unwrap_or(self.connections.len() as u32);
            epoll::add(&self.poller, &socket, EventData::new_u64(u64::from(index)), EventFlags::IN)?;
            let connection = Connection::new(socket);
            match self.connections.get_mut(index as usize) {
                Some(place) => *place = connection,
                None => self.connections.push(connection),
            }
        }
        Ok(())
    }

    pub(crate) fn close(&mut self, index: u32) {
        let connection = &mut self.connections[index as usize];
        if connection.is_closed() {
            return;
        }
        for group in connection.close() {
            self.groups.leave(group, index);
        }
        self.closed.push(index);
    }

    fn readable(&mut self, index: u32, buffer: &mut [u8]) {
        let connection = &mut self.connections[index as usize];
        let Some(socket) = &connection.socket else { return };
        let data = match recv(socket.as_fd(), &mut *buffer, RecvFlags::empty()) {
            Err(Errno::AGAIN) => return,
            Ok((0, _)) | Err(_) => return self.close(index),
            Ok((length, _)) => &mut buffer[..length],
        };
        let mut unread = std::mem::take(&mut connection.unread);
        if unread.is_empty() {
            let taken = self.consume(index, data);
            unread.extend_from_slice(&data[taken..]);
        } else {
            unread.extend_from_slice(data);
            let taken = self.consume(index, &mut unread);
            unread.drain(..taken);
        }
        self.connections[index as usize].unread = unread;
        self.flush(index);
    }

    /// Takes what is complete; returns how much that was.
    fn consume(&mut self, index: u32, bytes: &mut [u8]) -> usize {
        let mut taken = 0;
        loop {
            let rest = &mut bytes[taken..];
            let consumed = match self.connections[index as usize].phase {
                Phase::Closed => return bytes.len(),
                Phase::Http => self.head(index, rest),
                Phase::Handshake | Phase::Open(_) => self.frame(index, rest),
            };
            match consumed {
                Some(length) => taken += length,
                None => return taken,
            }
        }
    }

    fn head(&mut self, index: u32, bytes: &[u8]) -> Option<usize> {
        let length = http::head_length(bytes)?;
        let (head, rest) = bytes.split_at(length);
        let (_, body) = http::body(head, rest)?;
        self.http(index, head);
        Some(length + body)
    }

    #[inline]
    fn frame(&mut self, index: u32, bytes: &mut [u8]) -> Option<usize> {
        let header = match websocket::header(bytes) {
            Parsed::Complete(header) => header,
            Parsed::Incomplete => return None,
            Parsed::Bad => {
                self.close(index);
                return Some(bytes.len());
            }
        };
        let end = header.size + header.length;
        let payload = bytes.get_mut(header.size..end)?;
        websocket::mask(payload, header.key.unwrap_or_default());
        match header.opcode {
            websocket::CLOSE => {
                websocket::put_frame(&mut self.output, websocket::CLOSE, payload, None);
                self.flush(index);
                self.close(index);
            }
            websocket::PING => websocket::put_frame(&mut self.output, websocket::PONG, payload, None),
            websocket::PONG => {}
            _ => self.payload(index, payload),
        }
        Some(end)
    }

    /// Sends what came of reading a connection.
    fn flush(&mut self, index: u32) {
        if !self.output.is_empty() {
            let mut output = std::mem::take(&mut self.output);
            self.send(index, &output);
            output.clear();
            self.output = output;
        }
        let connection = &self.connections[index as usize];
        if !connection.is_closed() && connection.unsent.is_empty() && connection.is_streaming() {
            self.pump(index);
        }
    }

    #[inline]
    fn send(&mut self, index: u32, bytes: &[u8]) {
        let connection = &mut self.connections[index as usize];
        let Some(socket) = &connection.socket else { return };
        if !connection.unsent.is_empty() {
            return connection.unsent.extend_from_slice(bytes);
        }
        let sent = match send(socket, bytes, SendFlags::NOSIGNAL) {
            Ok(sent) if sent == bytes.len() => return,
            Ok(sent) => sent,
            Err(Errno::AGAIN) => 0,
            Err(_) => return self.close(index),
        };
        connection.unsent.extend_from_slice(&bytes[sent..]);
        self.wait_for_room(index, true);
    }

    fn wait_for_room(&mut self, index: u32, waits: bool) {
        let connection = &mut self.connections[index as usize];
        let Some(socket) = connection.socket.as_ref().filter(|_| connection.waits_for_room != waits) else { return };
        connection.waits_for_room = waits;
        let flags = if waits { EventFlags::IN | EventFlags::OUT } else { EventFlags::IN };
        // It fails for a socket that is not registered only, and this one is.
        let _ = epoll::modify(&self.poller, socket, EventData::new_u64(u64::from(index)), flags);
    }

    fn writable(&mut self, index: u32) {
        let unsent = std::mem::take(&mut self.connections[index as usize].unsent);
        if !unsent.is_empty() {
            self.send(index, &unsent);
        }
        let connection = &self.connections[index as usize];
        if connection.is_closed() || !connection.unsent.is_empty() {
            return;
        }
        if connection.is_streaming() {
            self.pump(index);
        } else {
            self.wait_for_room(index, false);
        }
    }

    /// Sends a chunk of streams, to a connection that has nothing unsent.
    fn pump(&mut self, index: u32) {
        let connection = &mut self.connections[index as usize];
        let (Phase::Open(protocol), Some(extra)) = (connection.phase, &mut connection.extra) else { return };
        let mut chunk = std::mem::take(&mut self.scratch);
        streams::put_chunk(&mut extra.streams, protocol, &mut chunk);
        self.send(index, &chunk);
        chunk.clear();
        self.scratch = chunk;
        let connection = &self.connections[index as usize];
        let waits = connection.is_streaming() || !connection.unsent.is_empty();
        self.wait_for_room(index, waits);
    }

    /// Sends what this round gathered for many: one `send` for each receiver.
    fn send_to_many(&mut self) {
        if !self.broadcast.is_empty() {
            let mut frames = std::mem::take(&mut self.broadcast);
            (0..self.connections.len() as u32).for_each(|index| self.send_frames(index, &frames));
            frames.clear();
            self.broadcast = frames;
        }
        while let Some((number, mut group)) = self.groups.take_dirty() {
            group.members.iter().for_each(|&index| self.send_frames(index, &group.frames));
            if !self.closed.is_empty() {
                group.members.retain(|&index| !self.connections[index as usize].is_closed());
            }
            self.groups.put_back(number, group);
        }
    }

    #[inline]
    fn send_frames(&mut self, index: u32, frames: &Frames) {
        if let Phase::Open(protocol) = self.connections[index as usize].phase {
            self.send(index, frames.of(protocol));
        }
    }

    fn ping_all(&mut self) {
        let pings = [Protocol::Json, Protocol::MessagePack].map(|protocol| {
            let mut frame = Vec::new();
            put_ping(protocol, &mut frame);
            (protocol, frame)
        });
        for index in 0..self.connections.len() {
            let phase = self.connections[index].phase;
            if let Some((_, frame)) = pings.iter().find(|(protocol, _)| phase == Phase::Open(*protocol)) {
                self.send(index as u32, frame);
            }
        }
    }
}
