//! The hub for load tests, over a Redis: `REDIS_URL=redis://127.0.0.1:6379 redis-bench-server --urls http://127.0.0.1:5000
//! [--workers N]`.
//!
//! At `/bench` every message goes over Redis, at `/local` to the own connections at once, and at `/alone` there is no Redis.

use std::error::Error;
use std::io;

use axum::Router;
use hub_redis::{RedisBackplane, RedisBackplaneBuilder};
use hub_server::{HubServer, RouterExt as _};
use tests::bench::BenchHub;
use tests::serving::Arguments;

fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::var("REDIS_URL").map_err(|_| "REDIS_URL does not say where Redis is")?;
    Arguments::parse(std::env::args().skip(1))?.serve_made(|| router(url))?;
    Ok(())
}

async fn router(url: String) -> io::Result<Router> {
    let builder = || RedisBackplane::builder(&url);
    Ok(Router::new()
        .route_hub("/bench", over(builder().hub_name("Bench")).await?)
        .route_hub("/local", over(builder().hub_name("Local").deliver_locally(true)).await?)
        .route_hub("/alone", HubServer::new(BenchHub)))
}

async fn over(builder: RedisBackplaneBuilder) -> io::Result<HubServer<BenchHub>> {
    let backplane = builder.connect().await.map_err(io::Error::other)?;
    Ok(HubServer::builder(BenchHub).backplane(backplane).build())
}
