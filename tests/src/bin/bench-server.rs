//! The hub for load tests: `bench-server --urls http://127.0.0.1:5000 [--workers N]`.
//!
//! At `/bench` everything is at its defaults; at `/users` the query says who connects.

use std::error::Error;

use axum::Router;
use hub_server::{HttpOptions, HubServer, RouterExt as _};
use tests::bench::{self, BenchHub};
use tests::serving::Arguments;

fn main() -> Result<(), Box<dyn Error>> {
    let users = HttpOptions::default().with_user(bench::user);
    let router = Router::new().route_hub("/bench", HubServer::new(BenchHub)).route_hub_with(
        "/users",
        HubServer::new(BenchHub),
        users,
    );
    Arguments::parse(std::env::args().skip(1))?.serve(router)?;
    Ok(())
}
