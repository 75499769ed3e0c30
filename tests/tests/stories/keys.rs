//! Keys that change: those by which a tenant signs, and those that seal secrets at rest.

use std::collections::BTreeSet;
use std::time::Duration;

use hufu_core::clock::SystemRandom;
use hufu_core::manage::RotationPolicy;
use hufu_core::model::{Action, KeyState};
use hufu_core::oidc::SigningAlgorithm;
use hufu_storage::KeyRing;
use hufu_tests::{Browser, Engine, TestApp, TestTenant};
use serde_json::Value;

use crate::{log_in, whole_login};

const DAY: Duration = Duration::from_secs(86_400);
const POLICY: RotationPolicy = RotationPolicy {
    every: Some(Duration::from_secs(90 * 86_400)),
    publish: DAY,
    keep: Duration::from_secs(7 * 86_400),
};

async fn published(tenant: &TestTenant) -> BTreeSet<String> {
    let document = tenant.app.discover().await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let asked = http.get(document["jwks_uri"].as_str().unwrap()).send();
    let keys: Value = asked.await.unwrap().json().await.unwrap();
    let ids = keys["keys"].as_array().unwrap().iter();
    ids.map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn signed_by(id_token: &str) -> String {
    jsonwebtoken::decode_header(id_token).unwrap().kid.unwrap()
}

/// Published, then signing, then gone; whoever holds a token of the old key can check it all the time.
pub(crate) async fn rotation_by_schedule(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let manager = app.manager();
    let first = whole_login("lisi", &acme, &app).await;
    let old_token = first.answer["id_token"].as_str().unwrap().to_owned();
    let before = published(&acme).await;
    assert_eq!(manager.rotate_due_keys(&POLICY).await.unwrap(), 0, "nothing is due");

    app.clock.advance(DAY * 89);
    assert_eq!(
        manager.rotate_due_keys(&POLICY).await.unwrap(),
        2,
        "one of each algorithm"
    );
    let with_next = published(&acme).await;
    assert!(with_next.is_superset(&before) && with_next.len() == before.len() + 2);
    assert_eq!(manager.rotate_due_keys(&POLICY).await.unwrap(), 0);

    app.clock.advance(DAY);
    assert_eq!(manager.rotate_due_keys(&POLICY).await.unwrap(), 2);
    let keys = manager.keys(&acme.tenant.code).await.unwrap();
    let signing: BTreeSet<_> = keys
        .iter()
        .filter(|key| key.state == KeyState::Active)
        .map(|key| key.id.to_string())
        .collect();
    assert!(signing.is_disjoint(&before), "new keys sign");
    assert_eq!(published(&acme).await, with_next, "old ones stay to be checked by");
    acme.app.verify(&old_token).await;

    app.clock.advance(DAY * 7);
    assert_eq!(manager.rotate_due_keys(&POLICY).await.unwrap(), 2);
    assert_eq!(published(&acme).await, signing, "and go");
    let events = app.events(&acme.tenant, Action::KeyRotate).await;
    assert_eq!(events.len(), 3, "one event a round");
    assert_eq!(events[0].detail["step"], "scheduled");
}

/// An operator cannot wait, or a key has leaked.
pub(crate) async fn rotation_at_once(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let (manager, code) = (app.manager(), &acme.tenant.code);
    let first = whole_login("lisi", &acme, &app).await;
    let old_token = first.answer["id_token"].as_str().unwrap().to_owned();
    let next = manager.rotate_key(code, SigningAlgorithm::Rs256, true).await.unwrap();
    assert_eq!(next.state, KeyState::Active);
    acme.app.verify(&old_token).await;
    let second = whole_login("lisi", &acme, &app).await;
    let token = second.answer["id_token"].as_str().unwrap();
    assert_eq!(signed_by(token), next.id.to_string());
    let leaked = next.id.to_string();
    manager.replace_key(code, SigningAlgorithm::Rs256).await.unwrap();
    assert!(!published(&acme).await.contains(&leaked));
    let third = whole_login("lisi", &acme, &app).await;
    assert_ne!(signed_by(third.answer["id_token"].as_str().unwrap()), leaked);
}

/// A new key in front, everything sealed again while logins go on, the old key out: nobody notices.
pub(crate) async fn sealed_again(engine: Engine) {
    let mut app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let tokens = whole_login("lisi", &acme, &app).await;
    let path = app.config.keyring_path();
    let old = KeyRing::load(&path).unwrap();
    let old_id = old.ids().next().unwrap().to_owned();
    let before = app.hufu.database.sealed_by().await.unwrap();
    assert!(before[&old_id] > 3 && before.len() == 1, "{before:?}");

    let new_id = KeyRing::add_key(&path, &SystemRandom).unwrap();
    let login = acme.app.start("in between");
    let callback = log_in(&Browser::wechat("wangxiaoming"), &login, &app).await;
    app.stop().await;
    app.restart().await;
    acme.app.finish(&login, &callback).await;
    let mut told = 0;
    let done = app.hufu.database.rewrap(|_| told += 1).await.unwrap();
    assert!(done.sealed > 3 && done.unreadable == 0 && told >= 4, "{done:?}");
    let after = app.hufu.database.sealed_by().await.unwrap();
    assert_eq!(after.keys().collect::<Vec<_>>(), [&new_id]);
    assert_eq!(
        app.hufu.database.rewrap(|_| {}).await.unwrap().sealed,
        0,
        "once is enough"
    );

    // The old key leaves the ring.
    let ring = std::fs::read_to_string(&path).unwrap();
    let last = ring.rfind("[[keys]]").unwrap();
    std::fs::write(&path, &ring[..last]).unwrap();
    let login = acme.app.start("across");
    let callback = log_in(&Browser::wechat("lisi"), &login, &app).await;
    app.stop().await;
    app.restart().await;
    let again = acme.app.finish(&login, &callback).await;
    assert_eq!(again.sub(), tokens.sub(), "codes too outlive the ring's oldest key");
}
