//! A load generator and latency meter for SignalR servers.
//!
//! `hubload --help` tells the scenarios. The result is one line of JSON, which the README beside this crate explains.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    reason = "times, counts and random numbers of a measurement are far from the limits of their types"
)]

mod connection;
mod event;
mod generator;
mod histogram;
mod message;
mod opening;
mod options;
mod posting;
mod process;
mod receiving;
mod run;
mod scenario;
mod server;

use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser as _;
use serde_json::json;

use crate::options::{Options, Scenario};

fn main() -> ExitCode {
    let options = Options::parse();
    if let Scenario::Launch { command } = &options.scenario {
        let result = run::launch(command, &options.target);
        let _ = writeln!(io::stderr(), "hubload: {result:?}");
        return ExitCode::FAILURE;
    }
    match measure(&options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(io::stdout(), "{}", json!({ "ok": false, "errors": { format!("{error:#}"): 1 } }));
            ExitCode::FAILURE
        }
    }
}

fn measure(options: &Options) -> Result<bool> {
    let report = run::run(options)?;
    writeln!(io::stdout(), "{report}")?;
    Ok(report["ok"] == true)
}
