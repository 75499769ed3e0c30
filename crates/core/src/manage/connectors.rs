//! Connectors.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use super::diff::changes;
use super::{ManageError, Manager, Result, checked_name, expect_version};
use crate::ids::ConnectorId;
use crate::model::{Action, AuditEvent, Connector, Status, TenantCode};
use crate::provider::{CheckResult, Provider, ProviderError, ProviderKind};
use crate::secret::{ExposeSecret as _, SecretString};
use crate::store::Change;

/// What a new connector is made from.
#[derive(Debug)]
pub struct NewConnector {
    /// The provider kind.
    pub kind: String,
    /// Name for people.
    pub name: String,
    /// Values of the kind's form that are no secret.
    pub settings: BTreeMap<String, String>,
    /// Secret values of the kind's form.
    pub secrets: BTreeMap<String, SecretString>,
    /// [`Status::Draft`] while it is being set up.
    pub status: Status,
}

/// What an operator may edit of a connector.
#[derive(Debug, Clone)]
pub struct ConnectorEdit {
    /// Name for people.
    pub name: String,
    /// Settings by name; those not named stay as they are.
    pub settings: BTreeMap<String, String>,
}

impl Manager {
    /// Adds a connector, validated by its plug-in's form.
    ///
    /// # Errors
    /// [`ManageError::Kind`], [`ManageError::Fields`].
    pub async fn add_connector(&self, code: &TenantCode, new: NewConnector) -> Result<Connector> {
        let (connector, event) = self.made_connector(code, new).await?;
        self.save(event, vec![Change::Connector(Box::new(connector.clone()))])
            .await?;
        Ok(connector)
    }

    /// A new connector and the event that reports it, not yet saved.
    pub(super) async fn made_connector(&self, code: &TenantCode, new: NewConnector) -> Result<(Connector, AuditEvent)> {
        let tenant = self.tenant(code).await?;
        let kind = self.kind(&new.kind)?;
        let (settings, secrets) = checked_form(&**kind, new.settings, new.secrets)?;
        let connector = Connector {
            id: ConnectorId::generate(&*self.clock, &*self.random),
            tenant_id: tenant.id,
            kind: new.kind,
            name: checked_name(&new.name)?,
            status: new.status,
            settings,
            secrets,
            secrets_at: self.clock.now(),
            created_at: self.clock.now(),
            version: 1,
        };
        let mut event = self.event(tenant.id, Action::ConnectorAdd);
        event.connector_id = Some(connector.id);
        event.detail.insert("connector".to_owned(), json!(connector));
        Ok((connector, event))
    }

    /// Changes settings of a connector; those not named stay as they are.
    ///
    /// # Errors
    /// See [`Manager::edit_connector`].
    pub async fn change_connector(
        &self,
        code: &TenantCode,
        id: ConnectorId,
        settings: BTreeMap<String, String>,
    ) -> Result<Connector> {
        let name = self.connector(code, id).await?.name.clone();
        self.edit_connector(code, id, ConnectorEdit { name, settings }, None)
            .await
    }

    /// Changes what an operator may edit of a connector, validated by its plug-in's form.
    /// What is as it was is not saved, and leaves no event.
    ///
    /// # Errors
    /// [`ManageError::NotFound`], [`ManageError::Fields`]; [`ManageError::Conflict`] when the stored connector is not
    /// the `expected` one.
    pub async fn edit_connector(
        &self,
        code: &TenantCode,
        id: ConnectorId,
        edit: ConnectorEdit,
        expected: Option<u32>,
    ) -> Result<Connector> {
        let before = self.connector(code, id).await?;
        expect_version(expected, before.version, "connector")?;
        let mut settings = before.settings.clone();
        settings.extend(edit.settings);
        let (settings, secrets) = checked_form(&**self.kind(&before.kind)?, settings, before.secrets.clone())?;
        let after = Connector {
            name: checked_name(&edit.name)?,
            settings,
            secrets,
            version: before.version + 1,
            ..(*before).clone()
        };
        let mut event = self.event(after.tenant_id, Action::ConnectorChange);
        event.detail = changes(&*before, &after);
        if event.detail.is_empty() {
            return Ok((*before).clone());
        }
        self.save_connector(event, after).await
    }

    /// Enables or disables a connector.
    ///
    /// # Errors
    /// [`ManageError::NotFound`], [`ManageError::Conflict`].
    pub async fn set_connector_status(&self, code: &TenantCode, id: ConnectorId, status: Status) -> Result<Connector> {
        let before = self.connector(code, id).await?;
        let after = Connector {
            status,
            version: before.version + 1,
            ..(*before).clone()
        };
        let mut event = self.event(after.tenant_id, Action::ConnectorChange);
        event
            .detail
            .insert("status".to_owned(), json!({"before": before.status, "after": status}));
        self.save_connector(event, after).await
    }

    /// Replaces a connector's secrets; those not named stay. The values go nowhere but into sealed storage.
    ///
    /// # Errors
    /// [`ManageError::NotFound`], [`ManageError::Fields`], [`ManageError::Conflict`].
    pub async fn rotate_connector_secret(
        &self,
        code: &TenantCode,
        id: ConnectorId,
        secrets: BTreeMap<String, SecretString>,
    ) -> Result<Connector> {
        let before = self.connector(code, id).await?;
        self.rotate(&before, secrets, Vec::new()).await
    }

    /// The same for a connector that is not live yet, whose first secret may have been mistyped; with whatever `with`
    /// says in the same unit.
    ///
    /// # Errors
    /// [`ManageError::Conflict`] when it is no draft; else as [`Manager::rotate_connector_secret`].
    pub async fn replace_draft_secret(
        &self,
        code: &TenantCode,
        id: ConnectorId,
        secrets: BTreeMap<String, SecretString>,
        with: Vec<Change>,
    ) -> Result<Connector> {
        let before = self.connector(code, id).await?;
        if before.status != Status::Draft {
            return Err(ManageError::Conflict { what: "connector" });
        }
        self.rotate(&before, secrets, with).await
    }

    async fn rotate(
        &self,
        before: &Connector,
        secrets: BTreeMap<String, SecretString>,
        with: Vec<Change>,
    ) -> Result<Connector> {
        let names: Vec<_> = secrets.keys().cloned().collect();
        let mut all = before.secrets.clone();
        all.extend(secrets);
        let (settings, secrets) = checked_form(&**self.kind(&before.kind)?, before.settings.clone(), all)?;
        let after = Connector {
            settings,
            secrets,
            secrets_at: self.clock.now(),
            version: before.version + 1,
            ..before.clone()
        };
        let mut event = self.event(after.tenant_id, Action::ConnectorRotateSecret);
        event.connector_id = Some(after.id);
        event.detail.insert("fields".to_owned(), json!(names));
        let mut changes = vec![Change::Connector(Box::new(after.clone()))];
        changes.extend(with);
        self.save(event, changes).await?;
        Ok(after)
    }

    /// Replaces a connector's secrets once the provider has taken the new ones: they are tried first, then switched,
    /// and the old ones are overwritten. A login finds the old secret until the switch and the new one after it.
    ///
    /// # Errors
    /// [`ManageError::Checks`] says why the provider refused them; the old ones stay. Else as
    /// [`Manager::rotate_connector_secret`].
    pub async fn swap_connector_secret(
        &self,
        code: &TenantCode,
        id: ConnectorId,
        secrets: BTreeMap<String, SecretString>,
    ) -> Result<Connector> {
        self.swap_connector_secret_with(code, id, secrets, Vec::new()).await
    }

    /// The same, with whatever `with` says in the same unit, such as the link by which the secret came.
    ///
    /// # Errors
    /// As [`Manager::swap_connector_secret`].
    pub async fn swap_connector_secret_with(
        &self,
        code: &TenantCode,
        id: ConnectorId,
        secrets: BTreeMap<String, SecretString>,
        with: Vec<Change>,
    ) -> Result<Connector> {
        let before = self.connector(code, id).await?;
        let mut all = before.secrets.clone();
        all.extend(secrets.clone());
        let (settings, all) = checked_form(&**self.kind(&before.kind)?, before.settings.clone(), all)?;
        let candidate = Connector {
            settings,
            secrets: all,
            ..(*before).clone()
        };
        let checks = self.try_connector(&candidate).await;
        if checks.iter().any(|check| check.problem.is_some()) {
            return Err(ManageError::Checks(checks));
        }
        self.rotate(&before, secrets, with).await
    }

    /// Whether secrets have the form that a connector's plug-in asks for.
    ///
    /// # Errors
    /// [`ManageError::Kind`], [`ManageError::Fields`].
    pub fn check_secrets(&self, connector: &Connector, secrets: &BTreeMap<String, SecretString>) -> Result<()> {
        let mut all = connector.secrets.clone();
        all.extend(secrets.clone());
        checked_form(&**self.kind(&connector.kind)?, connector.settings.clone(), all).map(drop)
    }

    /// Runs the plug-in's checks of a connector that is stored nowhere. What is opened for it is not kept.
    pub async fn try_connector(&self, candidate: &Connector) -> Vec<CheckResult> {
        checks_of(self.providers.open_unkept(candidate)).await
    }

    /// Runs the plug-in's checks of a connector against the real service; empty when it has none.
    ///
    /// # Errors
    /// [`ManageError::NotFound`].
    pub async fn check_connector(&self, connector: &Connector) -> Result<Vec<CheckResult>> {
        Ok(checks_of(self.providers.open(connector)).await)
    }

    /// A connector of a tenant.
    ///
    /// # Errors
    /// [`ManageError::NotFound`].
    pub async fn connector(&self, code: &TenantCode, id: ConnectorId) -> Result<Arc<Connector>> {
        let tenant = self.tenant(code).await?;
        let connector = self.store.begin(tenant.id).lookup_connector(id).await?;
        connector.ok_or(ManageError::NotFound { what: "connector" })
    }

    async fn save_connector(&self, mut event: AuditEvent, after: Connector) -> Result<Connector> {
        event.connector_id = Some(after.id);
        self.save(event, vec![Change::Connector(Box::new(after.clone()))])
            .await?;
        Ok(after)
    }

    pub(super) fn kind(&self, kind: &str) -> Result<&Arc<dyn ProviderKind>> {
        self.providers.kind(kind).ok_or_else(|| ManageError::Kind {
            kind: kind.to_owned(),
            installed: self
                .providers
                .kinds()
                .map(|kind| kind.kind())
                .collect::<Vec<_>>()
                .join(", "),
        })
    }
}

async fn checks_of(opened: std::result::Result<Arc<dyn Provider>, ProviderError>) -> Vec<CheckResult> {
    match opened {
        Ok(provider) => match provider.diagnose() {
            Some(diagnose) => diagnose.check().await,
            None => Vec::new(),
        },
        Err(error) => vec![CheckResult {
            name: "form",
            title: crate::text::Text::new("设置", "Settings"),
            problem: Some(error),
        }],
    }
}

pub(super) type Checked = (BTreeMap<String, String>, BTreeMap<String, SecretString>);

/// Validates settings and secrets as one form and takes them apart again by the schema, so that a secret can never
/// land among the settings by a caller's mistake.
pub(super) fn checked_form(
    kind: &dyn ProviderKind,
    settings: BTreeMap<String, String>,
    secrets: BTreeMap<String, SecretString>,
) -> Result<Checked> {
    let form = kind.form();
    let mut values = settings;
    values.extend(
        secrets
            .into_iter()
            .map(|(name, secret)| (name, secret.expose_secret().to_owned())),
    );
    let mut checked = form.validate(values).map_err(ManageError::Fields)?;
    let secrets = form
        .secrets()
        .filter_map(|name| Some((name.to_owned(), checked.remove(name)?)))
        // One that may be left out and was.
        .filter(|(_, secret)| !secret.is_empty())
        .map(|(name, secret)| (name, SecretString::from(secret)))
        .collect();
    Ok((checked, secrets))
}
