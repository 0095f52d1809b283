//! A run: open, warm up, measure, report.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::generator::Generator;
use crate::options::{Joins, Options, Scenario as Name, Target};
use crate::process::{self, Sample};
use crate::scenario::{Broadcast, Call, Echo, Quiet, Scenario, Soak, Storm, Stream, Upload};
use crate::server::Server;

/// No connection became ready for so long.
const STALLED: f64 = 20.0;
/// How long the server may take until all descriptors of a crowd are closed.
const LEAVING: f64 = 30.0;
const MEMORY_SAMPLE: f64 = 1.0;
const NO_JOINS: Joins = Joins { joins: 0, shared: false };

/// Runs a scenario; what comes out says `"ok":true` if nothing went wrong.
pub(crate) fn run(options: &Options) -> Result<Value> {
    let target = &options.target;
    target.check(process::allow_many_files()?)?;
    process::take_precedence();
    let server = target
        .server
        .as_deref()
        .map(|command| Server::start(command, target.server_cpus.as_deref(), target.address()?.socket));
    let server = server.transpose()?;
    if let Some(processors) = &target.own_cpus {
        processors.pin()?;
    }
    let process = server.as_ref().map(Server::id).or(target.server_process);
    let mut run = Run { generator: Generator::new(target.clone())?, process, before: Sample::default() };
    run.before = run.sample();
    run.scenario(&options.scenario)
}

struct Run {
    generator: Generator,
    /// The server.
    process: Option<u32>,
    before: Sample,
}

impl Run {
    fn scenario(&mut self, name: &Name) -> Result<Value> {
        let target = self.generator.target.clone();
        let mut scenario = loaded(name, &target);
        match (name, &mut scenario) {
            (_, Some(scenario)) => self.load(&mut **scenario),
            (Name::Crowd(joins), None) => self.crowd(&mut Quiet::new(&target, *joins)),
            (Name::Soak { groups, first }, None) => self.soak(&mut Soak::new(&target, *groups), *first),
            _ => self.idle(&mut Quiet::new(&target, NO_JOINS)),
        }
    }

    /// Keeps the server busy for a while.
    fn load(&mut self, scenario: &mut dyn Scenario) -> Result<Value> {
        self.open(scenario)?;
        scenario.start(&mut self.generator);
        self.generator.run_for(scenario, self.generator.target.warmup);
        std::mem::take(scenario.measured());
        let (server, own, start) = (self.sample(), process::own_cpu(), self.generator.clock());
        self.generator.run_for(scenario, self.generator.target.seconds);
        let (end, own) = (self.sample(), process::own_cpu() - own);
        let seconds = (self.generator.now - start) as f64 / 1e9;
        let measured = scenario.measured();
        if measured.operations == 0 {
            self.generator.error("nothing was done");
        }
        let operations = measured.operations as f64;
        let cpu = end.cpu - server.cpu;
        let report = json!({
            "operations": measured.operations,
            "rounds": measured.rounds,
            "behind": measured.behind,
            "seconds": seconds,
            "per_second": operations / seconds,
            "per_server_second": (cpu > 0.0).then(|| operations / cpu),
            "latency": measured.latency.report(),
            "generator_share": own / seconds,
            "server_share": cpu / seconds,
            "server_waited": (end.waited - server.waited) / seconds,
            "server_resident": end.resident,
            "server_threads": end.threads,
        });
        Ok(self.report(report))
    }

    /// Holds connections that do nothing.
    fn idle(&mut self, scenario: &mut Quiet) -> Result<Value> {
        let start = self.generator.clock();
        self.open(scenario)?;
        let opening = (self.generator.clock() - start) as f64 / 1e9;
        self.generator.run_for(scenario, self.generator.target.warmup);
        let opened = self.sample();
        self.generator.run_for(scenario, self.generator.target.seconds);
        let held = self.sample();
        let count = self.generator.ready as f64;
        let each = |sample: Sample| (sample.resident as f64 - self.before.resident as f64) / count;
        let report = json!({
            "opening_seconds": opening,
            "opened_per_server_second": count / (opened.cpu - self.before.cpu),
            "resident_each_opened": each(opened),
            "resident_each": each(held),
            "pings": self.generator.pings,
            "server_resident": held.resident,
        });
        Ok(self.report(report))
    }

    /// Closes all connections at once, and waits until the server has closed them too.
    fn crowd(&mut self, scenario: &mut Quiet) -> Result<Value> {
        ensure!(self.process.is_some(), "a crowd needs the process of the server");
        self.open(scenario)?;
        self.generator.run_for(scenario, self.generator.target.warmup);
        let (server, start) = (self.sample(), self.generator.clock());
        self.generator.is_ending = true;
        (0..self.generator.connections.len()).for_each(|index| self.generator.hang_up(index));
        while self.sample().files > self.before.files && self.seconds_since(start) < LEAVING {
            self.generator.run_for(scenario, 0.001);
        }
        let seconds = self.seconds_since(start);
        if self.sample().files > self.before.files {
            self.generator.error("the server did not close all connections");
        }
        // What is left to do when the sockets are closed.
        self.generator.run_for(scenario, 0.2);
        let end = self.sample();
        let operations = self.generator.ready as f64;
        let cpu = end.cpu - server.cpu;
        let report = json!({
            "operations": operations,
            "seconds": seconds,
            "per_second": operations / seconds,
            "per_server_second": operations / cpu,
            "server_resident": end.resident,
        });
        Ok(self.report(report))
    }

    /// Connections come and go, then nobody is left; twice, a short time and a long one.
    fn soak(&mut self, scenario: &mut Soak, first: f64) -> Result<Value> {
        self.open(scenario)?;
        let mut memory = Vec::new();
        let start = self.generator.clock();
        self.wave(scenario, start, first, &mut memory);
        let after_first = self.sample();
        self.wave(scenario, start, self.generator.target.seconds, &mut memory);
        let end = self.sample();
        let report = json!({
            "operations": scenario.measured().operations,
            "memory": memory,
            "files_before": self.before.files,
            "files_after": end.files,
            "resident_before": self.before.resident,
            "resident_first": after_first.resident,
            "resident_after": end.resident,
        });
        Ok(self.report(report))
    }

    /// Connections come and go for some seconds; then nobody is there.
    fn wave(&mut self, scenario: &mut Soak, start: u64, seconds: f64, memory: &mut Vec<Value>) {
        scenario.start(&mut self.generator);
        self.watch_memory(scenario, start, seconds, memory);
        scenario.stop(&mut self.generator);
        self.watch_memory(scenario, start, self.generator.target.warmup, memory);
    }

    fn watch_memory(&mut self, scenario: &mut Soak, start: u64, seconds: f64, memory: &mut Vec<Value>) {
        let end = self.seconds_since(start) + seconds;
        while self.seconds_since(start) < end {
            self.generator.run_for(scenario, MEMORY_SAMPLE);
            memory.push(json!([self.seconds_since(start), self.sample().resident]));
        }
    }

    fn open(&mut self, scenario: &mut dyn Scenario) -> Result<()> {
        let count = self.generator.connections.len();
        let is_over = |generator: &Generator| generator.ready + generator.failed >= count;
        loop {
            let before = (self.generator.ready, self.generator.opening, self.generator.next);
            let end = self.generator.clock() + (STALLED * 1e9) as u64;
            self.generator.run_until(scenario, |generator| is_over(generator) || generator.now > end);
            if is_over(&self.generator) {
                break;
            }
            let now = (self.generator.ready, self.generator.opening, self.generator.next);
            ensure!(now != before, "only {} of {count} connections are ready: {:?}", now.0, self.generator.errors);
        }
        ensure!(self.generator.ready > 0, "no connection could be opened: {:?}", self.generator.errors);
        Ok(())
    }

    fn sample(&self) -> Sample {
        self.process.map(process::sample).unwrap_or_default()
    }

    fn seconds_since(&mut self, start: u64) -> f64 {
        (self.generator.clock() - start) as f64 / 1e9
    }

    /// Adds what every run tells.
    fn report(&self, mut report: Value) -> Value {
        let Generator { errors, ready, failed, lost, .. } = &self.generator;
        report["ok"] = json!(errors.is_empty());
        report["connections"] = json!(self.generator.connections.len());
        report["ready"] = json!(ready);
        report["failed"] = json!(failed);
        report["lost"] = json!(lost);
        report["errors"] = json!(errors);
        report
    }
}

/// The scenarios that keep a server busy.
fn loaded(name: &Name, target: &Target) -> Option<Box<dyn Scenario>> {
    Some(match name {
        Name::Echo { inflight, rate } => Box::new(Echo::new(target, *inflight, *rate)),
        Name::Broadcast(window) => Box::new(Broadcast::new(target, *window, None)),
        Name::Group { groups, window } => Box::new(Broadcast::new(target, *window, Some(*groups))),
        Name::Stream { inflight, count } => Box::new(Stream::new(target, *inflight, *count)),
        Name::Upload { count } => Box::new(Upload::new(target, *count)),
        Name::Storm => Box::new(Storm::new(target)),
        Name::Call(calls) => Box::new(Call::new(target, calls)),
        Name::Idle | Name::Crowd(_) | Name::Soak { .. } | Name::Launch { .. } => return None,
    })
}

/// Becomes a server.
pub(crate) fn launch(command: &[String], target: &Target) -> Result<()> {
    let processors = target.server_cpus.as_deref().map(str::parse).transpose();
    let processors = processors.map_err(anyhow::Error::msg).context("--server-cpus")?;
    crate::server::launch(command, processors.as_ref())
}
