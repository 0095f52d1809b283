//! The attributes of SignalR for Rust. Documented where they are re-exported, in `hub-server`.
