//! The hub without sockets: calls, messages to many, groups.

#![allow(missing_docs, reason = "what the macros of criterion make")]
#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::sync::Arc;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use hub_core::protocol::HubProtocol;
use hub_core::{ConnectionId, HubServer};
use micro::{Crowd, EchoHub, Feed, connection, settle};
use tokio::runtime::Builder;

const TEXT: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyzABCDEFGHIJKL";
const CALLS: usize = 1000;

/// Calls from the read to the write, by how many one read brings.
fn dispatch(criterion: &mut Criterion) {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let server = HubServer::new(EchoHub);
    let mut call = Vec::new();
    HubProtocol::json().write_invocation(&mut call, Some("42"), "Echo", &(TEXT,)).unwrap();
    let mut group = criterion.benchmark_group("dispatch");
    group.throughput(Throughput::Elements(CALLS as u64));
    for together in [1, 16] {
        let bytes: Arc<[u8]> = call.repeat(together).into();
        group.bench_function(BenchmarkId::new("echo", together), |bencher| {
            bencher.iter_batched(
                || server.serve(connection(&ConnectionId::random()), Feed::new(bytes.clone(), CALLS / together)),
                |serving| runtime.block_on(serving),
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

/// A message to all, encoded once and written to each.
fn fan_out(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fan out");
    for count in [1, 100, 10_000] {
        let crowd = Crowd::new(count);
        let clients = crowd.server.handle().clients();
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
            bencher.iter(|| crowd.run(async { clients.all().receive_message(TEXT).await.unwrap() }));
        });
    }
    group.finish();
}

/// A message to nobody: what is done once however many receive it.
fn encode(criterion: &mut Criterion) {
    let crowd = Crowd::new(0);
    let clients = crowd.server.handle().clients();
    criterion.bench_function("encode once", |bencher| {
        bencher.iter(|| crowd.run(async { clients.all().receive_message(TEXT).await.unwrap() }));
    });
}

/// Joining a group and leaving it, by how many others are in it.
fn groups(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("add and remove");
    for count in [1, 10_000] {
        let crowd = Crowd::new(count + 1);
        let groups = crowd.server.handle().groups();
        let (newcomer, members) = crowd.ids.split_first().unwrap();
        crowd.run(async {
            for member in members {
                groups.add(member, "g").await.unwrap();
            }
            settle().await;
        });
        group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
            bencher.iter(|| {
                crowd.run(async {
                    groups.add(newcomer, "g").await.unwrap();
                    groups.remove(newcomer, "g").await.unwrap();
                });
            });
        });
    }
    group.finish();
}

criterion_group!(benches, dispatch, fan_out, encode, groups);
criterion_main!(benches);
