//! Numbers that stream up and down: `cargo run --bin telemetry` runs a station, a sensor that uploads its readings to it,
//! and somebody who watches the readings of all sensors, each over a connection of its own.
#![expect(clippy::print_stdout, reason = "a program to be run in a terminal")]

mod hub;
mod sensor;

use std::error::Error;

use axum::Router;
use examples::telemetry::TelemetryServer;
use hub_client::HubConnection;
use hub_server::{HubServer, RouterExt};
use tokio::net::TcpListener;

use hub::TelemetryHub;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = open_station().await?;
    println!("The station is at {url}");
    let (watcher, sensor) = (connect(&url).await?, connect(&url).await?);
    let mut readings = watcher.hub::<dyn TelemetryServer>().watch().await?;
    let shown = tokio::spawn(async move {
        while let Some(Ok(reading)) = readings.next().await {
            println!("{:>8}: {:5.1} °C", reading.sensor, reading.temperature);
        }
    });

    let summary = sensor.hub::<dyn TelemetryServer>().report(sensor::readings("attic")).await?;
    println!("{} readings were uploaded, {:.1} °C in the mean", summary.count, summary.mean);
    sensor.stop().await;
    watcher.stop().await;
    shown.await?;
    Ok(())
}

/// Serves the hub at a free port.
async fn open_station() -> Result<String, Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/telemetry", listener.local_addr()?);
    let app = Router::new().route_hub("/telemetry", HubServer::new(TelemetryHub::default()));
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(url)
}

async fn connect(url: &str) -> Result<HubConnection, Box<dyn Error>> {
    let connection = HubConnection::builder(url).with_automatic_reconnect().build();
    connection.start().await?;
    Ok(connection)
}
