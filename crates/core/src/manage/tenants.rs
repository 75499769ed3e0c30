//! Tenants and their ownership files.

use serde_json::json;

use super::{ManageError, Manager, Result, checked_name};
use crate::ids::{KeyId, TenantId};
use crate::model::{Action, Branding, KeyState, SigningKey, Status, Tenant, TenantCode, VerifyFile};
use crate::oidc::{PrivateKey, Signer, SigningAlgorithm};
use crate::store::Change;
use crate::text::Locale;

impl Manager {
    /// Adds a tenant with an RS256 and an ES256 key, both active.
    ///
    /// # Errors
    /// [`ManageError::Duplicate`] when the code is taken.
    pub async fn add_tenant(&self, code: TenantCode, name: &str, locale: Locale) -> Result<Tenant> {
        let tenant = Tenant {
            id: TenantId::generate(&*self.clock, &*self.random),
            code,
            name: checked_name(name)?,
            status: Status::Active,
            locale,
            agency_id: None,
            branding: Branding::default(),
            audit_days: None,
            created_at: self.clock.now(),
            version: 1,
        };
        let mut changes = vec![Change::Tenant(Box::new(tenant.clone()))];
        for algorithm in [SigningAlgorithm::Rs256, SigningAlgorithm::Es256] {
            changes.push(Change::SigningKey(Box::new(self.new_key(tenant.id, algorithm).await?)));
        }
        let mut event = self.event(tenant.id, Action::TenantAdd);
        event
            .detail
            .insert("tenant".to_owned(), json!({"code": tenant.code, "name": tenant.name}));
        self.save(event, changes).await?;
        Ok(tenant)
    }

    /// Enables or disables a tenant. Its logins stop or go on within two seconds on every instance.
    ///
    /// # Errors
    /// [`ManageError::NotFound`], [`ManageError::Conflict`].
    pub async fn set_tenant_status(&self, code: &TenantCode, status: Status) -> Result<Tenant> {
        let before = self.tenant(code).await?;
        let after = Tenant {
            status,
            version: before.version + 1,
            ..(*before).clone()
        };
        let mut event = self.event(after.id, Action::TenantChange);
        event
            .detail
            .insert("status".to_owned(), json!({"before": before.status, "after": status}));
        self.save(event, vec![Change::Tenant(Box::new(after.clone()))]).await?;
        Ok(after)
    }

    /// Adds a domain ownership file, served at `host`.
    ///
    /// # Errors
    /// [`ManageError::VerifyFile`] says what is wrong with it.
    pub async fn add_verify_file(
        &self,
        code: &TenantCode,
        host: &str,
        name: &str,
        content: &str,
    ) -> Result<VerifyFile> {
        let tenant = self.tenant(code).await?;
        let file = VerifyFile::new(tenant.id, host, name, content)?;
        let mut event = self.event(tenant.id, Action::VerifyFileAdd);
        event
            .detail
            .insert("file".to_owned(), json!({"host": file.host, "name": name}));
        self.save(event, vec![Change::VerifyFile(file.clone())]).await?;
        Ok(file)
    }

    async fn new_key(&self, tenant_id: TenantId, algorithm: SigningAlgorithm) -> Result<SigningKey> {
        // RSA generation takes tens of milliseconds: not on an async thread.
        let private = tokio::task::spawn_blocking(move || PrivateKey::generate(algorithm)).await;
        let private = private.map_err(|_| ManageError::Key)?.map_err(|_| ManageError::Key)?;
        let id = KeyId::generate(&*self.clock, &*self.random);
        let public_jwk = Signer::new(id, &private).map_err(|_| ManageError::Key)?.public_jwk();
        Ok(SigningKey {
            id,
            tenant_id,
            state: KeyState::Active,
            private,
            public_jwk,
            created_at: self.clock.now(),
        })
    }
}
