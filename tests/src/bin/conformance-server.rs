//! The conformance server: `conformance-server --urls http://127.0.0.1:5000`.

use std::error::Error;

use tests::serving::Arguments;
use tests::wire;

fn main() -> Result<(), Box<dyn Error>> {
    Arguments::parse(std::env::args().skip(1))?.serve(wire::router())?;
    Ok(())
}
