//! One person at several accounts of one owner.

use hufu_core::ids::SubjectId;
use hufu_core::manage::SamePerson;
use hufu_core::model::{Action, Connector};
use hufu_tests::{Browser, Engine, TestApp, TestTenant, Tokens};

use crate::log_in;

/// A login through this account, asking for `scope`.
async fn through(app: &TestApp, tenant: &TestTenant, connector: &Connector, scope: &str) -> Tokens {
    let client = tenant.app.clone().asking(scope);
    let mut login = client.start(&format!("{}-{scope}", connector.id));
    login.url.push_str(&format!("&connection={}", connector.id));
    let callback = log_in(&Browser::wechat("zhangsan"), &login, app).await;
    client.finish(&login, &callback).await
}

/// A tenant with two accounts that are bound to one open-platform account, and say so.
async fn two_accounts(app: &TestApp) -> (TestTenant, Connector) {
    let bound = [("open_platform", "main")];
    let tenant = app.tenant_with("acme", &bound).await;
    let (_, second) = app.connector(&tenant.tenant.code, &bound).await;
    (tenant, second)
}

pub(crate) async fn one_owner_one_person(engine: Engine) {
    let app = TestApp::start(engine).await;
    let (tenant, second) = two_accounts(&app).await;
    let (_, stranger) = app.connector(&tenant.tenant.code, &[]).await;
    let one = through(&app, &tenant, &tenant.connector, "openid profile wechat").await;
    let two = through(&app, &tenant, &second, "openid profile wechat").await;
    let three = through(&app, &tenant, &stranger, "openid profile wechat").await;
    assert_eq!(one.sub(), two.sub());
    assert_ne!(one.claims["wechat_openid"], two.claims["wechat_openid"]);
    assert_eq!(
        one.claims["wechat_unionid"], two.claims["wechat_unionid"],
        "both ids stay in the claims"
    );
    assert_ne!(one.sub(), three.sub(), "an account that names no owner links nobody");
    assert!(one.claims.get("hufu_previous_subs").is_none());
}

pub(crate) async fn a_late_union_id_merges_two_people(engine: Engine) {
    let app = TestApp::start(engine).await;
    let (tenant, second) = two_accounts(&app).await;
    // With ids only WeChat tells no unionid.
    let early = through(&app, &tenant, &tenant.connector, "openid").await;
    assert!(early.claims.get("wechat_unionid").is_none());
    let other = through(&app, &tenant, &second, "openid profile wechat").await;
    assert_ne!(early.sub(), other.sub());
    let late = through(&app, &tenant, &tenant.connector, "openid profile wechat").await;
    assert_eq!(late.sub(), early.sub(), "the older subject stays");
    for told in [&late.claims, &late.userinfo] {
        assert_eq!(told["hufu_previous_subs"], serde_json::json!([other.sub()]), "{told}");
    }
    let again = through(&app, &tenant, &second, "openid profile wechat").await;
    assert_eq!(again.sub(), early.sub());
    let events = app.events(&tenant.tenant, Action::PersonMerge).await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].detail["from"], other.sub());
    let (status, _) = tenant
        .app
        .userinfo(other.answer["access_token"].as_str().unwrap())
        .await;
    assert_eq!(status, 401, "what the subject that went was given has ended");
}

pub(crate) async fn somebody_decides_about_a_contradiction(engine: Engine) {
    let app = TestApp::start(engine).await;
    let (tenant, second) = two_accounts(&app).await;
    let one = through(&app, &tenant, &tenant.connector, "openid profile wechat").await;
    // The account is bound to another owner at WeChat: the same person has another unionid there.
    let mut account = app
        .simulator
        .accounts()
        .into_iter()
        .find(|known| known.app_id == tenant.app_id)
        .unwrap();
    account.open_platform = Some("another".to_owned());
    app.simulator.add_account(account);
    let moved = through(&app, &tenant, &tenant.connector, "openid profile wechat").await;
    assert_eq!(moved.sub(), one.sub(), "the same openid is the same person");
    let code = &tenant.tenant.code;
    assert!(app.manager().union_conflicts(code).await.unwrap().is_empty());
    // And somebody else's account tells the new unionid of whom it knows as another person.
    let mut account = app
        .simulator
        .accounts()
        .into_iter()
        .find(|known| known.app_id != tenant.app_id)
        .unwrap();
    account.open_platform = Some("third".to_owned());
    app.simulator.add_account(account.clone());
    let other = through(&app, &tenant, &second, "openid profile wechat").await;
    account.open_platform = Some("another".to_owned());
    app.simulator.add_account(account);
    let doubtful = through(&app, &tenant, &second, "openid profile wechat").await;
    assert_eq!(doubtful.sub(), other.sub(), "nobody guesses");
    let queue = app.manager().union_conflicts(code).await.unwrap();
    assert_eq!(queue.len(), 1);
    let pair = (queue[0].subject_id, queue[0].other_id);
    let keep: SubjectId = one.sub().parse().unwrap();
    app.manager()
        .settle_union(code, pair, SamePerson::Into(keep), Some(1))
        .await
        .unwrap();
    assert!(
        app.manager()
            .settle_union(code, pair, SamePerson::Apart, None)
            .await
            .is_err(),
        "settled once"
    );
    let settled = through(&app, &tenant, &second, "openid profile wechat").await;
    assert_eq!(settled.sub(), one.sub());
    assert!(app.manager().union_conflicts(code).await.unwrap().is_empty());
}
