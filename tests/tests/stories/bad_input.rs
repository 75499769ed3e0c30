//! Wrong requests: each gets its own clear answer at the right place.

use hufu_core::model::{Action, AuditEvent, ClientKind, Outcome};
use hufu_tests::{Browser, Engine, TestApp};
use reqwest::{Client, StatusCode};
use serde_json::Value;

use crate::{log_in, parameter, whole_login};

pub(crate) async fn who_and_where(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let browser = Browser::wechat("lisi");
    let url = acme.app.start("x").url;
    let change = |from: &str, to: &str| {
        assert!(url.contains(from), "{from} in {url}");
        url.replacen(from, to, 1)
    };
    let (id, uri) = (
        acme.client.id.to_string(),
        "https%3A%2F%2Fapp.example%2Fcallback%3Ffrom%3Dhufu",
    );
    let unregistered = StatusCode::BAD_REQUEST;
    let mut refused = Vec::new();
    for (bad, status) in [
        (change("/t/acme/", "/t/nobody/"), StatusCode::NOT_FOUND),
        (change("/t/acme/", "/t/ACME/"), StatusCode::NOT_FOUND),
        (change(&id, "01ARZ3NDEKTSV4RRFFQ69G5FAV"), StatusCode::NOT_FOUND),
        (change(&id, "' OR 1=1 --"), StatusCode::NOT_FOUND),
        (change(&id, &id.to_lowercase()), StatusCode::NOT_FOUND),
        (change(&format!("client_id={id}&"), ""), StatusCode::NOT_FOUND),
        (change(&format!("redirect_uri={uri}&"), ""), unregistered),
        (change(uri, "https%3A%2F%2Fapp.example%2Fcallback"), unregistered),
        (
            change(uri, "https%3A%2F%2Fapp.example%2Fcallback%3Ffrom%3Dhufu%26x%3D1"),
            unregistered,
        ),
        (
            change(uri, "https%3A%2F%2Fapp.example%2Fcallback%2F%3Ffrom%3Dhufu"),
            unregistered,
        ),
        (
            change(uri, "https%3A%2F%2Fapp.example.evil.example%2Fcallback%3Ffrom%3Dhufu"),
            unregistered,
        ),
        (
            change(uri, "https%3A%2F%2Fapp.example%40evil.example%2Fcallback%3Ffrom%3Dhufu"),
            unregistered,
        ),
        (
            change(uri, "http%3A%2F%2Fapp.example%2Fcallback%3Ffrom%3Dhufu"),
            unregistered,
        ),
        (
            change(uri, "https%3A%2F%2FAPP.example%2Fcallback%3Ffrom%3Dhufu"),
            unregistered,
        ),
        (
            change(uri, "https%3A%2F%2Fapp.example%3A443%2Fcallback%3Ffrom%3Dhufu"),
            unregistered,
        ),
        (change(uri, "https%3A%2F%2Fevil.example%2F"), unregistered),
        (change(uri, "%2F%2Fevil.example%2F"), unregistered),
        (change(uri, "javascript%3Aalert(1)"), unregistered),
    ] {
        let page = browser.get(&bad).await;
        assert_eq!(page.status, status, "{bad}");
        assert!(
            page.header("location").is_none(),
            "nothing is sent to a URI that is not the client's: {bad}"
        );
        assert!(page.header("set-cookie").is_none());
        assert!(page.body.contains(page.header("x-request-id").unwrap()), "{bad}");
        // An app of ours, or what could be one: whoever asks why finds it by the number on the page.
        if status == unregistered || bad.contains("01ARZ3NDEKTSV4RRFFQ69G5FAV") {
            refused.push(page.header("x-request-id").unwrap().to_owned());
        }
        let link = page.body.contains("href=\"https://evil") || page.body.contains("href=\"javascript:");
        assert!(!link, "no link there either: {bad}");
    }
    let events = app.events(&acme.tenant, Action::Login).await;
    assert_eq!(requests(&events), refused, "each is recorded once, and nothing else is");
    for event in &events {
        assert_eq!(
            (event.outcome, event.attempt_id),
            (Outcome::Rejected, None),
            "no login began"
        );
        let is_app = event.error.as_deref() != Some("client_unknown");
        assert_eq!(event.client_id.is_some(), is_app, "{event:?}");
        let said = serde_json::to_string(&event.detail).unwrap();
        assert!(
            !said.contains("from=hufu"),
            "the query is the app's own business: {said}"
        );
    }
    assert_eq!(app.simulator.count("/connect/oauth2/authorize"), 0);
}

pub(crate) async fn protocol_errors_go_to_the_client(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let (_, native) = app.client(&acme.tenant.code, ClientKind::Public).await;
    let browser = Browser::wechat("lisi");
    let url = acme.app.start("x").url;
    let mut told = Vec::new();
    for (bad, error) in [
        (
            url.replace("response_type=code", "response_type=token"),
            "unsupported_response_type",
        ),
        (
            url.replace("response_type=code", "response_type=code%20id_token"),
            "unsupported_response_type",
        ),
        (url.replace("response_type=code&", ""), "invalid_request"),
        (format!("{url}&response_mode=fragment"), "invalid_request"),
        (
            url.replace("code_challenge_method=S256", "code_challenge_method=plain"),
            "invalid_request",
        ),
        (
            url.replace("code_challenge_method=S256", "code_challenge_method=s256"),
            "invalid_request",
        ),
        (url.replace("&code_challenge_method=S256", ""), "invalid_request"),
        (url.replace("code_challenge=", "code_challenge=x"), "invalid_request"),
        (
            url.replace("scope=openid+profile+wechat", "scope=email"),
            "invalid_scope",
        ),
        (
            format!("{url}&request=eyJhbGciOiJub25lIn0.e30."),
            "request_not_supported",
        ),
        (
            format!("{url}&request_uri=https%3A%2F%2Fapp.example%2Fr"),
            "request_uri_not_supported",
        ),
        (format!("{url}&prompt=none"), "login_required"),
        (
            native
                .start("x")
                .url
                .split("&code_challenge=")
                .next()
                .unwrap()
                .to_owned(),
            "invalid_request",
        ),
    ] {
        let page = browser.get(&bad).await;
        assert_eq!(page.status, 303, "{bad}: {}", page.body);
        let location = page.location();
        assert!(
            location
                .as_str()
                .starts_with("https://app.example/callback?from=hufu&error="),
            "{location}"
        );
        assert_eq!(parameter(&location, "error").as_deref(), Some(error), "{bad}");
        if error != "login_required" {
            told.push((page.header("x-request-id").unwrap().to_owned(), error));
        }
        assert!(parameter(&location, "error_description").is_some());
        assert_eq!(
            parameter(&location, "state").as_deref(),
            Some("st\"x<%00>"),
            "the app's state, unharmed"
        );
        assert_eq!(parameter(&location, "iss").as_deref(), Some(acme.app.issuer.as_str()));
    }
    let events = app.events(&acme.tenant, Action::Login).await;
    assert_eq!(
        requests(&events),
        told.iter().map(|(id, _)| id.clone()).collect::<Vec<_>>()
    );
    let codes: Vec<_> = events.iter().map(|event| event.error.clone().unwrap()).collect();
    assert_eq!(codes, told.iter().map(|(_, code)| *code).collect::<Vec<_>>());
    // Unknown parameters and scopes are no errors; neither are prompt=login, max_age, display.
    let odd = format!(
        "{}&foo=bar&prompt=login&max_age=1&display=popup&ui_locales=en&claims=%7B%7D",
        url.replace("openid+profile", "email+openid+address")
    );
    assert!(
        browser
            .get(&odd)
            .await
            .location()
            .as_str()
            .starts_with(&app.simulator_url)
    );
}

/// The requests that ended in events, in the order they came.
fn requests(events: &[AuditEvent]) -> Vec<String> {
    events
        .iter()
        .filter_map(|event| event.request_id)
        .map(|id| id.to_string())
        .collect()
}

async fn answer(response: reqwest::Response) -> (u16, String, Option<String>) {
    let status = response.status().as_u16();
    assert!(
        response.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("application/json")
    );
    assert_eq!(response.headers()["cache-control"], "no-store");
    let challenge = response
        .headers()
        .get("www-authenticate")
        .map(|v| v.to_str().unwrap().to_owned());
    let body: Value = response.json().await.unwrap();
    (status, body["error"].as_str().unwrap_or_default().to_owned(), challenge)
}

pub(crate) async fn token_errors(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let (_, native) = app.client(&acme.tenant.code, ClientKind::Public).await;
    let login = acme.app.start("t");
    let callback = log_in(&Browser::wechat("lisi"), &login, &app).await;
    let code = parameter(&callback, "code").unwrap();
    let wrong_verifier = "w".repeat(43);
    for (changes, status, error) in [
        (&[("grant_type", "")][..], 400, "invalid_request"),
        (&[("grant_type", "password")], 400, "unsupported_grant_type"),
        (&[("code", "")], 400, "invalid_request"),
        (&[("code", "made-up")], 400, "invalid_grant"),
        (&[("redirect_uri", "")], 400, "invalid_grant"),
        (&[("redirect_uri", "https://app.example/second")], 400, "invalid_grant"),
        (&[("code_verifier", "")], 400, "invalid_grant"),
        (&[("code_verifier", "short")], 400, "invalid_grant"),
        (&[("code_verifier", &wrong_verifier)], 400, "invalid_grant"),
        (&[("client_secret", "both ways at once")], 400, "invalid_request"),
    ] {
        let (got, code_of, _) = answer(acme.app.redeem(&code, &login, changes).await).await;
        assert_eq!((got, code_of.as_str()), (status, error), "{changes:?}");
    }
    // Client authentication: wrong, missing, unknown, another kind's; one answer for all.
    let mut wrong = acme.app.clone();
    for secret in [Some("wrong"), None] {
        wrong.client_secret = secret.map(str::to_owned);
        let (status, error, challenge) = answer(wrong.redeem(&code, &login, &[]).await).await;
        assert_eq!((status, error.as_str()), (401, "invalid_client"));
        assert!(challenge.unwrap().starts_with("Basic"));
    }
    wrong.client_id = "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned();
    assert_eq!(answer(wrong.redeem(&code, &login, &[]).await).await.0, 401);
    let mut pretending = native.clone();
    pretending.client_secret = Some("a public client has none".to_owned());
    assert_eq!(answer(pretending.redeem(&code, &login, &[]).await).await.0, 401);
    assert_eq!(
        answer(native.redeem(&code, &login, &[]).await).await.1,
        "invalid_grant",
        "somebody else's code"
    );

    // None of it spent the code; client_secret_post works too.
    let secret = acme.app.client_secret.clone().unwrap();
    let mut post = acme.app.clone();
    post.client_secret = None;
    let redeemed = post.redeem(&code, &login, &[("client_secret", &secret)]).await;
    assert_eq!(redeemed.status(), 200);
    let refused = app.events(&acme.tenant, Action::Token).await;
    let reasons: Vec<_> = refused
        .iter()
        .filter(|e| e.outcome == Outcome::Rejected)
        .filter_map(|e| e.error.clone())
        .collect();
    for reason in ["redirect_uri_mismatch", "pkce_mismatch", "client_mismatch"] {
        assert!(reasons.iter().any(|known| known == reason), "{reason} in {reasons:?}");
    }
}

pub(crate) async fn replayed_code(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let login = acme.app.start("r");
    let callback = log_in(&Browser::wechat("lisi"), &login, &app).await;
    let tokens = acme.app.finish(&login, &callback).await;
    let access = tokens.answer["access_token"].as_str().unwrap();
    assert_eq!(acme.app.userinfo(access).await.0, 200);
    let code = parameter(&callback, "code").unwrap();
    let (status, error, _) = answer(acme.app.redeem(&code, &login, &[]).await).await;
    assert_eq!((status, error.as_str()), (400, "invalid_grant"));
    assert_eq!(
        acme.app.userinfo(access).await.0,
        401,
        "a replay revokes what the first use gave"
    );
    let events = app.events(&acme.tenant, Action::Token).await;
    assert_eq!(events.last().unwrap().error.as_deref(), Some("code_replayed"));

    // At the same moment: one wins, and then nobody has a token.
    let login = acme.app.start("race");
    let callback = log_in(&Browser::wechat("lisi"), &login, &app).await;
    let code = parameter(&callback, "code").unwrap();
    let mut racing = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let (rp, code, login) = (acme.app.clone(), code.clone(), login.clone());
        racing.spawn(async move { rp.redeem(&code, &login, &[]).await.status().as_u16() });
    }
    let mut statuses = racing.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400, 400, 400, 400, 400]);
    // Too late is refused as well.
    let login = acme.app.start("late");
    let callback = log_in(&Browser::wechat("lisi"), &login, &app).await;
    app.clock.advance(std::time::Duration::from_secs(61));
    let code = parameter(&callback, "code").unwrap();
    assert_eq!(
        answer(acme.app.redeem(&code, &login, &[]).await).await.1,
        "invalid_grant"
    );
}

pub(crate) async fn userinfo_errors(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let http = Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/oauth2/userinfo", acme.app.issuer);
    let bare = http.get(&url).send().await.unwrap();
    assert_eq!(bare.status(), 401);
    let challenge = bare.headers()["www-authenticate"].to_str().unwrap().to_owned();
    assert!(
        challenge.starts_with("Bearer") && !challenge.contains("error="),
        "{challenge}"
    );
    let made_up = http.get(&url).bearer_auth("made-up").send().await.unwrap();
    assert_eq!(made_up.status(), 401);
    assert!(
        made_up.headers()["www-authenticate"]
            .to_str()
            .unwrap()
            .contains("error=\"invalid_token\"")
    );
    let tokens = whole_login("lisi", &acme, &app).await;
    let access = tokens.answer["access_token"].as_str().unwrap();
    let posted = http.post(&url).form(&[("access_token", access)]).send().await.unwrap();
    assert_eq!(posted.status(), 200);
    app.clock.advance(std::time::Duration::from_secs(3601));
    assert_eq!(acme.app.userinfo(access).await.0, 401, "expired");
}

pub(crate) async fn oversized_and_broken_requests(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let browser = Browser::wechat("lisi");
    let url = acme.app.start("x").url;
    let callback = format!("{}/callback/{}", acme.app.issuer, acme.connector.id);
    for bad in [
        format!("{url}&client_id={}", acme.client.id),
        format!("{url}&state=again"),
        format!("{url}&scope=openid"),
        format!("{url}&pad={}", "x".repeat(20_000)),
        format!("{callback}?code=1&code=2&state=abc"),
        format!("{callback}?code=1&state=abc&state=abd"),
        format!("{callback}?state={}", "s".repeat(20_000)),
    ] {
        let page = browser.get(&bad).await;
        assert!(
            [400, 414, 431].contains(&page.status.as_u16()),
            "{} for {}",
            page.status,
            &bad[..80.min(bad.len())]
        );
        assert!(page.header("location").is_none());
    }
    for bytes in ["%FF%FE", "%C0%AF", "%ED%A0%80"] {
        assert_eq!(
            browser
                .get(format!("{url}&nonce2=1").replace("nonce=", &format!("nonce={bytes}")))
                .await
                .status,
            400
        );
        assert_eq!(
            browser.get(format!("{callback}?code={bytes}&state=abc")).await.status,
            400
        );
    }
    // A state of 900 and more characters is the app's right.
    let long = "s".repeat(2000);
    let sent = browser
        .get(url.replace("&nonce=", &format!("{long}&nonce=")))
        .await
        .location();
    assert!(sent.as_str().starts_with(&app.simulator_url));
    assert!(!sent.as_str().contains(&long), "it never goes to WeChat");
    assert_eq!(parameter(&sent, "state").unwrap().len(), 32);
    // A body where a form belongs.
    let http = Client::builder().no_proxy().build().unwrap();
    let token = format!("{}/oauth2/token", acme.app.issuer);
    let json = http
        .post(&token)
        .header("content-type", "application/json")
        .body("{}")
        .send()
        .await
        .unwrap();
    assert_eq!(answer(json).await.1, "invalid_request");
    let huge = http
        .post(&token)
        .header("content-type", "application/x-www-form-urlencoded")
        .body("a=".repeat(200_000));
    let huge = huge.send().await.unwrap().status().as_u16();
    assert!([400, 413].contains(&huge), "{huge}");
}
