//! The contract of the telemetry: readings go up, and the readings of all sensors come down.

use hub_contract::{Stream, hub_server};
use serde::{Deserialize, Serialize};

/// What a sensor measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The sensor's name.
    pub sensor: String,
    /// In degrees Celsius.
    pub temperature: f64,
}

/// What was made of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// How many readings there were.
    pub count: u32,
    /// Their mean, in degrees Celsius; 0 if there were none.
    pub mean: f64,
}

/// What a station does for sensors, and for those who watch them.
#[hub_server]
pub trait TelemetryServer {
    /// Takes readings for as long as they come, and says in the end what they were.
    async fn report(&self, readings: impl Stream<Item = Reading>) -> Summary;
    /// The readings of all sensors, from now on. Who is too slow misses some.
    fn watch(&self) -> impl Stream<Item = Reading>;
}
