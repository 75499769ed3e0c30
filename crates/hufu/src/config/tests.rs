use std::path::PathBuf;

use figment::Jail;
use hufu_core::secret::ExposeSecret as _;
use serde_json::Value;

use super::*;

fn load(request: &Request) -> Loaded {
    Loaded::read(request).unwrap()
}

fn file(name: &str) -> Request {
    Request {
        file: Some(PathBuf::from(name)),
        ..Request::default()
    }
}

#[test]
fn defaults_need_no_file() {
    Jail::expect_with(|_| {
        let loaded = load(&Request::default());
        assert_eq!(
            loaded.config.database.storage.url,
            "sqlite://./hufu-data/hufu.db?mode=rwc"
        );
        assert_eq!(loaded.config.keyring_path(), PathBuf::from("./hufu-data/keyring.toml"));
        assert!(loaded.config.database.migrates_on_start() && loaded.unknown.is_empty() && loaded.files.is_empty());
        Ok(())
    });
}

#[test]
fn each_layer_lies_over_the_one_before() {
    Jail::expect_with(|jail| {
        jail.create_file(
            "hufu.toml",
            "data_dir = \"from-file\"\n[server]\nlisten = \"127.0.0.1:1\"\n[login]\ncode_seconds = 30\n\
             [gateway]\npublic_url = \"https://file.example\"\n",
        )?;
        jail.set_env("HUFU_GATEWAY__PUBLIC_URL", "https://login.example.com");
        jail.set_env("HUFU_GATEWAY__TRUSTED_PROXIES", "[\"10.0.0.0/8\"]");
        jail.set_env("HUFU_LOGIN__TOKEN_SECONDS", "120");
        let config = load(&Request::default()).config;
        assert_eq!(config.server.listen.to_string(), "127.0.0.1:1");
        assert_eq!(config.gateway.public_url.as_str(), "https://login.example.com");
        assert_eq!(Vec::<String>::from(config.gateway.trusted_proxies), ["10.0.0.0/8"]);
        assert_eq!((config.login.code_seconds, config.login.token_seconds), (30, 120));
        assert_eq!(config.database.storage.url, "sqlite://from-file/hufu.db?mode=rwc");

        let request = Request {
            data_dir: Some(PathBuf::from("from-flag")),
            ..Request::default()
        };
        let config = load(&request).config;
        assert_eq!(config.data_dir, PathBuf::from("from-flag"));
        assert_eq!(config.database.storage.url, "sqlite://from-flag/hufu.db?mode=rwc");
        Ok(())
    });
}

#[test]
fn the_console_is_strict_unless_told_otherwise() {
    Jail::expect_with(|jail| {
        let console = load(&Request::default()).config.console;
        assert_eq!(console.second_factor, SecondFactor::Required);
        assert!(console.sign_in().second_factor_required && console.egress_ips.is_empty());
        jail.create_file(
            "hufu.toml",
            "[console]\nidle_minutes = 5\negress_ips = [\"203.0.113.10\", \"2001:db8::1\"]\n",
        )?;
        jail.set_env("HUFU_CONSOLE__SECOND_FACTOR", "optional");
        jail.set_env("HUFU_CONSOLE__CHECK_MINUTES", "0");
        let console = load(&Request::default()).config.console;
        assert_eq!(console.second_factor, SecondFactor::Optional);
        let settings = console.sign_in();
        assert!(!settings.second_factor_required && settings.idle == std::time::Duration::from_secs(300));
        let egress: Vec<String> = console.egress_ips.iter().map(ToString::to_string).collect();
        assert_eq!(egress, ["203.0.113.10", "2001:db8::1"]);
        assert_eq!((console.check_minutes, console.probe_minutes), (0, 5));

        assert_eq!(console.time_zone.name(), "UTC");
        jail.set_env("HUFU_CONSOLE__TIME_ZONE", "Asia/Shanghai");
        let console = load(&Request::default()).config.console;
        assert_eq!(console.time_zone.name(), "Asia/Shanghai");
        jail.set_env("HUFU_CONSOLE__TIME_ZONE", "Mars/Olympus");
        let error = Loaded::read(&Request::default()).unwrap_err().to_string();
        assert!(error.contains("time_zone") && error.contains("Mars/Olympus"), "{error}");
        jail.set_env("HUFU_CONSOLE__TIME_ZONE", "UTC");

        jail.set_env("HUFU_CONSOLE__SECOND_FACTOR", "never");
        let error = Loaded::read(&Request::default()).unwrap_err().to_string();
        assert!(error.contains("console.second_factor"), "{error}");
        Ok(())
    });
}

#[test]
fn the_database_can_lie_elsewhere_and_then_is_not_migrated_unasked() {
    Jail::expect_with(|jail| {
        jail.set_env("HUFU_DATABASE__URL", "postgres://hufu:s3cret@db.internal/hufu");
        let database = load(&Request::default()).config.database;
        assert!(!database.is_sqlite() && !database.migrates_on_start());
        assert!(!format!("{database:?}").contains("s3cret"));
        jail.set_env("HUFU_DATABASE__MIGRATE_ON_START", "true");
        assert!(load(&Request::default()).config.database.migrates_on_start());
        Ok(())
    });
}

#[test]
fn a_key_that_nobody_reads_is_named_with_its_place() {
    Jail::expect_with(|jail| {
        jail.create_file(
            "my.toml",
            "[gatway]\npublic_url = \"https://a.example\"\n[database]\nurll = \"x\"\n",
        )?;
        jail.set_env("HUFU_LOG__LEVLE", "debug");
        let unknown = load(&file("my.toml")).unknown;
        let shown: Vec<String> = unknown.iter().map(ToString::to_string).collect();
        let has = |start: &str, end: &str| shown.iter().any(|line| line.starts_with(start) && line.ends_with(end));
        assert!(
            has("database.urll (", "my.toml)") && has("gatway.public_url (", "my.toml)"),
            "{shown:?}"
        );
        assert!(has("log.levle (HUFU_LOG__LEVLE", ")"), "{shown:?}");
        assert_eq!(shown.len(), 3);
        Ok(())
    });
}

#[test]
fn a_wrong_value_is_named_with_its_place() {
    Jail::expect_with(|jail| {
        jail.create_file("my.toml", "[login]\ncode_seconds = \"soon\"\n")?;
        let error = Loaded::read(&file("my.toml")).unwrap_err().to_string();
        assert!(
            error.contains("login.code_seconds") && error.contains("my.toml"),
            "{error}"
        );
        assert!(matches!(Loaded::read(&file("none.toml")), Err(ConfigError::NoFile(_))));
        jail.set_env("HUFU_GATEWAY__PUBLIC_URL", "https://a.example/x");
        let error = Loaded::read(&Request::default()).unwrap_err().to_string();
        assert!(
            error.contains("public_url") && error.contains("https://a.example"),
            "{error}"
        );
        Ok(())
    });
}

#[test]
fn the_demo_stands_in_only_for_an_installation_that_is_not_there() {
    Jail::expect_with(|jail| {
        jail.create_dir("hufu-data/demo")?;
        jail.create_file("hufu-data/demo/hufu.db", "")?;
        jail.create_file(
            "hufu-data/demo/hufu.toml",
            "[gateway]\npublic_url = \"http://127.0.0.1:8081\"\n",
        )?;
        let request = Request {
            or_demo: true,
            ..Request::default()
        };
        let loaded = load(&request);
        assert!(loaded.is_demo_fallback);
        assert_eq!(loaded.config.data_dir, PathBuf::from(DEMO_DATA_DIR));
        assert_eq!(loaded.config.gateway.public_url.as_str(), "http://127.0.0.1:8081");
        assert!(!load(&Request::default()).is_demo_fallback);
        let named = Request {
            data_dir: Some(PathBuf::from("other")),
            ..request.clone()
        };
        assert!(!load(&named).is_demo_fallback);
        jail.create_file("hufu-data/hufu.db", "")?;
        assert!(!load(&request).is_demo_fallback);
        Ok(())
    });
}

#[test]
fn the_key_ring_may_come_from_the_environment_and_is_shown_nowhere() {
    Jail::expect_with(|jail| {
        let keys = "[[keys]]\nid = \"k1\"\nkey = \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"\n";
        jail.set_env("HUFU_KEYRING", keys);
        let config = load(&Request::default()).config;
        assert_eq!(config.keyring.as_ref().unwrap().expose_secret(), keys);
        assert!(config.load_keyring().is_ok());
        assert!(!format!("{config:?}{}", serde_json::to_string(&config).unwrap()).contains("AAAA"));
        Ok(())
    });
}

#[test]
fn a_path_with_marks_of_urls_stays_one_path() {
    assert_eq!(
        sqlite_url(Path::new("a?b#c%d")),
        "sqlite://a%3fb%23c%25d/hufu.db?mode=rwc"
    );
}

/// The example as it stands, and with its optional settings switched on.
fn example() -> (String, String) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/hufu.example.toml");
    let text = std::fs::read_to_string(path).unwrap();
    let is_setting = |line: &str| {
        let key = line
            .strip_prefix('#')
            .and_then(|line| line.split_once(" = "))
            .map(|(key, _)| key);
        key.is_some_and(|key| !key.is_empty() && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
    };
    let on = |line: &str| {
        if is_setting(line) {
            line[1..].to_owned()
        } else {
            line.to_owned()
        }
    };
    let all = text.lines().map(on).collect::<Vec<_>>().join("\n");
    (text, all)
}

fn keys(value: &Value, above: &str, into: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                keys(value, &format!("{above}.{name}"), into);
            }
        }
        _ => into.push(above.to_owned()),
    }
}

#[test]
fn the_example_has_every_key_and_its_default() {
    let (text, all) = example();
    let parsed: Value = toml::from_str(&text).unwrap();
    let defaults = serde_json::to_value(Config::default()).unwrap();
    let mut expected = Vec::new();
    keys(&defaults, "", &mut expected);
    let mut found = Vec::new();
    keys(&toml::from_str(&all).unwrap(), "", &mut found);
    expected.sort();
    found.sort();
    assert_eq!(found, expected);

    // What is switched on in the example is the default.
    let mut written = Vec::new();
    keys(&parsed, "", &mut written);
    for key in written {
        let pointer = key.replace('.', "/");
        assert_eq!(parsed.pointer(&pointer), defaults.pointer(&pointer), "{key}");
    }
    let read: Config = toml::from_str(&text).unwrap();
    assert_eq!(serde_json::to_value(read).unwrap(), defaults);
}
