//! Messages to many: gathered while a round lasts, and sent to each receiver at once when it ends.

use std::collections::HashMap;

use crate::message::{Protocol, put_call};

/// Frames for many receivers, in both protocols.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    json: Vec<u8>,
    message_pack: Vec<u8>,
}

impl Frames {
    pub(crate) fn add(&mut self, text: &[u8]) {
        put_call(Protocol::Json, &mut self.json, text);
        put_call(Protocol::MessagePack, &mut self.message_pack, text);
    }

    pub(crate) fn of(&self, protocol: Protocol) -> &[u8] {
        match protocol {
            Protocol::Json => &self.json,
            Protocol::MessagePack => &self.message_pack,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.json.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.json.clear();
        self.message_pack.clear();
    }
}

#[derive(Debug, Default)]
pub(crate) struct Group {
    pub(crate) members: Vec<u32>,
    pub(crate) frames: Frames,
}

#[derive(Debug, Default)]
pub(crate) struct Groups {
    names: HashMap<Box<[u8]>, u32>,
    all: Vec<Group>,
    /// Those that have something to send.
    dirty: Vec<u32>,
}

impl Groups {
    pub(crate) fn number(&mut self, name: &[u8]) -> u32 {
        if let Some(&number) = self.names.get(name) {
            return number;
        }
        let number = self.all.len() as u32;
        self.all.push(Group::default());
        self.names.insert(name.into(), number);
        number
    }

    pub(crate) fn join(&mut self, group: u32, connection: u32) {
        self.all[group as usize].members.push(connection);
    }

    pub(crate) fn leave(&mut self, group: u32, connection: u32) {
        self.all[group as usize].members.retain(|&member| member != connection);
    }

    pub(crate) fn send(&mut self, name: &[u8], text: &[u8]) {
        let Some(&number) = self.names.get(name) else { return };
        let group = &mut self.all[number as usize];
        if group.frames.is_empty() {
            self.dirty.push(number);
        }
        group.frames.add(text);
    }

    /// Takes out a group that has something to send.
    pub(crate) fn take_dirty(&mut self) -> Option<(u32, Group)> {
        let number = self.dirty.pop()?;
        Some((number, std::mem::take(&mut self.all[number as usize])))
    }

    /// Puts it back, with nothing left to send.
    pub(crate) fn put_back(&mut self, number: u32, mut group: Group) {
        group.frames.clear();
        self.all[number as usize] = group;
    }
}
