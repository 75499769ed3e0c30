//! What the owner of an account may do with a hand-over link: enter the secrets, once.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use hufu_core::manage::{self, ManageError, Manager};
use hufu_core::model::{Browser, CheckNote, Connector, Link, Onboarding, Purpose, Status, Tenant};
use hufu_core::provider::{CheckResult, ProviderErrorCode, ProviderKind};
use hufu_core::secret::SecretString;
use hufu_core::store::Record as _;

use crate::console::Console;
use crate::http::Refusal;

/// Where the secrets go.
enum Goal {
    /// The onboarding makes its connector of them.
    Onboarding(Box<Onboarding>),
    /// The connector of an onboarding gets them in place of those that were wrong.
    Draft(Arc<Connector>),
    /// They replace those of a connector in use.
    Swap(Arc<Connector>),
}

/// How it went; each of these is an answer, not a fault.
pub(crate) enum Entered {
    /// Saved. The note says what still is to be done, such as an address that an allow-list lacks.
    Saved(Vec<CheckNote>),
    /// The provider refuses them. The link still works.
    Refused(Vec<CheckNote>),
}

/// An open link to one account.
pub(crate) struct HandOver {
    console: Console,
    manager: Manager,
    link: Link,
    tenant: Arc<Tenant>,
    goal: Goal,
}

impl fmt::Debug for HandOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandOver")
            .field("link", &self.link.id)
            .finish_non_exhaustive()
    }
}

impl HandOver {
    /// What a token opens.
    ///
    /// # Errors
    /// [`Refusal::LinkOver`] for what is none, works no longer, or leads to something that is gone.
    pub(crate) async fn open(console: &Console, token: &str, from: &Browser) -> Result<Self, Refusal> {
        let link = console.operators.open_link(token).await?.ok_or(Refusal::LinkOver)?;
        let Purpose::HandOver {
            tenant_id,
            connector_id,
            onboarding_id,
        } = link.purpose
        else {
            return Err(Refusal::LinkOver);
        };
        let manager = Manager {
            actor: format!("hand-over:{}", link.note),
            from: Some(from.clone()),
            ..console.manager.clone()
        };
        let tenant = manager.store.lookup_tenant_by_id(tenant_id).await?;
        let tenant = tenant
            .filter(|tenant| tenant.status != Status::Disabled)
            .ok_or(Refusal::LinkOver)?;
        let onboarding = match onboarding_id {
            Some(id) => Some(manager.onboarding(tenant_id, id).await.map_err(over)?),
            None => None,
        };
        let made = onboarding.as_ref().and_then(|onboarding| onboarding.connector_id);
        let goal = match (connector_id.or(made), onboarding) {
            (Some(id), _) => {
                let connector = manager.connector(&tenant.code, id).await.map_err(over)?;
                match connector.status {
                    Status::Draft => Goal::Draft(connector),
                    _ => Goal::Swap(connector),
                }
            }
            (None, Some(onboarding)) => Goal::Onboarding(Box::new(onboarding)),
            (None, None) => return Err(Refusal::LinkOver),
        };
        Ok(Self {
            console: console.clone(),
            manager,
            link,
            tenant,
            goal,
        })
    }

    pub(crate) fn link(&self) -> &Link {
        &self.link
    }

    pub(crate) fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// The account as people know it: its name, or the tenant's while it has none.
    pub(crate) fn account(&self) -> &str {
        match &self.goal {
            Goal::Onboarding(_) => &self.tenant.name,
            Goal::Draft(connector) | Goal::Swap(connector) => &connector.name,
        }
    }

    /// What of the account is no secret, so that its owner can tell which one is meant.
    pub(crate) fn settings(&self) -> &BTreeMap<String, String> {
        match &self.goal {
            Goal::Onboarding(onboarding) => &onboarding.values,
            Goal::Draft(connector) | Goal::Swap(connector) => &connector.settings,
        }
    }

    /// The plug-in whose secrets are asked for.
    ///
    /// # Errors
    /// [`Refusal::LinkOver`] when it is not installed.
    pub(crate) fn kind(&self) -> Result<Arc<dyn ProviderKind>, Refusal> {
        let kind = match &self.goal {
            Goal::Onboarding(onboarding) => onboarding.kind.as_deref().unwrap_or_default(),
            Goal::Draft(connector) | Goal::Swap(connector) => &connector.kind,
        };
        let found = self.manager.providers.kind(kind).cloned();
        found.ok_or(Refusal::LinkOver)
    }

    /// Tries the secrets and, when the provider takes them, saves them and the spent link together.
    ///
    /// # Errors
    /// [`ManageError::Fields`] for secrets of a wrong form; [`ManageError::Conflict`] of a link when somebody else was
    /// faster.
    pub(crate) async fn enter(&self, secrets: BTreeMap<String, SecretString>) -> manage::Result<Entered> {
        let code = &self.tenant.code;
        let checks = match &self.goal {
            Goal::Onboarding(onboarding) => {
                let name = &self.tenant.name;
                self.manager
                    .try_onboarding(code, onboarding, name, secrets.clone())
                    .await?
            }
            Goal::Draft(connector) => self.tried(connector, &secrets).await?,
            // The swap tries them itself.
            Goal::Swap(_) => Vec::new(),
        };
        if checks.iter().any(is_refusal) {
            return Ok(Entered::Refused(notes(&checks)));
        }
        let spent = self.console.operators.spend(&self.link);
        let spent = vec![spent.map_err(|_| ManageError::Conflict { what: Link::KIND })?];
        let saved = match &self.goal {
            Goal::Onboarding(onboarding) => {
                let name = &self.tenant.name;
                let made = self
                    .manager
                    .add_onboarding_connector(code, onboarding, name, secrets, spent);
                made.await?.1
            }
            Goal::Draft(connector) => {
                let id = connector.id;
                self.manager.replace_draft_secret(code, id, secrets, spent).await?
            }
            Goal::Swap(connector) => {
                let swapped = self
                    .manager
                    .swap_connector_secret_with(code, connector.id, secrets, spent);
                match swapped.await {
                    Err(ManageError::Checks(checks)) => return Ok(Entered::Refused(notes(&checks))),
                    other => other?,
                }
            }
        };
        // The badge is to speak of the new secret.
        self.manager.health_of(&saved).await?;
        let left = checks.iter().filter(|check| check.problem.is_some());
        Ok(Entered::Saved(left.map(CheckNote::from).collect()))
    }

    async fn tried(
        &self,
        connector: &Connector,
        secrets: &BTreeMap<String, SecretString>,
    ) -> manage::Result<Vec<CheckResult>> {
        self.manager.check_secrets(connector, secrets)?;
        let mut candidate = connector.clone();
        candidate.secrets.extend(secrets.clone());
        Ok(self.manager.try_connector(&candidate).await)
    }
}

/// What is gone is as good as no link.
fn over(error: ManageError) -> Refusal {
    match error {
        ManageError::NotFound { .. } => Refusal::LinkOver,
        other => other.into(),
    }
}

/// An address that is on no allow-list yet says nothing against the secret, and the account is not live.
fn is_refusal(check: &CheckResult) -> bool {
    let problem = check.problem.as_ref();
    problem.is_some_and(|problem| problem.code != ProviderErrorCode::NotAllowed)
}

fn notes(checks: &[CheckResult]) -> Vec<CheckNote> {
    checks.iter().map(CheckNote::from).collect()
}
