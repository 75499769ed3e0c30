//! What is another tenant's, or another app's, does not exist here: it is refused in the same words as a value that
//! nobody ever gave, and its owner uses it afterwards as if nothing had happened.

use std::collections::{BTreeMap, BTreeSet};

use hufu_core::clock::Clock as _;
use hufu_core::ids::ClientId;
use hufu_core::manage::{ClientEdit, PushSecrets};
use hufu_core::model::{AccessTokenFormat, Action, ClientAuthMethod, ClientKind, HostName, Outcome, Right};
use hufu_core::secret::SecretString;
use hufu_tests::{Browser, ClientKey, Engine, Login, RelyingParty, TestApp, TestTenant, fields};
use reqwest::header::{COOKIE, HOST};
use reqwest::{Client, RequestBuilder, Url, redirect::Policy};
use serde_json::{Value, json};
use wechat_simulator::{PushConfig, PushMode};

use crate::{log_in, parameter, up_to_callback};

const OFFLINE: &str = "openid profile wechat offline_access";
const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// An answer without what differs from one request to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

impl Seen {
    /// All of it, to look for words in.
    fn text(&self) -> String {
        format!("{} {:?} {}", self.status, self.headers, self.body)
    }
}

fn http() -> Client {
    let client = Client::builder().no_proxy().redirect(Policy::none());
    client.build().unwrap()
}

/// `text` with what stands between `before` and `after` taken out, wherever it does.
fn without(text: &str, before: &str, after: char) -> String {
    let mut parts = text.split(before);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(before);
        out.push('*');
        out.push_str(part.find(after).map_or("", |at| &part[at..]));
    }
    out
}

/// Sends a request; `brought` is what it brings, which an answer may repeat.
async fn seen(request: RequestBuilder, brought: &[&str]) -> Seen {
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    let clean = |text: &str| {
        let mut text = text.replace(&id, "*");
        for value in brought.iter().filter(|value| !value.is_empty()) {
            let encoded: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
            text = text
                .replace(value, "*")
                .replace(&encoded, "*")
                .replace(&encoded.replace('+', "%20"), "*");
        }
        for (before, after) in [
            ("<time datetime=\"", '<'),
            ("rid: ", '"'),
            ("hufu_browser=", ';'),
            ("name=\"confirm\" value=\"", '"'),
        ] {
            text = without(&text, before, after);
        }
        text
    };
    let headers = answer.headers().iter();
    let headers = headers
        .filter(|(name, _)| !["x-request-id", "date", "content-length"].contains(&name.as_str()))
        .map(|(name, value)| (name.as_str().to_owned(), clean(value.to_str().unwrap())))
        .collect();
    Seen {
        status,
        headers,
        body: clean(&answer.text().await.unwrap()),
    }
}

/// A value of the same form that nobody ever gave; of a JWT the same with another signature.
fn never(value: &str) -> String {
    let kept = match value.rsplit_once('.') {
        Some((head, _)) if value.starts_with("eyJ") => head.len(),
        _ => value.find("request_uri:").map_or(0, |at| at + "request_uri:".len()),
    };
    let next = |c: char| match c {
        '9' => '0',
        '0'..='8' | 'a'..='y' => char::from(c as u8 + 1),
        'z' => 'a',
        // Letters of Crockford's alphabet, so that an id stays one.
        'H' => 'J',
        'K' => 'M',
        'N' => 'P',
        'T' => 'V',
        'Z' | 'I' | 'L' | 'O' | 'U' => 'A',
        'A'..='Y' => char::from(c as u8 + 1),
        other => other,
    };
    // The first two signs of an id are its time, the last of a signature have bits that count for nothing.
    let (head, tail) = value.split_at(kept);
    let mut out = head.to_owned();
    for (at, c) in tail.chars().enumerate() {
        out.push(if at < 2 || at + 2 > tail.len() { c } else { next(c) });
    }
    assert_ne!(out, value, "another value");
    out
}

/// Somebody brings what is not theirs: the answer is the one to a value that never was, and says this.
async fn unknown(what: &str, theirs: &str, says: &str, ask: impl AsyncFn(&str) -> Seen) {
    let answer = ask(theirs).await;
    assert_eq!(answer, ask(&never(theirs)).await, "{what}");
    assert!(answer.text().contains(says), "{what}: {}", answer.text());
}

/// A tenant with all that can be turned on.
struct House {
    tenant: TestTenant,
    /// Proves itself by a secret.
    app: RelyingParty,
    /// Has none, and its tokens are bound to `key`.
    native: RelyingParty,
    /// Proves itself by `key`.
    keyed: RelyingParty,
    key: ClientKey,
}

async fn change(app: &TestApp, tenant: &TestTenant, party: &RelyingParty, edit: impl FnOnce(&mut ClientEdit)) {
    let (code, id) = (&tenant.tenant.code, party.client_id.parse::<ClientId>().unwrap());
    let mut changed = ClientEdit::from(&*app.manager().client(code, id).await.unwrap());
    edit(&mut changed);
    app.manager().change_client(code, id, changed, None).await.unwrap();
}

/// An app with a redirect URI of its own, which may all that apps may.
async fn furnished(app: &TestApp, tenant: &TestTenant, mut party: RelyingParty, name: &str) -> RelyingParty {
    party.redirect_uri = format!("https://{name}.example/cb");
    change(app, tenant, &party, |edit| {
        edit.redirect_uris = vec![party.redirect_uri.clone()];
        edit.post_logout_redirect_uris = vec![format!("https://{name}.example/bye")];
        edit.scopes = OFFLINE.split(' ').map(str::to_owned).collect();
        edit.protocol.device_code = true;
        if party.client_secret.is_some() {
            edit.protocol.client_credentials = true;
            edit.rights.granted = BTreeSet::from([Right::Token]);
        }
    })
    .await;
    party.asking(OFFLINE)
}

async fn house(app: &TestApp, name: &str) -> House {
    let tenant = app.tenant(name).await;
    let code = &tenant.tenant.code;
    let key = ClientKey::generate();
    let party = furnished(app, &tenant, tenant.app.clone(), name).await;
    let native = app.client(code, ClientKind::Public).await.1;
    let native = furnished(app, &tenant, native, &format!("native-{name}")).await;
    change(app, &tenant, &native, |edit| {
        edit.protocol.dpop_bound_access_tokens = true;
    })
    .await;
    let keyed = app.client(code, ClientKind::Confidential).await.1;
    let keyed = furnished(app, &tenant, keyed, &format!("keyed-{name}")).await;
    change(app, &tenant, &keyed, |edit| {
        edit.protocol.auth_method = ClientAuthMethod::PrivateKeyJwt;
        edit.protocol.jwks = Some(json!({"keys": [key.jwk()]}));
        edit.protocol.access_token = AccessTokenFormat::Jwt;
    })
    .await;
    House {
        tenant,
        app: party,
        native,
        keyed,
        key,
    }
}

/// A form to an endpoint under `/oauth2/` with the app's secret, or its id alone.
fn form(party: &RelyingParty, endpoint: &str, form: &[(&str, &str)]) -> RequestBuilder {
    let mut form = form.to_vec();
    let mut request = http().post(format!("{}/oauth2/{endpoint}", party.issuer));
    match &party.client_secret {
        Some(secret) => request = request.basic_auth(&party.client_id, Some(secret)),
        None => form.push(("client_id", &party.client_id)),
    }
    request.form(&form)
}

async fn code_of(app: &TestApp, party: &RelyingParty, salt: &str) -> (Login, String) {
    let login = party.start(salt);
    let callback = log_in(&Browser::wechat("zhangsan"), &login, app).await;
    let code = parameter(&callback, "code").unwrap_or_else(|| panic!("no code: {callback}"));
    (login, code)
}

fn text<'a>(answer: &'a Value, name: &str) -> &'a str {
    answer[name].as_str().unwrap_or_else(|| panic!("no {name} in {answer}"))
}

/// What the token endpoint gives for this form.
async fn given(request: RequestBuilder) -> Value {
    let answer = request.send().await.unwrap();
    let (status, answer) = (answer.status(), answer.json::<Value>().await.unwrap());
    assert_eq!(status, 200, "{answer}");
    answer
}

/// An app of another tenant, and another app of the same tenant.
async fn strangers(app: &TestApp, acme: &House, other: &House) -> [RelyingParty; 2] {
    let sibling = app.client(&acme.tenant.tenant.code, ClientKind::Confidential).await.1;
    let sibling = furnished(app, &acme.tenant, sibling, "sibling").await;
    // What an API may ask about ends at its tenant.
    change(app, &other.tenant, &other.app, |edit| {
        edit.protocol.resource_server = true;
    })
    .await;
    [other.app.clone(), sibling]
}

/// Codes, tokens and secrets of an app, brought by another.
pub(crate) async fn foreign_codes_and_tokens_are_unknown(engine: Engine) {
    let app = TestApp::start(engine).await;
    let (acme, other) = (house(&app, "acme").await, house(&app, "other").await);
    let strangers = strangers(&app, &acme, &other).await;
    let (login, code) = code_of(&app, &acme.app, "a").await;
    let (spent_login, spent) = code_of(&app, &acme.app, "b").await;
    let tokens = acme
        .app
        .redeem(&spent, &spent_login, &[])
        .await
        .json::<Value>()
        .await
        .unwrap();
    let (access, refresh) = (text(&tokens, "access_token"), text(&tokens, "refresh_token"));
    let device = given(form(&acme.app, "device_authorization", &[("scope", "openid")])).await;
    let device_code = text(&device, "device_code");
    let secret = acme.app.client_secret.as_deref().unwrap();

    for party in &strangers {
        let who = &party.issuer;
        for redirect_uri in [&acme.app.redirect_uri, &party.redirect_uri] {
            unknown(&format!("code at {who}"), &code, "invalid_grant", async |code| {
                let grant = [
                    ("grant_type", "authorization_code"),
                    ("code", code),
                    ("redirect_uri", redirect_uri),
                    ("code_verifier", &login.verifier),
                ];
                seen(form(party, "token", &grant), &[code]).await
            })
            .await;
        }
        unknown(
            &format!("verifier at {who}"),
            &login.verifier,
            "invalid_grant",
            async |verifier| {
                let (_, code) = code_of(&app, party, "own").await;
                let grant = [
                    ("grant_type", "authorization_code"),
                    ("code", &code),
                    ("redirect_uri", &party.redirect_uri),
                    ("code_verifier", verifier),
                ];
                seen(form(party, "token", &grant), &[]).await
            },
        )
        .await;
        unknown(
            &format!("refresh token at {who}"),
            refresh,
            "invalid_grant",
            async |token| {
                let grant = [("grant_type", "refresh_token"), ("refresh_token", token)];
                seen(form(party, "token", &grant), &[token]).await
            },
        )
        .await;
        unknown(
            &format!("device code at {who}"),
            device_code,
            "invalid_grant",
            async |code| {
                let grant = [("grant_type", DEVICE), ("device_code", code)];
                seen(form(party, "token", &grant), &[code]).await
            },
        )
        .await;
        for token in [access, refresh] {
            unknown(
                &format!("introspection at {who}"),
                token,
                "{\"active\":false}",
                async |token| seen(form(party, "introspect", &[("token", token)]), &[token]).await,
            )
            .await;
            unknown(&format!("revocation at {who}"), token, "200 ", async |token| {
                seen(form(party, "revoke", &[("token", token)]), &[token]).await
            })
            .await;
        }
        unknown(&format!("secret at {who}"), secret, "invalid_client", async |secret| {
            let mut thief = party.clone();
            thief.client_secret = Some(secret.to_owned());
            seen(
                form(&thief, "token", &[("grant_type", "client_credentials")]),
                &[secret],
            )
            .await
        })
        .await;
    }
    // The app itself, with its own secret, at the other tenant.
    for endpoint in ["token", "introspect", "revoke", "par", "device_authorization"] {
        unknown(
            &format!("client at {endpoint}"),
            &acme.app.client_id,
            "invalid_client",
            async |id| {
                let mut moved = acme.app.clone();
                moved.issuer.clone_from(&other.app.issuer);
                moved.client_id = id.to_owned();
                let grant = [("grant_type", "authorization_code"), ("code", &code), ("token", access)];
                seen(form(&moved, endpoint, &grant), &[id]).await
            },
        )
        .await;
    }
    unknown("access token at userinfo", access, "invalid_token", async |token| {
        let request = http()
            .get(format!("{}/oauth2/userinfo", other.app.issuer))
            .bearer_auth(token);
        seen(request, &[token]).await
    })
    .await;

    // All of it is as good as before.
    assert_eq!(acme.app.redeem(&code, &login, &[]).await.status(), 200);
    assert_eq!(acme.app.userinfo(access).await.0, 200);
    assert_eq!(acme.app.refresh(refresh, &[]).await.0, 200);
    let grant = [("grant_type", DEVICE), ("device_code", device_code)];
    let waiting = acme.app.ask("token", &grant, &[]).await;
    assert_eq!((waiting.0, text(&waiting.1, "error")), (400, "authorization_pending"));
    let events = app.events(&acme.tenant.tenant, Action::Token).await;
    assert!(events.iter().all(|event| event.detail.get("revoked").is_none()));
    // What the strangers' own browsers did there is theirs.
    let foreign = app.events(&other.tenant.tenant, Action::Token).await;
    assert!(foreign.iter().all(|event| event.outcome != Outcome::Succeeded));
}

/// Keys: assertions, proofs of possession, tokens that are bound or signed, and tokens of an app for itself.
pub(crate) async fn foreign_keys_and_proofs_are_unknown(engine: Engine) {
    let app = TestApp::start(engine).await;
    let (acme, other) = (house(&app, "acme").await, house(&app, "other").await);
    let now = app.clock.now().as_secs();
    let by_assertion = |issuer: &str, assertion: &str| {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", ASSERTION),
            ("client_assertion", assertion),
        ];
        http().post(format!("{issuer}/oauth2/token")).form(&form)
    };
    let (id, issuer) = (&acme.keyed.client_id, &acme.keyed.issuer);
    for assertion in [
        acme.key.assertion(id, issuer, now),
        acme.key.assertion(id, &other.app.issuer, now),
        acme.key.assertion(&other.keyed.client_id, &other.app.issuer, now),
        other.key.assertion(&other.keyed.client_id, issuer, now),
    ] {
        unknown("assertion", &assertion, "invalid_client", async |assertion| {
            seen(by_assertion(&other.app.issuer, assertion), &[assertion]).await
        })
        .await;
    }
    // Of a client with a key of its own at the same tenant.
    unknown(
        "sibling's key",
        &acme.key.assertion(&acme.app.client_id, issuer, now),
        "invalid_client",
        async |by| seen(by_assertion(issuer, by), &[by]).await,
    )
    .await;
    let signed = given(by_assertion(issuer, &acme.key.assertion(id, issuer, now))).await;
    let own = given(form(&acme.app, "token", &[("grant_type", "client_credentials")])).await;

    // A token of an app for itself, at the other tenant's account; its own account at the other tenant's address.
    let centre = |house: &House, connector: &str| format!("{}/wechat/{connector}/access_token", house.app.issuer);
    let (ours, theirs) = (
        acme.tenant.connector.id.to_string(),
        other.tenant.connector.id.to_string(),
    );
    for token in [text(&signed, "access_token"), text(&own, "access_token")] {
        unknown("token centre", token, "invalid_token", async |token| {
            seen(http().get(centre(&other, &theirs)).bearer_auth(token), &[token]).await
        })
        .await;
        unknown("userinfo", token, "invalid_token", async |token| {
            let url = format!("{}/oauth2/userinfo", other.app.issuer);
            seen(http().get(url).bearer_auth(token), &[token]).await
        })
        .await;
        let request = http().get(centre(&acme, &ours)).bearer_auth(token);
        assert_eq!(request.send().await.unwrap().status(), 200);
    }
    let with_secret = |house: &House, connector: &str, party: &RelyingParty| {
        let request = http().get(centre(house, connector));
        request.basic_auth(&party.client_id, party.client_secret.as_deref())
    };
    unknown(
        "credentials at the token centre",
        &acme.app.client_id,
        "invalid_client",
        async |id| {
            let mut moved = acme.app.clone();
            moved.client_id = id.to_owned();
            seen(with_secret(&other, &theirs, &moved), &[id]).await
        },
    )
    .await;
    unknown("account at the token centre", &ours, "404 ", async |connector| {
        seen(with_secret(&other, connector, &other.app), &[connector]).await
    })
    .await;

    // Bound to a key, which the thief has as well.
    let (login, code) = code_of(&app, &acme.native, "dpop").await;
    let url = format!("{}/oauth2/token", acme.native.issuer);
    let grant = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", &acme.native.redirect_uri),
        ("code_verifier", &login.verifier),
    ];
    // A proof for one tenant's address is none at the other's.
    let moved = format!("{}/oauth2/token", other.native.issuer);
    let proof = acme.key.proof("POST", &url, now, None);
    unknown("proof", &proof, "invalid_dpop_proof", async |proof| {
        seen(form(&other.native, "token", &grant).header("dpop", proof), &[proof]).await
    })
    .await;
    unknown("bound code", &code, "invalid_grant", async |code| {
        let mut grant = grant;
        grant[1] = ("code", code);
        let proof = acme.key.proof("POST", &moved, now, None);
        seen(form(&other.native, "token", &grant).header("dpop", proof), &[code]).await
    })
    .await;
    let bound = given(form(&acme.native, "token", &grant).header("dpop", proof)).await;
    let (access, refresh) = (text(&bound, "access_token"), text(&bound, "refresh_token"));
    let userinfo = |house: &House, token: &str| {
        let url = format!("{}/oauth2/userinfo", house.native.issuer);
        let proof = acme.key.proof("GET", &url, now, Some(token));
        let request = http().get(url).header("dpop", proof);
        request.header("authorization", format!("DPoP {token}"))
    };
    unknown("bound token", access, "invalid_token", async |token| {
        seen(userinfo(&other, token), &[token]).await
    })
    .await;
    let sibling = app.client(&acme.tenant.tenant.code, ClientKind::Public).await.1;
    let sibling = furnished(&app, &acme.tenant, sibling, "sibling").await;
    for party in [&other.native, &sibling] {
        unknown("bound refresh token", refresh, "invalid_grant", async |token| {
            let grant = [("grant_type", "refresh_token"), ("refresh_token", token)];
            let proof = acme
                .key
                .proof("POST", &format!("{}/oauth2/token", party.issuer), now, None);
            seen(form(party, "token", &grant).header("dpop", proof), &[token]).await
        })
        .await;
    }
    assert_eq!(userinfo(&acme, access).send().await.unwrap().status(), 200);
    let grant = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    given(form(&acme.native, "token", &grant).header("dpop", acme.key.proof("POST", &url, now, None))).await;

    // No key of one tenant's is among the other's.
    let kids = async |issuer: &str| {
        let keys: Value = http()
            .get(format!("{issuer}/oauth2/jwks"))
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        let keys = keys["keys"].as_array().unwrap().clone();
        keys.iter()
            .flat_map(|key| {
                [
                    text(key, "kid").to_owned(),
                    key["n"].to_string() + &key["x"].to_string(),
                ]
            })
            .collect::<BTreeSet<_>>()
    };
    assert!(kids(issuer).await.is_disjoint(&kids(&other.app.issuer).await));
}

/// What a browser brings: links, cookies, callbacks and codes to type.
pub(crate) async fn foreign_links_and_cookies_are_unknown(engine: Engine) {
    let app = TestApp::start_signed_in(engine).await;
    let (acme, other) = (house(&app, "acme").await, house(&app, "other").await);
    let [_, sibling] = strangers(&app, &acme, &other).await;
    let browser = Browser::wechat("zhangsan");
    let login = acme.app.start("a");
    let callback = log_in(&browser, &login, &app).await;
    let tokens = acme.app.finish(&login, &callback).await;
    let hint = text(&tokens.answer, "id_token");
    let get = |url: &str, changes: &[(&str, &str)]| {
        let mut url = Url::parse(url).unwrap();
        let mut pairs: Vec<_> = url.query_pairs().into_owned().collect();
        for (name, value) in changes {
            pairs.retain(|(known, _)| known != name);
            pairs.push(((*name).to_owned(), (*value).to_owned()));
        }
        url.query_pairs_mut().clear().extend_pairs(pairs);
        http().get(url).header("user-agent", hufu_tests::WECHAT_USER_AGENT)
    };

    // Links.
    for path in ["oauth2/authorize", "login"] {
        unknown("client", &acme.app.client_id, "404 ", async |id| {
            let url = login
                .url
                .replace("/t/acme/oauth2/authorize", &format!("/t/other/{path}"));
            seen(get(&url, &[("client_id", id)]), &[id]).await
        })
        .await;
    }
    for party in [&other.app, &sibling] {
        unknown("redirect URI", &acme.app.redirect_uri, "400 ", async |uri| {
            seen(get(&party.start("x").url, &[("redirect_uri", uri)]), &[uri]).await
        })
        .await;
        let pushed = form(
            &acme.app,
            "par",
            &Vec::from_iter(
                Url::parse(&login.url)
                    .unwrap()
                    .query_pairs()
                    .map(|(n, v)| (n.into_owned(), v.into_owned()))
                    .collect::<Vec<_>>()
                    .iter()
                    .map(|(n, v)| (n.as_str(), v.as_str())),
            ),
        );
        let pushed = pushed.send().await.unwrap();
        assert_eq!(pushed.status(), 201);
        let pushed: Value = pushed.json().await.unwrap();
        unknown("pushed request", text(&pushed, "request_uri"), "400 ", async |uri| {
            let url = format!("{}/oauth2/authorize?client_id={}", party.issuer, party.client_id);
            seen(get(&url, &[("request_uri", uri)]), &[uri]).await
        })
        .await;
        let url = format!(
            "{}/oauth2/authorize?client_id={}&request_uri={}",
            acme.app.issuer,
            acme.app.client_id,
            text(&pushed, "request_uri")
        );
        let page = Browser::wechat("zhangsan").get(url).await;
        assert!(
            page.location().as_str().starts_with(&app.simulator_url),
            "it serves its own app"
        );
    }
    unknown("connector", &acme.tenant.connector.id.to_string(), "", async |id| {
        let answer = seen(get(&other.app.start("x").url, &[("connection", id)]), &[id]).await;
        assert!(!answer.text().contains(&app.simulator_url), "{}", answer.text());
        answer
    })
    .await;

    // The signed-in browser.
    let session = browser.cookie("hufu_session_acme").unwrap();
    for name in ["hufu_session_other", "hufu_session_acme"] {
        unknown("session", &session, "login_required", async |value| {
            let request = get(&other.app.start("x").url, &[("prompt", "none")]);
            seen(request.header(COOKIE, format!("{name}={value}")), &[value]).await
        })
        .await;
        unknown("session at logout", &session, "200 ", async |value| {
            let request = get(&format!("{}/oauth2/logout", other.app.issuer), &[]);
            seen(request.header(COOKIE, format!("{name}={value}")), &[value]).await
        })
        .await;
    }
    unknown("hint", hint, "invalid_request", async |hint| {
        seen(get(&other.app.start("x").url, &[("id_token_hint", hint)]), &[hint]).await
    })
    .await;
    for goal in ["https://acme.example/bye", "https://other.example/bye"] {
        unknown("hint at logout", hint, "400 ", async |hint| {
            let url = format!("{}/oauth2/logout", other.app.issuer);
            let goal = [("id_token_hint", hint), ("post_logout_redirect_uri", goal)];
            seen(get(&url, &goal), &[hint]).await
        })
        .await;
    }
    unknown("sibling's hint at logout", hint, "400 ", async |hint| {
        let url = format!("{}/oauth2/logout", acme.app.issuer);
        seen(
            get(&url, &[("id_token_hint", hint), ("client_id", &sibling.client_id)]),
            &[hint],
        )
        .await
    })
    .await;

    // A login under way: its state and cookie at the other tenant's callbacks, its id at the pages of logins.
    let another = Browser::wechat("lisi");
    let login = acme.app.start("b");
    let callback = up_to_callback(&another, &login, &app).await;
    let cookie = format!("hufu_browser={}", another.cookie("hufu_browser").unwrap());
    for connector in [&acme.tenant, &other.tenant].map(|tenant| tenant.connector.id.to_string()) {
        let moved = format!("{}/callback/{connector}", other.app.issuer);
        unknown("state", &parameter(&callback, "state").unwrap(), "", async |state| {
            let code = parameter(&callback, "code").unwrap();
            let request = get(&moved, &[("code", &code), ("state", state)]);
            let answer = seen(request.header(COOKIE, &cookie), &[state, &code, &connector]).await;
            assert!((400..500).contains(&answer.status), "{}", answer.text());
            answer
        })
        .await;
    }
    let callback = another.get(&callback).await.location();
    acme.app.finish(&login, &callback).await;
    let events = app.events(&acme.tenant.tenant, Action::Login).await;
    let attempt = events.last().unwrap().attempt_id.unwrap().to_string();
    for page in ["scan/{}/finish", "scan/{}/status", "consent/{}"] {
        unknown(page, &attempt, "40", async |id| {
            let url = format!("{}/{}", other.app.issuer, page.replace("{}", id));
            seen(get(&url, &[]).header(COOKIE, &cookie), &[id]).await
        })
        .await;
    }

    // A device's code, typed at the other tenant's page.
    let device = given(form(&acme.app, "device_authorization", &[("scope", "openid")])).await;
    unknown("user code", text(&device, "user_code"), "404 ", async |code| {
        let request = http().post(format!("{}/device", other.app.issuer));
        seen(request.form(&[("user_code", code)]).header(COOKIE, &cookie), &[code]).await
    })
    .await;
    let page = another
        .post(
            text(&device, "verification_uri"),
            &[("user_code", text(&device, "user_code"))],
        )
        .await;
    assert!(
        fields(&page.body).contains_key("confirm"),
        "{} {}",
        page.status,
        page.body
    );

    // The browser is signed in at its own tenant as before.
    let page = browser.get(format!("{}&prompt=none", acme.app.start("c").url)).await;
    assert!(page.location_parameter("code").is_some(), "{page:?}");
    assert_eq!(acme.app.userinfo(text(&tokens.answer, "access_token")).await.0, 200);
    let bye = [
        ("id_token_hint", hint),
        ("post_logout_redirect_uri", "https://acme.example/bye"),
    ];
    let url = get(&format!("{}/oauth2/logout", acme.app.issuer), &bye)
        .build()
        .unwrap()
        .url()
        .clone();
    assert_eq!(browser.get(url).await.location().as_str(), "https://acme.example/bye");
}

/// The face of WeChat's own form, at the installation's host and at tenants' own ones.
pub(crate) async fn foreign_hosts_and_accounts_are_unknown(engine: Engine) {
    let app = TestApp::start(engine).await;
    let (acme, other) = (house(&app, "acme").await, house(&app, "other").await);
    let [_, sibling] = strangers(&app, &acme, &other).await;
    let hosts = [(&acme, "acme.login.example"), (&other, "other.login.example")];
    let manager = app.manager();
    for (house, host) in hosts {
        let host: HostName = host.parse().unwrap();
        manager
            .set_tenant_host(&house.tenant.tenant.code, Some(host), None)
            .await
            .unwrap();
    }
    let at = |host: Option<&str>, path: &str, query: &[(&str, &str)]| {
        let mut url = Url::parse(&format!("{}{path}", app.url)).unwrap();
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let request = http().get(url).header("user-agent", hufu_tests::WECHAT_USER_AGENT);
        match host {
            Some(host) => request.header(HOST, host),
            None => request,
        }
    };
    let there = Some("other.login.example");
    let link = |party: &RelyingParty| {
        let uri: String = url::form_urlencoded::byte_serialize(party.redirect_uri.as_bytes()).collect();
        let rest = "response_type=code&scope=snsapi_userinfo&state=s";
        format!(
            "{}/connect/oauth2/authorize?appid={}&redirect_uri={uri}&{rest}",
            app.url, party.client_id
        )
    };
    let code = async |party: &RelyingParty| {
        let within = [app.url.as_str(), app.simulator_url.as_str()];
        let callback = Browser::wechat("lisi").follow(link(party), &within).await.location();
        parameter(&callback, "code").unwrap()
    };
    let exchange = |host: Option<&str>, party: &RelyingParty, code: &str| {
        let query = [
            ("appid", party.client_id.as_str()),
            ("secret", party.client_secret.as_deref().unwrap()),
            ("code", code),
            ("grant_type", "authorization_code"),
        ];
        at(host, "/sns/oauth2/access_token", &query)
    };
    let ours = code(&acme.app).await;
    let tokens = given(exchange(None, &acme.app, &code(&acme.app).await)).await;
    let (access, refresh, openid) = (
        text(&tokens, "access_token"),
        text(&tokens, "refresh_token"),
        text(&tokens, "openid"),
    );
    for party in [&other.app, &sibling] {
        unknown("code", &ours, "40029", async |code| {
            seen(exchange(None, party, code), &[code]).await
        })
        .await;
        unknown("refresh token", refresh, "40030", async |token| {
            let query = [
                ("appid", party.client_id.as_str()),
                ("grant_type", "refresh_token"),
                ("refresh_token", token),
            ];
            seen(at(None, "/sns/oauth2/refresh_token", &query), &[token]).await
        })
        .await;
        unknown(
            "secret",
            acme.app.client_secret.as_deref().unwrap(),
            "40125",
            async |secret| {
                let mut thief = party.clone();
                thief.client_secret = Some(secret.to_owned());
                seen(exchange(None, &thief, &ours), &[secret]).await
            },
        )
        .await;
    }
    let foreign = given(exchange(None, &other.app, &code(&other.app).await)).await;
    for path in ["/sns/auth", "/sns/userinfo"] {
        unknown("openid", openid, "40003", async |openid| {
            seen(
                at(
                    None,
                    path,
                    &[("access_token", text(&foreign, "access_token")), ("openid", openid)],
                ),
                &[openid],
            )
            .await
        })
        .await;
        unknown("token at another's host", access, "40001", async |token| {
            seen(
                at(there, path, &[("access_token", token), ("openid", openid)]),
                &[token],
            )
            .await
        })
        .await;
    }
    // An app at another tenant's own host.
    for (path, says) in [
        ("/sns/oauth2/access_token", "40013"),
        ("/sns/oauth2/refresh_token", "40013"),
        ("/cgi-bin/token", "40013"),
        ("/connect/oauth2/authorize", "404 "),
        ("/connect/qrconnect", "404 "),
    ] {
        unknown(path, &acme.app.client_id, says, async |id| {
            let query = [
                ("appid", id),
                ("secret", acme.app.client_secret.as_deref().unwrap()),
                ("code", &ours),
                ("refresh_token", refresh),
                (
                    "grant_type",
                    if path == "/cgi-bin/token" {
                        "client_credential"
                    } else {
                        ""
                    },
                ),
                ("redirect_uri", &acme.app.redirect_uri),
                ("response_type", "code"),
                ("scope", "snsapi_base"),
            ];
            seen(at(there, path, &query), &[id]).await
        })
        .await;
    }
    let held = [
        ("appid", acme.app.client_id.as_str()),
        ("secret", acme.app.client_secret.as_deref().unwrap()),
        ("grant_type", "client_credential"),
    ];
    let held = given(at(None, "/cgi-bin/token", &held)).await;
    unknown("account's token", text(&held, "access_token"), "40001", async |token| {
        seen(
            at(
                there,
                "/cgi-bin/ticket/getticket",
                &[("access_token", token), ("type", "jsapi")],
            ),
            &[token],
        )
        .await
    })
    .await;

    // One tenant's paths at another's own host, and its documents there.
    for path in [
        ".well-known/openid-configuration",
        "oauth2/jwks",
        "oauth2/authorize?client_id=x",
        "oauth2/userinfo",
        "login?client_id=x",
        "brand.css",
    ] {
        unknown(path, "acme", "404 ", async |tenant| {
            seen(at(there, &format!("/t/{tenant}/{path}"), &[]), &[tenant]).await
        })
        .await;
    }
    unknown("metadata", "acme", "404 ", async |tenant| {
        seen(
            at(
                there,
                &format!("/.well-known/oauth-authorization-server/t/{tenant}"),
                &[],
            ),
            &[tenant],
        )
        .await
    })
    .await;
    let code_of_acme = &acme.tenant.tenant.code;
    let file = "MP_verify_P97WLFQjVODXzc3j.txt";
    let added = manager.add_verify_file(code_of_acme, "acme.login.example", file, "P97WLFQjVODXzc3j");
    added.await.unwrap();
    for host in [there, None] {
        unknown("verify file", "P97WLFQjVODXzc3j", "404 ", async |token| {
            seen(at(host, &format!("/MP_verify_{token}.txt"), &[]), &[token]).await
        })
        .await;
    }
    let there = at(Some("acme.login.example"), &format!("/{file}"), &[])
        .send()
        .await
        .unwrap();
    assert_eq!(
        (there.status().as_u16(), there.text().await.unwrap().as_str()),
        (200, "P97WLFQjVODXzc3j")
    );

    // Its owner's.
    let again = given(exchange(None, &acme.app, &ours)).await;
    assert_eq!(text(&again, "openid"), openid);
    let checked = given(at(None, "/sns/auth", &[("access_token", access), ("openid", openid)])).await;
    assert_eq!(checked["errcode"], 0);
    let query = [
        ("appid", acme.app.client_id.as_str()),
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh),
    ];
    assert_eq!(
        given(at(None, "/sns/oauth2/refresh_token", &query)).await["openid"],
        openid
    );
}

/// What WeChat pushes for one account is nothing at another's address, however well it is signed.
pub(crate) async fn foreign_pushes_are_refused(engine: Engine) {
    let app = TestApp::start(engine).await;
    let (acme, other) = (app.tenant("acme").await, app.tenant("other").await);
    for (tenant, token, letter) in [(&acme, "pushTokenAcme", "A"), (&other, "pushTokenOther", "B")] {
        let (code, id) = (&tenant.tenant.code, tenant.connector.id);
        let settings = [("push_mode", "safe"), ("original_id", "gh_0123456789ab")];
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        app.manager().change_connector(code, id, settings).await.unwrap();
        let secrets = PushSecrets {
            token: Some(SecretString::from(token)),
            key: Some(SecretString::from(letter.repeat(43))),
        };
        app.manager().set_push_secrets(code, id, secrets).await.unwrap();
    }
    app.simulator.follow("lisi", &acme.app_id).await.unwrap();
    let pushed = async |tenant: &str, connector: &str, token: &str, letter: &str| {
        let config = PushConfig {
            url: format!("{}/t/{tenant}/webhook/{connector}", app.url),
            token: token.to_owned(),
            encoding_aes_key: letter.repeat(43),
            mode: PushMode::Safe,
        };
        app.simulator.put_push_config(&acme.app_id, Some(config));
        let record = app.simulator.send_text("lisi", &acme.app_id, "你好").await.unwrap();
        let attempt = record.attempts.first().unwrap();
        let body = attempt.answer.clone().unwrap_or_default();
        (
            record.accepted(),
            attempt.status,
            without(&body, "\"request_id\":\"", '"'),
        )
    };
    let (ours, theirs) = (acme.connector.id.to_string(), other.connector.id.to_string());
    // At the other's address, by its own token and key.
    let refused = pushed("other", &theirs, "pushTokenAcme", "A").await;
    assert_eq!(refused, pushed("other", &theirs, "pushTokenNever", "C").await);
    assert!(!refused.0 && refused.1 == Some(403), "{refused:?}");
    // Signed and sealed as the other's are, of this account: another AppID stands within.
    assert!(!pushed("other", &theirs, "pushTokenOther", "B").await.0);
    // Its own address under the other tenant.
    let refused = pushed("other", &ours, "pushTokenAcme", "A").await;
    assert_eq!(refused, pushed("other", &never(&ours), "pushTokenAcme", "A").await);
    assert!(!refused.0, "{refused:?}");
    let seen = app
        .manager()
        .push_sight(&other.tenant.code, other.connector.id)
        .await
        .unwrap();
    assert!(seen.as_ref().is_none_or(|sight| sight.pushed_at.is_none()), "{seen:?}");
    assert!(
        pushed("acme", &ours, "pushTokenAcme", "A").await.0,
        "the owner's is taken"
    );
}
