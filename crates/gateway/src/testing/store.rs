//! A store of fixed rows that can be told to fail.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use hufu_core::clock::Timestamp;
use hufu_core::error::StoreError;
use hufu_core::ids::{AttemptId, BrowserSessionId, ClientId, ConnectorId, SubjectId, TenantId};
use hufu_core::model::{
    AccessToken, Attempt, AttemptState, AuditEvent, AuditFilter, Branding, BrowserSession, Client, ClientKind,
    ClientProtocol, ClientSecret, Connector, HostName, Identity, Person, Rights, SessionLogin, SigningKey,
    SnapshotPolicy, Status, Tenant, TenantCode,
};
use hufu_core::oidc::{Scopes, Signer, SigningAlgorithm};
use hufu_core::secret::Digest256;
use hufu_core::store::{
    Change, Counted, Find, FindSession, GrantedIdentity, KeySet, KnownIdentity, RecordFilter, RecordRow, RecordStore,
    Result, Saved, Store, TenantStore, UnitOfWork,
};
use hufu_core::text::Locale;
use serde_json::json;

use crate::brand::Brand;

use super::{CLIENT, CONNECTOR, CONNECTORS, PERSON, SECRET, TENANT, TOKEN};

/// How the store behaves.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) draft: AtomicBool,
    pub(super) rights: Mutex<Rights>,
    pub(super) grant: Mutex<Option<GrantedIdentity>>,
    /// Kinds of the connectors, in the order of [`CONNECTORS`]; none: one of the kind `quiet`.
    pub(super) kinds: Mutex<Vec<&'static str>>,
    /// The client has no secret, and these connectors.
    pub(super) public: Mutex<Option<Vec<ConnectorId>>>,
    pub(super) blocked: AtomicBool,
    pub(super) token_seconds: Mutex<Option<u32>>,
    pub(super) protocol: Mutex<ClientProtocol>,
    /// Scopes of the client; `None`: the usual.
    pub(super) scopes: Mutex<Option<Scopes>>,
    /// Tokens that were given.
    pub(super) tokens: Mutex<Vec<AccessToken>>,
    /// The tenant's keys.
    pub(super) signers: Mutex<Vec<Arc<Signer>>>,
    pub(super) attempts: Mutex<Vec<Attempt>>,
    pub(super) branding: Mutex<Branding>,
    pub(super) records: Mutex<Vec<RecordRow>>,
    pub(super) events: Mutex<Vec<AuditEvent>>,
    pub(super) broken: AtomicBool,
    pub(super) rows_broken: AtomicBool,
    pub(super) stalled: AtomicBool,
    pub(super) saves: AtomicUsize,
}

fn gone() -> StoreError {
    StoreError::Unavailable {
        debug: "the disk is gone".to_owned(),
    }
}

#[derive(Clone)]
pub(super) struct Fixed(pub(super) Arc<State>);

impl Fixed {
    fn check(&self) -> Result<()> {
        if self.0.rows_broken.load(Ordering::SeqCst) {
            Err(gone())
        } else {
            Ok(())
        }
    }

    fn connectors(&self) -> Vec<Arc<Connector>> {
        let first = connector(self.0.draft.load(Ordering::SeqCst));
        let kinds = self.0.kinds.lock().unwrap();
        if kinds.is_empty() {
            return vec![Arc::new(first)];
        }
        let of_kind = |(kind, id): (&&str, &str)| {
            Arc::new(Connector {
                id: id.parse().unwrap(),
                kind: (*kind).to_owned(),
                name: format!("测试<{kind}>"),
                // The engine keeps what it opened by this.
                version: kind.bytes().map(u32::from).sum(),
                ..first.clone()
            })
        };
        kinds.iter().zip(CONNECTORS).map(of_kind).collect()
    }

    fn attempt(&self, fits: impl Fn(&Attempt) -> bool) -> Option<Arc<Attempt>> {
        let attempts = self.0.attempts.lock().unwrap();
        attempts.iter().find(|attempt| fits(attempt)).cloned().map(Arc::new)
    }

    fn save_attempt(&self, mut attempt: Attempt) -> Result<()> {
        let mut attempts = self.0.attempts.lock().unwrap();
        let before = attempts.iter().position(|known| known.id == attempt.id);
        if before.map_or(0, |at| attempts[at].version) + 1 != attempt.version {
            return Err(StoreError::Conflict { what: "attempt" });
        }
        if let AttemptState::Authenticated(proof) = &mut attempt.state {
            proof.subject_id = Some(PERSON.parse().unwrap());
        }
        before.map(|at| attempts.remove(at));
        attempts.push(attempt);
        Ok(())
    }

    /// The record's version over the one before it, as a store does it.
    fn save_record(&self, row: &RecordRow) -> Result<()> {
        let mut rows = self.0.records.lock().unwrap();
        let before = rows
            .iter()
            .position(|known| known.kind == row.kind && known.id == row.id);
        if before.map_or(0, |at| rows[at].version) + 1 != row.version {
            return Err(StoreError::Conflict { what: row.kind });
        }
        before.map(|at| rows.remove(at));
        rows.push(row.clone());
        Ok(())
    }
}

/// The brand of a tenant of this name.
pub(crate) fn named(name: &str) -> Brand {
    let tenant = Tenant {
        name: name.to_owned(),
        ..tenant("acme", Status::Active)
    };
    Brand::of(&tenant, "/t/acme")
}

/// A tenant of the host: `acme`, or another that is called the same.
pub(crate) fn tenant(code: &str, status: Status) -> Tenant {
    Tenant {
        id: TENANT.parse().unwrap(),
        code: code.parse().unwrap(),
        name: "云上花店".to_owned(),
        status,
        locale: Locale::ZhCn,
        agency_id: None,
        branding: Branding::default(),
        audit_days: None,
        host: None,
        pairwise_salt: "salt".to_owned(),
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
        scopes: Scopes::parse("openid profile wechat"),
        secrets: vec![ClientSecret {
            digest: Digest256::of(SECRET),
            created_at: Timestamp::default(),
            expires_at: None,
            hint: "cret".to_owned(),
        }],
        connectors: Vec::new(),
        id_token_alg: SigningAlgorithm::Rs256,
        snapshot_policy: SnapshotPolicy::Refuse,
        token_seconds: None,
        rights: Rights::default(),
        protocol: ClientProtocol::default(),
        created_at: Timestamp::default(),
        version: 1,
    }
}

fn connector(draft: bool) -> Connector {
    Connector {
        id: CONNECTOR.parse().unwrap(),
        tenant_id: TENANT.parse().unwrap(),
        kind: "quiet".to_owned(),
        name: "测试<号>".to_owned(),
        status: if draft { Status::Draft } else { Status::Active },
        settings: BTreeMap::new(),
        secrets: BTreeMap::new(),
        secrets_at: Timestamp::default(),
        created_at: Timestamp::default(),
        version: 1,
    }
}

pub(super) fn token() -> AccessToken {
    AccessToken {
        digest: Digest256::of(TOKEN),
        tenant_id: TENANT.parse().unwrap(),
        client_id: CLIENT.parse().unwrap(),
        person: Some(Person {
            subject_id: PERSON.parse::<SubjectId>().unwrap(),
            previous_subjects: Vec::new(),
            connector_id: CONNECTOR.parse().unwrap(),
            identity: Identity {
                external_id: "o1".to_owned(),
                union_id: None,
                profile: None,
                transient: false,
                claims: json!({"wechat_openid": "o1"}).as_object().unwrap().clone(),
            },
            session_id: None,
            auth_time: Timestamp::default(),
        }),
        attempt_id: "01J0000000000000000000000F".parse::<AttemptId>().unwrap(),
        scopes: Scopes::parse("openid wechat"),
        claims: None,
        dpop_jkt: None,
        issued_at: Timestamp::default(),
        expires_at: Timestamp::from_millis(i64::MAX),
    }
}

pub(super) fn identity_of_token() -> Identity {
    token().person.unwrap().identity
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
        let mut tenant = tenant(code.as_str(), status);
        tenant.branding = self.0.branding.lock().unwrap().clone();
        Ok(Some(Arc::new(tenant)))
    }
    async fn lookup_tenant_by_host(&self, host: &HostName) -> Result<Option<Arc<Tenant>>> {
        self.ping().await?;
        Ok((host.as_str() == "login.shop.example").then(|| Arc::new(tenant("acme", Status::Active))))
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
    async fn lookup_tenant_of_client(&self, id: ClientId) -> Result<Option<Arc<Tenant>>> {
        Ok((id.to_string() == CLIENT).then(|| Arc::new(tenant("acme", Status::Active))))
    }
    async fn list_overdue_attempts(&self, _: Timestamp, _: u64) -> Result<Vec<Attempt>> {
        Ok(Vec::new())
    }
    async fn purge(&self, _: Timestamp, _: Timestamp) -> Result<u64> {
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
        let mut client = Client {
            token_seconds: *self.0.token_seconds.lock().unwrap(),
            rights: self.0.rights.lock().unwrap().clone(),
            protocol: self.0.protocol.lock().unwrap().clone(),
            ..client()
        };
        if let Some(scopes) = self.0.scopes.lock().unwrap().clone() {
            client.scopes = scopes;
        }
        if let Some(connectors) = self.0.public.lock().unwrap().clone() {
            client.kind = ClientKind::Public;
            client.connectors = connectors;
        }
        Ok((id.to_string() == CLIENT).then(|| Arc::new(client)))
    }
    async fn list_clients(&self) -> Result<Vec<Client>> {
        Ok(vec![client()])
    }
    async fn lookup_connector(&self, id: ConnectorId) -> Result<Option<Arc<Connector>>> {
        Ok(self.connectors().into_iter().find(|connector| connector.id == id))
    }
    async fn list_connectors(&self) -> Result<Arc<Vec<Arc<Connector>>>> {
        Ok(Arc::new(self.connectors()))
    }
    async fn lookup_keys(&self) -> Result<Arc<KeySet>> {
        Ok(Arc::new(KeySet {
            signers: self.0.signers.lock().unwrap().clone(),
            public: vec![json!({"kid": "k1"})],
        }))
    }
    async fn list_keys(&self) -> Result<Vec<SigningKey>> {
        Ok(Vec::new())
    }
    async fn lookup_attempt_by_state(&self, state: &Digest256) -> Result<Option<Arc<Attempt>>> {
        self.check()?;
        Ok(self.attempt(|attempt| attempt.state_digest == Some(*state)))
    }
    async fn lookup_attempt_by_code(&self, code: &Digest256) -> Result<Option<Arc<Attempt>>> {
        Ok(self.attempt(|attempt| attempt.code_digest == Some(*code)))
    }
    async fn reload_attempt(&self, attempt: &Attempt) -> Result<Option<Arc<Attempt>>> {
        Ok(self.attempt(|known| known.id == attempt.id))
    }
    async fn lookup_grant(&self, _: ConnectorId, subject: SubjectId) -> Result<Option<GrantedIdentity>> {
        let grant = self.0.grant.lock().unwrap().clone();
        Ok(grant.filter(|granted| granted.known.subject_id == subject))
    }
    async fn lookup_session(&self, _: FindSession<'_>) -> Result<Option<BrowserSession>> {
        Ok(None)
    }
    async fn list_sessions(&self, _: SubjectId, _: u64) -> Result<Vec<BrowserSession>> {
        Ok(Vec::new())
    }
    async fn list_session_logins(&self, _: BrowserSessionId) -> Result<Vec<SessionLogin>> {
        Ok(Vec::new())
    }
    async fn list_counters(&self, _: ConnectorId, _: u32) -> Result<Vec<Counted>> {
        Ok(Vec::new())
    }
    async fn lookup_identity(&self, _: ConnectorId, _: &str) -> Result<Option<KnownIdentity>> {
        Ok(None)
    }
    async fn lookup_access_token(&self, digest: &Digest256) -> Result<Option<Arc<AccessToken>>> {
        let given = self.0.tokens.lock().unwrap();
        let given = given.iter().find(|token| token.digest == *digest).cloned();
        let known = (*digest == Digest256::of(TOKEN)).then(token);
        Ok(given.or(known).map(Arc::new))
    }
    async fn list_events(&self, _: &AuditFilter, _: u64) -> Result<Vec<AuditEvent>> {
        Ok(Vec::new())
    }
    async fn save(&self, unit: UnitOfWork) -> Result<Saved> {
        self.0.saves.fetch_add(1, Ordering::SeqCst);
        assert!(!unit.is_mixed());
        let of_person = |change: &Change| matches!(change, Change::Identity(_) | Change::AccessToken(_));
        if self.0.blocked.load(Ordering::SeqCst) && unit.changes().iter().any(of_person) {
            return Err(StoreError::Blocked);
        }
        let mut saved = Saved::default();
        for change in unit.into_changes() {
            match change {
                Change::Attempt(attempt) => self.save_attempt(*attempt)?,
                Change::Record(row) => self.save_record(&row)?,
                Change::AccessToken(token) => self.0.tokens.lock().unwrap().push(*token),
                Change::RevokeAccessTokens(attempt) => {
                    let mut tokens = self.0.tokens.lock().unwrap();
                    tokens.retain(|token| token.attempt_id != attempt);
                }
                Change::DeleteRecord { kind, id } => {
                    let mut rows = self.0.records.lock().unwrap();
                    rows.retain(|row| row.kind != kind || row.id != id);
                }
                Change::Event(event) => self.0.events.lock().unwrap().push(*event),
                Change::Identity(seen) => {
                    saved.subject_id = Some(PERSON.parse().unwrap());
                    if let Some(granted) = self.0.grant.lock().unwrap().as_mut() {
                        granted.known.identity = seen.identity;
                        granted.grant = seen.grant;
                    }
                }
                _ => {}
            }
        }
        Ok(saved)
    }
}

#[async_trait]
impl RecordStore for Fixed {
    async fn lookup_record(&self, kind: &'static str, find: Find<'_>) -> Result<Option<RecordRow>> {
        self.check()?;
        let fits = |row: &RecordRow| match find {
            Find::Id(id) => row.id == id,
            Find::Key(key) => row.key.as_deref() == Some(key),
        };
        let rows = self.0.records.lock().unwrap();
        Ok(rows.iter().find(|row| row.kind == kind && fits(row)).cloned())
    }
    async fn list_records(&self, _: &'static str, _: &RecordFilter, _: u64) -> Result<Vec<RecordRow>> {
        Ok(Vec::new())
    }
    async fn count_records(&self, _: &'static str) -> Result<u64> {
        Ok(0)
    }
}
