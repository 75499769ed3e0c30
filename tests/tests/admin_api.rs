//! The admin API, told end to end on both engines: what a program with a key may do, and what it hears when it may not.
#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Mutex;
use std::time::Duration;

use hufu_core::ids::AgencyId;
use hufu_core::manage::By;
use hufu_core::model::{Action, AuditFilter, Family, Reach, Role, Seat};
use hufu_core::secret::ExposeSecret as _;
use hufu_core::store::ConsoleStore as _;
use hufu_tests::{Browser, Engine, RelyingParty, TestApp, TestTenant};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use wechat_simulator::Account;

const BASE: &str = "/admin/api/v1";
const DAY: Duration = Duration::from_secs(86_400);
const MEDIA_TYPE: &str = "application/problem+json";

/// Tells each story once on SQLite and once on PostgreSQL.
macro_rules! stories {
    ($($story:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $story() {
                    crate::$story(hufu_tests::Engine::Sqlite).await;
                }
            )+
        }
        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $story() {
                    crate::$story(hufu_tests::Engine::Postgres).await;
                }
            )+
        }
    };
}

stories! {
    a_tenant_is_set_up_and_logged_into,
    nobody_is_overwritten_silently,
    keys_end,
    the_protocol_of_a_client,
    sessions_of_a_person,
    every_operation_as_every_role,
    what_a_role_may_do,
    the_log_is_read_in_parts_and_as_a_file,
    mistakes_are_told_where_they_are,
    the_document_is_sound,
}

/// A program with a key.
struct Program {
    client: reqwest::Client,
    base: String,
    key: String,
    /// All that it was ever answered.
    heard: Mutex<String>,
}

/// What it was answered.
#[derive(Debug)]
struct Answer {
    status: StatusCode,
    headers: reqwest::header::HeaderMap,
    text: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{self:?}"))
    }

    /// The document, when the call went well.
    fn good(&self) -> Value {
        assert!(self.status.is_success(), "{self:?}");
        self.json()
    }

    fn etag(&self) -> String {
        self.header("etag").unwrap_or_else(|| panic!("{self:?}")).to_owned()
    }

    /// A refusal: its status and code, and where it says that something is wrong.
    fn refused(&self) -> (u16, String, Vec<String>) {
        assert_eq!(self.header("content-type"), Some(MEDIA_TYPE), "{self:?}");
        let problem = self.json();
        for field in ["type", "title", "detail", "request_id"] {
            assert!(
                problem[field].as_str().is_some_and(|text| !text.is_empty()),
                "{problem}"
            );
        }
        assert_eq!(problem["status"], self.status.as_u16());
        assert_eq!(problem["request_id"].as_str(), self.header("x-request-id"));
        let errors = problem["errors"].as_array().into_iter().flatten();
        let places = errors.map(|error| {
            let place = error["pointer"].as_str().or_else(|| error["parameter"].as_str());
            place.unwrap().to_owned()
        });
        let code = problem["code"].as_str().unwrap().to_owned();
        (self.status.as_u16(), code, places.collect())
    }
}

impl Program {
    fn new(app: &TestApp, key: &str) -> Self {
        Self {
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
            base: format!("{}{BASE}", app.url),
            key: key.to_owned(),
            heard: Mutex::default(),
        }
    }

    async fn call(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Answer {
        let path = path.strip_prefix(BASE).unwrap_or(path);
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        if !self.key.is_empty() {
            request = request.bearer_auth(&self.key);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.unwrap();
        writeln!(self.heard.lock().unwrap(), "{headers:?}\n{text}").unwrap();
        Answer { status, headers, text }
    }

    async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, &[], None).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, &[], Some(&body)).await
    }

    async fn put(&self, path: &str, etag: &str, body: &Value) -> Answer {
        self.call(Method::PUT, path, &[("if-match", etag)], Some(body)).await
    }

    async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, &[], None).await
    }

    fn heard(&self) -> String {
        self.heard.lock().unwrap().clone()
    }
}

fn by() -> By {
    By {
        actor: "cli:tests".to_owned(),
        from: None,
    }
}

/// A program whose key has this seat.
async fn program(app: &TestApp, seat: Seat, agency: Option<AgencyId>) -> Program {
    let name = format!("{:?}", seat.role());
    let made = app
        .hufu
        .operators
        .add_api_key(&by(), &name, seat, agency, false, DAY)
        .await;
    let (_, text) = made.unwrap();
    Program::new(app, text.expose_secret())
}

async fn owner(app: &TestApp) -> Program {
    program(app, Seat::OWNER, None).await
}

/// Events that are changes, all over.
async fn changes(app: &TestApp) -> usize {
    let filter = AuditFilter {
        family: Some(Family::Changes),
        ..AuditFilter::default()
    };
    let found = app.hufu.database.search_events(&Reach::Platform, &filter, 5000).await;
    found.unwrap().len()
}

async fn a_tenant_is_set_up_and_logged_into(engine: Engine) {
    let app = TestApp::start(engine).await;
    let owner = owner(&app).await;
    assert_eq!(owner.get("/me").await.good()["seat"]["role"], "platform_owner");

    let made = owner
        .post("/tenants", json!({"code": "acme", "name": "云帆 <b>🐯"}))
        .await;
    assert_eq!(made.status, 201);
    let tenant = made.good();
    let at = made.header("location").unwrap().to_owned();
    assert_eq!(at, "/admin/api/v1/tenants/acme");
    assert_eq!(owner.get(&at).await.good(), tenant);

    let (app_id, canary) = ("wx00000000deadbeef", "ca4a47ca4a47ca4a47ca4a47ca4acafe");
    app.simulator
        .add_account(Account::service(app_id, canary, &["127.0.0.1"]));
    let kinds = owner.get("/connector-kinds").await.good();
    assert!(
        kinds["items"]
            .as_array()
            .unwrap()
            .iter()
            .any(|kind| kind["kind"] == "wechat-official-account")
    );
    let new = json!({"kind": "wechat-official-account", "name": "公众号", "settings": {"appid": app_id}, "secrets": {"secret": canary}});
    let made = owner.post("/tenants/acme/connectors", new).await;
    assert_eq!(made.status, 201, "{made:?}");
    let connector = made.good();
    assert_eq!(connector["secrets"]["secret"], "cafe");
    let id = connector["id"].as_str().unwrap();
    let health = owner
        .call(Method::POST, &format!("/tenants/acme/connectors/{id}/check"), &[], None)
        .await;
    assert_eq!(health.good()["state"], "good");

    let redirect_uri = "https://app.example/callback";
    let new = json!({"name": "商城", "kind": "confidential", "redirect_uris": [redirect_uri], "connectors": [id]});
    let client = owner.post("/tenants/acme/clients", new).await.good();
    let secret = client["secret"].as_str().unwrap();
    let client_id = client["client"]["id"].as_str().unwrap();
    let issuer = tenant["issuer"].as_str().unwrap();
    let party = RelyingParty::new(issuer, client_id, Some(secret), redirect_uri);
    let subject = log_in(&app, &party).await;

    // A new secret: the old one works on for as long as was said, here not at all.
    let path = format!("/tenants/acme/clients/{client_id}/secrets");
    let rotated = owner.post(&path, json!({"overlap_seconds": 0})).await.good();
    let party = RelyingParty::new(issuer, client_id, rotated["secret"].as_str(), redirect_uri);
    assert_eq!(log_in(&app, &party).await, subject);

    let people = owner.get("/tenants/acme/people?q=&limit=1").await.good();
    assert_eq!(people["items"][0]["id"], json!(subject));
    let link = json!({"connector_id": id, "note": "账号主人", "lifetime_seconds": 3600});
    let link = owner.post("/tenants/acme/hand-over-links", link).await.good();
    let page = Browser::new("Owner/1.0").get(link["url"].as_str().unwrap()).await;
    assert_eq!(page.status, 200);

    // Whatever is read afterwards, no secret is in it.
    let token = link["url"].as_str().unwrap().rsplit('/').next().unwrap();
    let reader = Program::new(&app, &owner.key);
    for path in [
        "/me",
        "/tenants",
        "/tenants/acme",
        "/tenants/acme/connectors",
        "/tenants/acme/clients",
        "/tenants/acme/keys",
        "/tenants/acme/hand-over-links",
        "/api-keys",
        "/operators",
        "/audit/events?list=changes",
        "/audit/events?format=jsonl",
        "/audit/events?format=csv&list=changes",
    ] {
        assert_eq!(reader.get(path).await.status, 200, "{path}");
    }
    let new_secret = rotated["secret"].as_str().unwrap();
    for secret in [secret, new_secret, owner.key.as_str(), token] {
        assert!(!reader.heard().contains(secret), "{secret}");
    }
    assert!(!reader.heard().contains("\"d\":"), "a private key");
    assert!(!(owner.heard() + &reader.heard()).contains(canary));
    assert_eq!(owner.heard().matches(secret).count(), 1);
}

async fn log_in(app: &TestApp, party: &RelyingParty) -> String {
    let login = party.start("zhangsan");
    let page = Browser::wechat("zhangsan")
        .follow(&login.url, &[&app.url, &app.simulator_url])
        .await;
    assert!(page.status.is_redirection(), "{} {}", page.status, page.body);
    party.finish(&login, &page.location()).await.sub().to_owned()
}

async fn nobody_is_overwritten_silently(engine: Engine) {
    let app = TestApp::start(engine).await;
    let (acme, owner) = (app.tenant("acme").await, owner(&app).await);
    let read = owner.get("/tenants/acme").await;
    let (tenant, first) = (read.good(), read.etag());
    let known = owner
        .call(Method::GET, "/tenants/acme", &[("if-none-match", &first)], None)
        .await;
    assert_eq!((known.status.as_u16(), known.text.as_str()), (304, ""));

    let mut change =
        json!({"locale": tenant["locale"], "branding": tenant["branding"], "audit_days": tenant["audit_days"]});
    change["name"] = json!("新名字");
    let unsaid = owner.call(Method::PUT, "/tenants/acme", &[], Some(&change)).await;
    assert_eq!(unsaid.refused(), (428, "precondition_required".to_owned(), Vec::new()));
    let changed = owner.put("/tenants/acme", &first, &change).await;
    assert_eq!(changed.good()["name"], "新名字");
    let second = changed.etag();
    assert_ne!(first, second);
    let late = owner
        .put(
            "/tenants/acme",
            &first,
            &json!({"name": "迟到", "locale": "en", "branding": {}, "audit_days": null}),
        )
        .await;
    assert_eq!(late.refused(), (412, "precondition_failed".to_owned(), Vec::new()));

    // The same again changes nothing, and says nothing in the log.
    let again = owner.put("/tenants/acme", &second, &change).await;
    assert_eq!((again.good(), again.etag()), (changed.good(), second));
    let events = app.events(&acme.tenant, Action::TenantChange).await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].actor.as_deref(), Some("api-key:PlatformOwner"));

    // Of all else that can be changed, too.
    let agency = owner.post("/agencies", json!({"name": "云帆"})).await.good();
    let paths = [
        format!("/agencies/{}", agency["id"].as_str().unwrap()),
        format!("/tenants/acme/clients/{}", acme.client.id),
        format!("/tenants/acme/connectors/{}", acme.connector.id),
    ];
    for path in paths {
        let read = owner.get(&path).await;
        let change = change_of(&path, &read.good());
        let unsaid = owner.call(Method::PUT, &path, &[], Some(&change)).await;
        assert_eq!(unsaid.status, 428, "{path}");
        let first = owner.put(&path, &read.etag(), &change).await;
        assert_eq!(first.good()["name"], "另一个名字", "{path}");
        assert_eq!(owner.put(&path, &read.etag(), &change).await.status, 412, "{path}");
        let before = changes(&app).await;
        let again = owner.put(&path, &first.etag(), &change).await;
        assert_eq!((again.good(), again.etag()), (first.good(), first.etag()), "{path}");
        assert_eq!(changes(&app).await, before, "{path}");
    }
}

/// What was read, as a change with another name.
fn change_of(path: &str, read: &Value) -> Value {
    let fields: &[&str] = if path.contains("/clients/") {
        &[
            "redirect_uris",
            "post_logout_redirect_uris",
            "scopes",
            "connectors",
            "id_token_alg",
            "snapshot_policy",
            "token_seconds",
        ]
    } else if path.contains("/connectors/") {
        &["settings"]
    } else {
        &["status"]
    };
    let mut change = json!({"name": "另一个名字"});
    for field in fields {
        change[*field] = read[*field].clone();
    }
    change
}

async fn the_protocol_of_a_client(engine: Engine) {
    let two = two(engine).await;
    let (admin, developer) = (two.program(Role::TenantAdmin).await, two.program(Role::Developer).await);
    let new = json!({"name": "App", "kind": "confidential", "redirect_uris": ["https://app.example/cb"],
        "id_token_alg": "EdDSA", "token_seconds": 600,
        "protocol": {"consent": "ask", "claims": ["nickname"], "refresh_days": 7}});
    let made = developer.post("/tenants/own/clients", new.clone()).await.good()["client"].clone();
    assert_eq!(
        (&made["id_token_alg"], &made["token_seconds"]),
        (&json!("EdDSA"), &json!(600))
    );
    let protocol = &made["protocol"];
    assert_eq!(
        (&protocol["consent"], &protocol["refresh_days"]),
        (&json!("ask"), &json!(7))
    );
    assert_eq!(
        (&protocol["single_sign_on"], &protocol["jwks"]),
        (&json!(true), &Value::Null)
    );
    // The first that is signed for so: there is a key.
    let keys = admin.get("/tenants/own/keys").await.good();
    let of = |algorithm: &str| {
        let mut keys = keys["items"].as_array().unwrap().iter();
        keys.find(|key| key["algorithm"] == algorithm).unwrap()
    };
    assert_eq!(of("EdDSA")["state"], "active");
    assert!(of("RS256")["due_at"].is_string(), "{keys}");

    let path = format!("/tenants/own/clients/{}", made["id"].as_str().unwrap());
    let read = admin.get(&path).await;
    let mut change = change_of(&path, &read.good());
    // Left out, it stays as it is.
    let renamed = admin.put(&path, &read.etag(), &change).await;
    assert_eq!(renamed.good()["protocol"], *protocol);
    for (setting, value) in [
        ("refresh_days", json!(366)),
        ("auth_method", json!("private_key_jwt")),
        ("jwks", json!({"keys": []})),
        ("backchannel_logout_uri", json!("http://app.example/out")),
    ] {
        change["protocol"] = json!({setting: value});
        let place = if setting == "auth_method" { "jwks" } else { setting };
        let refused = admin.put(&path, &renamed.etag(), &change).await.refused();
        let expected = (422, "invalid_protocol".to_owned(), vec![format!("/protocol/{place}")]);
        assert_eq!(refused, expected);
    }
    for (pointer, wrong) in [
        ("/protocol/consent", json!({"consent": "maybe"})),
        ("/protocol/colour", json!({"colour": 1})),
    ] {
        change["protocol"] = wrong;
        let refused = admin.put(&path, &renamed.etag(), &change).await.refused();
        assert_eq!(refused, (400, "body".to_owned(), vec![pointer.to_owned()]));
    }
    // What reaches beyond the app is for those who set the tenant up.
    change["protocol"] = json!({"resource_server": true, "subject_type": "pairwise"});
    assert_eq!(developer.put(&path, &renamed.etag(), &change).await.refused().0, 403);
    let mut beyond = new;
    beyond["protocol"] = json!({"resource_server": true});
    assert_eq!(developer.post("/tenants/own/clients", beyond).await.refused().0, 403);
    let changed = admin.put(&path, &renamed.etag(), &change).await;
    let protocol = changed.good()["protocol"].clone();
    assert_eq!(
        (&protocol["resource_server"], &protocol["consent"]),
        (&json!(true), &json!("first_party"))
    );
    change["protocol"] = protocol;
    change["name"] = json!("Otherwise");
    assert_eq!(
        developer.put(&path, &changed.etag(), &change).await.good()["protocol"],
        change["protocol"]
    );
}

async fn sessions_of_a_person(engine: Engine) {
    let app = TestApp::start_signed_in(engine).await;
    let (acme, owner) = (app.tenant("acme").await, owner(&app).await);
    let subject = log_in(&app, &acme.app).await;
    assert_eq!(log_in(&app, &acme.app).await, subject);
    let path = format!("/tenants/acme/people/{subject}/sessions");
    let listed = owner.get(&path).await.good()["items"].clone();
    let listed = listed.as_array().unwrap();
    assert_eq!(listed.len(), 2, "{listed:?}");
    assert_eq!(listed[0]["client_id"], json!(acme.client.id));
    assert!(listed[0]["expires_at"].as_str() > listed[0]["begun_at"].as_str());
    let one = format!("{path}/{}", listed[0]["id"].as_str().unwrap());
    let delete = async |path: &str| owner.call(Method::DELETE, path, &[], None).await;
    assert_eq!(delete(&one).await.status, 204);
    assert_eq!(delete(&one).await.refused().0, 404, "it is over");
    assert_eq!(owner.get(&path).await.good()["items"], json!([listed[1]]));
    assert_eq!(delete(&path).await.status, 204);
    assert_eq!(owner.get(&path).await.good()["items"], json!([]));
    assert_eq!(delete(&path).await.status, 204, "the same again changes nothing");
    let nobody = "/tenants/acme/people/01ARZ3NDEKTSV4RRFFQ69G5FAV/sessions";
    assert_eq!(owner.get(nobody).await.refused().0, 404);
}

async fn keys_end(engine: Engine) {
    let app = TestApp::start(engine).await;
    let owner = owner(&app).await;
    let unknown = |answer: &Answer| {
        assert_eq!(answer.refused().0, 401);
        assert!(
            answer.header("www-authenticate").unwrap().starts_with("Bearer"),
            "{answer:?}"
        );
    };
    for key in ["", "hufu_", "hufu_wrong", "x"] {
        unknown(&Program::new(&app, key).get("/me").await);
    }
    // A session opens nothing here: the API knows no cookies.
    let user = app.operator(Seat::OWNER, None).await;
    assert_eq!(user.get(&format!("{BASE}/me")).await.status, 401);

    let new = json!({"name": "夜间任务", "seat": {"role": "auditor", "reach": "platform"}, "read_only": true, "lifetime_seconds": 3600});
    let made = owner.post("/api-keys", new.clone()).await;
    assert_eq!(made.status, 201);
    let made = made.good();
    let (id, text) = (made["api_key"]["id"].as_str().unwrap(), made["text"].as_str().unwrap());
    let auditor = Program::new(&app, text);
    assert_eq!(auditor.get("/me").await.good()["name"], "夜间任务");
    assert_eq!(
        auditor
            .post("/tenants", json!({"code": "x", "name": "x"}))
            .await
            .refused()
            .0,
        403
    );
    assert_eq!(owner.delete(&format!("/api-keys/{id}")).await.status, 204);
    assert_eq!(owner.delete(&format!("/api-keys/{id}")).await.status, 204);
    unknown(&auditor.get("/me").await);

    let made = owner.post("/api-keys", new).await.good();
    let auditor = Program::new(&app, made["text"].as_str().unwrap());
    assert_eq!(auditor.get("/me").await.status, 200);
    app.clock.advance(Duration::from_secs(3601));
    unknown(&auditor.get("/me").await);

    // An agency that is disabled takes its keys with it.
    let agency = app.hufu.operators.add_agency(&by(), "云帆").await.unwrap();
    let seat = Seat::new(Role::AgencyAdmin, Reach::Agency { agency: agency.id }).unwrap();
    let admin = program(&app, seat, Some(agency.id)).await;
    assert_eq!(admin.get("/me").await.status, 200);
    let path = format!("/agencies/{}", agency.id);
    let off = owner
        .put(&path, "*", &json!({"name": "云帆", "status": "disabled"}))
        .await;
    assert_eq!(off.good()["status"], "disabled");
    unknown(&admin.get("/me").await);
}

/// Two agencies with a tenant each, and a program for each role in the first.
struct Two {
    app: TestApp,
    agency: AgencyId,
    own: TestTenant,
    foreign: TestTenant,
}

async fn two(engine: Engine) -> Two {
    let app = TestApp::start(engine).await;
    let agency = app.hufu.operators.add_agency(&by(), "云帆").await.unwrap().id;
    let other = app.hufu.operators.add_agency(&by(), "别家").await.unwrap().id;
    let own = app.tenant_of("own", agency).await;
    let foreign = app.tenant_of("foreign", other).await;
    Two {
        app,
        agency,
        own,
        foreign,
    }
}

impl Two {
    async fn program(&self, role: Role) -> Program {
        let reach = match role {
            Role::PlatformOwner => Reach::Platform,
            Role::AgencyAdmin => Reach::Agency { agency: self.agency },
            _ => Reach::tenant(self.own.tenant.id),
        };
        let home = (role != Role::PlatformOwner).then_some(self.agency);
        program(&self.app, Seat::new(role, reach).unwrap(), home).await
    }

    /// Ids of a tenant, by the word before them in a path.
    fn fill(of: &TestTenant, path: &str, code: &str) -> String {
        let (connector, client) = (of.connector.id.to_string(), of.client.id.to_string());
        path.replace("{code}", code)
            .replace("connectors/{id}", &format!("connectors/{connector}"))
            .replace("clients/{id}", &format!("clients/{client}"))
            .replace("{session}", "01ARZ3NDEKTSV4RRFFQ69G5FAV")
            .replace("{id}", "01ARZ3NDEKTSV4RRFFQ69G5FAV")
            .replace("{host}", "login.example.com")
            .replace("{name}", "MP_verify_P97WLFQjVODXzc3j.txt")
            .replace("{made}", "2026-11-21T09:30:00.000Z")
    }
}

/// Method, path and a body that can be read, of all operations.
async fn operations(program: &Program) -> Vec<(Method, String, Option<Value>)> {
    let document = program.get("/openapi.json").await.good();
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let method: Method = method.to_uppercase().parse().unwrap();
            let body = operation.pointer("/requestBody/content/application~1json/schema");
            all.push((method, path.clone(), body.map(|schema| sample(&document, "", schema))));
        }
    }
    all
}

/// A value that a schema allows: what may be left out is.
fn sample(document: &Value, name: &str, schema: &Value) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        return sample(document, name, document.pointer(&reference[1..]).unwrap());
    }
    if let Some(words) = schema["enum"].as_array() {
        return words[0].clone();
    }
    match schema["type"].as_str() {
        Some("object") => {
            let required = schema["required"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str);
            required
                .map(|name| (name, sample(document, name, &schema["properties"][name])))
                .collect()
        }
        Some("array") => json!([]),
        Some("integer") => json!(3600),
        Some("boolean") => json!(true),
        Some("string") if name.ends_with("_id") => json!("01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        Some("string") => json!("x"),
        _ => Value::Null,
    }
}

async fn every_operation_as_every_role(engine: Engine) {
    let two = two(engine).await;
    let all = operations(&two.program(Role::PlatformOwner).await).await;
    assert!(all.len() > 50, "{}", all.len());
    let stable = |answer: &Answer| {
        let id = answer.header("x-request-id").unwrap_or_default();
        (answer.status, answer.text.replace(id, ""))
    };
    let mut wrong = BTreeSet::new();
    let before = changes(&two.app).await + Role::ALL.len() - 1;
    for role in Role::ALL.into_iter().filter(|role| *role != Role::PlatformOwner) {
        let program = two.program(role).await;
        for (method, path, body) in all.iter().filter(|(_, path, _)| path.contains("{code}")) {
            let call = async |path: &str| {
                program
                    .call(method.clone(), path, &[("if-match", "*")], body.as_ref())
                    .await
            };
            let theirs = call(&Two::fill(&two.foreign, path, "foreign")).await;
            let nobody = call(&Two::fill(&two.foreign, path, "nobody-at-all")).await;
            let name = format!("{role:?} {method} {path}: {}", theirs.status);
            if theirs.status != 404 || stable(&theirs) != stable(&nobody) {
                wrong.insert(name.clone());
            }
            // Somebody else's id within one's own tenant is nobody's.
            if path.contains("connectors/{id}") || path.contains("clients/{id}") {
                let mixed = call(&Two::fill(&two.foreign, path, "own")).await;
                if ![403, 404].contains(&mixed.status.as_u16()) {
                    wrong.insert(format!("{name}; in the own tenant: {}", mixed.status));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(changes(&two.app).await, before, "something was changed");
}

async fn what_a_role_may_do(engine: Engine) {
    use Role::{AgencyAdmin, AgencyOperator, Auditor, Developer, PlatformOwner, TenantAdmin};
    let two = two(engine).await;
    let get = |path: &'static str| (Method::GET, path, Value::Null);
    let client = json!({"name": "App", "kind": "public", "redirect_uris": ["https://app.example/cb"]});
    let link = json!({"connector_id": two.own.connector.id, "lifetime_seconds": 3600});
    let member = json!({"role": "auditor", "lifetime_seconds": 3600});
    let seat = json!({"role": "developer", "reach": "tenants", "tenant_ids": [two.own.tenant.id]});
    let key = json!({"name": "k", "seat": seat, "read_only": true, "lifetime_seconds": 3600});
    type Call<'a> = (Method, &'a str, Value);
    let calls: [(Call<'_>, &[Role]); 12] = [
        (get("/me"), &Role::ALL),
        (get("/tenants/own"), &Role::ALL),
        (
            get("/tenants/own/people"),
            &[PlatformOwner, AgencyAdmin, AgencyOperator, TenantAdmin, Auditor],
        ),
        (get("/tenants/own/members"), &[PlatformOwner, AgencyAdmin, TenantAdmin]),
        (get("/audit/events"), &Role::ALL),
        (
            get("/audit/events?list=changes"),
            &[PlatformOwner, AgencyAdmin, AgencyOperator, TenantAdmin, Auditor],
        ),
        (get("/operators"), &[PlatformOwner, AgencyAdmin]),
        (get("/agencies"), &[PlatformOwner]),
        (
            (Method::POST, "/tenants/own/clients", client),
            &[PlatformOwner, AgencyAdmin, AgencyOperator, TenantAdmin, Developer],
        ),
        (
            (Method::POST, "/tenants/own/hand-over-links", link),
            &[PlatformOwner, AgencyAdmin, AgencyOperator, TenantAdmin],
        ),
        (
            (Method::POST, "/tenants/own/members/invitations", member),
            &[PlatformOwner, AgencyAdmin, TenantAdmin],
        ),
        ((Method::POST, "/api-keys", key), &[PlatformOwner, AgencyAdmin]),
    ];
    for role in Role::ALL {
        let program = two.program(role).await;
        for ((method, path, body), allowed) in &calls {
            let answer = program
                .call(method.clone(), path, &[], (!body.is_null()).then_some(body))
                .await;
            let name = format!("{role:?} {method} {path} {answer:?}");
            if allowed.contains(&role) {
                assert!(answer.status.is_success(), "{name}");
            } else {
                assert_eq!(answer.refused().0, 403, "{name}");
            }
        }
    }

    // Nobody gives away more than they have.
    let admin = two.program(AgencyAdmin).await;
    let beyond = [
        json!({"role": "platform_owner", "reach": "platform"}),
        json!({"role": "auditor", "reach": "platform"}),
        json!({"role": "developer", "reach": "tenants", "tenant_ids": [two.foreign.tenant.id]}),
    ];
    for seat in beyond {
        let key = admin.post(
            "/api-keys",
            json!({"name": "k", "seat": seat, "read_only": true, "lifetime_seconds": 3600}),
        );
        assert!([403, 422].contains(&key.await.refused().0));
        let invited = admin
            .post("/invitations", json!({"seat": seat, "lifetime_seconds": 3600}))
            .await;
        assert!([403, 422].contains(&invited.refused().0));
    }
    assert_eq!(admin.get("/tenants").await.good()["items"].as_array().unwrap().len(), 1);
    // And a key that may only read is handed nothing that writes.
    let seat = Seat::new(TenantAdmin, Reach::tenant(two.own.tenant.id)).unwrap();
    let operators = &two.app.hufu.operators;
    let (_, text) = operators
        .add_api_key(&by(), "reader", seat, Some(two.agency), true, DAY)
        .await
        .unwrap();
    let reader = Program::new(&two.app, text.expose_secret());
    let before = changes(&two.app).await;
    for (method, path, _) in operations(&reader).await {
        let path = Two::fill(&two.own, &path, "own");
        if method == Method::GET {
            assert!(reader.get(&path).await.status.as_u16() < 500, "{path}");
        } else {
            let answer = reader
                .call(method.clone(), &path, &[("if-match", "*")], Some(&json!({})))
                .await;
            assert_eq!(answer.refused().0, 403, "{method} {path}");
        }
    }
    assert_eq!(changes(&two.app).await, before);
}

async fn the_log_is_read_in_parts_and_as_a_file(engine: Engine) {
    let app = TestApp::start(engine).await;
    let (acme, owner) = (app.tenant("acme").await, owner(&app).await);
    for _ in 0..3 {
        log_in(&app, &acme.app).await;
    }
    let mut path = "/audit/events?tenant=acme&action=login&limit=2".to_owned();
    let mut seen = Vec::new();
    loop {
        let part = owner.get(&path).await.good();
        seen.extend(part["items"].as_array().unwrap().clone());
        match part["next"].as_str() {
            Some(next) => next.clone_into(&mut path),
            None => break,
        }
    }
    assert_eq!(seen.len(), 3, "{seen:#?}");
    assert!(
        seen.iter()
            .all(|event| event["tenant"] == "acme" && event["outcome"] == "succeeded")
    );
    let one = owner
        .get(&format!("/audit/events/{}", seen[0]["id"].as_str().unwrap()))
        .await;
    assert_eq!(one.good(), seen[0]);

    let file = owner.get("/audit/events?tenant=acme&action=login&format=jsonl").await;
    assert!(file.header("content-type").unwrap().starts_with("application/x-ndjson"));
    assert!(
        file.header("content-disposition")
            .unwrap()
            .contains("hufu-logins-acme-")
    );
    let lines: Vec<Value> = file
        .text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines[..3], seen);
    assert_eq!(lines[3], json!({"export": "complete", "rows": 3}));
    let exports = app.events(&acme.tenant, Action::AuditExport).await;
    assert_eq!(exports.len(), 1);
    assert_eq!(exports[0].actor.as_deref(), Some("api-key:PlatformOwner"));
    assert_eq!(
        exports[0].detail["filter"],
        json!({"tenant": "acme", "action": "login"})
    );

    // Lists of tenants go forwards and back.
    app.tenant("beta").await;
    app.tenant("gamma").await;
    let first = owner.get("/tenants?limit=2").await.good();
    let second = owner.get(first["next"].as_str().unwrap()).await.good();
    assert_eq!(second["items"][0]["code"], "gamma");
    assert_eq!(second["next"], Value::Null);
    let back = owner.get(second["previous"].as_str().unwrap()).await.good();
    assert_eq!(back["items"], first["items"]);
}

async fn mistakes_are_told_where_they_are(engine: Engine) {
    let app = TestApp::start(engine).await;
    let owner = owner(&app).await;
    app.tenant("acme").await;
    let at = |place: &str| vec![place.to_owned()];
    let new = async |body: Value| owner.post("/tenants", body).await.refused();
    assert_eq!(
        new(json!({"code": "acme", "name": "x"})).await,
        (422, "duplicate".to_owned(), at("/code"))
    );
    assert_eq!(
        new(json!({"code": "A b", "name": "x"})).await,
        (422, "invalid_code".to_owned(), at("/code"))
    );
    assert_eq!(new(json!({"code": "b", "name": ""})).await.2, at("/name"));
    assert_eq!(
        new(json!({"code": "b", "name": "x", "more": 1})).await,
        (400, "body".to_owned(), at("/more"))
    );
    assert_eq!(
        new(json!({"code": "b", "name": 5})).await,
        (400, "body".to_owned(), at("/name"))
    );
    assert_eq!(
        owner.post("/agencies", json!({"name": " "})).await.refused().2,
        at("/name")
    );
    let wrong = json!({"kind": "wechat-official-account", "name": "x", "settings": {"appid": "wx"}, "secrets": {"secret": "short-canary"}});
    let wrong = owner.post("/tenants/acme/connectors", wrong).await;
    let (status, _, places) = wrong.refused();
    assert_eq!(
        (status, places),
        (422, vec!["/settings/appid".to_owned(), "/secrets/secret".to_owned()])
    );
    assert!(!wrong.text.contains("short-canary"));
    let client = json!({"name": "x", "kind": "public", "redirect_uris": ["javascript:alert(1)"]});
    assert_eq!(
        owner.post("/tenants/acme/clients", client).await.refused().2,
        at("/redirect_uris")
    );

    assert_eq!(
        owner.get("/tenants?limit=0").await.refused(),
        (400, "body".to_owned(), at("limit"))
    );
    assert_eq!(
        owner.get("/audit/events?outcome=maybe").await.refused().2,
        at("outcome")
    );
    assert_eq!(owner.get("/audit/events?evil=1").await.refused().2, at("evil"));
    assert_eq!(owner.get("/no-such-thing").await.refused().0, 404);
    assert_eq!(owner.get("/tenants/%F0%9F%90%AF").await.refused().0, 404);
    let method = owner.call(Method::PATCH, "/tenants/acme", &[], None).await;
    assert_eq!(method.refused().0, 405);
    assert!(
        method.header("allow").is_some_and(|allow| allow.contains("PUT")),
        "{method:?}"
    );
    let form = owner
        .call(Method::POST, "/tenants", &[("content-type", "text/plain")], None)
        .await;
    assert_eq!(form.refused().0, 415);
    let zh = owner
        .call(Method::GET, "/nowhere", &[("accept-language", "zh-CN")], None)
        .await;
    assert_eq!(zh.header("content-language"), Some("zh-CN"));
    assert!(!zh.json()["detail"].as_str().unwrap().is_ascii());
    let en = owner
        .call(Method::GET, "/nowhere", &[("accept-language", "en")], None)
        .await;
    assert!(en.json()["detail"].as_str().unwrap().is_ascii());
}

async fn the_document_is_sound(engine: Engine) {
    let app = TestApp::start(engine).await;
    let nobody = Program::new(&app, "");
    let document = nobody.get("/openapi.json").await.good();
    assert_eq!(document["openapi"], "3.1.0");
    references(&document, &document);
    let mut ids = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = format!("{method} {path}");
            assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{name}");
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let of_path: BTreeSet<_> = parameters
                .filter(|parameter| parameter["in"] == "path")
                .map(|parameter| format!("{{{}}}", parameter["name"].as_str().unwrap()))
                .collect();
            let expected = path.split('/').filter(|part| part.starts_with('{')).map(str::to_owned);
            assert_eq!(of_path, expected.collect(), "{name}");
            let good = operation["responses"]
                .as_object()
                .unwrap()
                .keys()
                .any(|status| status.starts_with('2'));
            assert!(good && operation["responses"]["default"].is_object(), "{name}");
            // What is described is there, and asks for a key.
            let method = method.to_uppercase().parse().unwrap();
            let answer = nobody
                .call(method, &path.replace(['{', '}'], ""), &[("if-match", "*")], None)
                .await;
            let asks = if operation["security"] == json!([{}]) || operation["security"] == json!([]) {
                200
            } else {
                401
            };
            assert_eq!(answer.status.as_u16(), asks, "{name}");
        }
    }
    insta::assert_snapshot!("admin_api", summary(&document));

    // The pages that show it.
    let user = app.operator(Seat::OWNER, None).await;
    let index = user.page("/admin/api-docs").await;
    for tag in document["tags"].as_array().unwrap() {
        let url = format!("/admin/api-docs/{}", tag["name"].as_str().unwrap());
        assert!(index.body.contains(&format!("\"{url}\"")), "{url}");
        let page = user.page(&url).await;
        assert!(page.body.len() < 300 * 1024, "{url}: {}", page.body.len());
        assert!(
            !page.body.contains("style=") && !page.body.contains("<script>"),
            "{url}"
        );
        for target in page
            .body
            .split("href=\"#")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
        {
            let named = page.body.contains(&format!("id=\"{target}\"")) || target.starts_with("i-");
            assert!(named, "{url}#{target}");
        }
    }
    assert_eq!(user.get("/admin/api-docs/nothing").await.status, 404);
}

/// Every reference leads somewhere.
fn references(document: &Value, part: &Value) {
    if let Some(reference) = part["$ref"].as_str() {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
    match part {
        Value::Object(fields) => fields.values().for_each(|value| references(document, value)),
        Value::Array(items) => items.iter().for_each(|value| references(document, value)),
        _ => {}
    }
}

/// The document in short, so that a change of what programs rely on is seen in review.
fn summary(document: &Value) -> String {
    let mut lines = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let names: Vec<_> = parameters
                .filter(|one| one["in"] != "path")
                .map(|one| one["name"].as_str().unwrap())
                .collect();
            let statuses: BTreeSet<_> = operation["responses"]
                .as_object()
                .unwrap()
                .keys()
                .map(String::as_str)
                .collect();
            let statuses = Vec::from_iter(statuses).join(" ");
            let body = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str();
            let body = body.and_then(|body| body.rsplit('/').next()).unwrap_or("-");
            let (method, path) = (method.to_uppercase(), path.strip_prefix(BASE).unwrap());
            lines.insert(format!("{path} {method} ({}) {body} -> {statuses}", names.join(", ")));
        }
    }
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        let mut fields = BTreeMap::new();
        let parts = schema["allOf"].as_array().into_iter().flatten().chain([schema]);
        for part in parts {
            for field in part["properties"]
                .as_object()
                .into_iter()
                .flat_map(|fields| fields.keys())
            {
                let required = part["required"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .any(|one| one == field);
                fields.insert(field.as_str(), required);
            }
        }
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, must)| format!("{name}{}", if *must { "" } else { "?" }))
            .collect();
        let words: Vec<_> = schema["enum"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        lines.insert(format!("{name}: {}{}", fields.join(", "), words.join(" | ")));
    }
    Vec::from_iter(lines).join("\n")
}
