//! Onboardings: what the wizard keeps between its steps. Nothing but the connector's form is checked here; each step
//! that makes something calls what makes it.

use std::collections::BTreeMap;

use super::clients::check_uri;
use super::connectors::{Checked, checked_form};
use super::{ManageError, Manager, NewConnector, Result, expect_version};
use crate::ids::{ClientId, OnboardingId, TenantId, TrialId};
use crate::model::{Connector, Onboarding, SnapshotPolicy, Status, TenantCode};
use crate::provider::{CheckResult, FieldProblem};
use crate::secret::SecretString;
use crate::store::{Change, Find, Records as _, UnitOfWork};

/// One change of an onboarding.
#[derive(Debug, Clone)]
pub enum OnboardingEdit {
    /// The kind and the values of its form that are no secret.
    Kind {
        /// The provider kind.
        kind: String,
        /// Values by field name; checked where they are given.
        values: BTreeMap<String, String>,
    },
    /// Redirect URIs for the first client.
    RedirectUris(Vec<String>),
    /// What the first client will do with snapshot visitors.
    Snapshots(SnapshotPolicy),
    /// The first client.
    Client(ClientId),
    /// A test login was begun.
    Trial(TrialId),
    /// A step in which nothing can be checked by machine was confirmed.
    Confirmed(String),
    /// The account is live.
    Done,
}

impl Manager {
    /// An onboarding.
    ///
    /// # Errors
    /// [`ManageError::NotFound`].
    pub async fn onboarding(&self, tenant: TenantId, id: OnboardingId) -> Result<Onboarding> {
        let found = self.store.find::<Onboarding>(Find::Id(&id.to_string())).await?;
        found
            .filter(|onboarding| onboarding.tenant_id == tenant)
            .ok_or(ManageError::NotFound { what: "onboarding" })
    }

    /// Begins one for a tenant.
    ///
    /// # Errors
    /// [`ManageError::NotFound`].
    pub async fn begin_onboarding(&self, code: &TenantCode) -> Result<Onboarding> {
        let tenant = self.tenant(code).await?;
        let onboarding = Onboarding {
            id: OnboardingId::generate(&*self.clock, &*self.random),
            tenant_id: tenant.id,
            kind: None,
            values: BTreeMap::new(),
            connector_id: None,
            redirect_uris: Vec::new(),
            snapshot_policy: SnapshotPolicy::default(),
            client_id: None,
            trial_id: None,
            confirmed: Vec::new(),
            created_by: self.actor.clone(),
            created_at: self.clock.now(),
            changed_at: self.clock.now(),
            done_at: None,
            version: 1,
        };
        self.save_onboarding(&onboarding, Vec::new()).await?;
        Ok(onboarding)
    }

    /// Goes on with one.
    ///
    /// # Errors
    /// [`ManageError::Fields`] for values that the kind's form refuses; [`ManageError::RedirectUri`];
    /// [`ManageError::Conflict`].
    pub async fn edit_onboarding(
        &self,
        before: &Onboarding,
        edit: OnboardingEdit,
        expected: Option<u32>,
    ) -> Result<Onboarding> {
        expect_version(expected, before.version, "onboarding")?;
        let mut after = self.next(before);
        match edit {
            OnboardingEdit::Kind { kind, values } => {
                self.check_open_values(&kind, &values)?;
                after.kind = Some(kind);
                after.values = values;
            }
            OnboardingEdit::RedirectUris(uris) => {
                for uri in &uris {
                    check_uri(uri)?;
                }
                after.redirect_uris = uris;
            }
            OnboardingEdit::Snapshots(policy) => after.snapshot_policy = policy,
            OnboardingEdit::Client(id) => after.client_id = Some(id),
            OnboardingEdit::Trial(id) => after.trial_id = Some(id),
            OnboardingEdit::Confirmed(step) => {
                if !after.confirmed.contains(&step) {
                    after.confirmed.push(step);
                }
            }
            OnboardingEdit::Done => after.done_at = Some(self.clock.now()),
        }
        self.save_onboarding(&after, Vec::new()).await?;
        Ok(after)
    }

    /// The secret arrives: the connector is made as a draft, in the same unit as the onboarding learns of it and as
    /// whatever `with` says, such as the link by which the secret came.
    ///
    /// # Errors
    /// [`ManageError::Fields`], [`ManageError::Conflict`].
    pub async fn add_onboarding_connector(
        &self,
        code: &TenantCode,
        before: &Onboarding,
        name: &str,
        secrets: BTreeMap<String, SecretString>,
        with: Vec<Change>,
    ) -> Result<(Onboarding, Connector)> {
        let new = draft(before, name, secrets);
        let (connector, event) = self.made_connector(code, new).await?;
        let mut after = self.next(before);
        after.connector_id = Some(connector.id);
        let mut changes = vec![Change::Connector(Box::new(connector.clone())), Change::record(&after)?];
        changes.extend(with);
        self.save(event, changes).await?;
        Ok((after, connector))
    }

    /// Tries secrets that would make the connector; nothing is stored.
    ///
    /// # Errors
    /// [`ManageError::Fields`].
    pub async fn try_onboarding(
        &self,
        code: &TenantCode,
        before: &Onboarding,
        name: &str,
        secrets: BTreeMap<String, SecretString>,
    ) -> Result<Vec<CheckResult>> {
        let (candidate, _) = self.made_connector(code, draft(before, name, secrets)).await?;
        Ok(self.try_connector(&candidate).await)
    }

    /// Validates a form without its secrets, which come later.
    fn check_open_values(&self, kind: &str, values: &BTreeMap<String, String>) -> Result<()> {
        let kind = self.kind(kind)?;
        let secret: Vec<&str> = kind.form().secrets().collect();
        let checked: Result<Checked> = checked_form(&**kind, values.clone(), BTreeMap::new());
        match checked {
            Err(ManageError::Fields(problems)) => {
                let open: Vec<FieldProblem> = problems
                    .into_iter()
                    .filter(|problem| !secret.contains(&problem.field.as_str()))
                    .collect();
                if open.is_empty() {
                    Ok(())
                } else {
                    Err(ManageError::Fields(open))
                }
            }
            checked => checked.map(|_| ()),
        }
    }

    fn next(&self, before: &Onboarding) -> Onboarding {
        Onboarding {
            changed_at: self.clock.now(),
            version: before.version + 1,
            ..before.clone()
        }
    }

    async fn save_onboarding(&self, onboarding: &Onboarding, with: Vec<Change>) -> Result<()> {
        let unit = UnitOfWork::new(onboarding.tenant_id).with(Change::record(onboarding)?);
        let unit = with.into_iter().fold(unit, UnitOfWork::with);
        self.store.begin(onboarding.tenant_id).save(unit).await?;
        Ok(())
    }
}

/// The connector that an onboarding makes.
fn draft(before: &Onboarding, name: &str, secrets: BTreeMap<String, SecretString>) -> NewConnector {
    NewConnector {
        kind: before.kind.clone().unwrap_or_default(),
        name: name.to_owned(),
        settings: before.values.clone(),
        secrets,
        status: Status::Draft,
    }
}
