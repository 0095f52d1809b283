#![allow(unused)]

use std::cell::Cell;

use hub_server::{HubServer, hub};

struct Counting(Cell<u32>);

#[hub]
impl Counting {
    fn count(&self) -> u32 {
        self.0.get()
    }
}

struct Generic<T>(T);

#[hub]
impl<T> Generic<T> {}

fn main() {
    HubServer::new(Counting(Cell::new(0)));
}
