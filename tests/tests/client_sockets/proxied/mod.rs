//! What the client makes of a bad network.

mod cut;
mod resumed;
mod slow;
mod stalled;
