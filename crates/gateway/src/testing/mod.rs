//! A host with two tenants for the tests of the handlers: a store of fixed rows and a provider that says little.
//! Whole logins are the end-to-end crate's.

pub(crate) mod provider;
pub(crate) mod store;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, request};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hufu_core::clock::{Clock as _, SystemClock, SystemRandom, Timestamp};
use hufu_core::flow::{Engine, Parts, ProviderRegistry, Settings};
use hufu_core::ids::{KeyId, TrialId};
use hufu_core::model::{
    AuditEvent, Branding, ClientProtocol, NewTrial, Right, Rights, Scan, Status, Trial, TrialResult,
};
use hufu_core::oidc::{PrivateKey, Scopes, Signer, SigningAlgorithm};
use hufu_core::provider::{MemoryMeter, MemoryTokens, Meter, ProviderHost, Push, PushEvent};
use hufu_core::secret::{DerivationKey, Digest256};
use hufu_core::store::{GrantedIdentity, RecordRow, TenantStore as _};
use hufu_web::host::own_hosts;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use self::provider::kinds;
use self::store::{Fixed, State};
use crate::{Config, Gateway};

pub(crate) const CLIENT: &str = "01J0000000000000000000000C";
pub(crate) const CONNECTOR: &str = "01J0000000000000000000000D";
/// Ids of the host's connectors, when it has several.
pub(crate) const CONNECTORS: [&str; 3] = [CONNECTOR, "01J0000000000000000000000G", "01J0000000000000000000000H"];
pub(crate) const SECRET: &str = "the client's secret";
pub(crate) const TOKEN: &str = "the-access-token";
pub(crate) const REVOKE: &str = "/t/acme/oauth2/revoke";
pub(crate) const INTROSPECT: &str = "/t/acme/oauth2/introspect";
const TENANT: &str = "01J0000000000000000000000A";
pub(crate) const PERSON: &str = "01J0000000000000000000000E";

/// The gateway of a host with tenants `acme` and `closed`.
pub(crate) struct Host {
    state: Arc<State>,
    meter: Arc<MemoryMeter>,
    pub(crate) gateway: Gateway,
    router: Router,
}

impl Host {
    pub(crate) fn new() -> Self {
        Self::at("https://login.example.com")
    }

    pub(crate) fn at(public_url: &str) -> Self {
        Self::of(json!({"public_url": public_url}))
    }

    /// With these proxies in front.
    pub(crate) fn behind(proxies: &str) -> Self {
        Self::of(json!({"public_url": "https://login.example.com", "trusted_proxies": [proxies]}))
    }

    fn of(config: Value) -> Self {
        let state = Arc::new(State::default());
        let meter = Arc::new(MemoryMeter::default());
        let host = ProviderHost {
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            tokens: Arc::new(MemoryTokens::new(Arc::new(SystemClock))),
            meter: Arc::clone(&meter) as Arc<dyn Meter>,
        };
        let engine = Arc::new(Engine::new(Parts {
            store: Arc::new(Fixed(Arc::clone(&state))),
            records: Arc::new(Fixed(Arc::clone(&state))),
            providers: Arc::new(ProviderRegistry::new(kinds(), host)),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            settings: Settings::new(DerivationKey::new([7; 32])),
        }));
        let config: Config = serde_json::from_value(config).unwrap();
        let gateway = Gateway::new(engine, config);
        Self {
            state,
            meter,
            gateway: gateway.clone(),
            router: own_hosts(gateway.site().clone(), gateway.router()),
        }
    }

    /// The same with these limits.
    pub(crate) fn limited(self, limits: hufu_web::limits::Limits) -> Self {
        let gateway = self.gateway.limited(limits);
        Self {
            router: gateway.clone().router(),
            gateway,
            ..self
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

    /// Test logins alone know the connector from now on.
    pub(crate) fn draft_connector(&self) {
        self.state.draft.store(true, Ordering::SeqCst);
    }

    /// The host has connectors of these kinds from now on; see [`provider::kinds`].
    pub(crate) fn connectors(&self, kinds: &[&'static str]) {
        *self.state.kinds.lock().unwrap() = kinds.to_vec();
    }

    /// The client has no secret from now on, and may use these connectors; none: all.
    pub(crate) fn public_client(&self, connectors: &[&str]) {
        let connectors = connectors.iter().map(|id| id.parse().unwrap()).collect();
        *self.state.public.lock().unwrap() = Some(connectors);
    }

    /// Asks as this browser.
    pub(crate) async fn get_as(&self, user_agent: &str, path: &str) -> Response {
        let asked = request(path).header("user-agent", user_agent);
        self.call(asked.body(Body::empty()).unwrap()).await
    }

    /// Somebody scans the QR code of this scene; what the account answers them.
    pub(crate) async fn scan(&self, kind: &str, person: &str, scene: &str) -> Option<String> {
        let store = Fixed(Arc::clone(&self.state));
        let connectors = store.list_connectors().await.unwrap();
        let connector = connectors.iter().find(|connector| connector.kind == kind).unwrap();
        let push = Push {
            key: "k".to_owned(),
            from: person.to_owned(),
            to: "gh_1".to_owned(),
            at: SystemClock.now(),
            event: PushEvent::Scanned {
                scene: scene.to_owned(),
            },
            body: String::new(),
            content_type: "text/xml",
            sealed: false,
            by_key_before: false,
        };
        let tenant = store::tenant("acme", Status::Active);
        let engine = &self.gateway.site().engine;
        engine.scanned(&tenant, connector, &push, scene).await.unwrap()
    }

    /// The only scan there is.
    pub(crate) fn the_scan(&self) -> Scan {
        let rows = self.state.records.lock().unwrap();
        let found: Vec<_> = rows.iter().filter(|row| row.kind == "scan").collect();
        assert_eq!(found.len(), 1);
        found[0].read().unwrap()
    }

    /// Its QR code could be scanned until now, and no longer.
    pub(crate) fn end_scan(&self) {
        let scan = Scan {
            scannable_until: SystemClock.now(),
            ..self.the_scan()
        };
        let mut rows = self.state.records.lock().unwrap();
        rows.retain(|row| row.kind != "scan");
        rows.push(RecordRow::of(&scan).unwrap());
    }

    /// The person is disabled from now on.
    pub(crate) fn block_person(&self) {
        self.state.blocked.store(true, Ordering::SeqCst);
    }

    /// The client may do this from now on.
    pub(crate) fn grant_rights(&self, rights: Rights) {
        *self.state.rights.lock().unwrap() = rights;
    }

    /// The client is allowed this of the protocol from now on.
    pub(crate) fn protocol(&self, protocol: ClientProtocol) {
        *self.state.protocol.lock().unwrap() = protocol;
    }

    /// The client may have these scopes from now on.
    pub(crate) fn scopes(&self, scopes: &str) {
        *self.state.scopes.lock().unwrap() = Some(Scopes::parse(scopes));
    }

    /// The tenant has a key of this algorithm from now on.
    pub(crate) fn signs_with(&self, algorithm: SigningAlgorithm) {
        let key = PrivateKey::generate(algorithm).unwrap();
        let signer = Signer::new(KeyId::generate(&SystemClock, &SystemRandom), &key).unwrap();
        self.state.signers.lock().unwrap().push(Arc::new(signer));
    }

    /// The client has no secret from now on.
    pub(crate) fn make_client_public(&self) {
        self.public_client(&[]);
    }

    /// The person is known with this grant from now on.
    pub(crate) fn know_person(&self, granted: GrantedIdentity) {
        *self.state.grant.lock().unwrap() = Some(granted);
    }

    /// The person as they are known now.
    pub(crate) fn person(&self) -> GrantedIdentity {
        self.state.grant.lock().unwrap().clone().unwrap()
    }

    /// How often something was counted at the connector.
    pub(crate) fn counted(&self, name: &str) -> u64 {
        self.meter.of(CONNECTOR.parse().unwrap(), name)
    }

    /// Life of the client's tokens from now on.
    pub(crate) fn token_seconds(&self, seconds: u32) {
        *self.state.token_seconds.lock().unwrap() = Some(seconds);
    }

    /// Opens what sends to the provider; its state and the cookie.
    pub(crate) async fn sent(&self, path: &str) -> (String, String) {
        let response = self.get(path).await;
        assert_eq!(response.status(), 303);
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        let state = header("location").split_once("state=").unwrap().1.to_owned();
        (state, header("set-cookie").split(';').next().unwrap().to_owned())
    }

    /// Comes back from the provider.
    pub(crate) async fn back(&self, query: &str, cookie: &str) -> Response {
        let path = format!("/t/acme/callback/{CONNECTOR}?{query}");
        let asked = request(&path).header("cookie", cookie).header("accept-language", "en");
        self.call(asked.body(Body::empty()).unwrap()).await
    }

    /// The tenants' pages look so from now on.
    pub(crate) fn brand(&self, branding: Branding) {
        *self.state.branding.lock().unwrap() = branding;
    }

    /// Keeps a test login of the connector with this ticket, begun at `at`.
    pub(crate) fn begin_trial(&self, ticket: &str, at: Timestamp) {
        let trial = Trial::begin(NewTrial {
            id: TrialId::generate(&SystemClock, &SystemRandom),
            tenant_id: TENANT.parse().unwrap(),
            connector_id: CONNECTOR.parse().unwrap(),
            ticket: Digest256::of(ticket),
            created_by: "operator:zhang".to_owned(),
            at,
        });
        self.state.records.lock().unwrap().push(RecordRow::of(&trial).unwrap());
    }

    /// Another instance ends the test login kept last.
    pub(crate) fn end_trial(&self) {
        let result = TrialResult {
            identity: None,
            problem: None,
            warnings: Vec::new(),
            upstream_ms: 1,
        };
        let done = self.trial().done(result, "identified", SystemClock.now()).unwrap();
        *self.state.records.lock().unwrap() = vec![RecordRow::of(&done).unwrap()];
    }

    /// The test login kept last.
    pub(crate) fn trial(&self) -> Trial {
        self.state.records.lock().unwrap().last().unwrap().read().unwrap()
    }

    /// Audit events so far.
    pub(crate) fn events(&self) -> Vec<AuditEvent> {
        self.state.events.lock().unwrap().clone()
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

/// Asks with the client's secret.
pub(crate) async fn asked(host: &Host, path: &str, form: &str) -> Response {
    let pair = STANDARD.encode(format!("{CLIENT}:{SECRET}"));
    let request = Request::post(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("authorization", format!("Basic {pair}"));
    host.call(request.body(form.to_owned().into()).unwrap()).await
}

/// A token that the client has for itself.
pub(crate) async fn client_token(host: &Host) -> String {
    host.protocol(ClientProtocol {
        client_credentials: true,
        ..ClientProtocol::default()
    });
    host.grant_rights(Rights {
        granted: BTreeSet::from([Right::Token]),
        ..Rights::default()
    });
    let answer = asked(host, "/t/acme/oauth2/token", "grant_type=client_credentials").await;
    json(answer).await["access_token"].as_str().unwrap().to_owned()
}
