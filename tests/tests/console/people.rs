//! People: those who log in, those who were invited, and oneself. And the keys that sign for all of them.

use std::time::Duration;

use hufu_core::model::{Action, Outcome, Reach, Role, Seat};
use hufu_core::store::{ConsoleStore as _, PersonFilter};
use hufu_tests::{Browser, ConsoleUser, Engine, PASSWORD, TestApp, TestTenant, Tokens, fields};

async fn owner(app: &TestApp) -> ConsoleUser {
    app.operator(Seat::OWNER, None).await
}

async fn log_in(app: &TestApp, tenant: &TestTenant) -> Tokens {
    let login = tenant.app.start("zhangsan");
    let page = Browser::wechat("zhangsan")
        .follow(&login.url, &[&app.url, &app.simulator_url])
        .await;
    assert!(page.status.is_redirection(), "{} {}", page.status, page.body);
    tenant.app.finish(&login, &page.location()).await
}

/// A disabled person is refused and the log says so; an erased one is nobody, and comes back as somebody new.
pub(crate) async fn disabled_and_erased(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let user = owner(&app).await;
    let tokens = log_in(&app, &acme).await;
    let sub = tokens.sub().to_owned();
    let (list, person) = (
        "/admin/tenants/acme/people",
        format!("/admin/tenants/acme/people/{sub}"),
    );
    let openid = app.events(&acme.tenant, Action::Login).await[0]
        .external_id
        .clone()
        .unwrap();
    let shown = user.page(&person).await;
    assert!(shown.body.contains(&openid) && user.page(list).await.body.contains(&sub));
    for found in [&openid[..], &sub] {
        assert!(
            user.page(&format!("{list}?q={found}")).await.body.contains(&sub),
            "{found}"
        );
    }

    let status = format!("{person}/status");
    let done = user.submit(&person, &status, &[("status", "disabled")]).await;
    assert_eq!(done.status, 303, "{}", done.body);
    let access = tokens.answer["access_token"].as_str().unwrap();
    assert_eq!(
        acme.app.userinfo(access).await.0,
        401,
        "what was given is worth nothing"
    );
    let login = acme.app.start("again");
    let refused = Browser::wechat("zhangsan")
        .follow(&login.url, &[&app.url, &app.simulator_url])
        .await;
    assert!(!refused.status.is_redirection(), "{}", refused.status);
    assert!(refused.body.contains("Your account is disabled"), "{}", refused.body);
    let last = app.events(&acme.tenant, Action::Login).await.pop().unwrap();
    assert_eq!(
        (last.outcome, last.error.as_deref()),
        (Outcome::Rejected, Some("person_blocked"))
    );
    let changes = app.events(&acme.tenant, Action::PersonChange).await;
    assert_eq!(changes.len(), 1);
    assert_eq!(
        changes[0].actor.as_deref(),
        Some(format!("operator:{}", user.operator.login).as_str())
    );
    user.submit(&person, &status, &[("status", "active")]).await;
    assert_eq!(log_in(&app, &acme).await.sub(), sub);
    assert_eq!(user.submit(&person, &status, &[("status", "draft")]).await.status, 404);

    let erase = format!("{person}/erase");
    let end = &sub[sub.len() - 6..];
    assert_eq!(user.submit(&erase, &erase, &[("confirm", "nobody")]).await.status, 422);
    let done = user.submit(&erase, &erase, &[("confirm", end)]).await;
    assert_eq!(done.status, 303, "{}", done.body);
    let gone = user.page(list).await;
    assert!(!gone.body.contains(&sub), "{}", gone.body);
    assert!(!user.page(&person).await.body.contains(&openid));
    assert!(!user.page("/admin/logins").await.body.contains(&openid));
    let people = app
        .hufu
        .database
        .list_people(acme.tenant.id, &PersonFilter::default(), 10)
        .await;
    assert!(people.unwrap().is_empty());
    assert!(
        app.events(&acme.tenant, Action::Login)
            .await
            .iter()
            .all(|event| event.external_id.is_none())
    );
    assert_eq!(app.events(&acme.tenant, Action::PersonErase).await.len(), 1);
    assert_ne!(log_in(&app, &acme).await.sub(), sub, "somebody new");
    // Both pages and their forms are of one tenant.
    app.tenant("shop").await;
    for path in [
        format!("/admin/tenants/shop/people/{sub}"),
        format!("/admin/tenants/shop/people/{sub}/erase"),
    ] {
        assert_eq!(user.get(&path).await.status, 404, "{path}");
    }
}

/// Where somebody is signed in is listed with the app and the browser; one session is ended, then all.
pub(crate) async fn signed_out(engine: Engine) {
    let app = TestApp::start_signed_in(engine).await;
    let acme = app.tenant("acme").await;
    let user = owner(&app).await;
    let browsers = [Browser::wechat("zhangsan"), Browser::wechat("zhangsan")];
    let mut sub = String::new();
    for browser in &browsers {
        let login = acme.app.start("salt");
        let page = browser.follow(&login.url, &[&app.url, &app.simulator_url]).await;
        sub = acme.app.finish(&login, &page.location()).await.sub().to_owned();
    }
    // Whoever is signed in there comes back with a code at once.
    let knows = async |browser: &Browser| {
        let page = browser.get(&acme.app.start("again").url).await;
        page.location_parameter("code").is_some()
    };
    let person = format!("/admin/tenants/acme/people/{sub}");
    let sessions = async || {
        let page = user.page(&person).await;
        let begin = format!("action=\"{person}/sessions/");
        let ids = page
            .body
            .split(&begin)
            .skip(1)
            .map(|rest| rest.split('/').next().unwrap().to_owned());
        let ids: Vec<_> = ids.filter(|id| id.len() == 26).collect();
        (page.body, ids)
    };
    let (body, ids) = sessions().await;
    assert_eq!(ids.len(), 2, "{body}");
    let panel = body.split_once("id=\"sessions\"").unwrap().1;
    assert!(
        panel.contains(&acme.client.name) && panel.contains(&acme.connector.name),
        "{panel}"
    );
    assert!(panel.contains("Android"), "{panel}");
    let end = |id: &str| format!("{person}/sessions/{id}/end");
    assert_eq!(user.submit(&person, &end(&ids[0]), &[]).await.status, 303);
    assert_eq!(sessions().await.1, ids[1..]);
    let known = [knows(&browsers[0]).await, knows(&browsers[1]).await];
    assert_eq!(known.iter().filter(|known| **known).count(), 1, "{known:?}");
    // Once more, and of another tenant.
    assert_eq!(user.submit(&person, &end(&ids[0]), &[]).await.status, 303);
    app.tenant("shop").await;
    let other = format!("/admin/tenants/shop/people/{sub}/sessions/end");
    assert_eq!(user.submit(&person, &other, &[]).await.status, 404);
    let auditor = Seat::new(Role::Auditor, Reach::tenant(acme.tenant.id)).unwrap();
    let auditor = app.operator(auditor, None).await;
    assert!(!auditor.page(&person).await.body.contains("/sessions/"));

    assert_eq!(
        user.submit(&person, &format!("{person}/sessions/end"), &[])
            .await
            .status,
        303
    );
    assert_eq!(sessions().await.1.len(), 0);
    assert!(!knows(&browsers[0]).await && !knows(&browsers[1]).await);
    let ended = app.events(&acme.tenant, Action::PersonChange).await;
    assert_eq!(ended.len(), 2);
    assert!(ended.iter().all(|event| event.detail.contains_key("sessions")));
}

/// An invitation makes one member, once, who sees this tenant and no other.
pub(crate) async fn invited_once(engine: Engine) {
    let app = TestApp::start(engine).await;
    app.tenant("acme").await;
    app.tenant("shop").await;
    let user = owner(&app).await;
    let url = "/admin/tenants/acme/members/invite";
    let bad = user
        .submit(url, url, &[("role", "platform_owner"), ("note", "x"), ("days", "3")])
        .await;
    assert_eq!(bad.status, 403, "no seat beyond the tenant: {}", bad.body);
    let bad = user
        .submit(url, url, &[("role", "auditor"), ("note", ""), ("days", "3")])
        .await;
    assert_eq!(bad.status, 422, "{}", bad.body);
    let form = [("role", "auditor"), ("note", "王老师 <b>👍"), ("days", "3")];
    let made = user.submit(url, url, &form).await;
    assert_eq!(made.status, 200, "{}", made.body);
    let begin = format!("{}/admin/invitation/", app.url);
    let token = made.body.split(&begin).nth(1).unwrap();
    let token = token_of(token);
    let listed = user.page("/admin/tenants/acme/members").await;
    assert!(
        listed.body.contains("王老师") && !listed.body.contains(&token),
        "{}",
        listed.body
    );

    let link = format!("{begin}{token}");
    let guest = Browser::new("Guest/1.0");
    let page = guest.get(&link).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let csrf = fields(&page.body)["csrf"].clone();
    let join = async |login: &str, csrf: &str| {
        let form = [
            ("csrf", csrf),
            ("login", login),
            ("name", "王老师 🙂"),
            ("password", PASSWORD),
            ("again", PASSWORD),
        ];
        guest.post(&link, &form).await
    };
    assert_eq!(join("wang@example.com", "made-up").await.status, 403);
    let joined = join("wang@example.com", &csrf).await;
    assert_eq!(joined.status, 303, "{}", joined.body);
    let late = Browser::new("Late/1.0").get(&link).await;
    assert_eq!(late.status, 410, "{}", late.body);
    let members = user.page("/admin/tenants/acme/members").await;
    assert!(members.body.contains("wang@example.com"), "{}", members.body);
    let listed = app.hufu.operators.list_operators(None, None, 10).await.unwrap();
    let wang = listed
        .iter()
        .find(|one| one.login.as_str() == "wang@example.com")
        .unwrap();
    assert_eq!(wang.seat.role(), Role::Auditor);
    assert!(matches!(wang.seat.reach(), Reach::Tenants { tenants } if tenants.len() == 1));

    // One that was taken back works no more.
    let made = user.submit(url, url, &form).await;
    let link = made.body.split(&begin).nth(1).unwrap();
    let token = token_of(link);
    let listed = user.page("/admin/tenants/acme/members").await;
    let revoke = listed
        .body
        .split("action=\"/admin/tenants/acme/members/links/")
        .nth(1)
        .unwrap();
    let id: String = revoke.chars().take_while(|c| *c != '/').collect();
    let to = format!("/admin/tenants/acme/members/links/{id}/revoke");
    let other = format!("/admin/tenants/shop/members/links/{id}/revoke");
    assert_eq!(
        user.submit("/admin/account", &other, &[]).await.status,
        404,
        "of another tenant"
    );
    assert_eq!(user.submit("/admin/tenants/acme/members", &to, &[]).await.status, 303);
    assert_eq!(guest.get(format!("{begin}{token}")).await.status, 410);
}

/// Up to what no token has.
fn token_of(rest: &str) -> String {
    rest.chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        .collect()
}

fn kid(id_token: &str) -> String {
    use base64::Engine as _;
    let head = id_token.split('.').next().unwrap();
    let head = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(head).unwrap();
    let head: serde_json::Value = serde_json::from_slice(&head).unwrap();
    head["kid"].as_str().unwrap().to_owned()
}

/// A key is made, waits until apps know it, signs; the one before still verifies what it signed.
pub(crate) async fn keys_rotated(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let user = owner(&app).await;
    let url = "/admin/tenants/acme/keys";
    let old = log_in(&app, &acme).await;
    let old = old.answer["id_token"].as_str().unwrap();
    let added = user.submit(url, url, &[("algorithm", "RS256")]).await;
    assert_eq!(added.status, 303, "{}", added.body);
    let again = user.submit(url, url, &[("algorithm", "RS256")]).await;
    assert_eq!(again.status, 303, "one waits already: {}", again.body);
    let page = user.page(url).await;
    let begin = format!("action=\"{url}/");
    let next: String = page
        .body
        .split(&begin)
        .skip(1)
        .filter_map(|rest| rest.split_once("/activate").map(|(id, _)| id.to_owned()))
        .find(|id| id.len() == 26)
        .unwrap();
    // Too young: apps that fetched the keys a minute ago do not know it.
    let young = user.submit(url, &format!("{url}/{next}/activate"), &[]).await;
    assert_eq!(young.status, 303, "{}", young.body);
    assert_eq!(
        kid(log_in(&app, &acme).await.answer["id_token"].as_str().unwrap()),
        kid(old)
    );
    app.clock.advance(Duration::from_secs(6 * 60));
    let done = user.submit(url, &format!("{url}/{next}/activate"), &[]).await;
    assert_eq!(done.status, 303, "{}", done.body);
    let new = log_in(&app, &acme).await;
    assert_eq!(kid(new.answer["id_token"].as_str().unwrap()), next);
    acme.app.verify(old).await;
    // What signs cannot be deleted, and what was retired a moment ago not by a slip.
    let delete = format!("{url}/{next}/delete");
    let kept = user.submit(&delete, &delete, &[("confirm", &next[20..])]).await;
    assert_eq!(kept.status, 303, "{}", kept.body);
    log_in(&app, &acme).await;
    let retired = format!("{url}/{}/delete", kid(old));
    assert_eq!(user.submit(&retired, &retired, &[("confirm", "no")]).await.status, 422);
    // Signing at once, when it is typed; the one before it stays published.
    let rotate = format!("{url}/ES256/rotate");
    assert_eq!(user.submit(&rotate, &rotate, &[("confirm", "RS256")]).await.status, 422);
    let keys = async || app.manager().keys(&acme.tenant.code).await.unwrap();
    let before = keys().await.len();
    assert_eq!(user.submit(&rotate, &rotate, &[("confirm", "ES256")]).await.status, 303);
    assert_eq!(keys().await.len(), before + 1, "none is gone");
    let page = user.page(url).await;
    assert!(page.body.contains("Its next key is made by itself"), "{}", page.body);
    assert!(page.body.contains("Deleted by itself"), "{}", page.body);
    // An algorithm that nobody used has a first key.
    assert_eq!(user.submit(url, url, &[("algorithm", "EdDSA")]).await.status, 303);
    assert_eq!(user.submit(url, url, &[("algorithm", "none")]).await.status, 404);
    let unknown = format!("{url}/01ARZ3NDEKTSV4RRFFQ69G5FAV/activate");
    assert_eq!(user.submit(url, &unknown, &[]).await.status, 404);
    assert!(app.events(&acme.tenant, Action::KeyRotate).await.len() >= 2);
}

/// A new password ends the other sessions and keeps this one; the old one is asked for.
pub(crate) async fn own_password(engine: Engine) {
    let app = TestApp::start(engine).await;
    let user = owner(&app).await;
    let elsewhere = Browser::new("Elsewhere/1.0");
    let login = format!("{}/admin/login", app.url);
    let sign_in = async |browser: &Browser, password: &str| {
        let csrf = fields(&browser.get(&login).await.body)["csrf"].clone();
        let form = [
            ("csrf", csrf.as_str()),
            ("login", user.operator.login.as_str()),
            ("password", password),
        ];
        browser.post(&login, &form).await.status
    };
    assert_eq!(sign_in(&elsewhere, PASSWORD).await, 303);
    let account = format!("{}/admin/account", app.url);
    assert_eq!(elsewhere.get(&account).await.status, 200);
    let fresh = "another horse, another battery";
    let change = async |old: &str, new: &str, again: &str| {
        let form = [("old", old), ("password", new), ("again", again)];
        user.submit("/admin/account", "/admin/account/password", &form).await
    };
    for (old, new, again) in [
        ("wrong", fresh, fresh),
        (PASSWORD, fresh, "else"),
        (PASSWORD, "short", "short"),
    ] {
        let page = change(old, new, again).await;
        assert_eq!(page.status, 422, "{}", page.body);
        assert!(
            !page.body.contains(PASSWORD) && !page.body.contains(fresh),
            "no password comes back"
        );
    }
    assert_eq!(elsewhere.get(&account).await.status, 200, "nothing was changed");
    let done = change(PASSWORD, fresh, fresh).await;
    assert_eq!(done.status, 303, "{}", done.body);
    assert_eq!(elsewhere.get(&account).await.status, 303, "signed out elsewhere");
    user.page("/admin/account").await;
    assert_eq!(sign_in(&elsewhere, PASSWORD).await, 422);
    assert_eq!(sign_in(&elsewhere, fresh).await, 303);
}

/// Where a second factor is optional it is set up from the account page; from then on it is asked for.
pub(crate) async fn second_factor_by_choice(engine: Engine) {
    let app = TestApp::start(engine).await;
    let user = owner(&app).await;
    let page = user.page("/admin/account").await;
    assert!(
        page.body.contains("/admin/account/second-factor/set-up"),
        "{}",
        page.body
    );
    let done = user
        .submit("/admin/account", "/admin/account/second-factor/set-up", &[])
        .await;
    assert_eq!(
        (done.status.as_u16(), done.location().path()),
        (303, "/admin/enrol"),
        "{}",
        done.body
    );
    let enrol = user.page("/admin/enrol").await;
    assert!(enrol.body.contains("data:image/svg+xml"), "a QR code");
    // Half way there the session opens nothing else.
    assert_eq!(user.get("/admin/tenants").await.status, 303);
    let wrong = user.submit("/admin/enrol", "/admin/enrol", &[("code", "000000")]).await;
    assert_eq!(wrong.status, 422, "{}", wrong.body);
    // Who changes their mind signs in again, as before.
    let out = user.submit("/admin/enrol", "/admin/logout", &[]).await;
    assert_eq!(out.status, 303, "{}", out.body);
    user.sign_in().await;
    user.page("/admin/account").await;
}
