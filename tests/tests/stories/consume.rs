//! What apps get of an account beside logins, and who does not.

use std::collections::BTreeSet;

use hufu_core::ids::ConnectorId;
use hufu_core::manage::{ClientEdit, ClientExtras, NewClient};
use hufu_core::model::{AuditFilter, Client, ClientKind, Right, Rights, SnapshotPolicy, Status, TenantCode};
use hufu_core::oidc::SigningAlgorithm;
use hufu_core::secret::ExposeSecret as _;
use hufu_tests::{Engine, TestApp, TestTenant};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;

/// An app with its secret.
pub(crate) struct Consumer {
    pub(crate) client: Client,
    pub(crate) secret: String,
}

/// Adds an app that has these rights.
pub(crate) async fn consumer(app: &TestApp, tenant: &TenantCode, rights: &[Right]) -> Consumer {
    let new = NewClient {
        name: "内容系统".to_owned(),
        kind: ClientKind::Confidential,
        redirect_uris: vec!["https://cms.example/cb".to_owned()],
        post_logout_redirect_uris: Vec::new(),
        scopes: Vec::new(),
        connectors: Vec::new(),
        id_token_alg: SigningAlgorithm::Rs256,
        snapshot_policy: SnapshotPolicy::Refuse,
    };
    let extras = ClientExtras {
        rights: Rights {
            granted: BTreeSet::from_iter(rights.iter().copied()),
            ..Rights::default()
        },
        ..ClientExtras::default()
    };
    let (client, secret) = app.manager().add_client_with(tenant, new, extras).await.unwrap();
    let secret = secret.unwrap().expose_secret().to_owned();
    Consumer { client, secret }
}

/// A request to one of the account's endpoints, proved by nobody yet.
pub(crate) fn request(
    app: &TestApp,
    method: Method,
    tenant: &str,
    connector: ConnectorId,
    what: &str,
) -> RequestBuilder {
    let url = format!("{}/t/{tenant}/wechat/{connector}/{what}", app.url);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    http.request(method, url)
}

impl Consumer {
    pub(crate) async fn get(&self, app: &TestApp, tenant: &TestTenant, what: &str) -> (StatusCode, Value) {
        let request = request(app, Method::GET, tenant.tenant.code.as_str(), tenant.connector.id, what);
        answer(self.proved(request)).await
    }

    pub(crate) fn proved(&self, request: RequestBuilder) -> RequestBuilder {
        request.basic_auth(self.client.id, Some(&self.secret))
    }
}

/// Sends it; what answers is JSON that nobody keeps.
pub(crate) async fn answer(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["cache-control"], "no-store");
    (response.status(), response.json().await.unwrap())
}

fn refused(answer: &(StatusCode, Value), status: u16, error: &str) {
    assert_eq!(
        (answer.0.as_u16(), answer.1["error"].as_str()),
        (status, Some(error)),
        "{}",
        answer.1
    );
    assert!(answer.1["request_id"].is_string() && answer.1["error_description"].is_string());
}

async fn change(app: &TestApp, tenant: &TestTenant, client: &Client, rights: Rights, connectors: Vec<ConnectorId>) {
    let edit = ClientEdit {
        rights,
        connectors,
        ..ClientEdit::from(client)
    };
    let code = &tenant.tenant.code;
    app.manager().change_client(code, client.id, edit, None).await.unwrap();
}

pub(crate) async fn who_may_not_read(engine: Engine) {
    const TOKEN: &str = "access_token";
    let app = TestApp::start(engine).await;
    let (acme, other) = (app.tenant("acme").await, app.tenant("other").await);
    let code = &acme.tenant.code;
    let cms = consumer(&app, code, &[Right::Token]).await;

    // Nobody, a wrong secret, another tenant's app: all the same answer.
    let plain = || request(&app, Method::GET, "acme", acme.connector.id, TOKEN);
    refused(&answer(plain()).await, 401, "invalid_client");
    refused(
        &answer(plain().basic_auth(cms.client.id, Some("wrong"))).await,
        401,
        "invalid_client",
    );
    let stranger = consumer(&app, &other.tenant.code, &[Right::Token]).await;
    refused(&answer(stranger.proved(plain())).await, 401, "invalid_client");
    let query = plain().query(&[
        ("client_id", cms.client.id.to_string()),
        ("client_secret", cms.secret.clone()),
    ]);
    refused(&answer(query).await, 401, "invalid_client");

    // Another tenant's account is none of this one.
    let foreign = request(&app, Method::GET, "acme", other.connector.id, TOKEN);
    refused(&answer(cms.proved(foreign)).await, 404, "connector_unknown");

    // Without the right; and with it, but from elsewhere, or for another account.
    let poor = consumer(&app, code, &[Right::SignPages]).await;
    let answered = poor.get(&app, &acme, TOKEN).await;
    refused(&answered, 403, "insufficient_scope");
    assert_eq!(answered.1["scope"], "wechat.token");
    let rights = |networks: &[&str]| Rights {
        granted: BTreeSet::from([Right::Token]),
        networks: networks.iter().map(|text| (*text).to_owned()).collect(),
        ..Rights::default()
    };
    change(
        &app,
        &acme,
        &cms.client,
        rights(&["10.0.0.0/8", "2001:db8::/32"]),
        Vec::new(),
    )
    .await;
    refused(&cms.get(&app, &acme, TOKEN).await, 403, "unauthorized_client");
    let (_, second) = app.connector(code, &[]).await;
    change(&app, &acme, &cms.client, rights(&["127.0.0.0/8"]), vec![second.id]).await;
    refused(&cms.get(&app, &acme, TOKEN).await, 403, "unauthorized_client");
    change(&app, &acme, &cms.client, rights(&["127.0.0.0/8"]), Vec::new()).await;
    let allowed = cms.get(&app, &acme, TOKEN).await;
    assert_ne!(allowed.0, 403, "{}", allowed.1);

    // Said in the asker's language.
    let chinese = answer(plain().header("accept-language", "zh-CN")).await;
    assert!(chinese.1["error_description"].as_str().unwrap().contains("认证失败"));

    // A public app proves nothing, and can be granted nothing.
    let (public, _) = app.client(code, ClientKind::Public).await;
    let named = request(&app, Method::POST, "acme", acme.connector.id, TOKEN);
    let named = named.form(&[("client_id", public.id.to_string()), ("dead_token", "x".to_owned())]);
    refused(&answer(named).await, 403, "unauthorized_client");
    let edit = ClientEdit {
        rights: rights(&[]),
        ..ClientEdit::from(&public)
    };
    let error = app
        .manager()
        .change_client(code, public.id, edit, None)
        .await
        .unwrap_err();
    assert_eq!(error.code(), "public_client_rights");

    // Disabled: the account, the app, the tenant.
    let manager = app.manager();
    manager
        .set_connector_status(code, acme.connector.id, Status::Disabled)
        .await
        .unwrap();
    refused(&cms.get(&app, &acme, TOKEN).await, 403, "connector_disabled");
    manager
        .set_client_status(code, cms.client.id, Status::Disabled)
        .await
        .unwrap();
    refused(&cms.get(&app, &acme, TOKEN).await, 401, "invalid_client");
    manager.set_tenant_status(code, Status::Disabled).await.unwrap();
    assert_eq!(cms.get(&app, &acme, TOKEN).await.0, 404);

    // What was refused is no event: an app with an old configuration would write for ever.
    let store = app.hufu.engine.store().begin(acme.tenant.id);
    let events = store.list_events(&AuditFilter::default(), 500).await.unwrap();
    assert!(
        events
            .iter()
            .all(|event| event.action.as_str() != "server_token.refresh")
    );
}
