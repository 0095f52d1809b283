//! Programs that the project is tested with, built on its public interface alone.

pub mod bench;
#[cfg(doctest)]
mod guide;
pub mod serving;
pub mod wire;
