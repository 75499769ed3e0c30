//! The real binary and other programs as child processes that die with the test.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// The `hufu` binary beside the test binaries; `cargo xtask test` builds it first.
///
/// # Panics
/// When it was not built.
pub fn hufu_binary() -> PathBuf {
    // A test binary lies in `deps` below it, a measuring program beside it.
    let here = std::env::current_exe().unwrap();
    let found = here
        .ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join("hufu"))
        .find(|path| path.is_file());
    found.expect("the hufu binary: `cargo build --workspace --bins` makes it, as `cargo xtask test` does")
}

/// A running `hufu` command.
#[derive(Debug)]
pub struct Hufu {
    child: Child,
    /// The JSON line it printed when it was ready.
    pub ready: Value,
}

impl Hufu {
    /// Starts a command that prints one JSON line when all is ready, and waits for that line.
    pub async fn start(args: &[&str]) -> Self {
        Self::start_with(args, &[]).await
    }

    /// The same with environment variables.
    pub async fn start_with(args: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = Command::new(hufu_binary());
        command.args(args).arg("--json").envs(environment.iter().copied());
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = timeout(Duration::from_secs(60), lines.next_line())
            .await
            .expect("ready within a minute");
        let line = line
            .unwrap()
            .unwrap_or_else(|| panic!("`hufu {}` ended without being ready", args.join(" ")));
        Self {
            child,
            ready: serde_json::from_str(&line).unwrap(),
        }
    }

    /// A text of the ready line.
    pub fn text(&self, name: &str) -> &str {
        self.ready[name]
            .as_str()
            .unwrap_or_else(|| panic!("no {name} in {}", self.ready))
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.child.id().unwrap()
    }

    /// SIGKILL: no clean-up of any kind.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }
}

/// Runs a `hufu` command to its end; returns its JSON answer.
pub async fn run_hufu(args: &[&str], environment: &[(&str, &str)]) -> Value {
    let mut command = Command::new(hufu_binary());
    command
        .args(args)
        .arg("--json")
        .envs(environment.iter().copied())
        .stdin(Stdio::null());
    let output = command.output().await.unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "hufu {}: {}",
        args.join(" "),
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_str(&text).unwrap_or(Value::Null)
}

/// Runs a `hufu` command that is refused, within a minute; returns its JSON error.
pub async fn refused_hufu(args: &[&str]) -> Value {
    let mut command = Command::new(hufu_binary());
    command.args(args).arg("--json").stdin(Stdio::null()).kill_on_drop(true);
    let output = timeout(Duration::from_secs(60), command.output()).await;
    let output = output.expect("it ends by itself").unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success(), "hufu {}: {said}", args.join(" "));
    // Notes may stand before it.
    let error = said.lines().last().and_then(|line| serde_json::from_str(line).ok());
    error.unwrap_or_else(|| panic!("hufu {}: {said}", args.join(" ")))
}

/// A port of this machine that nothing listens on, the next `count - 1` neither.
pub fn free_ports(count: u16) -> u16 {
    let free = |port: u16| std::net::TcpListener::bind(("127.0.0.1", port)).is_ok();
    loop {
        let first = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        if first < u16::MAX - count && (first..first + count).all(free) {
            return first;
        }
    }
}
