//! A real PostgreSQL of the test process's own
//!
//! The server starts when the first test asks for a database, listens on the loopback address only, and ends with the
//! process however that ends: a shell beside it waits for the end of a pipe that only this process holds open, then
//! stops the server and removes its files.
#![expect(clippy::panic, reason = "a test that asks for a database cannot go on without one")]

use std::io::Read;
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

const MISSING: &str = "PostgreSQL's server programs were not found; `cargo xtask test` installs them (Debian: apt-get install postgresql)";

/// Another process may take the port found before the server does.
const ATTEMPTS: usize = 3;

/// Starts the server, says `ready` and where it is, and waits for the end of its input to undo everything.
/// Arguments: the directory of the server's programs, the port, and the command to give up root's rights with, if any.
const WATCHDOG: &str = r#"
exec 2>&1
trap '' HUP INT TERM PIPE
export LC_ALL=C
bin=$1 port=$2
shift 2
dir=$(mktemp -d "${TMPDIR:-/tmp}/hufu-postgres.XXXXXX") || exit 1
pid=
finish() {
    if [ -n "$pid" ]; then
        kill -INT "$pid" 2>/dev/null
        wait "$pid"
    fi
    cd /
    rm -rf "$dir"
    exit "$1"
}
cd "$dir" || finish 1
if [ $# -gt 0 ]; then
    chown postgres:postgres "$dir" || finish 1
fi
timeout 30 "$@" "$bin/initdb" -D "$dir/data" -U postgres --auth=trust --no-sync --no-instructions \
    -E UTF8 --locale=C.UTF-8 >"$dir/log" </dev/null || { cat "$dir/log"; finish 1; }
"$@" "$bin/postgres" -D "$dir/data" -p "$port" -k "$dir" -c listen_addresses=127.0.0.1 \
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
    -c max_connections=200 -c shared_buffers=64MB >"$dir/log" 2>&1 </dev/null &
pid=$!
tries=0
until "$bin/pg_isready" -q -h "$dir" -p "$port"; do
    tries=$((tries + 1))
    if [ "$tries" -gt 300 ] || ! kill -0 "$pid" 2>/dev/null; then
        cat "$dir/log"
        finish 1
    fi
    sleep 0.1
done
echo "ready $dir"
exec >/dev/null 2>&1
cat
finish 0
"#;

/// A running server.
#[derive(Debug)]
pub struct PostgresServer {
    programs: PathBuf,
    directory: PathBuf,
    port: u16,
    databases: AtomicU32,
    /// Holds the pipe whose end ends the server.
    _watchdog: Child,
}

/// A database that nobody else uses.
#[derive(Debug)]
pub struct TestDatabase {
    /// Where it is, as `postgres://…`.
    pub url: String,
}

/// The server of this process, started by whoever asks first. Blocks while it starts.
///
/// # Panics
/// When PostgreSQL is not installed or does not start.
pub fn server() -> &'static PostgresServer {
    static SERVER: OnceLock<PostgresServer> = OnceLock::new();
    SERVER.get_or_init(PostgresServer::start)
}

/// A new, empty database in the server of this process.
///
/// # Panics
/// When PostgreSQL is not installed or does not start.
pub async fn fresh_database() -> TestDatabase {
    match tokio::task::spawn_blocking(|| server().create_database()).await {
        Ok(database) => database,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(error) => panic!("the runtime ended before the database was created: {error}"),
        },
    }
}

impl PostgresServer {
    fn start() -> Self {
        let Some(programs) = find_programs() else {
            panic!("{MISSING}")
        };
        let mut output = String::new();
        for _ in 0..ATTEMPTS {
            match Self::try_start(&programs) {
                Ok(server) => return server,
                Err(what) => output = what,
            }
        }
        panic!("PostgreSQL does not start:\n{output}");
    }

    /// Starts a server on a port that was free a moment ago, or gives back what it wrote.
    fn try_start(programs: &Path) -> Result<Self, String> {
        let said = |error: std::io::Error| error.to_string();
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|free| free.local_addr())
            .map_err(said)?
            .port();
        let mut command = Command::new("sh");
        command
            .args(["-c", WATCHDOG, "postgres-watchdog"])
            .arg(programs)
            .arg(port.to_string());
        if std::fs::metadata("/proc/self").map_err(said)?.uid() == 0 {
            // The server refuses to run as root.
            command.args([
                "setpriv",
                "--reuid=postgres",
                "--regid=postgres",
                "--clear-groups",
                "--",
            ]);
        }
        // In a process group of its own, it outlives an interrupt from the terminal and can still tidy up.
        let mut watchdog = command
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(said)?;
        let mut output = String::new();
        if let Some(mut stdout) = watchdog.stdout.take() {
            stdout.read_to_string(&mut output).map_err(said)?;
        }
        match output.lines().last().and_then(|line| line.strip_prefix("ready ")) {
            Some(directory) => Ok(Self {
                programs: programs.to_owned(),
                directory: directory.into(),
                port,
                databases: AtomicU32::new(0),
                _watchdog: watchdog,
            }),
            None => {
                watchdog.wait().map_err(said)?;
                Err(output)
            }
        }
    }

    fn create_database(&self) -> TestDatabase {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        if let Err(error) = self.query("postgres", &format!("CREATE DATABASE {name}")) {
            panic!("the database {name} could not be created: {error}");
        }
        TestDatabase {
            url: format!("postgres://postgres@127.0.0.1:{}/{name}", self.port),
        }
    }

    /// Runs one statement and gives back the bare rows it answers, or the error.
    fn query(&self, database: &str, sql: &str) -> Result<String, String> {
        let answer = Command::new(self.programs.join("psql"))
            .args([
                "-X",
                "-q",
                "-A",
                "-t",
                "-U",
                "postgres",
                "-d",
                database,
                "-c",
                sql,
                "-p",
                &self.port.to_string(),
            ])
            .arg("-h")
            .arg(&self.directory)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| error.to_string())?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if answer.status.success() {
            Ok(text(&answer.stdout))
        } else {
            Err(text(&answer.stderr))
        }
    }
}

/// The directory of the server's programs: the newest of Debian's, or the one PostgreSQL names itself, or the one the
/// shell finds them in.
fn find_programs() -> Option<PathBuf> {
    let complete = |bin: &PathBuf| {
        ["initdb", "postgres", "pg_isready", "psql"]
            .iter()
            .all(|name| bin.join(name).exists())
    };
    let debian = std::fs::read_dir("/usr/lib/postgresql").ok().and_then(|versions| {
        versions
            .filter_map(|version| {
                let version = version.ok()?;
                let number: u32 = version.file_name().to_str()?.parse().ok()?;
                Some((number, version.path().join("bin")))
            })
            .filter(|(_, bin)| complete(bin))
            .max()
            .map(|(_, bin)| bin)
    });
    debian
        .or_else(|| Some(PathBuf::from(first_line("pg_config --bindir")?)).filter(complete))
        .or_else(|| Some(PathBuf::from(first_line("command -v initdb")?).parent()?.to_owned()).filter(complete))
}

fn first_line(command: &str) -> Option<String> {
    let answer = Command::new("sh")
        .args(["-c", command])
        .stderr(Stdio::null())
        .output()
        .ok()?;
    String::from_utf8(answer.stdout)
        .ok()?
        .lines()
        .next()
        .map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn ask(database: &TestDatabase, sql: &str) -> String {
        let answer = Command::new(server().programs.join("psql"))
            .args(["-X", "-q", "-A", "-t", &database.url, "-c", sql])
            .output()
            .unwrap();
        assert!(answer.status.success(), "{answer:?}");
        String::from_utf8(answer.stdout).unwrap().trim().to_owned()
    }

    #[tokio::test]
    async fn fresh_databases_are_apart_and_answer() {
        let (first, second) = tokio::join!(fresh_database(), fresh_database());
        assert_ne!(first.url, second.url);
        ask(
            &first,
            "CREATE TABLE people (name text); INSERT INTO people VALUES ('张三🙂')",
        );
        assert_eq!(ask(&first, "SELECT name, length(name) FROM people"), "张三🙂|3");
        assert_eq!(
            ask(&second, "SELECT count(*) FROM pg_tables WHERE tablename = 'people'"),
            "0"
        );
    }

    #[test]
    fn a_server_goes_and_leaves_nothing_when_its_pipe_closes() {
        let server = PostgresServer::start();
        let (directory, port) = (server.directory.clone(), server.port);
        assert_eq!(server.query("postgres", "SELECT 1"), Ok("1".to_owned()));
        drop(server);
        for _ in 0..300 {
            if !directory.exists() {
                assert!(TcpListener::bind(("127.0.0.1", port)).is_ok());
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("{} is still there", directory.display());
    }
}
