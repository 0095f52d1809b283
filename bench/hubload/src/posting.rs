//! Polls, and requests that carry what a client of Server-Sent Events or long polling sends.

use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, recv, send};
use wire::http;

use crate::generator::{Generator, POSTS};
use crate::scenario::Scenario;

impl Generator {
    pub(crate) fn poll(&mut self, index: usize) {
        let request = format!("GET {} HTTP/1.1\r\nHost: {}\r\n\r\n", self.path(index), self.address.host);
        self.send_raw(index, request.as_bytes());
    }

    /// The answer to a poll.
    pub(crate) fn polled(&mut self, scenario: &mut dyn Scenario, index: usize, head: &[u8], body: &[u8]) {
        let status = http::status(head);
        if status != 200 {
            self.error(format!("poll: {status}"));
            return self.closed(scenario, index);
        }
        self.poll(index);
        self.payload(scenario, index, body);
    }

    /// Sends what is queued, unless a request is on its way.
    pub(crate) fn post(&mut self, index: usize) {
        let Some(posts) = &self.connections[index].posts else { return };
        if posts.is_busy || posts.queue.is_empty() || !self.has_posts_socket(index) {
            return;
        }
        let path = self.path(index);
        let Some(posts) = &mut self.connections[index].posts else { return };
        let Some(socket) = &posts.socket else { return };
        let length = posts.queue.len();
        let host = &self.address.host;
        let mut request =
            format!("POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n\r\n").into_bytes();
        request.extend_from_slice(&posts.queue);
        posts.sent = std::mem::take(&mut posts.queue);
        posts.is_busy = true;
        // A socket takes one request as a whole; whether it is gone shows with the next read.
        if send(socket, &request, SendFlags::NOSIGNAL).is_ok_and(|sent| sent < request.len()) {
            self.error("post: the socket was full");
        }
    }

    /// Whether there is a socket for requests; otherwise one is on its way.
    fn has_posts_socket(&mut self, index: usize) -> bool {
        let Some(posts) = &self.connections[index].posts else { return false };
        if posts.socket.is_some() {
            return posts.is_connected;
        }
        let result = self.socket(index as u64 | POSTS);
        match (result, &mut self.connections[index].posts) {
            (Ok((socket, is_connected)), Some(posts)) => {
                posts.socket = Some(socket);
                posts.is_connected = is_connected;
                is_connected
            }
            (Err(error), _) => {
                self.error(format!("post: {error}"));
                false
            }
            (Ok(_), None) => false,
        }
    }

    pub(crate) fn posts_event(&mut self, scenario: &mut dyn Scenario, index: usize, flags: EventFlags) {
        let Some(posts) = &mut self.connections[index].posts else { return };
        let Some(socket) = &posts.socket else { return };
        if flags.contains(EventFlags::OUT) {
            posts.is_connected = true;
            // It fails for a socket that is not registered only, and this one is.
            let _ = epoll::modify(&self.poller, socket, EventData::new_u64(index as u64 | POSTS), EventFlags::IN);
            self.post(index);
        }
        if flags != EventFlags::OUT {
            self.posts_readable(scenario, index);
        }
    }

    fn posts_readable(&mut self, scenario: &mut dyn Scenario, index: usize) {
        let Some(posts) = &mut self.connections[index].posts else { return };
        let Some(socket) = &posts.socket else { return };
        match recv(socket, &mut self.buffer[..], RecvFlags::empty()) {
            Err(Errno::AGAIN) => {}
            Ok((0, _)) | Err(_) => self.posts_lost(scenario, index),
            Ok((length, _)) => {
                posts.unread.extend_from_slice(&self.buffer[..length]);
                if let Some(status) = posts.answer() {
                    if status / 100 != 2 {
                        self.error(format!("post: {status}"));
                    }
                    self.post(index);
                }
            }
        }
    }

    /// A server may close a socket that rests; what met that is sent again, once.
    fn posts_lost(&mut self, scenario: &mut dyn Scenario, index: usize) {
        let Some(posts) = &mut self.connections[index].posts else { return };
        posts.socket = None;
        posts.is_connected = false;
        posts.unread.clear();
        if !posts.is_busy {
            return;
        }
        if std::mem::replace(&mut posts.was_repeated, true) {
            self.error("post: connection lost");
            return self.closed(scenario, index);
        }
        posts.is_busy = false;
        let mut queue = std::mem::take(&mut posts.sent);
        queue.append(&mut posts.queue);
        posts.queue = queue;
        self.post(index);
    }
}

impl crate::connection::Posts {
    /// The status of the answer, if it is complete.
    fn answer(&mut self) -> Option<u16> {
        let length = http::head_length(&self.unread)?;
        let (head, rest) = self.unread.split_at(length);
        let (_, body) = http::body(head, rest)?;
        let status = http::status(head);
        self.unread.drain(..length + body);
        self.is_busy = false;
        self.was_repeated = false;
        Some(status)
    }
}
