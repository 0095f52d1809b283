//! What is done for a client's requests.

use wire::{http, websocket};

use crate::connection::Phase;
use crate::message::{self, Protocol, put_done, put_error, put_handshake, put_result};
use crate::request::{Call, Request};
use crate::server::Server;
use crate::streams::{Stream, Upload};

impl Server {
    /// An HTTP request, which is the negotiation or the upgrade.
    pub(crate) fn http(&mut self, index: u32, head: &[u8]) {
        let answer = if let Some(key) = http::header(head, "sec-websocket-key") {
            self.connections[index as usize].phase = Phase::Handshake;
            format!(
                "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                Sec-WebSocket-Accept: {}\r\n\r\n",
                websocket::accept(key)
            )
        } else if head.starts_with(b"POST ") {
            self.negotiation()
        } else {
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_owned()
        };
        self.output.extend_from_slice(answer.as_bytes());
    }

    fn negotiation(&mut self) -> String {
        self.negotiated += 1;
        let token = self.negotiated;
        let body = format!(
            r#"{{"negotiateVersion":1,"connectionId":"c{token:021}","connectionToken":"t{token:021}","availableTransports":[{{"transport":"WebSockets","transferFormats":["Text","Binary"]}}]}}"#
        );
        let length = body.len();
        format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}")
    }

    /// The payload of a data frame: whole records as a rule; what is incomplete is kept.
    pub(crate) fn payload(&mut self, index: u32, payload: &[u8]) {
        let mut kept = std::mem::take(&mut self.connections[index as usize].record);
        if kept.is_empty() {
            let taken = self.records(index, payload);
            kept.extend_from_slice(&payload[taken..]);
        } else {
            kept.extend_from_slice(payload);
            let taken = self.records(index, &kept);
            kept.drain(..taken);
        }
        self.connections[index as usize].record = kept;
    }

    fn records(&mut self, index: u32, bytes: &[u8]) -> usize {
        let mut taken = 0;
        loop {
            let phase = self.connections[index as usize].phase;
            let protocol = if let Phase::Open(protocol) = phase { protocol } else { Protocol::Json };
            let Some((length, record)) = protocol.split(&bytes[taken..]) else { return taken };
            taken += length;
            match phase {
                Phase::Handshake => self.handshake(index, record),
                Phase::Open(protocol) => self.record(index, protocol, record),
                Phase::Http | Phase::Closed => return bytes.len(),
            }
        }
    }

    fn handshake(&mut self, index: u32, record: &[u8]) {
        let is_message_pack = record.windows(13).any(|window| window == br#""messagepack""#);
        let protocol = if is_message_pack { Protocol::MessagePack } else { Protocol::Json };
        self.connections[index as usize].phase = Phase::Open(protocol);
        put_handshake(protocol, &mut self.output);
    }

    #[inline]
    fn record(&mut self, index: u32, protocol: Protocol, record: &[u8]) {
        if protocol.request(record).and_then(|request| self.request(index, protocol, request)).is_none() {
            self.close(index);
        }
    }

    /// None if the connection is to be closed.
    #[inline]
    fn request(&mut self, index: u32, protocol: Protocol, request: Request<'_>) -> Option<()> {
        match request {
            Request::Call(call) => self.call(index, protocol, call)?,
            Request::Item { stream, value } => {
                if let Some(upload) = self.uploads(index).iter_mut().find(|upload| *upload.stream == *stream) {
                    upload.sum += value;
                }
            }
            Request::End { stream } => self.end_upload(index, protocol, stream),
            Request::Cancel { id } => {
                let streams = &mut self.connections[index as usize].extra().streams;
                if let Some(stream) = streams.iter_mut().find(|stream| *stream.id == *id) {
                    stream.end = stream.next;
                }
            }
            Request::Close => return None,
            Request::Other => {}
        }
        Some(())
    }

    #[inline]
    fn call(&mut self, index: u32, protocol: Protocol, call: Call<'_>) -> Option<()> {
        let Call { id, target, mut arguments, stream } = call;
        match target {
            b"Echo" => {
                let text = arguments.raw()?;
                if let Some(id) = id {
                    put_result(protocol, &mut self.output, id, text);
                }
                return Some(());
            }
            b"Counter" => {
                let stream = Stream { id: id?.into(), next: 0, end: arguments.number()? };
                self.connections[index as usize].extra().streams.push(stream);
                return Some(());
            }
            b"UploadSum" => {
                let upload = Upload { stream: stream?.into(), invocation: id?.into(), sum: 0 };
                self.uploads(index).push(upload);
                return Some(());
            }
            b"Broadcast" => self.broadcast.add(arguments.text()?),
            b"SendToGroup" => self.groups.send(arguments.text()?, arguments.text()?),
            b"JoinGroup" => self.join(index, arguments.text()?),
            b"LeaveGroup" => self.leave(index, arguments.text()?),
            _ => {
                if let Some(id) = id {
                    put_error(protocol, &mut self.output, id, b"no such method");
                }
                return Some(());
            }
        }
        if let Some(id) = id {
            put_done(protocol, &mut self.output, id);
        }
        Some(())
    }

    fn join(&mut self, index: u32, name: &[u8]) {
        let group = self.groups.number(name);
        let joined = &mut self.connections[index as usize].extra().groups;
        if !joined.contains(&group) {
            joined.push(group);
            self.groups.join(group, index);
        }
    }

    fn leave(&mut self, index: u32, name: &[u8]) {
        let group = self.groups.number(name);
        self.connections[index as usize].extra().groups.retain(|&own| own != group);
        self.groups.leave(group, index);
    }

    fn uploads(&mut self, index: u32) -> &mut Vec<Upload> {
        &mut self.connections[index as usize].extra().uploads
    }

    fn end_upload(&mut self, index: u32, protocol: Protocol, stream: &[u8]) {
        let uploads = self.uploads(index);
        let Some(place) = uploads.iter().position(|upload| *upload.stream == *stream) else { return };
        let upload = uploads.swap_remove(place);
        put_result(protocol, &mut self.output, &upload.invocation, &message::number(protocol, upload.sum));
    }
}
