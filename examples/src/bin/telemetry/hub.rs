//! The station.

use examples::telemetry::{Reading, Summary, TelemetryServer};
use futures_util::{Stream, stream};
use hub_server::{HubError, UploadStream, hub};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

/// How many readings are kept for those who watch and are slow.
const KEPT: usize = 64;

/// Hands on what sensors report to all who watch.
pub(crate) struct TelemetryHub {
    readings: broadcast::Sender<Reading>,
}

impl Default for TelemetryHub {
    fn default() -> Self {
        Self { readings: broadcast::channel(KEPT).0 }
    }
}

#[hub(server = TelemetryServer)]
impl TelemetryHub {
    async fn report(&self, mut readings: UploadStream<Reading>) -> Result<Summary, HubError> {
        let (mut count, mut sum) = (0, 0.0);
        while let Some(reading) = readings.next().await {
            let reading = reading?;
            count += 1;
            sum += reading.temperature;
            // Nobody may be watching.
            let _ = self.readings.send(reading);
        }
        Ok(Summary { count, mean: if count == 0 { 0.0 } else { sum / f64::from(count) } })
    }

    fn watch(&self) -> impl Stream<Item = Reading> + use<> {
        stream::unfold(self.readings.subscribe(), |mut readings| async move {
            loop {
                match readings.recv().await {
                    Ok(reading) => return Some((reading, readings)),
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return None,
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use hub_client::HubConnection;
    use hub_client::testing::in_memory;
    use hub_server::HubServer;

    use super::*;

    fn reading(temperature: f64) -> Reading {
        Reading { sensor: "attic".to_owned(), temperature }
    }

    #[tokio::test]
    async fn what_a_sensor_reports_comes_down_to_who_watches() {
        let network = in_memory(&HubServer::new(TelemetryHub::default()));
        let connection = HubConnection::with_connector(network).build();
        connection.start().await.unwrap();
        let station = connection.hub::<dyn TelemetryServer>();
        let mut watched = station.watch().await.unwrap();

        let summary = station.report(stream::iter([reading(18.0), reading(21.0)])).await.unwrap();
        assert_eq!(summary, Summary { count: 2, mean: 19.5 });
        assert_eq!(watched.next().await.unwrap().unwrap(), reading(18.0));
        assert_eq!(watched.next().await.unwrap().unwrap(), reading(21.0));
    }

    #[tokio::test]
    async fn a_sensor_without_readings_has_no_mean() {
        let network = in_memory(&HubServer::new(TelemetryHub::default()));
        let connection = HubConnection::with_connector(network).build();
        connection.start().await.unwrap();
        let summary = connection.hub::<dyn TelemetryServer>().report(stream::empty()).await.unwrap();
        assert_eq!(summary, Summary { count: 0, mean: 0.0 });
    }
}
