//! A host with two tenants for the tests of the handlers: a store of fixed rows and a provider that says little.
//! Whole logins are the end-to-end crate's.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, request};
use axum::response::Response;
use hufu_core::clock::{SystemClock, SystemRandom, Timestamp};
use hufu_core::error::StoreError;
use hufu_core::flow::{Engine, Parts, ProviderRegistry, Settings};
use hufu_core::ids::{AttemptId, ClientId, ConnectorId, SubjectId, TenantId};
use hufu_core::model::{
    AccessToken, Attempt, AuditEvent, AuditFilter, Client, ClientKind, ClientSecret, Connector, Identity, SigningKey,
    SnapshotPolicy, Status, Tenant, TenantCode,
};
use hufu_core::oidc::{Scopes, SigningAlgorithm};
use hufu_core::provider::{
    AuthorizationUrl, Callback, Description, FormSchema, ProfilePlan, Provider, ProviderError, ProviderHost,
    ProviderKind, RedirectLogin,
};
use hufu_core::secret::{DerivationKey, Digest256};
use hufu_core::store::{KeySet, KnownIdentity, Result, Saved, Store, TenantStore, UnitOfWork};
use hufu_core::text::{Locale, Text};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::{Config, Gateway};

pub(crate) const CLIENT: &str = "01J0000000000000000000000C";
pub(crate) const CONNECTOR: &str = "01J0000000000000000000000D";
pub(crate) const SECRET: &str = "the client's secret";
pub(crate) const TOKEN: &str = "the-access-token";
const TENANT: &str = "01J0000000000000000000000A";
const PERSON: &str = "01J0000000000000000000000E";

/// How the store behaves.
#[derive(Debug, Default)]
struct State {
    broken: AtomicBool,
    rows_broken: AtomicBool,
    stalled: AtomicBool,
    saves: AtomicUsize,
}

fn gone() -> StoreError {
    StoreError::Unavailable {
        debug: "the disk is gone".to_owned(),
    }
}

#[derive(Clone)]
struct Fixed(Arc<State>);

impl Fixed {
    fn check(&self) -> Result<()> {
        if self.0.rows_broken.load(Ordering::SeqCst) {
            Err(gone())
        } else {
            Ok(())
        }
    }
}

fn tenant(code: &str, status: Status) -> Tenant {
    Tenant {
        id: TENANT.parse().unwrap(),
        code: code.parse().unwrap(),
        name: "云上花店".to_owned(),
        status,
        locale: Locale::ZhCn,
        created_at: Timestamp::default(),
        version: 1,
    }
}

fn client() -> Client {
    Client {
        id: CLIENT.parse().unwrap(),
        tenant_id: TENANT.parse().unwrap(),
        name: "Shop".to_owned(),
        status: Status::Active,
        kind: ClientKind::Confidential,
        redirect_uris: vec!["https://app.example/cb".to_owned()],
        post_logout_redirect_uris: Vec::new(),
        scopes: Scopes::parse("openid profile"),
        secrets: vec![ClientSecret {
            digest: Digest256::of(SECRET),
            created_at: Timestamp::default(),
            expires_at: None,
        }],
        connectors: Vec::new(),
        id_token_alg: SigningAlgorithm::Rs256,
        snapshot_policy: SnapshotPolicy::Refuse,
        created_at: Timestamp::default(),
        version: 1,
    }
}

fn connector() -> Connector {
    Connector {
        id: CONNECTOR.parse().unwrap(),
        tenant_id: TENANT.parse().unwrap(),
        kind: "quiet".to_owned(),
        name: "测试<号>".to_owned(),
        status: Status::Active,
        settings: BTreeMap::new(),
        secrets: BTreeMap::new(),
        created_at: Timestamp::default(),
        version: 1,
    }
}

fn token() -> AccessToken {
    AccessToken {
        digest: Digest256::of(TOKEN),
        tenant_id: TENANT.parse().unwrap(),
        client_id: CLIENT.parse().unwrap(),
        subject_id: PERSON.parse::<SubjectId>().unwrap(),
        attempt_id: "01J0000000000000000000000F".parse::<AttemptId>().unwrap(),
        scopes: Scopes::parse("openid"),
        identity: Identity {
            external_id: "o1".to_owned(),
            union_id: None,
            profile: None,
            transient: false,
            claims: json!({"wechat_openid": "o1"}).as_object().unwrap().clone(),
        },
        expires_at: Timestamp::from_millis(i64::MAX),
    }
}

#[async_trait]
impl Store for Fixed {
    async fn lookup_tenant(&self, code: &TenantCode) -> Result<Option<Arc<Tenant>>> {
        if self.0.stalled.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        self.ping().await?;
        let status = match code.as_str() {
            "acme" => Status::Active,
            "closed" => Status::Disabled,
            _ => return Ok(None),
        };
        Ok(Some(Arc::new(tenant(code.as_str(), status))))
    }
    async fn list_tenants(&self, _: Option<&TenantCode>, _: u64) -> Result<Vec<Tenant>> {
        Ok(Vec::new())
    }
    fn begin(&self, _: TenantId) -> Box<dyn TenantStore> {
        Box::new(self.clone())
    }
    async fn has_verify_file(&self, host: &str, token: &str) -> Result<bool> {
        Ok((host, token) == ("shop.example", "P97WLFQjVODXzc3j"))
    }
    async fn list_overdue_attempts(&self, _: Timestamp, _: u64) -> Result<Vec<Attempt>> {
        Ok(Vec::new())
    }
    async fn purge(&self, _: Timestamp) -> Result<u64> {
        Ok(0)
    }
    async fn ping(&self) -> Result<()> {
        if self.0.broken.load(Ordering::SeqCst) {
            Err(gone())
        } else {
            Ok(())
        }
    }
    async fn close(&self) {}
}

#[async_trait]
impl TenantStore for Fixed {
    fn tenant_id(&self) -> TenantId {
        TENANT.parse().unwrap()
    }
    async fn lookup_client(&self, id: ClientId) -> Result<Option<Arc<Client>>> {
        self.check()?;
        Ok((id.to_string() == CLIENT).then(|| Arc::new(client())))
    }
    async fn list_clients(&self) -> Result<Vec<Client>> {
        Ok(vec![client()])
    }
    async fn lookup_connector(&self, id: ConnectorId) -> Result<Option<Arc<Connector>>> {
        Ok((id.to_string() == CONNECTOR).then(|| Arc::new(connector())))
    }
    async fn list_connectors(&self) -> Result<Arc<Vec<Arc<Connector>>>> {
        Ok(Arc::new(vec![Arc::new(connector())]))
    }
    async fn lookup_keys(&self) -> Result<Arc<KeySet>> {
        Ok(Arc::new(KeySet {
            signers: Vec::new(),
            public: vec![json!({"kid": "k1"})],
        }))
    }
    async fn list_keys(&self) -> Result<Vec<SigningKey>> {
        Ok(Vec::new())
    }
    async fn lookup_attempt_by_state(&self, _: &Digest256) -> Result<Option<Arc<Attempt>>> {
        self.check()?;
        Ok(None)
    }
    async fn lookup_attempt_by_code(&self, _: &Digest256) -> Result<Option<Arc<Attempt>>> {
        Ok(None)
    }
    async fn reload_attempt(&self, _: &Attempt) -> Result<Option<Arc<Attempt>>> {
        Ok(None)
    }
    async fn lookup_identity(&self, _: ConnectorId, _: &str) -> Result<Option<KnownIdentity>> {
        Ok(None)
    }
    async fn lookup_access_token(&self, digest: &Digest256) -> Result<Option<Arc<AccessToken>>> {
        Ok((*digest == Digest256::of(TOKEN)).then(|| Arc::new(token())))
    }
    async fn list_events(&self, _: &AuditFilter, _: u64) -> Result<Vec<AuditEvent>> {
        Ok(Vec::new())
    }
    async fn save(&self, _: UnitOfWork) -> Result<Saved> {
        self.0.saves.fetch_add(1, Ordering::SeqCst);
        Ok(Saved::default())
    }
}

/// Accepts every browser but one called `Desktop`.
struct Quiet;

impl ProviderKind for Quiet {
    fn kind(&self) -> &'static str {
        "quiet"
    }
    fn describe(&self) -> Description {
        Description {
            name: Text::new("安静", "Quiet"),
            summary: Text::new("", ""),
            claims: &["wechat_openid"],
            elsewhere: Some(Text::new(
                "请用微信扫一扫打开此页面",
                "Scan this with WeChat to open the page",
            )),
        }
    }
    fn form(&self) -> FormSchema {
        FormSchema { fields: Vec::new() }
    }
    fn open(&self, _: &Connector, _: &ProviderHost) -> std::result::Result<Arc<dyn Provider>, ProviderError> {
        Ok(Arc::new(Self))
    }
}

impl Provider for Quiet {
    fn redirect_login(&self) -> Option<&dyn RedirectLogin> {
        Some(self)
    }
}

#[async_trait]
impl RedirectLogin for Quiet {
    fn accepts(&self, user_agent: &str) -> bool {
        user_agent != "Desktop"
    }
    fn profile_plan(&self, _: bool) -> ProfilePlan {
        ProfilePlan::Never
    }
    fn authorization_url(&self, request: &AuthorizationUrl<'_>) -> std::result::Result<String, ProviderError> {
        Ok(format!("https://provider.example/?state={}", request.state))
    }
    fn read_callback(&self, _: &[(String, String)]) -> Callback {
        Callback::Denied
    }
    async fn exchange(&self, _: &str, _: bool) -> std::result::Result<Identity, ProviderError> {
        Ok(token().identity)
    }
}

/// The gateway of a host with tenants `acme` and `closed`.
pub(crate) struct Host {
    state: Arc<State>,
    pub(crate) gateway: Gateway,
    router: Router,
}

impl Host {
    pub(crate) fn new() -> Self {
        Self::at("https://login.example.com")
    }

    pub(crate) fn at(public_url: &str) -> Self {
        let state = Arc::new(State::default());
        let host = ProviderHost {
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
        };
        let engine = Arc::new(Engine::new(Parts {
            store: Arc::new(Fixed(Arc::clone(&state))),
            providers: Arc::new(ProviderRegistry::new(vec![Arc::new(Quiet)], host)),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            settings: Settings::new(DerivationKey::new([7; 32])),
        }));
        let config: Config = serde_json::from_value(json!({"public_url": public_url})).unwrap();
        let gateway = Gateway::new(engine, config);
        Self {
            state,
            gateway: gateway.clone(),
            router: gateway.router(),
        }
    }

    /// Nothing can be read from now on.
    pub(crate) fn break_store(&self) {
        self.state.broken.store(true, Ordering::SeqCst);
    }

    /// The tenant is known, from a cache; all else cannot be read.
    pub(crate) fn break_rows(&self) {
        self.state.rows_broken.store(true, Ordering::SeqCst);
    }

    /// The store never answers.
    pub(crate) fn stall_store(&self) {
        self.state.stalled.store(true, Ordering::SeqCst);
    }

    pub(crate) fn saves(&self) -> usize {
        self.state.saves.load(Ordering::SeqCst)
    }

    pub(crate) async fn call(&self, request: Request<Body>) -> Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub(crate) async fn send(&self, method: Method, path: &str) -> Response {
        self.call(request(path).method(method).body(Body::empty()).unwrap())
            .await
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.send(Method::GET, path).await
    }

    pub(crate) async fn form(&self, path: &str, body: String) -> Response {
        let request = request(path)
            .method(Method::POST)
            .header("content-type", "application/x-www-form-urlencoded");
        self.call(request.body(body.into()).unwrap()).await
    }
}

pub(crate) fn request(path: &str) -> request::Builder {
    Request::get(path)
}

pub(crate) async fn html(response: Response) -> String {
    String::from_utf8(to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap()
}

pub(crate) async fn json(response: Response) -> Value {
    serde_json::from_str(&html(response).await).unwrap()
}
