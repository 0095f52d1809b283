//! A Redis of a test's own.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The environment variable with the path of `redis-server`.
const PROGRAM: &str = "REDIS_SERVER";
const PATIENCE: Duration = Duration::from_secs(20);

/// A `redis-server` on a free port, which keeps nothing; dropping it kills it.
pub(crate) struct Redis {
    child: Child,
    port: u16,
    arguments: Vec<String>,
}

impl Redis {
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// With options of its own, such as `--requirepass x`.
    pub(crate) fn start_with(arguments: &[&str]) -> Self {
        Self::start_on(free_port(), arguments)
    }

    pub(crate) fn start_on(port: u16, arguments: &[&str]) -> Self {
        let arguments: Vec<_> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let redis = Self { child: spawn(port, &arguments), port, arguments };
        redis.wait_until_ready();
        redis
    }

    /// A Sentinel with this configuration, which it may change.
    pub(crate) fn sentinel(port: u16, configuration: &Path) -> Self {
        let child = Command::new(program())
            .arg(configuration)
            .args(["--sentinel", "--port", &port.to_string(), "--bind", "127.0.0.1"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("redis-server starts");
        let sentinel = Self { child, port, arguments: Vec::new() };
        sentinel.wait_until_ready();
        sentinel
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Kills it, without a goodbye.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again, on the same port.
    pub(crate) fn restart(&mut self) {
        self.child = spawn(self.port, &self.arguments);
        self.wait_until_ready();
    }

    /// What it replies to a command without blanks in its arguments.
    pub(crate) fn say(&self, command: &str) -> String {
        self.try_say(command).unwrap()
    }

    fn try_say(&self, command: &str) -> std::io::Result<String> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(format!("{command}\r\n").as_bytes())?;
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim_end().to_owned();
        let Some(length) = line.strip_prefix('$') else { return Ok(line) };
        let mut text = vec![0; length.parse().unwrap()];
        reader.read_exact(&mut text)?;
        Ok(String::from_utf8(text).unwrap())
    }

    /// How often each command was called since [`forget_calls`](Self::forget_calls), but for those of the test itself.
    pub(crate) fn calls(&self, command: &str) -> u64 {
        let stats = self.say("INFO commandstats");
        let line = stats.lines().find_map(|line| line.strip_prefix(&format!("cmdstat_{command}:calls=")));
        line.and_then(|rest| rest.split(',').next()?.parse().ok()).unwrap_or(0)
    }

    pub(crate) fn forget_calls(&self) {
        assert_eq!(self.say("CONFIG RESETSTAT"), "+OK");
    }

    /// Everything that it is told from now on.
    pub(crate) fn monitor(&self) -> Monitor {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(b"MONITOR\r\n").unwrap();
        let mut monitor = Monitor(BufReader::new(stream));
        assert_eq!(monitor.line(), "+OK");
        monitor
    }

    /// Another subscriber of a channel, such as a server of another kind.
    pub(crate) fn subscriber(&self, channel: &str) -> Subscriber {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(format!("SUBSCRIBE {channel}\r\n").as_bytes()).unwrap();
        let mut subscriber = Subscriber(BufReader::new(stream));
        subscriber.line("*3");
        subscriber.text();
        subscriber.text();
        subscriber.line(":1");
        subscriber
    }

    /// Publishes a payload; how many got it.
    pub(crate) fn publish(&self, channel: &str, payload: &[u8]) -> u64 {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).unwrap();
        let head = format!("*3\r\n$7\r\nPUBLISH\r\n${}\r\n{channel}\r\n${}\r\n", channel.len(), payload.len());
        stream.write_all(&[head.as_bytes(), payload, b"\r\n"].concat()).unwrap();
        let mut reply = String::new();
        BufReader::new(stream).read_line(&mut reply).unwrap();
        reply.trim_start_matches(':').trim_end().parse().unwrap()
    }

    fn wait_until_ready(&self) {
        let start = Instant::now();
        while !matches!(self.try_say("PING").as_deref(), Ok("+PONG" | "-NOAUTH Authentication required.")) {
            assert!(start.elapsed() < PATIENCE, "redis-server does not answer");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(port: u16, arguments: &[String]) -> Child {
    Command::new(program())
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
        .args(["--dir", &std::env::temp_dir().display().to_string()])
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("redis-server starts")
}

fn program() -> OsString {
    std::env::var_os(PROGRAM).unwrap_or_else(|| {
        panic!("the environment variable {PROGRAM} does not name a redis-server: run `cargo xtask test --only redis`")
    })
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// A subscription that is no server's.
pub(crate) struct Subscriber(BufReader<TcpStream>);

impl Subscriber {
    /// What is published next.
    pub(crate) fn next_payload(&mut self) -> Vec<u8> {
        self.line("*3");
        assert_eq!(self.text(), b"message");
        self.text();
        self.text()
    }

    fn line(&mut self, expected: &str) {
        assert_eq!(self.read_line(), expected);
    }

    fn read_line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).expect("something is published");
        line.trim_end().to_owned()
    }

    fn text(&mut self) -> Vec<u8> {
        let length: usize = self.read_line().trim_start_matches('$').parse().unwrap();
        let mut text = vec![0; length + 2];
        self.0.read_exact(&mut text).unwrap();
        text.truncate(length);
        text
    }
}

/// What Redis is told, as `MONITOR` shows it.
pub(crate) struct Monitor(BufReader<TcpStream>);

impl Monitor {
    /// The next command with its arguments.
    pub(crate) fn next(&mut self) -> Vec<Vec<u8>> {
        self.next_if_any().expect("Redis is told something")
    }

    /// The next command with its arguments, unless Redis is told no more.
    pub(crate) fn next_if_any(&mut self) -> Option<Vec<Vec<u8>>> {
        let line = self.line();
        let (_, arguments) = line.split_once("] ")?;
        Some(unescape(arguments.as_bytes()))
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        // It ends with Redis.
        let _ = self.0.read_line(&mut line);
        line.trim_end().to_owned()
    }
}

/// Reads `"SET" "a\x00\"b"`.
fn unescape(text: &[u8]) -> Vec<Vec<u8>> {
    let (mut arguments, mut rest) = (Vec::new(), text);
    while let Some(after) = rest.iter().position(|&byte| byte == b'"').map(|at| &rest[at + 1..]) {
        let (argument, behind) = argument(after);
        arguments.push(argument);
        rest = behind;
    }
    arguments
}

fn argument(mut text: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut bytes = Vec::new();
    loop {
        let (byte, taken) = match text {
            [b'"', behind @ ..] => return (bytes, behind),
            [b'\\', b'x', high, low, ..] => {
                let hex = [*high, *low];
                (u8::from_str_radix(std::str::from_utf8(&hex).unwrap(), 16).unwrap(), 4)
            }
            [b'\\', escaped, ..] => (unescaped(*escaped), 2),
            [byte, ..] => (*byte, 1),
            [] => panic!("an argument does not end"),
        };
        bytes.push(byte);
        text = &text[taken..];
    }
}

fn unescaped(byte: u8) -> u8 {
    match byte {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'a' => 7,
        b'b' => 8,
        other => other,
    }
}
