//! A backup that is made while people log in, as the chapter on operations says, and what it is worth: in a new folder,
//! with the key ring, everything of that moment goes on; without the key ring nothing does.
#![cfg(test)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hufu_test_kit::postgres;
use hufu_tests::RelyingParty;
use hufu_tests::bench::{Journey, Prepared};
use hufu_tests::installation::Installation;
use serde_json::Value;
use tokio::process::Command;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Who there is at WeChat; the first is the one whose tokens are looked at.
const PEOPLE: usize = 5;
const SCOPE: &str = "openid offline_access";

/// A database, as a backup knows it.
#[derive(Clone, Copy)]
enum Engine<'a> {
    Sqlite,
    /// By its URL.
    Postgres(&'a str),
}

/// People who log in again and again until they are told to stop.
struct Crowd {
    stop: Arc<AtomicBool>,
    /// Has as many permits as there were logins since somebody waited.
    logins: Arc<Semaphore>,
    tasks: JoinSet<()>,
}

impl Crowd {
    fn gather(app: &RelyingParty) -> Self {
        let (stop, logins) = (Arc::<AtomicBool>::default(), Arc::new(Semaphore::new(0)));
        let mut tasks = JoinSet::new();
        for person in 1..PEOPLE {
            let mut journey = Journey::new(app, person, 0, PEOPLE);
            let (stop, logins) = (Arc::clone(&stop), Arc::clone(&logins));
            tasks.spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    journey.log_in().await.unwrap();
                    logins.add_permits(1);
                }
            });
        }
        Self { stop, logins, tasks }
    }

    /// Waits until so many more have logged in.
    async fn more(&self, count: u32) {
        self.logins.forget_permits(usize::MAX);
        self.logins.acquire_many(count).await.unwrap().forget();
    }

    /// Every login that was begun has succeeded.
    async fn disperse(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.tasks.join_all().await;
    }
}

async fn program(name: &str, arguments: &[&str]) {
    let output = Command::new(name).args(arguments).output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name} {}: {said}", arguments.join(" "));
}

fn text<'a>(answer: &'a Value, name: &str) -> &'a str {
    answer[name].as_str().unwrap_or_else(|| panic!("no {name} in {answer}"))
}

/// The documented command.
async fn back_up(installation: &Installation, engine: Engine<'_>) -> PathBuf {
    let copy = installation.file("copy");
    let path = copy.to_str().unwrap();
    match engine {
        Engine::Sqlite => {
            let answer = installation.run(&["backup", path]).await;
            assert_eq!(answer["bytes"], fs::metadata(&copy).unwrap().len());
            assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
            let again = installation.refused(&["backup", path]).await;
            assert_eq!(again["error"], "file", "{again}");
        }
        Engine::Postgres(url) => {
            program("pg_dump", &["--format=custom", "--file", path, url]).await;
            let refused = installation.refused(&["backup", &format!("{path}2")]).await;
            assert_eq!(refused["error"], "not_sqlite", "{refused}");
        }
    }
    copy
}

/// The documented way back, without the key ring.
async fn restore(installation: &Installation, engine: Engine<'_>, copy: &Path) -> Installation {
    match engine {
        Engine::Sqlite => {
            let restored = installation.elsewhere(None);
            fs::copy(copy, restored.file("hufu.db")).unwrap();
            restored
        }
        Engine::Postgres(_) => {
            let url = postgres::fresh_database().await.url;
            let path = copy.to_str().unwrap();
            program("pg_restore", &["--no-owner", "--exit-on-error", "--dbname", &url, path]).await;
            installation.elsewhere(Some(&url))
        }
    }
}

async fn a_backup_is_worth_its_name(engine: Engine<'_>) {
    let database = match engine {
        Engine::Sqlite => None,
        Engine::Postgres(url) => Some(url),
    };
    let Prepared {
        installation,
        simulator: _simulator,
        ..
    } = Prepared::unlimited(database, PEOPLE).await;
    let scopes = ["--scope", "openid", "offline_access"];
    let app = installation.client_with("acme", "ES256", &scopes).await.asking(SCOPE);
    let (mut first, _) = installation.serve().await;
    let mut person = Journey::new(&app, 0, 0, PEOPLE);
    let before = person.log_in().await.unwrap().tokens();
    let crowd = Crowd::gather(&app);
    crowd.more(8).await;
    let copy = back_up(&installation, engine).await;
    crowd.more(8).await;
    crowd.disperse().await;
    let after = person.log_in().await.unwrap().tokens();
    first.kill().await.unwrap();

    let restored = restore(&installation, engine, &copy).await;
    nothing_without_its_key_ring(&restored).await;
    fs::copy(installation.file("keyring.toml"), restored.file("keyring.toml")).unwrap();
    let (_second, _) = restored.serve().await;

    // What was given before goes on; what came later is gone.
    let claims = app.verify(text(&before, "id_token")).await;
    let (status, userinfo) = app.userinfo(text(&before, "access_token")).await;
    assert_eq!((status.as_u16(), &userinfo["sub"]), (200, &claims["sub"]));
    assert_eq!(app.userinfo(text(&after, "access_token")).await.0, 401);
    let (status, refreshed) = app.refresh(text(&before, "refresh_token"), &[]).await;
    assert_eq!(status, 200, "{refreshed}");
    assert_eq!(app.verify(text(&refreshed, "id_token")).await["sub"], claims["sub"]);
    // The account's secret is read again, and the person is who they were.
    let again = Journey::new(&app, 0, 0, PEOPLE).log_in().await.unwrap().tokens();
    assert_eq!(app.verify(text(&again, "id_token")).await["sub"], claims["sub"]);

    let listed = [
        "audit", "list", "--tenant", "acme", "--action", "login", "--limit", "500",
    ];
    let events = restored.run(&listed).await;
    // The first login, the eight that were waited for, and the one just now, at least.
    assert!(events["events"].as_array().unwrap().len() >= 10, "{events}");
    let report = restored.run(&["doctor"]).await;
    assert!(!report.to_string().contains("\"fail\""), "{report}");
}

/// Neither is the database read, nor a new key ring made that would hide what is missing.
async fn nothing_without_its_key_ring(restored: &Installation) {
    let refused = restored.refused(&["serve"]).await;
    assert_eq!(refused["error"], "no_key_ring", "{refused}");
    assert!(!restored.file("keyring.toml").exists());

    restored.run(&["keys", "init"]).await;
    let refused = restored.refused(&["serve"]).await;
    assert_eq!(refused["error"], "wrong_key_ring", "{refused}");
    fs::remove_file(restored.file("keyring.toml")).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite() {
    a_backup_is_worth_its_name(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres() {
    let url = postgres::fresh_database().await.url;
    a_backup_is_worth_its_name(Engine::Postgres(&url)).await;
}
