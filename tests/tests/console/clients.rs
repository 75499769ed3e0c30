//! Apps: registered by form, changed, given other secrets, switched off.

use std::collections::BTreeSet;
use std::time::Duration;

use hufu_core::ids::ClientId;
use hufu_core::model::{Action, Client, KeyState, Reach, Role, Seat, SigningKey};
use hufu_core::oidc::SigningAlgorithm;
use hufu_tests::{Browser, ConsoleUser, Engine, PASSWORD, Page, RelyingParty, TestApp, TestTenant, fields};

/// HTML, quotes, and characters of four bytes.
const NAME: &str = "商城 <b>🐯</b> & \"Shop\" 𠮷";
const URI: &str = "https://shop.example/cb?from=hufu";

async fn with_role(app: &TestApp, tenant: &TestTenant, role: Role) -> ConsoleUser {
    let seat = Seat::new(role, Reach::tenant(tenant.tenant.id)).unwrap();
    app.operator(seat, None).await
}

fn list(tenant: &TestTenant) -> String {
    format!("/admin/tenants/{}/clients", tenant.tenant.code)
}

/// The text of the element with this id.
fn text_of(page: &Page, id: &str) -> String {
    let mark = format!("id=\"{id}\"");
    let rest = page
        .body
        .split_once(&mark)
        .unwrap_or_else(|| panic!("no {id}: {}", page.body))
        .1;
    let rest = rest.split_once('>').unwrap().1;
    rest.split_once('<').unwrap().0.to_owned()
}

/// The form of a new app, sent from its page.
async fn register(user: &ConsoleUser, tenant: &TestTenant, kind: &str, uris: &str) -> (Page, String) {
    let new = format!("{}/new", list(tenant));
    let since = fields(&user.page(&new).await.body)["since"].clone();
    (register_since(user, tenant, kind, uris, &since).await, since)
}

async fn register_since(user: &ConsoleUser, tenant: &TestTenant, kind: &str, uris: &str, since: &str) -> Page {
    let new = format!("{}/new", list(tenant));
    let form = [
        ("name", NAME),
        ("kind", kind),
        ("redirect_uris", uris),
        ("scopes", "openid"),
        ("scopes", "profile"),
        ("token_seconds", "600"),
        ("since", since),
    ];
    user.submit(&new, &new, &form).await
}

async fn clients(app: &TestApp, tenant: &TestTenant) -> Vec<Client> {
    let store = app.hufu.engine.store().begin(tenant.tenant.id);
    store.list_clients().await.unwrap()
}

async fn client(app: &TestApp, tenant: &TestTenant, id: &str) -> Client {
    let id: ClientId = id.parse().unwrap();
    let known = app.manager().client(&tenant.tenant.code, id).await.unwrap();
    (*known).clone()
}

fn relying_party(app: &TestApp, tenant: &TestTenant, id: &str, secret: Option<&str>, uri: &str) -> RelyingParty {
    RelyingParty::new(&format!("{}/t/{}", app.url, tenant.tenant.code), id, secret, uri)
}

/// A login up to the code, and what the token endpoint says to it.
async fn redeems(app: &TestApp, party: &RelyingParty, salt: &str) -> u16 {
    let login = party.start(salt);
    let browser = Browser::wechat("zhangsan");
    let page = browser.follow(&login.url, &[&app.url, &app.simulator_url]).await;
    let code = page.location_parameter("code").unwrap_or_else(|| panic!("{page:?}"));
    party.redeem(&code, &login, &[]).await.status().as_u16()
}

/// A developer registers an app; its secret is seen once, people log in with it, and the form sent again makes nothing.
pub(crate) async fn registered_by_form(engine: Engine) {
    let app = TestApp::start(engine).await;
    let tenant = app.tenant("acme").await;
    let user = with_role(&app, &tenant, Role::Developer).await;
    let (made, since) = register(
        &user,
        &tenant,
        "confidential",
        &format!("{URI}\r\n\r\n{URI}\r\nhttps://shop.example/2"),
    )
    .await;
    assert_eq!(made.status, 200, "{}", made.body);
    assert_eq!(made.header("cache-control"), Some("no-store"));
    assert!(!made.body.contains("<b>🐯") && made.body.contains("🐯") && made.body.contains("𠮷"));
    let (id, secret) = (text_of(&made, "client-id"), text_of(&made, "client-secret"));
    assert!(made.body.matches(&secret).count() > 5, "the snippets are filled in");

    let kept = client(&app, &tenant, &id).await;
    assert_eq!((kept.name.as_str(), kept.token_seconds), (NAME, Some(600)));
    assert_eq!(kept.redirect_uris, [URI, "https://shop.example/2"]);
    let party = relying_party(&app, &tenant, &id, Some(&secret), URI);
    let login = party.start("one");
    let page = Browser::wechat("zhangsan")
        .follow(&login.url, &[&app.url, &app.simulator_url])
        .await;
    let tokens = party.finish(&login, &page.location()).await;
    assert_eq!(tokens.answer["expires_in"], 600);

    // Loaded again: the same app, and no secret.
    let again = register_since(
        &user,
        &tenant,
        "confidential",
        &format!("{URI}\nhttps://shop.example/2"),
        &since,
    )
    .await;
    assert_eq!(again.status, 303, "{}", again.body);
    assert_eq!(again.location().path(), format!("{}/{id}", list(&tenant)));
    assert_eq!(clients(&app, &tenant).await.len(), 2);
    for path in [list(&tenant), format!("{}/{id}", list(&tenant))] {
        let page = user.page(&path).await;
        assert!(!page.body.contains(&secret) && page.body.contains(&id));
        assert!(
            !page.body.contains("<b>🐯") && page.body.contains("&#60;b&#62;🐯"),
            "{}",
            page.body
        );
    }
    let events = app.events(&tenant.tenant, Action::ClientAdd).await;
    assert!(!format!("{events:?}").contains(&secret));

    // A public one has no secret to show.
    let (public, _) = register(&user, &tenant, "public", "com.example.app:/cb").await;
    assert_eq!(public.status, 303, "{}", public.body);
    let page = user.page(public.location().path()).await;
    assert!(!page.body.contains("id=\"secrets\"") && !page.body.contains("YOUR_CLIENT_SECRET"));
    let path = format!("{}/secrets/new", public.location().path());
    assert_eq!(user.get(&path).await.status, 404);
}

/// What was typed stays, what is wrong is said beside its field, and nothing is saved.
pub(crate) async fn mistakes(engine: Engine) {
    let app = TestApp::start(engine).await;
    let tenant = app.tenant("acme").await;
    let user = with_role(&app, &tenant, Role::Developer).await;
    let wrong = "https://ok.example/cb\r\nhttp://shop.example/<cb>\r\nhttps://*.example/🐯";
    let (page, _) = register(&user, &tenant, "confidential", wrong).await;
    assert_eq!(page.status, 422, "{}", page.body);
    let area = page
        .body
        .split_once("<textarea")
        .unwrap()
        .1
        .split_once("</textarea>")
        .unwrap()
        .0;
    assert!(
        area.contains("aria-invalid=\"true\"") && area.contains("https://*.example/🐯"),
        "{area}"
    );
    assert!(
        area.contains("https://ok.example/cb") && !area.contains("<cb>"),
        "{area}"
    );
    assert!(page.body.contains("f-redirect_uris-error"));
    assert!(fields(&page.body)["name"].contains("🐯"));
    let new = format!("{}/new", list(&tenant));
    let form = [
        ("name", " "),
        ("kind", "public"),
        ("redirect_uris", ""),
        ("token_seconds", "5 minutes"),
    ];
    let page = user.submit(&new, &new, &form).await;
    assert_eq!(page.status, 422);
    for field in ["name", "redirect_uris", "scopes", "token_seconds"] {
        assert!(
            page.body.contains(&format!("f-{field}-error")),
            "{field}: {}",
            page.body
        );
    }
    assert!(page.body.contains("value=\"5 minutes\""));
    assert_eq!(clients(&app, &tenant).await.len(), 1);

    // The same with one that is there, and with things of nobody.
    let url = format!("{}/{}", list(&tenant), tenant.client.id);
    let version = tenant.client.version.to_string();
    let form = [
        ("name", "x"),
        ("redirect_uris", "/relative"),
        ("scopes", "openid"),
        ("version", version.as_str()),
    ];
    let page = user.submit(&url, &url, &form).await;
    assert_eq!(page.status, 422);
    assert!(page.body.contains("/relative</textarea>"), "{}", page.body);
    let mut form = form.to_vec();
    form[1].1 = URI;
    form.push(("connectors", "01ARZ3NDEKTSV4RRFFQ69G5FAV"));
    assert_eq!(user.submit(&url, &url, &form).await.status, 404);
    let kept = client(&app, &tenant, &tenant.client.id.to_string()).await;
    assert_eq!(
        (kept.version, kept.redirect_uris),
        (tenant.client.version, tenant.client.redirect_uris.clone())
    );
}

/// Two people at one app: the second is told, and the first one's change stays.
pub(crate) async fn two_at_once(engine: Engine) {
    let app = TestApp::start(engine).await;
    let tenant = app.tenant("acme").await;
    let one = with_role(&app, &tenant, Role::Developer).await;
    let other = with_role(&app, &tenant, Role::TenantAdmin).await;
    let url = format!("{}/{}", list(&tenant), tenant.client.id);
    let connector = tenant.connector.id.to_string();
    let version = fields(&one.page(&url).await.body)["version"].clone();
    let form = |name: &'static str| {
        [
            ("name", name),
            ("redirect_uris", URI),
            ("scopes", "openid"),
            ("version", version.as_str()),
        ]
    };
    let mut first = form("第一").to_vec();
    first.extend([
        ("connectors", connector.as_str()),
        ("snapshot", "allow"),
        ("algorithm", "ES256"),
    ]);
    assert_eq!(one.submit(&url, &url, &first).await.status, 303);
    let late = other.submit(&url, &url, &form("第二")).await;
    assert_eq!(late.status, 409, "{}", late.body);
    assert!(late.body.contains("<h1>"));
    let kept = client(&app, &tenant, &tenant.client.id.to_string()).await;
    assert_eq!(
        (kept.name.as_str(), kept.connectors),
        ("第一", vec![tenant.connector.id])
    );
    assert_eq!(kept.id_token_alg.as_str(), "ES256");
    assert!(other.page(&url).await.body.contains("第一"));
}

/// Old and new secret work side by side until the old one's time is up; one can be ended by hand.
pub(crate) async fn secrets(engine: Engine) {
    let app = TestApp::start(engine).await;
    let tenant = app.tenant("acme").await;
    let user = with_role(&app, &tenant, Role::Developer).await;
    let id = tenant.client.id.to_string();
    let url = format!("{}/{id}", list(&tenant));
    let new = format!("{url}/secrets/new");
    // The password was given too long ago.
    app.clock.advance(Duration::from_secs(11 * 60));
    let asked = user.get(&new).await;
    assert_eq!(
        (asked.status.as_u16(), asked.location().path()),
        (303, "/admin/confirm")
    );
    let confirm = format!("/admin/confirm?back={new}");
    let back = user.submit(&confirm, &confirm, &[("password", PASSWORD)]).await;
    assert_eq!(back.location().path(), new);

    let version = fields(&user.page(&new).await.body)["version"].clone();
    let form = [("overlap", "1h"), ("version", version.as_str())];
    let made = user.submit(&new, &new, &form).await;
    assert_eq!(made.status, 200, "{}", made.body);
    let secret = text_of(&made, "client-secret");
    // Sent again, it makes none.
    let again = user.submit(&new, &new, &form).await;
    assert_eq!((again.status.as_u16(), again.location().path()), (303, url.as_str()));
    let kept = client(&app, &tenant, &id).await;
    assert_eq!(kept.secrets.len(), 2);
    let page = user.page(&url).await;
    assert!(!page.body.contains(&secret));
    for hint in kept.secrets.iter().map(|secret| &secret.hint) {
        assert!(page.body.contains(&format!("…{hint}")), "{hint}");
    }

    let mut with_new = tenant.app.clone();
    with_new.client_secret = Some(secret);
    assert_eq!(redeems(&app, &tenant.app, "old, beside the new").await, 200);
    assert_eq!(redeems(&app, &with_new, "new").await, 200);
    app.clock.advance(Duration::from_secs(3601));
    assert_eq!(redeems(&app, &tenant.app, "old, too late").await, 401);
    assert_eq!(redeems(&app, &with_new, "new, alone").await, 200);

    user.sign_in().await;
    let last = kept.secrets.last().unwrap();
    let end = format!("{url}/secrets/{}/end", last.created_at.as_millis());
    let wrong = user.submit(&end, &end, &[("confirm", "????")]).await;
    assert_eq!(wrong.status, 422, "{}", wrong.body);
    let done = user.submit(&end, &end, &[("confirm", last.hint.as_str())]).await;
    assert_eq!(done.status, 303, "{}", done.body);
    assert_eq!(redeems(&app, &with_new, "ended").await, 401);
    assert_eq!(user.get(&end).await.status, 404);
    let events = app.events(&tenant.tenant, Action::ClientRotateSecret).await;
    let told = with_new.client_secret.unwrap();
    assert!(events.len() == 2 && !format!("{events:?}").contains(&told));
}

/// What the page says of a redirect URI is what the login does with it.
pub(crate) async fn redirect_uris(engine: Engine) {
    let app = TestApp::start(engine).await;
    let tenant = app.tenant("acme").await;
    let user = with_role(&app, &tenant, Role::Auditor).await;
    let page_of = |asked: &str| {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("probe", asked)
            .finish();
        format!("{}/{}?{query}", list(&tenant), tenant.client.id)
    };
    for (asked, matches) in [
        ("https://app.example/callback?from=hufu", true),
        ("https://app.example/second", true),
        ("https://app.example/second/", false),
        ("https://APP.example/second", false),
        ("https://app.example:443/second", false),
        (" https://app.example/second", false),
        ("https%3A%2F%2Fapp.example%2Fsecond", false),
        ("https://app.example/callback?from=hufu#<b>🐯", false),
        ("\"><script>alert(1)</script>", false),
    ] {
        let page = user.page(&page_of(asked)).await;
        let result = page.body.split_once("id=\"probe-result\"").unwrap().1;
        assert_eq!(result.contains("class=\"alert good\""), matches, "{asked}: {result}");
        assert_eq!(result.contains("class=\"alert bad\""), !matches, "{asked}");
        assert!(
            !page.body.contains("<script>alert") && !page.body.contains("<b>🐯"),
            "{asked}"
        );
        let mut party = tenant.app.clone();
        asked.clone_into(&mut party.redirect_uri);
        let begun = Browser::wechat("zhangsan").get(party.start("probe").url).await;
        assert_eq!(begun.status.is_redirection(), matches, "{asked}: {}", begun.body);
    }
}

/// Off, its logins end; on, they work. Who only reads sees everything and changes nothing.
pub(crate) async fn switched_off(engine: Engine) {
    let app = TestApp::start(engine).await;
    let tenant = app.tenant("acme").await;
    let developer = with_role(&app, &tenant, Role::Developer).await;
    let auditor = with_role(&app, &tenant, Role::Auditor).await;
    let url = format!("{}/{}", list(&tenant), tenant.client.id);
    let page = auditor.page(&url).await;
    assert!(page.body.contains("id=\"app\"") && !page.body.contains("id=\"edit\"") && !page.body.contains("/disable"));
    assert!(!auditor.page(&list(&tenant)).await.body.contains("/clients/new"));
    for path in ["/disable", "/enable", "/secrets/new", ""] {
        let to = format!("{url}{path}");
        let refused = auditor.submit("/admin/account", &to, &[("overlap", "none")]).await;
        assert_eq!(refused.status, 403, "{path}");
    }
    let shown = developer.page(&format!("{url}/disable")).await;
    assert!(shown.body.contains("商城"));
    let off = developer
        .submit(&format!("{url}/disable"), &format!("{url}/disable"), &[])
        .await;
    assert_eq!(off.status, 303);
    let begun = Browser::wechat("zhangsan").get(tenant.app.start("off").url).await;
    assert!(begun.status.is_client_error(), "{}", begun.status);
    let on = developer.submit(&url, &format!("{url}/enable"), &[]).await;
    assert_eq!(on.status, 303);
    assert_eq!(redeems(&app, &tenant.app, "on").await, 200);
    let log = developer
        .page(&format!("/admin/logins?tenant=acme&client={}", tenant.client.id))
        .await;
    assert!(log.body.contains("/admin/logins/acme/"), "{}", log.body);
}

/// Settings of the protocol: by who may, beside their errors, over nobody's, and told one by one in the log.
pub(crate) async fn protocol(engine: Engine) {
    let app = TestApp::start(engine).await;
    let tenant = app.tenant("acme").await;
    let id = tenant.client.id.to_string();
    let url = format!("{}/{id}/protocol", list(&tenant));
    let developer = with_role(&app, &tenant, Role::Developer).await;
    let stored = async || client(&app, &tenant, &id).await;
    let page = developer.page(&url).await;
    let form = |more: &[(&'static str, &'static str)], version: u32| {
        let mut form = vec![
            ("auth_method", "client_secret".to_owned()),
            ("consent", "first_party".to_owned()),
            ("single_sign_on", "1".to_owned()),
            ("access_token", "opaque".to_owned()),
            ("subject_type", "public".to_owned()),
            ("version", version.to_string()),
        ];
        for (name, value) in more {
            form.retain(|(known, _)| known != name);
            form.push((name, (*value).to_owned()));
        }
        form
    };
    let send = async |user: &ConsoleUser, more: &[(&'static str, &'static str)], version: u32| {
        let form = form(more, version);
        let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        user.submit(&url, &url, &form).await
    };
    // What reaches beyond the app is shown to its developer, and not theirs to switch.
    for (name, is_there) in [
        ("consent", true),
        ("claims", true),
        ("opened", true),
        ("resource_server", false),
    ] {
        let input = format!("name=\"{name}\"");
        assert_eq!(page.body.contains(&input), is_there, "{name}: {}", page.body);
    }
    assert!(page.body.contains("Examines tokens of other apps"), "{}", page.body);

    // What is as it was is not saved.
    assert_eq!(send(&developer, &[], 1).await.status, 303);
    assert_eq!(stored().await.version, 1);
    let more = [
        ("consent", "ask"),
        ("claims", "nickname, picture\r\nnickname"),
        ("refresh_days", "7"),
        ("backchannel_logout_uri", "https://shop.example/out"),
        ("userinfo_signed_response_alg", "EdDSA"),
        ("post_logout_redirect_uris", "https://shop.example/\r\n"),
        ("resource_server", "1"),
    ];
    let saved = send(&developer, &more, 1).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    let now = stored().await;
    assert_eq!(now.version, 2);
    assert_eq!(now.post_logout_redirect_uris, ["https://shop.example/"]);
    let expected = [
        ("consent", "ask"),
        ("claims", r#"["nickname","picture"]"#),
        ("refresh_days", "7"),
        ("backchannel_logout_uri", "https://shop.example/out"),
        ("userinfo_signed_response_alg", "EdDSA"),
    ];
    let expected = expected
        .iter()
        .fold(tenant.client.protocol.clone(), |all, (name, value)| {
            all.with(name, value).unwrap()
        });
    assert_eq!(now.protocol, expected);
    let event = app.events(&tenant.tenant, Action::ClientChange).await.pop().unwrap();
    let told: BTreeSet<_> = event.detail.keys().map(String::as_str).collect();
    let names = [
        "key",
        "post_logout_redirect_uris",
        "protocol.backchannel_logout_uri",
        "protocol.claims",
        "protocol.consent",
        "protocol.refresh_days",
        "protocol.userinfo_signed_response_alg",
    ];
    assert_eq!(told, BTreeSet::from(names));
    // The first that is signed for with EdDSA: there is a key that signs now.
    let keys = app.manager().keys(&tenant.tenant.code).await.unwrap();
    let is_ed = |key: &&SigningKey| key.private.algorithm == SigningAlgorithm::EdDsa;
    assert!(keys.iter().find(is_ed).is_some_and(|key| key.state == KeyState::Active));
    let shown = developer.page(&format!("{}/{id}", list(&tenant))).await;
    assert!(shown.body.contains("https://shop.example/out"), "{}", shown.body);

    // Somebody saved in between.
    assert_eq!(send(&developer, &[("consent", "first_party")], 1).await.status, 409);
    for (name, value) in [
        ("refresh_days", "400"),
        ("refresh_days", "a week"),
        ("claims", "昵称"),
        ("backchannel_logout_uri", "http://shop.example/out"),
        ("post_logout_redirect_uris", "/bye"),
        ("auth_method", "private_key_jwt"),
        ("jwks", r#"{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}"#),
        ("consent", "maybe"),
    ] {
        let page = send(&developer, &[(name, value), ("opened", "1")], 2).await;
        assert_eq!(page.status, 422, "{name}: {}", page.body);
        let field = if name == "auth_method" { "jwks" } else { name };
        assert!(
            page.body.contains(&format!("f-{field}-error")),
            "{name}={value}: {}",
            page.body
        );
    }
    assert_eq!(stored().await, now);

    // By what the app is known is asked for with the password, and what was typed is kept meanwhile.
    app.clock.advance(Duration::from_secs(3600));
    let owner = with_role(&app, &tenant, Role::TenantAdmin).await;
    app.clock.advance(Duration::from_secs(600));
    let page = owner.page(&url).await;
    assert!(!page.body.contains("name=\"jwks\"") && page.body.contains("/admin/confirm?back="));
    let jwks = r#"{"keys":[{"kty":"EC","crv":"P-256","kid":"shop-1","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#;
    let own_key = [("auth_method", "private_key_jwt"), ("jwks", jwks), ("opened", "1")];
    let late = send(&owner, &own_key, 2).await;
    assert_eq!(late.status, 422, "{}", late.body);
    assert!(
        late.body.contains("shop-1") && late.body.contains("/admin/confirm?back="),
        "{}",
        late.body
    );
    assert_eq!(stored().await, now);
    let quiet = send(&owner, &[("auth_method", "private_key_jwt"), ("jwks", jwks)], 2).await;
    assert_eq!(quiet.status, 303, "{}", quiet.body);
    let still = stored().await.protocol;
    assert_eq!((still.auth_method, still.jwks), (now.protocol.auth_method, None));
    let confirm = owner
        .submit("/admin/confirm", "/admin/confirm", &[("password", PASSWORD)])
        .await;
    assert_eq!(confirm.status, 303, "{}", confirm.body);
    let mut granted = own_key.to_vec();
    granted.push(("resource_server", "1"));
    let saved = send(&owner, &granted, stored().await.version).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    let now = stored().await;
    assert!(now.protocol.resource_server && now.protocol.jwks.is_some());
    // Its developer's next change leaves it so.
    let developer = with_role(&app, &tenant, Role::Developer).await;
    assert_eq!(send(&developer, &[("device_code", "1")], now.version).await.status, 303);
    let after = stored().await.protocol;
    assert!(after.resource_server && after.device_code && after.jwks == now.protocol.jwks);

    // Who only reads sees it all and changes nothing.
    let auditor = with_role(&app, &tenant, Role::Auditor).await;
    let page = auditor.page(&url).await;
    assert!(
        page.body.contains("shop-1") && !page.body.contains("name=\"consent\""),
        "{}",
        page.body
    );
    // A public app is not offered what it cannot prove.
    let (public, _) = register(&owner, &tenant, "public", "com.example.app:/cb").await;
    let page = owner.page(&format!("{}/protocol", public.location().path())).await;
    assert!(page.body.contains("name=\"device_code\""));
    for name in ["auth_method", "jwks", "client_credentials", "resource_server"] {
        assert!(!page.body.contains(&format!("name=\"{name}\"")), "{name}");
    }
}
