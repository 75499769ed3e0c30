//! The fields of a client, new or not: drawn, read back, and what is wrong with each.

use std::collections::BTreeMap;
use std::sync::Arc;

use hufu_core::manage::{ClientEdit, ClientExtras, ManageError, NewClient, checked_name};
use hufu_core::model::{Client, ClientKind, Connector, Rights, SnapshotPolicy};
use hufu_core::oidc::SigningAlgorithm;

use super::rights::{self, RightsFields};
use super::uris::{uris_field, uris_of, wrong_uris};
use crate::http::{Posted, Refusal, Visitor};
use crate::pages::connectors::id;
use crate::ui::{Choice, Field};

/// What stands in the form.
#[derive(Debug, Clone)]
pub(super) struct Typed {
    pub(super) name: String,
    pub(super) kind: ClientKind,
    pub(super) redirect_uris: Vec<String>,
    scopes: Vec<String>,
    connectors: Vec<String>,
    algorithm: SigningAlgorithm,
    snapshot: SnapshotPolicy,
    token_seconds: String,
    rights: Rights,
}

/// What is wrong, by the name of the field.
pub(super) type Faults = BTreeMap<&'static str, String>;

/// The summary above a form that came back; empty for one that did not.
pub(super) fn trouble(visitor: &Visitor, faults: &Faults) -> String {
    if faults.is_empty() {
        String::new()
    } else {
        visitor.text("clients.not_saved")
    }
}

/// The fields as they are drawn.
pub(super) struct Fields {
    pub(super) name: Field,
    pub(super) kind: Field,
    pub(super) uris: Field,
    pub(super) scopes: Field,
    /// None while the tenant has no connector.
    pub(super) connectors: Option<Field>,
    pub(super) snapshot: Field,
    pub(super) token_seconds: Field,
    pub(super) algorithm: Field,
    /// Whether something is wrong with a field of those that are folded away.
    pub(super) unfolded: bool,
    /// None for whoever may not grant them, and for an app that can have none.
    pub(super) rights: Option<RightsFields>,
}

/// What a new app is offered: all but tokens for when the person is away.
const USUAL_SCOPES: [&str; 3] = ["openid", "profile", "wechat"];

impl Typed {
    /// As the form is offered for a new one.
    pub(super) fn fresh() -> Self {
        Self {
            name: String::new(),
            kind: ClientKind::Confidential,
            redirect_uris: Vec::new(),
            scopes: USUAL_SCOPES.map(str::to_owned).to_vec(),
            connectors: Vec::new(),
            algorithm: SigningAlgorithm::default(),
            snapshot: SnapshotPolicy::default(),
            token_seconds: String::new(),
            rights: Rights::default(),
        }
    }

    pub(super) fn of_client(client: &Client) -> Self {
        Self {
            name: client.name.clone(),
            kind: client.kind,
            redirect_uris: client.redirect_uris.clone(),
            scopes: client.scopes.iter().map(str::to_owned).collect(),
            connectors: client.connectors.iter().map(ToString::to_string).collect(),
            algorithm: client.id_token_alg,
            snapshot: client.snapshot_policy,
            token_seconds: client.token_seconds.map(|life| life.to_string()).unwrap_or_default(),
            rights: client.rights.clone(),
        }
    }

    pub(super) fn of(posted: &Posted) -> Self {
        let chosen = posted.get("algorithm");
        let algorithm = SigningAlgorithm::ALL.into_iter().find(|known| known.as_str() == chosen);
        Self {
            name: posted.get("name").to_owned(),
            kind: match posted.get("kind") {
                "public" => ClientKind::Public,
                _ => ClientKind::Confidential,
            },
            redirect_uris: uris_of(posted),
            scopes: posted.all("scopes"),
            connectors: posted.all("connectors"),
            algorithm: algorithm.unwrap_or_default(),
            snapshot: match posted.get("snapshot") {
                "allow" => SnapshotPolicy::Allow,
                _ => SnapshotPolicy::Refuse,
            },
            token_seconds: posted.get("token_seconds").to_owned(),
            rights: rights::typed(posted),
        }
    }

    /// What can be told before anything is saved, all at once.
    pub(super) fn faults(&self, visitor: &Visitor) -> Faults {
        let mut faults = Faults::new();
        if let Err(error) = checked_name(&self.name) {
            faults.insert("name", visitor.say(&error.text()));
        }
        if self.redirect_uris.is_empty() {
            faults.insert("redirect_uris", visitor.say(&ManageError::NoRedirectUri.text()));
        } else if let Some(wrong) = wrong_uris(visitor, &self.redirect_uris) {
            faults.insert("redirect_uris", wrong);
        }
        if self.scopes.is_empty() {
            faults.insert("scopes", visitor.text("clients.scopes_none"));
        }
        if !self.token_seconds.is_empty() && self.seconds().is_none() {
            faults.insert("token_seconds", visitor.say(&ManageError::TokenSeconds.text()));
        }
        faults
    }

    /// The fault that core found, beside its field; what has none becomes a page.
    pub(super) fn fault_of(visitor: &Visitor, error: &ManageError) -> Result<Faults, Refusal> {
        let field = match error {
            ManageError::Name => "name",
            ManageError::NoRedirectUri | ManageError::RedirectUri { .. } => "redirect_uris",
            ManageError::Scope { .. } => "scopes",
            ManageError::TokenSeconds => "token_seconds",
            ManageError::PublicRights | ManageError::TooManyRules { .. } => "rights",
            ManageError::Network { .. } => "networks",
            ManageError::Call { .. } => "calls",
            other => return Err(other.clone().into()),
        };
        Ok(Faults::from([(field, visitor.say(&error.text()))]))
    }

    /// None: the installation's.
    fn seconds(&self) -> Option<u32> {
        self.token_seconds.parse().ok()
    }

    /// What a new client is given beside the rest.
    pub(super) fn extras(&self) -> ClientExtras {
        ClientExtras {
            token_seconds: self.seconds(),
            rights: self.rights.clone(),
            ..ClientExtras::default()
        }
    }

    pub(super) fn new_client(&self) -> Result<NewClient, Refusal> {
        Ok(NewClient {
            name: self.name.clone(),
            kind: self.kind,
            redirect_uris: self.redirect_uris.clone(),
            post_logout_redirect_uris: Vec::new(),
            scopes: self.scopes.clone(),
            connectors: self.connector_ids()?,
            id_token_alg: self.algorithm,
            snapshot_policy: self.snapshot,
        })
    }

    /// What the form does not show stays as it is.
    pub(super) fn edit(&self, client: &Client) -> Result<ClientEdit, Refusal> {
        Ok(ClientEdit {
            name: self.name.clone(),
            redirect_uris: self.redirect_uris.clone(),
            scopes: self.scopes.clone(),
            connectors: self.connector_ids()?,
            id_token_alg: self.algorithm,
            snapshot_policy: self.snapshot,
            protocol: client.protocol.clone(),
            token_seconds: self.seconds(),
            rights: match client.kind {
                ClientKind::Confidential => self.rights.clone(),
                ClientKind::Public => Rights::default(),
            },
            ..ClientEdit::from(client)
        })
    }

    fn connector_ids<T: std::str::FromStr>(&self) -> Result<Vec<T>, Refusal> {
        self.connectors.iter().map(|text| id(text)).collect()
    }

    /// The fields; with those of rights when they may be granted.
    pub(super) fn fields(
        &self,
        visitor: &Visitor,
        connectors: &[Arc<Connector>],
        faults: &Faults,
        may_grant: bool,
    ) -> Fields {
        let error = |name: &str| faults.get(name).cloned();
        let text = |key: &str| visitor.text(key);
        Fields {
            name: Field::new("name", text("clients.name"))
                .hint(text("clients.name_hint"))
                .value(self.name.clone())
                .required()
                .error(error("name")),
            kind: kind_field(visitor, self.kind),
            uris: uris_field(visitor, &self.redirect_uris.join("\n"))
                .required()
                .error(error("redirect_uris")),
            scopes: Field::new("scopes", text("clients.scopes"))
                .required()
                .chosen(self.scopes.clone())
                .error(error("scopes"))
                .choices(vec![
                    Choice::new("openid", "openid").hint(text("clients.scope_openid")),
                    Choice::new("profile", "profile").hint(text("clients.scope_profile")),
                    Choice::new("wechat", "wechat").hint(text("clients.scope_wechat")),
                    Choice::new("offline_access", "offline_access").hint(text("clients.scope_offline_access")),
                ]),
            connectors: (!connectors.is_empty()).then(|| self.connectors_field(visitor, connectors)),
            snapshot: Field::new("snapshot", text("onboarding.snapshot"))
                .hint(text("onboarding.snapshot_hint"))
                .required()
                .value(match self.snapshot {
                    SnapshotPolicy::Refuse => "refuse",
                    SnapshotPolicy::Allow => "allow",
                })
                .choices(vec![
                    Choice::new("refuse", text("onboarding.snapshot_refuse"))
                        .hint(text("onboarding.snapshot_refuse_hint")),
                    Choice::new("allow", text("onboarding.snapshot_allow"))
                        .hint(text("onboarding.snapshot_allow_hint")),
                ]),
            token_seconds: Field::new("token_seconds", text("clients.token_seconds"))
                .hint(text("clients.token_seconds_hint"))
                .kind("number")
                .value(self.token_seconds.clone())
                .error(error("token_seconds")),
            algorithm: Field::new("algorithm", text("clients.algorithm"))
                .hint(text("clients.algorithm_hint"))
                .required()
                .value(self.algorithm.as_str())
                .choices(
                    SigningAlgorithm::ALL
                        .map(|algorithm| Choice::new(algorithm.as_str(), algorithm.as_str()))
                        .to_vec(),
                ),
            unfolded: faults.contains_key("token_seconds"),
            rights: may_grant.then(|| rights::fields(visitor, &self.rights, faults)),
        }
    }

    fn connectors_field(&self, visitor: &Visitor, connectors: &[Arc<Connector>]) -> Field {
        let choice = |connector: &Arc<Connector>| {
            let note = if connector.status.is_active() {
                String::new()
            } else {
                visitor.text("clients.connector_off")
            };
            Choice::new(connector.id.to_string(), connector.name.clone()).hint(note)
        };
        Field::new("connectors", visitor.text("clients.connectors"))
            .hint(visitor.text("clients.connectors_hint"))
            .chosen(self.connectors.clone())
            .choices(connectors.iter().map(choice).collect())
    }
}

/// Only a new one may be either.
fn kind_field(visitor: &Visitor, kind: ClientKind) -> Field {
    let confidential = Choice::new("confidential", visitor.text("onboarding.client_confidential"));
    let public = Choice::new("public", visitor.text("onboarding.client_public"));
    Field::new("kind", visitor.text("onboarding.client_kind"))
        .value(match kind {
            ClientKind::Confidential => "confidential",
            ClientKind::Public => "public",
        })
        .required()
        .choices(vec![
            confidential.hint(visitor.text("onboarding.client_confidential_hint")),
            public.hint(visitor.text("onboarding.client_public_hint")),
        ])
}
