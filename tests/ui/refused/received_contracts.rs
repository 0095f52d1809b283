#![allow(unused)]

use std::cell::Cell;
use std::collections::HashMap;

use hub_client::{HubConnection, hub_client};
use serde::{Deserialize, Serialize};

/// Nothing that cannot be read.
#[derive(Serialize)]
struct WriteOnly;

/// Nothing that cannot be written.
#[derive(Deserialize)]
struct ReadOnly;

#[derive(Serialize)]
struct Borrowed<'a>(&'a str);

#[hub_client]
trait Sends {
    async fn not_read(&self, fine: &str, wrong: &WriteOnly);
    async fn map(&self, wrong: HashMap<&str, u8>);
    async fn borrowed(&self, wrong: Borrowed<'_>);
    async fn not_written(&self) -> ReadOnly;
}

#[hub_client]
trait Fine {
    async fn receive(&self, text: &str, lines: &[&str]);
}

trait Plain {}

struct Screen;

impl Sends for Screen {
    async fn not_read(&self, fine: &str, wrong: &WriteOnly) {}
    async fn map(&self, wrong: HashMap<&str, u8>) {}
    async fn borrowed(&self, wrong: Borrowed<'_>) {}
    async fn not_written(&self) -> ReadOnly {
        ReadOnly
    }
}

impl Fine for Screen {
    async fn receive(&self, text: &str, lines: &[&str]) {}
}

struct Nobody;

struct NotShared(Cell<u8>);

impl Fine for NotShared {
    fn receive(&self, text: &str, lines: &[&str]) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }
}

fn listen(connection: &HubConnection) {
    connection.receive::<dyn Sends>(Screen);
    connection.receive::<dyn Fine>(Screen);
    connection.receive::<dyn Fine>(Nobody);
    connection.receive::<dyn Fine>(NotShared(Cell::new(1)));
    connection.receive::<dyn Plain>(Screen);
    connection.hub::<dyn Plain>();
}

fn main() {}
