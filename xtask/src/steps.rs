//! The steps of `cargo xtask test`, in their order.

use std::cell::OnceCell;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::ValueEnum;

use crate::counts::Counts;
use crate::workspace::Workspace;
use crate::{bench, command, conformance, deps, java, node, tool};

/// The feature with which the tests that talk to a Redis are built.
const REDIS_TESTS: &str = "tests/redis";

/// One check of `cargo xtask test`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Step {
    /// Code is formatted as rustfmt formats it
    Fmt,
    /// No clippy lint fires
    Clippy,
    /// Documentation builds without a warning
    Doc,
    /// Licences, sources and duplicates of dependencies are as deny.toml allows
    Deps,
    /// Unit, doc, compiler message and behaviour tests, and the seeded fuzz loops
    Test,
    /// Several servers over a real Redis
    Redis,
    /// The official JavaScript client under Node, also through nginx
    Interop,
    /// The official Java client under Maven
    Java,
    /// Comparison with recordings of ASP.NET Core SignalR
    Conformance,
    /// The official JavaScript client and the chat example in a real browser
    Browser,
    /// The benchmarks: formatting, lints, tests, and every case for a moment
    Bench,
}

impl Step {
    /// Its name on the command line.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// Runs it; `counts` holds afterwards how much was checked.
    pub(crate) fn run(self, context: &Context<'_>, counts: &mut Counts) -> Result<()> {
        match self {
            Self::Fmt => fmt(context),
            Self::Clippy => clippy(context),
            Self::Doc => doc(context),
            Self::Deps => deps::check(context.workspace, counts),
            Self::Test => test(context, counts),
            Self::Redis => redis(context, counts),
            Self::Interop => interop(context, counts),
            Self::Java => java(context, counts),
            Self::Conformance => conformance(context, counts),
            Self::Browser => browser(context, counts),
            Self::Bench => bench::check(context.workspace, counts),
        }
    }
}

/// What the steps of one run share.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    workspace: &'a Workspace,
    may_install: bool,
    built: OnceCell<bool>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(workspace: &'a Workspace, may_install: bool) -> Self {
        Self { workspace, may_install, built: OnceCell::new() }
    }

    /// The path of a binary of the workspace, which is up to date.
    fn binary(&self, name: &str) -> Result<PathBuf> {
        let path = self.workspace.binary(name)?;
        self.build()?;
        Ok(path)
    }

    /// Builds everything once. The targets and features are those of `cargo test`, so that nothing it built is built
    /// again for the binaries.
    fn build(&self) -> Result<()> {
        match self.built.get() {
            Some(true) => return Ok(()),
            Some(false) => bail!("the workspace does not build, as said before"),
            None => {}
        }
        let result = command::run(self.workspace.cargo("build").args(["--workspace", "--all-targets"]));
        self.built.get_or_init(|| result.is_ok());
        result
    }
}

fn fmt(context: &Context<'_>) -> Result<()> {
    command::run(context.workspace.program("cargo", "").args(["fmt", "--all", "--check"]))
}

fn clippy(context: &Context<'_>) -> Result<()> {
    let mut clippy = context.workspace.cargo("clippy");
    command::run(clippy.args(["--workspace", "--all-targets", "--features", REDIS_TESTS, "--", "-D", "warnings"]))
}

fn doc(context: &Context<'_>) -> Result<()> {
    let mut doc = context.workspace.cargo("doc");
    command::run(doc.args(["--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))
}

fn test(context: &Context<'_>, counts: &mut Counts) -> Result<()> {
    let mut tests = context.workspace.cargo("test");
    command::run_suite(tests.args(["--workspace", "--no-fail-fast"]), counts, Counts::add_rust)
}

fn redis(context: &Context<'_>, counts: &mut Counts) -> Result<()> {
    let program = tool::REDIS.find_or_install(context.may_install)?;
    let mut tests = context.workspace.cargo("test");
    tests.args(["--package", "tests", "--features", REDIS_TESTS, "--test", "redis"]);
    tests.env(tool::REDIS.variable, program);
    command::run_suite(&mut tests, counts, Counts::add_rust)
}

fn interop(context: &Context<'_>, counts: &mut Counts) -> Result<()> {
    const FOLDER: &str = "tests/interop";
    let (server, chat) = (context.binary("conformance-server")?, context.binary("chat")?);
    node::prepare(context.workspace, FOLDER)?;
    let nginx = tool::NGINX.find_or_install(context.may_install)?;
    let mut npm = context.workspace.program("npm", FOLDER);
    npm.arg("test").env("CONFORMANCE_SERVER", server).env("CHAT", chat).env(tool::NGINX.variable, nginx);
    npm.env("CONSOLE", context.binary("console")?).env("TELEMETRY", context.binary("telemetry")?);
    command::run_suite(&mut npm, counts, Counts::add_node)
}

fn java(context: &Context<'_>, counts: &mut Counts) -> Result<()> {
    let server = context.binary("conformance-server")?;
    java::prepare(context.may_install)?;
    let mut maven = context.workspace.program("mvn", "tests/java");
    maven.args(["--batch-mode", "--no-transfer-progress", "test"]).env("CONFORMANCE_SERVER", server);
    command::run_suite(&mut maven, counts, Counts::add_maven)
}

fn conformance(context: &Context<'_>, counts: &mut Counts) -> Result<()> {
    let server = context.binary(conformance::SERVER)?;
    node::prepare(context.workspace, conformance::FOLDER)?;
    command::run(context.workspace.program("npm", conformance::FOLDER).arg("test"))?;
    conformance::check(context.workspace, &server, &conformance::Options::default(), counts)
}

fn browser(context: &Context<'_>, counts: &mut Counts) -> Result<()> {
    const FOLDER: &str = "tests/browser";
    let (server, chat) = (context.binary("conformance-server")?, context.binary("chat")?);
    node::prepare(context.workspace, FOLDER)?;
    let chromium = tool::CHROMIUM.find_or_install(context.may_install)?;
    let pictures = context.workspace.build_folder("browser")?;
    let mut npm = context.workspace.program("npm", FOLDER);
    npm.arg("test").env("CONFORMANCE_SERVER", server).env("CHAT", chat);
    npm.env(tool::CHROMIUM.variable, chromium).env("BUILD_DIR", pictures);
    command::run_suite(&mut npm, counts, Counts::add_node)
}
