//! Programs that the tests need beside Rust: a database server, a browser, what drives the browser, SDKs and clients.

use std::process::Command;
use std::time::SystemTime;

use crate::process::{self, Done, Failure};
use crate::report::say;

/// One thing the tests need.
struct Need {
    /// What it is, for people.
    what: &'static str,
    /// Debian's package.
    package: &'static str,
    /// A shell condition that holds when it is there.
    there: &'static str,
}

const NEEDS: [Need; 10] = [
    Need {
        what: "PostgreSQL's server programs",
        package: "postgresql",
        there: "ls /usr/lib/postgresql/*/bin/initdb || command -v initdb || pg_config --bindir",
    },
    Need {
        what: "the browser Chromium",
        package: "chromium",
        there: "command -v chromium",
    },
    Need {
        what: "the browser's driver",
        package: "chromium-driver",
        there: "command -v chromedriver",
    },
    Need {
        what: "Node.js 18 or newer",
        package: "nodejs",
        there: "node -e 'process.exit(Number(process.versions.node.split(\".\")[0]) < 18 ? 1 : 0)'",
    },
    Need {
        what: "Node's package manager",
        package: "npm",
        there: "npm --version",
    },
    Need {
        what: "Python's virtual environments",
        package: "python3-venv",
        there: "python3 -c 'import ensurepip, venv'",
    },
    Need {
        what: "OpenSSL's command line",
        package: "openssl",
        there: "openssl version",
    },
    // Not the package `apache2`, which would start a server of its own.
    Need {
        what: "Apache",
        package: "apache2-bin",
        there: "test -x /usr/sbin/apache2",
    },
    Need {
        what: "Apache's module for OpenID Connect",
        package: "libapache2-mod-auth-openidc",
        there: "test -e /usr/lib/apache2/modules/mod_auth_openidc.so",
    },
    Need {
        what: "a font with Chinese characters",
        package: "fonts-noto-cjk",
        there: "ls /usr/share/fonts/opentype/noto/NotoSansCJK* || fc-list :lang=zh-cn family | grep .",
    },
];

impl Need {
    fn is_met(&self) -> bool {
        process::succeeds("sh", &["-c", self.there])
    }
}

/// The parts of Rust's toolchain that a minimal installation leaves out.
pub(crate) fn check_toolchain() -> Done {
    let missing: Vec<_> = ["fmt", "clippy"]
        .into_iter()
        .filter(|part| !process::succeeds("cargo", &[part, "--version"]))
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(Failure(format!(
            "cargo {} is missing; install it with: rustup component add rustfmt clippy",
            missing.join(" and cargo ")
        )))
    }
}

/// Installs what is missing, when this user may; otherwise says what is missing and how to install it.
pub(crate) fn install_missing() -> Done {
    let missing = unmet();
    if missing.is_empty() {
        say("PostgreSQL, Chromium, Node.js, Python, OpenSSL, Apache and a Chinese font are there");
        return Ok(());
    }
    let what = missing.iter().map(|need| need.what).collect::<Vec<_>>().join(", ");
    let packages: Vec<_> = missing.iter().map(|need| need.package).collect();
    let by_hand = format!("apt-get install --no-install-recommends {}", packages.join(" "));
    if !process::succeeds("apt-get", &["--version"]) {
        return Err(Failure(format!("missing: {what}; on Debian they come with: {by_hand}")));
    }
    if process::output("id", &["-u"]).is_none_or(|id| id.trim() != "0") {
        return Err(Failure(format!(
            "missing: {what}; only root may install them: sudo {by_hand}"
        )));
    }
    say(&format!("missing: {what}"));
    // An index that cannot be renewed may still be good enough: whether the packages come decides.
    if let Err(failure) = process::run(&mut apt_get(&["update"])) {
        say(&failure.to_string());
    }
    let install = ["install", "--yes", "--no-install-recommends"];
    process::run(apt_get(&install).args(&packages))?;
    match unmet().first() {
        None => Ok(()),
        Some(need) => Err(Failure(format!("{} still missing after: {by_hand}", need.what))),
    }
}

/// Where the browser's tests and their packages lie.
pub(crate) const BROWSER_TESTS: &str = "tests/browser";

/// Where the SDKs' tests, their packages and Python's virtual environment lie.
pub(crate) const SDK_TESTS: &str = "tests/sdk";

/// Where the tests with stock OpenID Connect clients lie, with their packages and Python's virtual environment.
pub(crate) const CLIENT_TESTS: &str = "tests/clients";

/// The packages that the lock of the browser's tests names.
pub(crate) fn install_packages() -> Done {
    install_locked(BROWSER_TESTS)
}

/// The SDKs that the locks of their tests name.
pub(crate) fn install_sdks() -> Done {
    install_locked(SDK_TESTS)?;
    install_python(SDK_TESTS)
}

/// The clients that the locks of their tests name.
pub(crate) fn install_clients() -> Done {
    install_locked(CLIENT_TESTS)?;
    install_python(CLIENT_TESTS)
}

fn changed(folder: &str, name: &str) -> Option<SystemTime> {
    let path = process::root().join(folder).join(name);
    path.metadata().and_then(|file| file.modified()).ok()
}

/// Exactly what a folder's list names, by its digests, in an environment of its own; unless that is newer than the list.
fn install_python(tests: &str) -> Done {
    // Written here last.
    const DONE: &str = ".venv/installed";
    let installed = changed(tests, DONE);
    if installed.is_some() && installed >= changed(tests, "requirements.txt") {
        say("Python's packages are there");
        return Ok(());
    }
    let folder = process::root().join(tests);
    process::run(process::program("python3", ["-m", "venv", "--clear", ".venv"]).current_dir(&folder))?;
    let arguments = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--require-hashes",
        "--only-binary",
        ":all:",
        "--requirement",
        "requirements.txt",
    ];
    let python = folder.join(".venv/bin/python");
    process::run(process::program(&python.to_string_lossy(), arguments).current_dir(&folder))?;
    std::fs::write(folder.join(DONE), "").map_err(|error| Failure(format!("{DONE}: {error}")))
}

/// The packages that a folder's lock names, unless what is there is newer than the lock.
fn install_locked(folder: &str) -> Done {
    let changed = |name: &str| changed(folder, name);
    // npm writes this file last.
    let installed = changed("node_modules/.package-lock.json");
    let is_fresh = installed.is_some() && installed >= changed("package-lock.json").max(changed("package.json"));
    if is_fresh {
        say("the packages are there");
        return Ok(());
    }
    let arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
    process::run(process::program("npm", arguments).current_dir(process::root().join(folder)))
}

fn unmet() -> Vec<&'static Need> {
    NEEDS.iter().filter(|need| !need.is_met()).collect()
}

fn apt_get(arguments: &[&str]) -> Command {
    let mut command = process::program("apt-get", ["--quiet=2", "-o", "Dpkg::Use-Pty=0"]);
    command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    command
}
