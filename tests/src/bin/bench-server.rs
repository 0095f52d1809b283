//! The hub for load tests, everything at its defaults: `bench-server --urls http://127.0.0.1:5000 [--workers N]`.

use std::error::Error;

use axum::Router;
use hub_server::{HubServer, RouterExt as _};
use tests::bench::BenchHub;
use tests::serving::Arguments;

fn main() -> Result<(), Box<dyn Error>> {
    let router = Router::new().route_hub("/bench", HubServer::new(BenchHub));
    Arguments::parse(std::env::args().skip(1))?.serve(router)?;
    Ok(())
}
