//! One tenant's view: [`TenantStore`] on a database.

use std::sync::Arc;

use async_trait::async_trait;
use hufu_core::ids::{BrowserSessionId, ClientId, ConnectorId, SubjectId, TenantId};
use hufu_core::model::{
    AccessToken, Attempt, AuditEvent, AuditFilter, BrowserSession, Client, Connector, SessionLogin, SigningKey,
};
use hufu_core::secret::Digest256;
use hufu_core::store::{
    Counted, FindSession, GrantedIdentity, KeySet, KnownIdentity, Result, Saved, TenantStore, UnitOfWork,
};

use crate::attempts::By;
use crate::cache::read_through;
use crate::database::Shared;
use crate::error::inconsistent;
use crate::{access_tokens, attempts, clients, connectors, counters, events, identities, keys, sessions};

/// Every query of it names the tenant.
#[derive(Debug)]
pub(crate) struct TenantView {
    shared: Arc<Shared>,
    tenant: TenantId,
}

impl TenantView {
    pub(crate) fn new(shared: Arc<Shared>, tenant: TenantId) -> Self {
        Self { shared, tenant }
    }

    async fn attempt(&self, by: By<'_>) -> Result<Option<Arc<Attempt>>> {
        let found = self
            .shared
            .read(attempts::lookup(self.shared.reader(), self.tenant, by))
            .await?;
        Ok(found.map(Arc::new))
    }

    /// Digests are unique over all tenants, so a cached thing may be another tenant's.
    fn is_mine(&self, tenant: TenantId) -> bool {
        tenant == self.tenant
    }
}

#[async_trait]
impl TenantStore for TenantView {
    fn tenant_id(&self) -> TenantId {
        self.tenant
    }

    async fn lookup_client(&self, id: ClientId) -> Result<Option<Arc<Client>>> {
        let shelves = self.shared.caches.configuration();
        let load = self.shared.read(clients::by_id(self.shared.reader(), self.tenant, id));
        read_through(&shelves.clients, (self.tenant, id), load).await
    }

    async fn list_clients(&self) -> Result<Vec<Client>> {
        self.shared.read(clients::list(self.shared.reader(), self.tenant)).await
    }

    async fn lookup_connector(&self, id: ConnectorId) -> Result<Option<Arc<Connector>>> {
        let shelves = self.shared.caches.configuration();
        let load = connectors::by_id(self.shared.reader(), &self.shared.sealer, self.tenant, id);
        read_through(&shelves.connectors, (self.tenant, id), self.shared.read(load)).await
    }

    async fn list_connectors(&self) -> Result<Arc<Vec<Arc<Connector>>>> {
        let shelves = self.shared.caches.configuration();
        let load = async {
            let list = connectors::list(self.shared.reader(), &self.shared.sealer, self.tenant);
            Ok(Some(self.shared.read(list).await?.into_iter().map(Arc::new).collect()))
        };
        Ok(read_through(&shelves.lists, self.tenant, load)
            .await?
            .unwrap_or_default())
    }

    async fn lookup_keys(&self) -> Result<Arc<KeySet>> {
        let shelves = self.shared.caches.configuration();
        let load = async { keys::key_set(&self.list_keys().await?).map(Some) };
        let found = read_through(&shelves.keys, self.tenant, load).await?;
        found.ok_or_else(|| inconsistent("a key set that is neither empty nor full"))
    }

    async fn list_keys(&self) -> Result<Vec<SigningKey>> {
        self.shared
            .read(keys::list(self.shared.reader(), &self.shared.sealer, self.tenant))
            .await
    }

    async fn lookup_attempt_by_state(&self, state: &Digest256) -> Result<Option<Arc<Attempt>>> {
        match self.shared.caches.attempt_by_state(state).await {
            Some(attempt) => Ok(Some(attempt).filter(|attempt| self.is_mine(attempt.tenant_id))),
            None => self.attempt(By::State(state)).await,
        }
    }

    async fn lookup_attempt_by_code(&self, code: &Digest256) -> Result<Option<Arc<Attempt>>> {
        match self.shared.caches.attempt_by_code(code).await {
            Some(attempt) => Ok(Some(attempt).filter(|attempt| self.is_mine(attempt.tenant_id))),
            None => self.attempt(By::Code(code)).await,
        }
    }

    async fn reload_attempt(&self, attempt: &Attempt) -> Result<Option<Arc<Attempt>>> {
        let found = self.attempt(By::Id(attempt.id)).await?;
        if let Some(found) = &found {
            self.shared.caches.keep_attempt(found.clone()).await;
        }
        Ok(found)
    }

    async fn lookup_identity(&self, connector: ConnectorId, external_id: &str) -> Result<Option<KnownIdentity>> {
        self.shared
            .read(identities::lookup(
                self.shared.reader(),
                self.tenant,
                connector,
                external_id,
            ))
            .await
    }

    async fn lookup_grant(&self, connector: ConnectorId, subject: SubjectId) -> Result<Option<GrantedIdentity>> {
        let (reader, sealer) = (self.shared.reader(), &self.shared.sealer);
        self.shared
            .read(identities::lookup_grant(
                reader,
                sealer,
                self.tenant,
                connector,
                subject,
            ))
            .await
    }

    async fn lookup_session(&self, find: FindSession<'_>) -> Result<Option<BrowserSession>> {
        let by = match find {
            FindSession::Cookie(digest) => sessions::By::Cookie(digest),
            FindSession::Id(id) => sessions::By::Id(id),
        };
        let found = sessions::find(self.shared.reader(), self.tenant, by, 1);
        Ok(self.shared.read(found).await?.pop())
    }

    async fn list_sessions(&self, subject: SubjectId, limit: u64) -> Result<Vec<BrowserSession>> {
        let by = sessions::By::Person(subject);
        self.shared
            .read(sessions::find(self.shared.reader(), self.tenant, by, limit))
            .await
    }

    async fn list_session_logins(&self, id: BrowserSessionId) -> Result<Vec<SessionLogin>> {
        self.shared
            .read(sessions::logins(self.shared.reader(), self.tenant, id))
            .await
    }

    async fn list_counters(&self, connector: ConnectorId, since: u32) -> Result<Vec<Counted>> {
        self.shared
            .read(counters::list(self.shared.reader(), self.tenant, connector, since))
            .await
    }

    async fn lookup_access_token(&self, digest: &Digest256) -> Result<Option<Arc<AccessToken>>> {
        if let Some(token) = self.shared.caches.token(digest).await {
            return Ok(Some(token).filter(|token| self.is_mine(token.tenant_id)));
        }
        let found = self
            .shared
            .read(access_tokens::lookup(self.shared.reader(), self.tenant, digest))
            .await?;
        Ok(found.map(Arc::new))
    }

    async fn list_events(&self, filter: &AuditFilter, limit: u64) -> Result<Vec<AuditEvent>> {
        self.shared
            .read(events::list(
                self.shared.reader(),
                events::of_tenant(self.tenant, filter),
                filter,
                limit,
            ))
            .await
    }

    async fn save(&self, unit: UnitOfWork) -> Result<Saved> {
        if unit.tenant_id() != self.tenant {
            return Err(inconsistent("a unit of work of another tenant"));
        }
        self.shared.save(unit).await
    }
}
