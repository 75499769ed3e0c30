//! `cargo xtask test`: everything that must hold, the quickest first.

use std::ffi::OsString;
use std::process::Command;
use std::time::Duration;

use crate::process::{self, Done, Failure, program};
use crate::report::{heading, say, spell, timed};
use crate::system;

/// What the task takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Only this part.
    #[arg(long, value_enum)]
    only: Option<Part>,
    /// Given to `cargo test`, or to the tests of the browser, the SDKs or the clients when only those run: parts of
    /// their files' names.
    #[arg(last = true)]
    arguments: Vec<OsString>,
}

/// A part that can be run alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// The format of the sources.
    Fmt,
    /// The lints.
    Clippy,
    /// Unit, contract and end-to-end tests, and the examples in the documentation.
    Test,
    /// Hufu's pages in a real browser.
    Browser,
    /// Stock SDKs for WeChat at Hufu's WeChat-shaped face.
    Sdk,
    /// Stock OpenID Connect clients.
    Client,
    /// The reference documentation.
    Doc,
}

/// One step: it runs a command, or installs.
struct Step {
    name: &'static str,
    /// The parts that need it.
    parts: &'static [Part],
    work: Work,
}

enum Work {
    Install,
    InstallPackages,
    InstallSdks,
    InstallClients,
    Run(Command),
}

impl Step {
    fn run(name: &'static str, parts: &'static [Part], command: Command) -> Self {
        Self {
            name,
            parts,
            work: Work::Run(command),
        }
    }
}

/// In this order, because a step uses what those before it made.
///
/// Cargo compiles a dependency again for each set of features, and a selection with tests in it has other features
/// than one without: a development dependency may ask for more. So every call here selects tests:
/// - the build makes binaries and tests together; the end-to-end tests and the browser's start the binary it leaves;
/// - the documentation names `--examples`, of which there are none, and so reads what clippy has made.
fn steps(options: &Options) -> Vec<Step> {
    let mut documentation = program(
        "cargo",
        [
            "doc",
            "--workspace",
            "--no-deps",
            "--lib",
            "--bin",
            "xtask",
            "--examples",
        ],
    );
    documentation.env("RUSTDOCFLAGS", "-D warnings");
    let mut tests = program("cargo", ["test", "--workspace"]);
    tests.args(&options.arguments);
    let mut browser = program("node", [format!("{}/run.mjs", system::BROWSER_TESTS)]);
    if options.only == Some(Part::Browser) {
        browser.args(&options.arguments);
    }
    let mut sdks = program("node", [format!("{}/run.mjs", system::SDK_TESTS)]);
    if options.only == Some(Part::Sdk) {
        sdks.args(&options.arguments);
    }
    let mut clients = program("node", [format!("{}/run.mjs", system::CLIENT_TESTS)]);
    if options.only == Some(Part::Client) {
        clients.args(&options.arguments);
    }
    vec![
        Step {
            name: "install",
            parts: &[Part::Test, Part::Browser, Part::Sdk, Part::Client],
            work: Work::Install,
        },
        Step::run("fmt", &[Part::Fmt], program("cargo", ["fmt", "--all", "--check"])),
        Step::run(
            "clippy",
            &[Part::Clippy],
            program(
                "cargo",
                ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"],
            ),
        ),
        Step::run(
            "build",
            &[Part::Test, Part::Browser, Part::Sdk, Part::Client],
            program("cargo", ["build", "--workspace", "--bins", "--tests"]),
        ),
        Step::run("test", &[Part::Test], tests),
        Step {
            name: "packages",
            parts: &[Part::Browser],
            work: Work::InstallPackages,
        },
        Step::run("browser", &[Part::Browser], browser),
        Step {
            name: "sdks",
            parts: &[Part::Sdk],
            work: Work::InstallSdks,
        },
        Step::run("sdk", &[Part::Sdk], sdks),
        Step {
            name: "clients packages",
            parts: &[Part::Client],
            work: Work::InstallClients,
        },
        Step::run("clients", &[Part::Client], clients),
        Step::run("doc", &[Part::Doc], documentation),
    ]
}

/// Stops at the first step that fails.
pub(crate) fn run(options: &Options) -> Done {
    let mut times = Vec::new();
    let (done, total) = timed(|| {
        system::check_toolchain()?;
        steps(options)
            .into_iter()
            .filter(|step| options.only.is_none_or(|only| step.parts.contains(&only)))
            .try_for_each(|step| take(step, &mut times))
    });
    let list = times
        .iter()
        .map(|(name, time)| format!("{name} {}", spell(*time)))
        .collect::<Vec<_>>()
        .join(", ");
    done.map_err(|failure| Failure(format!("after {}: {failure}", spell(total))))?;
    say(&format!("\nall holds, in {} ({list})", spell(total)));
    Ok(())
}

fn take(step: Step, times: &mut Vec<(&'static str, Duration)>) -> Done {
    let (done, time) = timed(|| match step.work {
        Work::Install => {
            heading(step.name, "what the tests need beside Rust");
            system::install_missing()
        }
        Work::InstallPackages => {
            heading(step.name, "what the browser's tests need");
            system::install_packages()
        }
        Work::InstallSdks => {
            heading(step.name, "stock SDKs for WeChat");
            system::install_sdks()
        }
        Work::InstallClients => {
            heading(step.name, "stock OpenID Connect clients");
            system::install_clients()
        }
        Work::Run(mut command) => {
            heading(step.name, &process::spell(&command));
            process::run(&mut command)
        }
    });
    done.map_err(|failure| Failure(format!("{}: {failure}", step.name)))?;
    say(&format!("   {} ok, {}", step.name, spell(time)));
    times.push((step.name, time));
    Ok(())
}
