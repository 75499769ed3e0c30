//! The first operator and what comes after, by the real binary's commands.

use hufu_tests::process::{Hufu, free_ports, hufu_binary, run_hufu};
use hufu_tests::{Browser, PASSWORD, fields};
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

/// An installation in a folder of its own.
struct Installation {
    folder: TempDir,
    url: String,
}

impl Installation {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listen = format!("127.0.0.1:{}", free_ports(1));
        let url = format!("http://{listen}");
        let config = format!("[server]\nlisten = \"{listen}\"\n[gateway]\npublic_url = \"{url}\"\n");
        std::fs::write(folder.path().join("hufu.toml"), config).unwrap();
        let it = Self { folder, url };
        it.run(&["keys", "init"]).await;
        it
    }

    fn folder(&self) -> &str {
        self.folder.path().to_str().unwrap()
    }

    async fn serve(&self) -> Hufu {
        Hufu::start(&["serve", "--data-dir", self.folder()]).await
    }

    /// Runs a command that succeeds.
    async fn run(&self, words: &[&str]) -> Value {
        let mut words = words.to_vec();
        words.extend(["--data-dir", self.folder()]);
        run_hufu(&words, &[]).await
    }

    /// Runs a command that is refused; says with which code.
    async fn refused(&self, words: &[&str]) -> String {
        let mut command = Command::new(hufu_binary());
        command.args(words).args(["--json", "--data-dir", self.folder()]);
        let output = command.output().await.unwrap();
        assert!(!output.status.success(), "{words:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        let error = said
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .next_back();
        error.unwrap_or_else(|| panic!("no JSON in {said}"))["error"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}

#[tokio::test]
async fn serve_shows_a_link_until_somebody_has_used_it() {
    let installation = Installation::new().await;
    let hufu = installation.serve().await;
    let link = hufu.text("setup_url").to_owned();
    hufu.kill().await;

    // Each start has a link of its own, and the last one counts.
    let hufu = installation.serve().await;
    let newer = hufu.text("setup_url").to_owned();
    assert!(link != newer && newer.starts_with(&installation.url), "{newer}");
    let browser = Browser::new("Setup/1.0");
    assert_eq!(browser.get(&link).await.status, 410);

    let page = browser.get(&newer).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let hidden = fields(&page.body);
    let form = [
        ("csrf", hidden["csrf"].as_str()),
        ("token", hidden["token"].as_str()),
        ("login", "owner@example.com"),
        ("name", "所有者"),
        ("password", PASSWORD),
        ("again", PASSWORD),
    ];
    let made = browser.post(format!("{}/admin/setup", installation.url), &form).await;
    assert_eq!(made.status, 303, "{}", made.body);
    assert_eq!(Browser::new("Setup/2.0").get(&newer).await.status, 410);
    hufu.kill().await;

    let hufu = installation.serve().await;
    assert_eq!(hufu.ready["setup_url"], Value::Null);
    hufu.kill().await;
    let operators = installation.run(&["operator", "list"]).await;
    assert_eq!(operators["operators"][0]["login"], "owner@example.com");
    assert_eq!(operators["operators"][0]["role"], "platform_owner");
}

#[tokio::test]
async fn an_owner_of_the_command_line_ends_the_setup_link() {
    let installation = Installation::new().await;
    let hufu = installation.serve().await;
    let link = hufu.text("setup_url").to_owned();
    let owner = ["operator", "add", "root", "--name", "Root", "--role", "platform_owner"];
    let made = installation.run(&owner).await;
    let password = made["password"].as_str().unwrap();
    assert!(password.len() >= 20, "{made}");
    assert_eq!(Browser::new("Setup/1.0").get(&link).await.status, 410);

    // Nobody enters an installation without a second factor: a password leads to the page that enrols one.
    let browser = Browser::new("Operator/1.0");
    let login = format!("{}/admin/login", installation.url);
    let csrf = fields(&browser.get(&login).await.body)["csrf"].clone();
    let form = [("csrf", csrf.as_str()), ("login", "root"), ("password", password)];
    let page = browser.post(&login, &form).await;
    assert_eq!(
        page.header("location"),
        Some("/admin/enrol"),
        "{} {}",
        page.status,
        page.body
    );
    assert_eq!(
        browser.get(format!("{}/admin/tenants", installation.url)).await.status,
        303
    );

    // Who lost it comes in again by a link.
    let recovery = installation.run(&["operator", "recover", "root"]).await;
    let page = Browser::new("Recovery/1.0")
        .get(recovery["recovery_url"].as_str().unwrap())
        .await;
    assert_eq!(page.status, 200, "{}", page.body);
    let ended = installation.run(&["operator", "sessions", "end", "root"]).await;
    assert_eq!(ended["login"], "root");
    hufu.kill().await;
}

#[tokio::test]
async fn agencies_and_seats() {
    let installation = Installation::new().await;
    let agency = installation.run(&["agency", "add", "--name", "春雨 🌧"]).await;
    let agency = agency["id"].as_str().unwrap();
    installation
        .run(&["tenant", "add", "acme", "--name", "Acme", "--agency", agency])
        .await;
    installation.run(&["tenant", "add", "zoo", "--name", "Zoo"]).await;

    let add = async |login: &str, more: &[&str]| {
        let mut words = vec!["operator", "add", login, "--name", "某人"];
        words.extend(more);
        installation.run(&words).await
    };
    let admin = add("admin", &["--role", "agency_admin", "--agency", agency]).await;
    assert_eq!(
        (admin["reach"].as_str(), admin["reach_agency_id"].as_str()),
        (Some("agency"), Some(agency))
    );
    let developer = ["--role", "developer", "--agency", agency, "--tenant", "acme"];
    assert_eq!(add("developer", &developer).await["tenants"][0], "acme");
    let listed = installation.run(&["operator", "list"]).await;
    assert!(!listed.to_string().contains("password"), "shown once: {listed}");

    let refused = async |more: &[&str]| {
        let mut words = vec!["operator", "add", "another", "--name", "某人"];
        words.extend(more);
        installation.refused(&words).await
    };
    let foreign = ["--role", "developer", "--agency", agency, "--tenant", "zoo"];
    assert_eq!(refused(&foreign).await, "seat", "another's tenant");
    assert_eq!(
        refused(&["--role", "agency_operator", "--agency", agency]).await,
        "invalid_input"
    );
    assert_eq!(installation.refused(&["operator", "show", "nobody"]).await, "not_found");

    // An installation keeps an owner.
    add("owner", &["--role", "platform_owner"]).await;
    assert_eq!(
        installation.refused(&["operator", "disable", "owner"]).await,
        "last_owner"
    );
    assert_eq!(
        installation.run(&["operator", "disable", "admin"]).await["status"],
        "disabled"
    );
    assert_eq!(
        installation.run(&["operator", "enable", "admin"]).await["status"],
        "active"
    );
}
