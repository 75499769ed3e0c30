//! Tokens of the OpenID Provider: refreshed, bound to keys, for clients themselves, introspected and revoked.

use std::collections::BTreeSet;
use std::time::Duration;

use hufu_core::clock::Clock as _;
use hufu_core::manage::ClientEdit;
use hufu_core::model::{
    AccessTokenFormat, Action, Client, ClientAuthMethod, ClientKind, Outcome, Right, Rights, Status, SubjectType,
};
use hufu_core::oidc::SigningAlgorithm;
use hufu_tests::{Browser, ClientKey, Engine, Login, RelyingParty, TestApp, TestTenant, Tokens};
use reqwest::Url;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{log_in, parameter};

const OFFLINE: &str = "openid profile wechat offline_access";

/// Changes what a client is allowed.
async fn change(app: &TestApp, tenant: &TestTenant, client: &Client, edit: impl FnOnce(&mut ClientEdit)) {
    let code = &tenant.tenant.code;
    let now = app.manager().client(code, client.id).await.unwrap();
    let mut changed = ClientEdit::from(&*now);
    edit(&mut changed);
    app.manager()
        .change_client(code, client.id, changed, None)
        .await
        .unwrap();
}

/// The tenant's app, which may stay away from the person.
async fn offline(app: &TestApp, tenant: &TestTenant) -> RelyingParty {
    change(app, tenant, &tenant.client, |edit| {
        edit.scopes = OFFLINE.split(' ').map(str::to_owned).collect();
    })
    .await;
    tenant.app.clone().asking(OFFLINE)
}

async fn code_of(app: &TestApp, party: &RelyingParty, user: &str) -> (Login, Url) {
    let login = party.start(user);
    let callback = log_in(&Browser::wechat(user), &login, app).await;
    (login, callback)
}

async fn logged_in(app: &TestApp, party: &RelyingParty, user: &str) -> Tokens {
    let (login, callback) = code_of(app, party, user).await;
    party.finish(&login, &callback).await
}

fn text<'a>(answer: &'a Value, name: &str) -> &'a str {
    answer[name].as_str().unwrap_or_else(|| panic!("{name} in {answer}"))
}

fn seconds(app: &TestApp) -> i64 {
    app.clock.now().as_secs()
}

async fn reasons(app: &TestApp, tenant: &TestTenant) -> Vec<String> {
    let events = app.events(&tenant.tenant, Action::Token).await;
    events.into_iter().filter_map(|event| event.error).collect()
}

async fn refused(answer: (u16, Value)) {
    assert_eq!(
        (answer.0, &answer.1["error"]),
        (400, &json!("invalid_grant")),
        "{}",
        answer.1
    );
}

pub(crate) async fn refresh_tokens_turn(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let party = offline(&app, &acme).await;
    let tokens = logged_in(&app, &party, "zhangsan").await;
    let first = text(&tokens.answer, "refresh_token").to_owned();
    assert_eq!(tokens.answer["scope"], OFFLINE);

    let (status, second) = party.refresh(&first, &[]).await;
    assert_eq!(status, 200, "{second}");
    let claims = party.verify(text(&second, "id_token")).await;
    for same in ["iss", "sub", "aud", "auth_time", "acr", "amr"] {
        assert_eq!(claims[same], tokens.claims[same], "{same}");
    }
    assert!(claims.get("nonce").is_none());
    assert_eq!(party.userinfo(text(&second, "access_token")).await.1, tokens.userinfo);
    let event = app.events(&acme.tenant, Action::Token).await.pop().unwrap();
    assert_eq!(
        (event.outcome, &event.detail["grant"]),
        (Outcome::Succeeded, &json!("refresh_token"))
    );
    assert_eq!(event.subject_id.unwrap().to_string(), tokens.sub());

    // The answer was lost: the same refresh token again, and an access token that works.
    let (status, again) = party.refresh(&first, &[]).await;
    assert_eq!(status, 200, "{again}");
    assert_eq!(again["refresh_token"], second["refresh_token"]);
    assert_ne!(again["access_token"], second["access_token"]);

    // A restart in between changes nothing; the grace is over after a while.
    let third = party.refresh(text(&second, "refresh_token"), &[]).await.1;
    app.clock.advance(Duration::from_secs(31));
    let fourth = party.refresh(text(&third, "refresh_token"), &[]).await.1;
    assert_eq!(party.userinfo(text(&fourth, "access_token")).await.0, 200);
    refused(party.refresh(text(&second, "refresh_token"), &[]).await).await;
    assert_eq!(reasons(&app, &acme).await, ["refresh_reused"]);
    // Two hold the family: nobody does.
    refused(party.refresh(text(&fourth, "refresh_token"), &[]).await).await;
    for answer in [&tokens.answer, &second, &again, &third, &fourth] {
        assert_eq!(party.userinfo(text(answer, "access_token")).await.0, 401);
    }

    // So does the one before, when its grace is over.
    let tokens = logged_in(&app, &party, "zhangsan").await;
    let first = text(&tokens.answer, "refresh_token");
    let next = party.refresh(first, &[]).await.1;
    app.clock.advance(Duration::from_secs(31));
    refused(party.refresh(first, &[]).await).await;
    refused(party.refresh(text(&next, "refresh_token"), &[]).await).await;

    // Who brings the code again ends the family of the first.
    let (login, callback) = code_of(&app, &party, "lisi").await;
    let tokens = party.finish(&login, &callback).await;
    let code = parameter(&callback, "code").unwrap();
    assert_eq!(party.redeem(&code, &login, &[]).await.status(), 400);
    refused(party.refresh(text(&tokens.answer, "refresh_token"), &[]).await).await;
}

/// Tabs, copies and instances that come at the same moment all get the one next token.
pub(crate) async fn a_refresh_on_two_instances(engine: Engine) {
    let mut app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let party = offline(&app, &acme).await;
    let (url, _other) = app.another_instance().await;
    let there = party.at(&app.url, &url);
    let tokens = logged_in(&app, &party, "zhangsan").await;
    let mut token = text(&tokens.answer, "refresh_token").to_owned();
    for _ in 0..3 {
        let mut racing = JoinSet::new();
        for nth in 0..8 {
            let party = if nth % 2 == 0 { party.clone() } else { there.clone() };
            let token = token.clone();
            racing.spawn(async move { party.refresh(&token, &[]).await });
        }
        let mut next = BTreeSet::new();
        let mut access = BTreeSet::new();
        for (status, answer) in racing.join_all().await {
            assert_eq!(status, 200, "{answer}");
            next.insert(text(&answer, "refresh_token").to_owned());
            access.insert(text(&answer, "access_token").to_owned());
        }
        assert_eq!((next.len(), access.len()), (1, 8));
        token = next.pop_first().unwrap();
        for token in &access {
            assert_eq!(there.userinfo(token).await.0, 200);
        }
    }
    assert!(reasons(&app, &acme).await.is_empty());
    // One instance ends what the other gave.
    assert_eq!(there.ask("revoke", &[("token", &token)], &[]).await.0, 200);
    refused(party.refresh(&token, &[]).await).await;
}

pub(crate) async fn what_refreshing_refuses(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let party = offline(&app, &acme).await;
    let other = app.tenant("other").await;
    let foreign = offline(&app, &other).await;
    let (sibling, cousin) = app.client(&acme.tenant.code, ClientKind::Confidential).await;
    change(&app, &acme, &sibling, |edit| {
        edit.scopes = OFFLINE.split(' ').map(str::to_owned).collect();
    })
    .await;
    let token = text(&logged_in(&app, &party, "zhangsan").await.answer, "refresh_token").to_owned();

    // Less than was granted, never more; and less once is not less for ever.
    let (status, narrow) = party.refresh(&token, &[("scope", "openid")]).await;
    assert_eq!((status, &narrow["scope"]), (200, &json!("openid")));
    let about = party.userinfo(text(&narrow, "access_token")).await.1;
    assert_eq!(about.as_object().unwrap().len(), 1, "{about}");
    let token = text(&narrow, "refresh_token").to_owned();
    let (status, wide) = party.refresh(&token, &[("scope", "openid wechat.token")]).await;
    assert_eq!((status, &wide["error"]), (400, &json!("invalid_scope")));
    let (_, whole) = party.refresh(&token, &[]).await;
    assert_eq!(whole["scope"], OFFLINE);
    let token = text(&whole, "refresh_token").to_owned();

    // Another app, of this tenant or another: as if the token were unknown, and nothing ends.
    let descriptions: BTreeSet<String> = [
        foreign.refresh(&token, &[]).await,
        cousin.refresh(&token, &[]).await,
        party.refresh("01J0000000000000000000000F.1.x", &[]).await,
        party.refresh(&format!("{token}x"), &[]).await,
        party.refresh("nonsense", &[]).await,
    ]
    .into_iter()
    .map(|(status, answer)| format!("{status} {} {}", answer["error"], answer["error_description"]))
    .collect();
    assert_eq!(descriptions.len(), 1, "{descriptions:?}");
    assert_eq!(reasons(&app, &acme).await, ["client_mismatch"]);
    let (status, whole) = party.refresh(&token, &[]).await;
    assert_eq!(status, 200);

    // What the client was allowed is taken back.
    let token = text(&whole, "refresh_token").to_owned();
    change(&app, &acme, &acme.client, |edit| {
        edit.scopes = vec!["openid".to_owned()];
    })
    .await;
    refused(party.refresh(&token, &[]).await).await;
    let party = offline(&app, &acme).await;
    let (_, whole) = party.refresh(&token, &[]).await;
    let token = text(&whole, "refresh_token").to_owned();

    // Unused for too long: each use begins the time anew, but not for ever.
    change(&app, &acme, &acme.client, |edit| edit.protocol.refresh_days = Some(2)).await;
    let (_, whole) = party.refresh(&token, &[]).await;
    app.clock.advance(Duration::from_secs(86_400));
    let (status, whole) = party.refresh(text(&whole, "refresh_token"), &[]).await;
    assert_eq!(status, 200, "{whole}");
    app.clock.advance(Duration::from_secs(86_400 + 3600));
    let (status, whole) = party.refresh(text(&whole, "refresh_token"), &[]).await;
    assert_eq!(status, 200, "{whole}");
    app.clock.advance(Duration::from_secs(2 * 86_400));
    refused(party.refresh(text(&whole, "refresh_token"), &[]).await).await;

    change(&app, &acme, &acme.client, |edit| edit.protocol.refresh_days = Some(300)).await;
    let tokens = logged_in(&app, &party, "zhangsan").await;
    app.clock.advance(Duration::from_secs(200 * 86_400));
    let (_, whole) = party.refresh(text(&tokens.answer, "refresh_token"), &[]).await;
    app.clock.advance(Duration::from_secs(166 * 86_400));
    refused(party.refresh(text(&whole, "refresh_token"), &[]).await).await;

    // A person who is disabled, and a client.
    let tokens = logged_in(&app, &party, "lisi").await;
    let subject = tokens.sub().parse().unwrap();
    let code = &acme.tenant.code;
    app.manager()
        .set_person_status(code, subject, Status::Disabled)
        .await
        .unwrap();
    refused(party.refresh(text(&tokens.answer, "refresh_token"), &[]).await).await;
    app.manager()
        .set_client_status(code, acme.client.id, Status::Disabled)
        .await
        .unwrap();
    let (status, answer) = party.refresh(text(&tokens.answer, "refresh_token"), &[]).await;
    assert_eq!((status, &answer["error"]), (401, &json!("invalid_client")));
}

/// RFC 9449: a public app's tokens are of no use to who steals them.
pub(crate) async fn bound_to_a_key(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let (client, native) = app.client(&acme.tenant.code, ClientKind::Public).await;
    change(&app, &acme, &client, |edit| {
        edit.scopes = OFFLINE.split(' ').map(str::to_owned).collect();
        edit.protocol.dpop_bound_access_tokens = true;
    })
    .await;
    let native = native.asking(OFFLINE);
    let (key, thief) = (ClientKey::generate(), ClientKey::generate());
    let (login, callback) = code_of(&app, &native, "zhangsan").await;
    let code = parameter(&callback, "code").unwrap();
    let url = format!("{}/oauth2/token", native.issuer);
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", native.redirect_uri.as_str()),
        ("code_verifier", login.verifier.as_str()),
    ];
    let now = seconds(&app);
    for wrong in [
        key.proof("GET", &url, now, None),
        key.proof("POST", &format!("{}/oauth2/userinfo", native.issuer), now, None),
        key.proof("POST", &url.replace("/acme/", "/other/"), now, None),
        key.proof("POST", &url, now - 120, None),
        key.proof("POST", &url, now + 120, None),
        "nonsense".to_owned(),
    ] {
        let (status, answer) = native.ask("token", &form, &[("DPoP", &wrong)]).await;
        assert_eq!(
            (status, &answer["error"]),
            (400, &json!("invalid_dpop_proof")),
            "{wrong}"
        );
    }
    let (status, answer) = native.ask("token", &form, &[]).await;
    assert_eq!((status, &answer["error"]), (400, &json!("invalid_dpop_proof")));

    let proof = key.proof("POST", &url, now, None);
    let (status, tokens) = native.ask("token", &form, &[("DPoP", &proof)]).await;
    assert_eq!((status, &tokens["token_type"]), (200, &json!("DPoP")), "{tokens}");
    let (access, refresh) = (text(&tokens, "access_token"), text(&tokens, "refresh_token"));

    // The proof is spent; the refresh token is the key's.
    let refreshing = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    let (status, answer) = native.ask("token", &refreshing, &[("DPoP", &proof)]).await;
    assert_eq!((status, &answer["error"]), (400, &json!("invalid_dpop_proof")));
    let stolen = thief.proof("POST", &url, now, None);
    refused(native.ask("token", &refreshing, &[("DPoP", &stolen)]).await).await;
    assert_eq!(reasons(&app, &acme).await, ["dpop_key_mismatch"]);

    // At userinfo the same key, about this token.
    let userinfo = format!("{}/oauth2/userinfo", native.issuer);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let ask = async |scheme: &str, proof: Option<&str>| {
        let mut request = http
            .get(&userinfo)
            .header("authorization", format!("{scheme} {access}"));
        if let Some(proof) = proof {
            request = request.header("dpop", proof);
        }
        let answer = request.send().await.unwrap();
        let challenge = answer.headers().get("www-authenticate");
        let challenge = challenge.map(|value| value.to_str().unwrap().to_owned());
        (answer.status().as_u16(), challenge.unwrap_or_default())
    };
    let good = key.proof("GET", &userinfo, now, Some(access));
    assert_eq!(ask("DPoP", Some(&good)).await.0, 200);
    for (scheme, proof, error) in [
        ("DPoP", Some(good.clone()), "invalid_dpop_proof"),
        ("DPoP", None, "invalid_dpop_proof"),
        (
            "DPoP",
            Some(key.proof("GET", &userinfo, now, None)),
            "invalid_dpop_proof",
        ),
        (
            "DPoP",
            Some(key.proof("GET", &userinfo, now, Some("other"))),
            "invalid_dpop_proof",
        ),
        (
            "DPoP",
            Some(key.proof("POST", &userinfo, now, Some(access))),
            "invalid_dpop_proof",
        ),
        (
            "DPoP",
            Some(thief.proof("GET", &userinfo, now, Some(access))),
            "invalid_token",
        ),
        ("Bearer", None, "invalid_token"),
        (
            "Bearer",
            Some(key.proof("GET", &userinfo, now, Some(access))),
            "invalid_token",
        ),
    ] {
        let (status, challenge) = ask(scheme, proof.as_deref()).await;
        assert_eq!(status, 401, "{challenge}");
        assert!(
            challenge.starts_with("DPoP ") && challenge.contains(error),
            "{challenge}"
        );
    }

    let proof = key.proof("POST", &url, now, None);
    let (status, answer) = native.ask("token", &refreshing, &[("DPoP", &proof)]).await;
    assert_eq!((status, &answer["token_type"]), (200, &json!("DPoP")), "{answer}");

    // The code is bound already when the request named the key.
    let mut login = native.start("jkt");
    login.url = format!("{}&dpop_jkt={}", login.url, key.thumbprint());
    for (holder, expected) in [(&thief, 400), (&key, 200)] {
        let callback = log_in(&Browser::wechat("zhangsan"), &login, &app).await;
        let code = parameter(&callback, "code").unwrap();
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", native.redirect_uri.as_str()),
            ("code_verifier", login.verifier.as_str()),
        ];
        let proof = holder.proof("POST", &url, now, None);
        let (status, answer) = native.ask("token", &form, &[("DPoP", &proof)]).await;
        assert_eq!(status, expected, "{answer}");
    }
}

/// A client that proves itself by its key, and by nothing else.
pub(crate) async fn a_client_with_a_key(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let other = app.tenant("other").await;
    let (key, another) = (ClientKey::generate(), ClientKey::generate());
    for tenant in [&acme, &other] {
        change(&app, tenant, &tenant.client, |edit| {
            edit.protocol.auth_method = ClientAuthMethod::PrivateKeyJwt;
            edit.protocol.jwks = Some(json!({"keys": [key.jwk()]}));
            edit.protocol.client_credentials = true;
            edit.rights.granted = BTreeSet::from([Right::Token]);
        })
        .await;
    }
    let (id, issuer) = (acme.app.client_id.as_str(), acme.app.issuer.as_str());
    let now = seconds(&app);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let ask = async |assertion: &str| {
        let form = [
            ("grant_type", "client_credentials"),
            (
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ),
            ("client_assertion", assertion),
        ];
        let answer = http
            .post(format!("{issuer}/oauth2/token"))
            .form(&form)
            .send()
            .await
            .unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let good = key.assertion(id, issuer, now);
    let (status, answer) = ask(&good).await;
    assert_eq!(status, 200, "{answer}");
    let endpoint = format!("{issuer}/oauth2/token");
    assert_eq!(ask(&key.assertion(id, &endpoint, now)).await.0, 200);
    let mut said = BTreeSet::new();
    for wrong in [
        good,
        another.assertion(id, issuer, now),
        key.assertion(id, &other.app.issuer, now),
        key.assertion(&other.app.client_id, issuer, now),
        key.assertion("nobody", issuer, now),
        key.assertion(id, issuer, now - 600),
        key.assertion(id, issuer, now + 3600),
        key.proof("POST", &endpoint, now, None),
        "nonsense".to_owned(),
    ] {
        let (status, answer) = ask(&wrong).await;
        said.insert(format!("{status} {} {}", answer["error"], answer["error_description"]));
    }
    assert_eq!(said.len(), 1, "nothing tells them apart: {said:?}");
    assert!(said.first().unwrap().starts_with("401 \"invalid_client\""), "{said:?}");
    // Its secret is worth nothing any more.
    let grant = [("grant_type", "client_credentials")];
    assert_eq!(acme.app.ask("token", &grant, &[]).await.0, 401);
    // Copies of one assertion at the same moment: one is the first.
    let once = key.assertion(id, issuer, now);
    let racing = futures::future::join_all((0..6).map(|_| ask(&once))).await;
    assert_eq!(racing.iter().filter(|(status, _)| *status == 200).count(), 1);
}

/// A token of its own opens the token centre, as far as its rights go.
pub(crate) async fn a_client_for_itself(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let other = app.tenant("other").await;
    let allowed = |granted: &[Right], networks: &[&str]| Rights {
        granted: granted.iter().copied().collect(),
        networks: networks.iter().map(|text| (*text).to_owned()).collect(),
        ..Rights::default()
    };
    let grant = [("grant_type", "client_credentials")];
    change(&app, &acme, &acme.client, |edit| {
        edit.protocol.client_credentials = true;
        edit.rights = allowed(&[Right::Token, Right::SignPages], &[]);
    })
    .await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let read = async |tenant: &TestTenant, token: &str| {
        let url = format!("{}/wechat/{}/access_token", tenant.app.issuer, tenant.connector.id);
        let answer = http.get(url).bearer_auth(token).send().await.unwrap();
        let status = answer.status().as_u16();
        let body: Value = answer.json().await.unwrap();
        (status, body["error"].as_str().unwrap_or_default().to_owned())
    };
    let (status, answer) = acme.app.ask("token", &grant, &[]).await;
    assert_eq!(status, 200, "{answer}");
    let token = text(&answer, "access_token");
    assert_eq!(read(&acme, token).await.0, 200);
    assert_eq!(read(&other, token).await, (401, "invalid_token".to_owned()));
    assert_eq!(acme.app.userinfo(token).await.0, 401, "there is no person");

    let narrow = [("grant_type", "client_credentials"), ("scope", "wechat.jssdk")];
    let (_, narrow) = acme.app.ask("token", &narrow, &[]).await;
    assert_eq!(
        read(&acme, text(&narrow, "access_token")).await,
        (403, "insufficient_scope".to_owned())
    );
    let person = logged_in(&app, &acme.app, "zhangsan").await;
    let persons = text(&person.answer, "access_token");
    assert_eq!(read(&acme, persons).await, (403, "insufficient_scope".to_owned()));

    // Bound to a key: only with its proof, at this address.
    let key = ClientKey::generate();
    let (at, now) = (format!("{}/oauth2/token", acme.app.issuer), seconds(&app));
    let proof = key.proof("POST", &at, now, None);
    let (_, bound) = acme.app.ask("token", &grant, &[("DPoP", &proof)]).await;
    let bound = text(&bound, "access_token");
    assert_eq!(read(&acme, bound).await, (401, "invalid_token".to_owned()));
    let url = format!("{}/wechat/{}/access_token", acme.app.issuer, acme.connector.id);
    let proof = key.proof("GET", &url, now, Some(bound));
    for expected in [200, 401] {
        let request = http
            .get(&url)
            .header("authorization", format!("DPoP {bound}"))
            .header("dpop", &proof);
        assert_eq!(
            request.send().await.unwrap().status(),
            expected,
            "a proof is taken once"
        );
    }

    // What the client may do now counts, not what it might when the token was made; and from where.
    change(&app, &acme, &acme.client, |edit| {
        edit.rights = allowed(&[Right::Token], &["10.0.0.0/8"]);
    })
    .await;
    assert_eq!(read(&acme, token).await, (403, "unauthorized_client".to_owned()));
    change(&app, &acme, &acme.client, |edit| {
        edit.rights = allowed(&[Right::SignPages], &[]);
    })
    .await;
    assert_eq!(read(&acme, token).await, (403, "insufficient_scope".to_owned()));
    app.clock.advance(Duration::from_secs(3601));
    assert_eq!(read(&acme, token).await, (401, "invalid_token".to_owned()));
}

pub(crate) async fn introspected_and_revoked(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let other = app.tenant("other").await;
    let party = offline(&app, &acme).await;
    let (api_client, api) = app.client(&acme.tenant.code, ClientKind::Confidential).await;
    let tokens = logged_in(&app, &party, "zhangsan").await;
    let (access, refresh) = (
        text(&tokens.answer, "access_token"),
        text(&tokens.answer, "refresh_token"),
    );
    let inactive = json!({"active": false});
    let told = async |who: &RelyingParty, token: &str| who.ask("introspect", &[("token", token)], &[]).await;

    let (status, about) = told(&party, access).await;
    assert_eq!(status, 200);
    for (name, value) in [
        ("active", json!(true)),
        ("scope", json!(OFFLINE)),
        ("client_id", json!(party.client_id)),
        ("sub", json!(tokens.sub())),
        ("iss", json!(party.issuer)),
        ("token_type", json!("Bearer")),
    ] {
        assert_eq!(about[name], value, "{name}");
    }
    assert_eq!(told(&party, refresh).await.1["active"], true);
    // Not everybody: an API that is given such tokens, of this tenant, and no refresh token.
    for (who, token) in [(&api, access), (&api, refresh), (&other.app, access), (&party, "x")] {
        assert_eq!(told(who, token).await, (200, inactive.clone()));
    }
    change(&app, &acme, &api_client, |edit| edit.protocol.resource_server = true).await;
    change(&app, &other, &other.client, |edit| edit.protocol.resource_server = true).await;
    assert_eq!(told(&api, access).await.1, about);
    assert_eq!(told(&api, refresh).await.1, inactive);
    assert_eq!(told(&other.app, access).await.1, inactive);

    // Somebody else's token is not theirs to revoke.
    for who in [&api, &other.app] {
        for token in [access, refresh] {
            assert_eq!(who.ask("revoke", &[("token", token)], &[]).await.0, 200);
        }
    }
    assert_eq!(told(&party, access).await.1["active"], true);
    // An access token ends; the family goes on, and ends with its access tokens.
    assert_eq!(party.ask("revoke", &[("token", access)], &[]).await.0, 200);
    assert_eq!(told(&party, access).await.1, inactive);
    assert_eq!(party.userinfo(access).await.0, 401);
    let (status, next) = party.refresh(refresh, &[]).await;
    assert_eq!(status, 200, "{next}");
    let hinted = [
        ("token", text(&next, "refresh_token")),
        ("token_type_hint", "access_token"),
    ];
    assert_eq!(party.ask("revoke", &hinted, &[]).await.0, 200);
    assert_eq!(told(&party, text(&next, "access_token")).await.1, inactive);
    assert_eq!(told(&party, text(&next, "refresh_token")).await.1, inactive);
    refused(party.refresh(text(&next, "refresh_token"), &[]).await).await;
    let events = app.events(&acme.tenant, Action::Token).await;
    let revoked: Vec<_> = events.iter().filter_map(|event| event.detail.get("revoked")).collect();
    assert_eq!(revoked, [&json!("access_token"), &json!("refresh_token")]);
}

/// Pairwise subjects, access tokens that are JWTs, signed userinfo, and only the claims on the list.
pub(crate) async fn as_the_client_wants_it(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let plain = logged_in(&app, &acme.app, "zhangsan").await;
    let (client, party) = app.client(&acme.tenant.code, ClientKind::Confidential).await;
    change(&app, &acme, &client, |edit| {
        edit.protocol.subject_type = SubjectType::Pairwise;
        edit.protocol.access_token = AccessTokenFormat::Jwt;
        edit.protocol.claims = Some(BTreeSet::from(["name".to_owned()]));
        edit.id_token_alg = SigningAlgorithm::Es256;
    })
    .await;
    let tokens = logged_in(&app, &party, "zhangsan").await;
    assert_ne!(tokens.sub(), plain.sub());
    assert_eq!(tokens.sub(), logged_in(&app, &party, "zhangsan").await.sub());
    assert_ne!(tokens.sub(), logged_in(&app, &party, "lisi").await.sub());
    let known: BTreeSet<&str> = tokens
        .userinfo
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(known, BTreeSet::from(["name", "sub"]));
    assert!(plain.userinfo.as_object().unwrap().len() > 2);

    // RFC 9068: the API checks it by the published keys alone.
    let access = text(&tokens.answer, "access_token");
    let header = jsonwebtoken::decode_header(access).unwrap();
    assert_eq!(header.typ.as_deref(), Some("at+jwt"));
    let mut api = party.clone();
    api.client_id.clone_from(&party.issuer);
    let claims = api.verify(access).await;
    for (name, value) in [
        ("sub", json!(tokens.sub())),
        ("client_id", json!(party.client_id)),
        ("scope", tokens.answer["scope"].clone()),
        ("auth_time", tokens.claims["auth_time"].clone()),
        ("acr", tokens.claims["acr"].clone()),
    ] {
        assert_eq!(claims[name], value, "{name}");
    }
    assert!(claims["jti"].is_string() && claims["exp"].as_i64() > claims["iat"].as_i64());
    let about = party.ask("introspect", &[("token", access)], &[]).await.1;
    assert_eq!(about["sub"], tokens.sub());

    change(&app, &acme, &client, |edit| {
        edit.protocol.userinfo_signed_response_alg = Some(SigningAlgorithm::Es256);
    })
    .await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/oauth2/userinfo", party.issuer);
    let answer = http.get(url).bearer_auth(access).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/jwt");
    let jwt = answer.text().await.unwrap();
    // It has no end, so the library's own rules do not fit.
    let payload = jwt.split('.').nth(1).unwrap();
    let payload = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, payload).unwrap();
    let claims: Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!(
        (&claims["iss"], &claims["aud"]),
        (&json!(party.issuer), &json!(party.client_id))
    );
    assert_eq!(claims["sub"], tokens.sub());

    // Of a client that wants nothing of that, RS256 and EdDSA hashes hold alike: the library checks at_hash's length.
    for (claims, algorithm, access) in [
        (
            &plain.claims,
            SigningAlgorithm::Rs256,
            text(&plain.answer, "access_token"),
        ),
        (&tokens.claims, SigningAlgorithm::Es256, access),
    ] {
        assert_eq!(claims["at_hash"], algorithm.half_hash(access));
    }
}
