//! What `hufu demo` shows of the console.

use std::collections::BTreeSet;

use hufu_tests::process::{Hufu, run_hufu};
use hufu_tests::{Browser, RelyingParty, fields};
use serde_json::Value;

async fn start(folder: &tempfile::TempDir) -> Hufu {
    Hufu::start(&["demo", "--port", "0", "--data-dir", folder.path().to_str().unwrap()]).await
}

/// Events, newest first.
async fn events(demo: &Hufu, words: &[&str]) -> Vec<Value> {
    let mut all = vec!["audit", "list", "--limit", "1000", "--data-dir", demo.text("data_dir")];
    all.extend(words);
    run_hufu(&all, &[]).await["events"].as_array().unwrap().clone()
}

/// What an event tells: the names of what it has a value for, and its steps.
fn shape(event: &Value) -> (BTreeSet<String>, Vec<String>) {
    let told = event.as_object().unwrap().iter().filter(|(_, value)| !value.is_null());
    let steps = event["steps"].as_array().unwrap().iter();
    (
        told.map(|(name, _)| name.clone()).collect(),
        steps.map(|step| step["step"].as_str().unwrap().to_owned()).collect(),
    )
}

#[tokio::test]
async fn past_logins_look_as_real_ones() {
    let folder = tempfile::tempdir().unwrap();
    let demo = start(&folder).await;
    let past = events(&demo, &["--tenant", "demo"]).await;

    let redirect_uri = format!("{}/callback", demo.text("app_url"));
    let secret = Some(demo.text("client_secret"));
    let app = RelyingParty::new(demo.text("issuer"), demo.text("client_id"), secret, &redirect_uri);
    let login = app.start("a");
    let within = [demo.text("hufu_url"), demo.text("simulator_url")];
    let callback = Browser::wechat("zhangsan").follow(&login.url, &within).await.location();
    app.finish(&login, &callback).await;
    Browser::wechat("lisi")
        .refusing()
        .follow(&app.start("b").url, &within)
        .await;

    let real = events(&demo, &["--tenant", "demo", "--since", "1m"]).await;
    for (action, outcome) in [("login", "succeeded"), ("token", "succeeded"), ("login", "denied")] {
        let is_it = |event: &&Value| event["action"] == action && event["outcome"] == outcome;
        let real = real.iter().find(is_it).map(shape);
        let past: Vec<_> = past.iter().filter(is_it).map(shape).collect();
        assert!(!past.is_empty(), "{action} {outcome}");
        for past in past {
            assert_eq!(Some(&past), real.as_ref(), "{action} {outcome}");
        }
    }
    demo.kill().await;
}

#[tokio::test]
async fn a_filled_console_for_every_role() {
    let folder = tempfile::tempdir().unwrap();
    let demo = start(&folder).await;
    let operators = demo.ready["operators"].as_array().unwrap().clone();
    let roles: BTreeSet<_> = operators
        .iter()
        .map(|operator| operator["role"].as_str().unwrap())
        .collect();
    assert_eq!(roles.len(), 6, "{roles:?}");
    for operator in &operators {
        let browser = Browser::new("Mozilla/5.0 (X11; Linux x86_64) Tests/1.0");
        let login = format!("{}/login", demo.text("console_url"));
        let csrf = fields(&browser.get(&login).await.body)["csrf"].clone();
        let form = [
            ("csrf", csrf.as_str()),
            ("login", operator["login"].as_str().unwrap()),
            ("password", operator["password"].as_str().unwrap()),
        ];
        let page = browser.post(&login, &form).await;
        assert_eq!(page.header("location"), Some("/admin"), "{operator}: {}", page.body);
        let home = browser.get(demo.text("console_url")).await;
        assert_eq!(home.status, 200, "{operator}");
    }
    let logins = events(&demo, &["--action", "login"]).await;
    assert!((400..800).contains(&logins.len()), "{} logins", logins.len());
    let tenants: BTreeSet<_> = logins.iter().map(|event| event["tenant"].as_str().unwrap()).collect();
    assert_eq!(tenants, BTreeSet::from(["demo", "flower", "noodle"]));
    let numbers: BTreeSet<_> = logins.iter().filter_map(|event| event["errcode"].as_i64()).collect();
    for errcode in [40029, 40163, 40125] {
        assert!(numbers.contains(&errcode), "{errcode} in {numbers:?}");
    }
    demo.kill().await;

    // The next start finds all of it again and adds nothing.
    let again = start(&folder).await;
    assert_eq!(again.ready["operators"].as_array().unwrap(), &operators);
    assert_eq!(events(&again, &["--action", "login"]).await.len(), logins.len());
    again.kill().await;
}
