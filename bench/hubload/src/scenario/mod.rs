//! What connections do when they are open.

mod broadcast;
mod call;
mod echo;
mod joining;
mod quiet;
mod soak;
mod storm;
mod stream;
mod upload;

pub(crate) use broadcast::Broadcast;
pub(crate) use call::Call;
pub(crate) use echo::Echo;
pub(crate) use quiet::Quiet;
pub(crate) use soak::Soak;
pub(crate) use storm::Storm;
pub(crate) use stream::Stream;
pub(crate) use upload::Upload;

use crate::event::Event;
use crate::generator::Generator;
use crate::histogram::Histogram;

/// What connections do.
pub(crate) trait Scenario {
    /// The handshake is done. Whoever needs more than that counts the connection as ready later.
    fn opened(&mut self, generator: &mut Generator, _index: usize) {
        generator.ready += 1;
    }

    /// All connections are ready.
    fn start(&mut self, _generator: &mut Generator) {}

    /// A message for a connection; answers go to the generator's output.
    fn event(&mut self, generator: &mut Generator, index: usize, event: Event<'_>);

    /// All events of a round are done.
    fn round_end(&mut self, _generator: &mut Generator) {}

    /// An open connection is gone; whether that was meant.
    fn closed(&mut self, _generator: &mut Generator, _index: usize) -> bool {
        false
    }

    fn measured(&mut self) -> &mut Measured;
}

/// What a scenario counts.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    pub(crate) latency: Histogram,
    /// Calls, deliveries, items or cycles.
    pub(crate) operations: u64,
    /// Broadcasts that have reached all, or streams that have ended.
    pub(crate) rounds: u64,
    /// Operations by which a schedule was not kept.
    pub(crate) behind: u64,
}

impl Measured {
    #[inline]
    fn add(&mut self, began: u64, now: u64) {
        self.latency.add(now.saturating_sub(began));
        self.operations += 1;
    }
}

/// Ids have eight digits.
const IDS: u32 = 100_000_000;

/// The number that an invocation id is.
#[inline]
fn id(bytes: &[u8]) -> Option<u32> {
    wire::json::number(bytes)?.try_into().ok()
}

/// Notes that a call has failed.
fn refuse(generator: &mut Generator, error: &[u8]) {
    generator.error(format!("completion: {}", String::from_utf8_lossy(error)));
}

/// Random enough to spread calls over groups and users (xorshift).
#[derive(Debug)]
struct Random(u64);

impl Random {
    fn new() -> Self {
        Self(0x9E37_79B9_7F4A_7C15)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end.max(1)
    }
}
