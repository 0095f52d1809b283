//! Both hub protocols: splitting the input into messages, reading envelopes, writing.

#![allow(missing_docs, reason = "what the macros of criterion make")]
#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use hub_core::protocol::{Frame, HubProtocol};

const TEXT: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyzABCDEFGHIJKL";
/// Messages of one read.
const MESSAGES: usize = 16;

fn protocols() -> [HubProtocol; 2] {
    [HubProtocol::json(), HubProtocol::message_pack()]
}

fn call(protocol: &HubProtocol) -> Vec<u8> {
    let mut out = Vec::new();
    protocol.write_invocation(&mut out, Some("42"), "Echo", &(TEXT,)).unwrap();
    out
}

fn frame(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("frame");
    group.throughput(Throughput::Elements(MESSAGES as u64));
    for protocol in protocols() {
        let input = call(&protocol).repeat(MESSAGES);
        group.bench_function(protocol.name(), |bencher| {
            bencher.iter(|| {
                let mut rest = &input[..];
                while let Frame::Complete { message, consumed } = protocol.frame(rest, Some(32 * 1024)) {
                    black_box(message);
                    rest = &rest[consumed..];
                }
                assert!(rest.is_empty());
            });
        });
    }
    group.finish();
}

fn envelope(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("envelope");
    for protocol in protocols() {
        let input = call(&protocol);
        let Frame::Complete { message, .. } = protocol.frame(&input, None) else { unreachable!("a whole message") };
        let message = &input[message];
        group.bench_function(BenchmarkId::new("invocation", protocol.name()), |bencher| {
            bencher.iter(|| black_box(protocol.parse(black_box(message))).is_ok());
        });
    }
    group.finish();
}

fn write(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("write");
    for protocol in protocols() {
        let mut out = Vec::with_capacity(1024);
        group.bench_function(BenchmarkId::new("result", protocol.name()), |bencher| {
            bencher.iter(|| {
                out.clear();
                protocol.write_result(&mut out, "42", black_box(TEXT)).unwrap();
            });
        });
        group.bench_function(BenchmarkId::new("item", protocol.name()), |bencher| {
            bencher.iter(|| {
                out.clear();
                protocol.write_stream_item(&mut out, "42", black_box(&7)).unwrap();
            });
        });
    }
    group.finish();
}

criterion_group!(benches, frame, envelope, write);
criterion_main!(benches);
