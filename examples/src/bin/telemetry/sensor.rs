//! A sensor.

use std::time::Duration;

use examples::telemetry::Reading;
use futures_util::{Stream, StreamExt as _, stream};
use tokio::time::sleep;

/// How many readings there are.
const COUNT: u32 = 20;
/// The time between two of them.
const INTERVAL: Duration = Duration::from_millis(200);

/// A day of temperatures in four seconds.
pub(crate) fn readings(sensor: &'static str) -> impl Stream<Item = Reading> + Send + 'static {
    stream::iter(0..COUNT).then(move |number| async move {
        sleep(INTERVAL).await;
        let day = f64::from(number) / f64::from(COUNT);
        Reading { sensor: sensor.to_owned(), temperature: 15.0 - 8.0 * (day * std::f64::consts::TAU).cos() }
    })
}
