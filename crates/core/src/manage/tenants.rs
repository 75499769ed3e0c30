//! Tenants.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::diff::changes;
use super::{ManageError, Manager, Result, checked_name, expect_version, host_health};
use crate::clock::random_token;
use crate::ids::{AgencyId, KeyId, TenantId};
use crate::model::{Action, Branding, Health, HostName, KeyState, Logo, SigningKey, Status, Tenant, TenantCode};
use crate::oidc::{PrivateKey, Signer, SigningAlgorithm};
use crate::store::Change;
use crate::text::Locale;

/// What a new tenant is made from.
#[derive(Debug, Clone)]
pub struct NewTenant {
    /// Short name in URLs.
    pub code: TenantCode,
    /// Name for people.
    pub name: String,
    /// Language of pages when the browser names none.
    pub locale: Locale,
    /// Who looks after it.
    pub agency_id: Option<AgencyId>,
}

/// What an operator may edit of a tenant.
#[derive(Debug, Clone)]
pub struct TenantEdit {
    /// Name for people.
    pub name: String,
    /// Language of pages when the browser names none.
    pub locale: Locale,
    /// How its end-user pages look.
    pub branding: Branding,
    /// Days that audit events are kept, 30 to 3650; `None`: for ever.
    pub audit_days: Option<u32>,
}

impl From<&Tenant> for TenantEdit {
    fn from(tenant: &Tenant) -> Self {
        Self {
            name: tenant.name.clone(),
            locale: tenant.locale,
            branding: tenant.branding.clone(),
            audit_days: tenant.audit_days,
        }
    }
}

impl Manager {
    /// Adds a tenant of the platform itself; see [`Manager::add_tenant_of`].
    ///
    /// # Errors
    /// [`ManageError::Duplicate`] when the code is taken.
    pub async fn add_tenant(&self, code: TenantCode, name: &str, locale: Locale) -> Result<Tenant> {
        self.add_tenant_of(NewTenant {
            code,
            name: name.to_owned(),
            locale,
            agency_id: None,
        })
        .await
    }

    /// Adds a tenant with an RS256 and an ES256 key, both active.
    ///
    /// # Errors
    /// [`ManageError::Duplicate`] when the code is taken.
    pub async fn add_tenant_of(&self, new: NewTenant) -> Result<Tenant> {
        let tenant = Tenant {
            id: TenantId::generate(&*self.clock, &*self.random),
            code: new.code,
            name: checked_name(&new.name)?,
            status: Status::Active,
            locale: new.locale,
            agency_id: new.agency_id,
            branding: Branding::default(),
            audit_days: None,
            host: None,
            pairwise_salt: random_token::<16>(&*self.random),
            created_at: self.clock.now(),
            version: 1,
        };
        let mut changes = vec![Change::Tenant(Box::new(tenant.clone()))];
        for algorithm in [SigningAlgorithm::Rs256, SigningAlgorithm::Es256] {
            let key = self.new_key(tenant.id, algorithm, KeyState::Active).await?;
            changes.push(Change::SigningKey(Box::new(key)));
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

    /// Gives a tenant a host name of its own, at which it is an issuer beside the one by path; `None` takes it away. On
    /// every instance within two seconds.
    ///
    /// # Errors
    /// [`ManageError::HostReserved`], [`ManageError::HostTaken`]; [`ManageError::NotFound`]; [`ManageError::Conflict`] when
    /// the stored tenant is not the `expected` one.
    pub async fn set_tenant_host(
        &self,
        code: &TenantCode,
        host: Option<HostName>,
        expected: Option<u32>,
    ) -> Result<Tenant> {
        let before = self.tenant(code).await?;
        expect_version(expected, before.version, "tenant")?;
        if before.host == host {
            return Ok((*before).clone());
        }
        if let Some(host) = &host {
            self.check_host(host).await?;
        }
        let after = Tenant {
            host,
            version: before.version + 1,
            ..(*before).clone()
        };
        let mut event = self.event(after.id, Action::TenantChange);
        event.detail = changes(&*before, &after);
        let mut changes = vec![Change::Tenant(Box::new(after.clone()))];
        if let Some(old) = host_health(&before) {
            changes.push(Change::delete_record::<Health>(old));
        }
        match self.save(event, changes).await {
            // Somebody else was faster.
            Err(ManageError::Duplicate { what: "tenant.host" }) => Err(ManageError::HostTaken),
            saved => saved.map(|()| after),
        }
    }

    async fn check_host(&self, host: &HostName) -> Result<()> {
        if self.reserved_hosts.iter().any(|reserved| reserved == host.name()) {
            return Err(ManageError::HostReserved);
        }
        match self.store.lookup_tenant_by_host(host).await? {
            Some(_) => Err(ManageError::HostTaken),
            None => Ok(()),
        }
    }

    /// Changes what an operator may edit of a tenant.
    /// What is as it was is not saved, and leaves no event.
    ///
    /// # Errors
    /// What is wrong with a value; [`ManageError::NotFound`]; [`ManageError::Conflict`] when the stored tenant is not
    /// the `expected` one.
    pub async fn change_tenant(&self, code: &TenantCode, edit: TenantEdit, expected: Option<u32>) -> Result<Tenant> {
        let before = self.tenant(code).await?;
        expect_version(expected, before.version, "tenant")?;
        let after = Tenant {
            name: checked_name(&edit.name)?,
            locale: edit.locale,
            branding: checked_branding(edit.branding)?,
            audit_days: checked_days(edit.audit_days)?,
            version: before.version + 1,
            ..(*before).clone()
        };
        let mut event = self.event(after.id, Action::TenantChange);
        event.detail = changes(&*before, &after);
        if event.detail.is_empty() {
            return Ok((*before).clone());
        }
        self.save(event, vec![Change::Tenant(Box::new(after.clone()))]).await?;
        Ok(after)
    }

    pub(super) async fn new_key(
        &self,
        tenant_id: TenantId,
        algorithm: SigningAlgorithm,
        state: KeyState,
    ) -> Result<SigningKey> {
        // RSA generation takes tens of milliseconds: not on an async thread.
        let private = tokio::task::spawn_blocking(move || PrivateKey::generate(algorithm)).await;
        let private = private.map_err(|_| ManageError::Key)?.map_err(|_| ManageError::Key)?;
        let id = KeyId::generate(&*self.clock, &*self.random);
        let public_jwk = Signer::new(id, &private).map_err(|_| ManageError::Key)?.public_jwk();
        Ok(SigningKey {
            id,
            tenant_id,
            state,
            private,
            public_jwk,
            changed_at: self.clock.now(),
            created_at: self.clock.now(),
        })
    }
}

fn checked_branding(branding: Branding) -> Result<Branding> {
    let is_hex = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
    let is_colour = |text: &str| text.len() == 7 && text.starts_with('#') && text.bytes().skip(1).all(is_hex);
    let name = branding.name.filter(|name| !name.trim().is_empty());
    let colour = branding.colour.map(|colour| colour.trim().to_ascii_lowercase());
    Ok(Branding {
        name: name.map(|name| checked_name(&name)).transpose()?,
        colour: match colour.filter(|colour| !colour.is_empty()) {
            Some(colour) if !is_colour(&colour) => return Err(ManageError::Colour),
            colour => colour,
        },
        logo: branding.logo.map(checked_logo).transpose()?,
    })
}

/// A picture is what its first bytes say it is, and nothing else.
fn checked_logo(logo: Logo) -> Result<Logo> {
    let bytes = STANDARD.decode(&logo.base64).map_err(|_| ManageError::Logo)?;
    let is_what_it_says = match logo.media_type.as_str() {
        "image/png" => bytes.starts_with(b"\x89PNG\r\n\x1a\n"),
        "image/jpeg" => bytes.starts_with(b"\xff\xd8\xff"),
        "image/webp" => bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP"),
        _ => false,
    };
    if is_what_it_says && bytes.len() <= Logo::LIMIT {
        Ok(logo)
    } else {
        Err(ManageError::Logo)
    }
}

fn checked_days(days: Option<u32>) -> Result<Option<u32>> {
    match days {
        Some(days) if !(30..=3650).contains(&days) => Err(ManageError::AuditDays),
        days => Ok(days),
    }
}
