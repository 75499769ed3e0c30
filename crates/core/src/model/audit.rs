//! Audit events: immutable lines of who did what to which tenant, and with what outcome.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Attempt, StepTime};
use crate::clock::Timestamp;
use crate::ids::{AttemptId, ClientId, ConnectorId, EventId, RequestId, SubjectId, TenantId};

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Action {
    /// The outcome of a login; exactly one for each attempt.
    #[serde(rename = "login")]
    Login,
    /// A callback that was not taken and did not end the attempt, e.g. from another browser.
    #[serde(rename = "login.callback")]
    Callback,
    /// A code was redeemed, or the redemption refused.
    #[serde(rename = "token")]
    Token,
    /// A person was asked whether an app may have what it wants, and answered.
    #[serde(rename = "login.consent")]
    Consent,
    /// A person logged out, and their session in that browser ended.
    #[serde(rename = "logout")]
    Logout,
    /// An app was told that a session ended, or could not be.
    #[serde(rename = "logout.backchannel")]
    BackchannelLogout,
    /// A tenant was added.
    #[serde(rename = "tenant.add")]
    TenantAdd,
    /// A tenant was changed: disabled, enabled, renamed.
    #[serde(rename = "tenant.change")]
    TenantChange,
    /// A connector was added.
    #[serde(rename = "connector.add")]
    ConnectorAdd,
    /// A connector was changed.
    #[serde(rename = "connector.change")]
    ConnectorChange,
    /// A connector's secret was replaced.
    #[serde(rename = "connector.rotate_secret")]
    ConnectorRotateSecret,
    /// A client was added.
    #[serde(rename = "client.add")]
    ClientAdd,
    /// A client was changed.
    #[serde(rename = "client.change")]
    ClientChange,
    /// A client got a new secret.
    #[serde(rename = "client.rotate_secret")]
    ClientRotateSecret,
    /// A domain ownership file was added.
    #[serde(rename = "verify_file.add")]
    VerifyFileAdd,
    /// A domain ownership file was taken away.
    #[serde(rename = "verify_file.remove")]
    VerifyFileRemove,
    /// A test login ended.
    #[serde(rename = "connector.trial")]
    ConnectorTrial,
    /// A person was disabled or enabled.
    #[serde(rename = "person.change")]
    PersonChange,
    /// What was known of a person was erased.
    #[serde(rename = "person.erase")]
    PersonErase,
    /// A signing key was added, activated or retired.
    #[serde(rename = "key.rotate")]
    KeyRotate,
    /// The log was exported: reading it is an event itself.
    #[serde(rename = "audit.export")]
    AuditExport,
    /// An agency was added.
    #[serde(rename = "agency.add")]
    AgencyAdd,
    /// An agency was changed.
    #[serde(rename = "agency.change")]
    AgencyChange,
    /// An operator was added or invited.
    #[serde(rename = "operator.add")]
    OperatorAdd,
    /// An operator was changed: seat, password, second factor, status.
    #[serde(rename = "operator.change")]
    OperatorChange,
    /// An operator signed in, or was refused.
    #[serde(rename = "operator.login")]
    OperatorLogin,
    /// An operator's session was ended.
    #[serde(rename = "operator.logout")]
    OperatorLogout,
    /// A key of the admin API was made.
    #[serde(rename = "api_key.add")]
    ApiKeyAdd,
    /// A key of the admin API was revoked.
    #[serde(rename = "api_key.revoke")]
    ApiKeyRevoke,
    /// A link that works once was made: invitation or hand-over.
    #[serde(rename = "link.add")]
    LinkAdd,
    /// A link that works once was used.
    #[serde(rename = "link.use")]
    LinkUse,
    /// A consumer had the account's server token replaced.
    #[serde(rename = "server_token.refresh")]
    TokenForce,
    /// A person's profile was fetched anew without them.
    #[serde(rename = "person.refresh")]
    ProfileRefresh,
    /// Two subjects turned out to be one person, or an operator said so.
    #[serde(rename = "person.merge")]
    PersonMerge,
    /// Two subjects may be one person, which nobody guesses.
    #[serde(rename = "person.conflict")]
    PersonConflict,
    /// The draft of an account's menu was changed.
    #[serde(rename = "menu.change")]
    MenuChange,
    /// An account's menu was published, rolled back or taken away.
    #[serde(rename = "menu.publish")]
    MenuPublish,
    /// How an account's pushes are answered or forwarded was changed.
    #[serde(rename = "push.change")]
    PushChange,
    /// Messages that could not be forwarded were sent again.
    #[serde(rename = "push.replay")]
    PushReplay,
}

impl Action {
    /// All of them: locale tests and filters walk this list.
    pub const ALL: [Self; 39] = [
        Self::Login,
        Self::Callback,
        Self::Token,
        Self::Consent,
        Self::Logout,
        Self::BackchannelLogout,
        Self::TenantAdd,
        Self::TenantChange,
        Self::ConnectorAdd,
        Self::ConnectorChange,
        Self::ConnectorRotateSecret,
        Self::ClientAdd,
        Self::ClientChange,
        Self::ClientRotateSecret,
        Self::VerifyFileAdd,
        Self::VerifyFileRemove,
        Self::ConnectorTrial,
        Self::PersonChange,
        Self::PersonErase,
        Self::KeyRotate,
        Self::AuditExport,
        Self::AgencyAdd,
        Self::AgencyChange,
        Self::OperatorAdd,
        Self::OperatorChange,
        Self::OperatorLogin,
        Self::OperatorLogout,
        Self::ApiKeyAdd,
        Self::ApiKeyRevoke,
        Self::LinkAdd,
        Self::LinkUse,
        Self::TokenForce,
        Self::ProfileRefresh,
        Self::PersonMerge,
        Self::PersonConflict,
        Self::MenuChange,
        Self::MenuPublish,
        Self::PushChange,
        Self::PushReplay,
    ];

    /// Whether it is part of a person's login or its end, and not a change by an operator.
    #[must_use]
    pub const fn is_of_login(self) -> bool {
        matches!(
            self,
            Self::Login | Self::Callback | Self::Token | Self::Consent | Self::Logout | Self::BackchannelLogout
        )
    }

    /// The stable text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Callback => "login.callback",
            Self::Token => "token",
            Self::Consent => "login.consent",
            Self::Logout => "logout",
            Self::BackchannelLogout => "logout.backchannel",
            Self::TenantAdd => "tenant.add",
            Self::TenantChange => "tenant.change",
            Self::ConnectorAdd => "connector.add",
            Self::ConnectorChange => "connector.change",
            Self::ConnectorRotateSecret => "connector.rotate_secret",
            Self::ClientAdd => "client.add",
            Self::ClientChange => "client.change",
            Self::ClientRotateSecret => "client.rotate_secret",
            Self::VerifyFileAdd => "verify_file.add",
            Self::VerifyFileRemove => "verify_file.remove",
            Self::ConnectorTrial => "connector.trial",
            Self::PersonChange => "person.change",
            Self::PersonErase => "person.erase",
            Self::KeyRotate => "key.rotate",
            Self::AuditExport => "audit.export",
            Self::AgencyAdd => "agency.add",
            Self::AgencyChange => "agency.change",
            Self::OperatorAdd => "operator.add",
            Self::OperatorChange => "operator.change",
            Self::OperatorLogin => "operator.login",
            Self::OperatorLogout => "operator.logout",
            Self::ApiKeyAdd => "api_key.add",
            Self::ApiKeyRevoke => "api_key.revoke",
            Self::LinkAdd => "link.add",
            Self::LinkUse => "link.use",
            Self::TokenForce => "server_token.refresh",
            Self::ProfileRefresh => "person.refresh",
            Self::PersonMerge => "person.merge",
            Self::PersonConflict => "person.conflict",
            Self::MenuChange => "menu.change",
            Self::MenuPublish => "menu.publish",
            Self::PushChange => "push.change",
            Self::PushReplay => "push.replay",
        }
    }

    /// The action of a stable text.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        serde_json::from_value(Value::String(text.to_owned())).ok()
    }
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Done.
    Succeeded,
    /// The provider or Hufu could not finish.
    Failed,
    /// The person refused.
    Denied,
    /// Time ran out. A refusal that the provider does not report ends so too.
    Expired,
    /// A rule refused it.
    Rejected,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Succeeded,
        Self::Failed,
        Self::Denied,
        Self::Expired,
        Self::Rejected,
    ];

    /// The stable text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Denied => "denied",
            Self::Expired => "expired",
            Self::Rejected => "rejected",
        }
    }

    /// The outcome of a stable text.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        serde_json::from_value(Value::String(text.to_owned())).ok()
    }
}

/// One line of the audit log. Never holds a secret, a code or a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditEvent {
    /// Identifier; sorts by time.
    pub id: EventId,
    /// Whose.
    pub tenant_id: TenantId,
    /// When.
    pub at: Timestamp,
    /// What was done.
    pub action: Action,
    /// How it ended.
    pub outcome: Outcome,
    /// The login.
    pub attempt_id: Option<AttemptId>,
    /// The app.
    pub client_id: Option<ClientId>,
    /// The account.
    pub connector_id: Option<ConnectorId>,
    /// The person. A store fills it in for a login that succeeded.
    pub subject_id: Option<SubjectId>,
    /// The provider's id of the person (WeChat: openid).
    pub external_id: Option<String>,
    /// Scopes granted.
    pub scope: Option<String>,
    /// Why it did not succeed: Hufu's stable code.
    pub error: Option<String>,
    /// The number the provider gave (WeChat: errcode).
    pub errcode: Option<i64>,
    /// Milliseconds the provider took.
    pub upstream_ms: Option<u32>,
    /// Address of the browser or app.
    pub ip: Option<String>,
    /// Its `User-Agent`.
    pub user_agent: Option<String>,
    /// The request that ended it.
    pub request_id: Option<RequestId>,
    /// Who did it, when it was an operator: `cli:name`.
    pub actor: Option<String>,
    /// When each step was reached.
    pub steps: Vec<StepTime>,
    /// More, by name: what a change changed, what the provider said.
    pub detail: Map<String, Value>,
}

impl AuditEvent {
    /// An event with nothing but its time, tenant, action and outcome.
    #[must_use]
    pub fn new(id: EventId, tenant_id: TenantId, at: Timestamp, action: Action, outcome: Outcome) -> Self {
        Self {
            id,
            tenant_id,
            at,
            action,
            outcome,
            attempt_id: None,
            client_id: None,
            connector_id: None,
            subject_id: None,
            external_id: None,
            scope: None,
            error: None,
            errcode: None,
            upstream_ms: None,
            ip: None,
            user_agent: None,
            request_id: None,
            actor: None,
            steps: Vec::new(),
            detail: Map::new(),
        }
    }

    /// Fills in what the attempt says.
    #[must_use]
    pub fn of_attempt(mut self, attempt: &Attempt) -> Self {
        self.attempt_id = Some(attempt.id);
        self.client_id = Some(attempt.request.client_id);
        self.connector_id = Some(attempt.connector_id);
        self.scope = Some(attempt.request.scopes.to_string());
        self.ip = Some(attempt.browser.ip.clone());
        self.user_agent = Some(attempt.browser.user_agent.clone());
        self.request_id = Some(attempt.browser.request_id);
        self.steps.clone_from(&attempt.steps);
        self
    }
}

/// Which events to list, newest first.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Only this event.
    pub id: Option<EventId>,
    /// Only parts of people's logins, or only changes by operators.
    pub family: Option<Family>,
    /// Only this action.
    pub action: Option<Action>,
    /// Only this outcome.
    pub outcome: Option<Outcome>,
    /// Only this app.
    pub client_id: Option<ClientId>,
    /// Only this account.
    pub connector_id: Option<ConnectorId>,
    /// Only this login.
    pub attempt_id: Option<AttemptId>,
    /// Only this request.
    pub request_id: Option<RequestId>,
    /// Only this person.
    pub subject_id: Option<SubjectId>,
    /// Only this id at the provider.
    pub external_id: Option<String>,
    /// Only this reason.
    pub error: Option<String>,
    /// Only this number of the provider.
    pub errcode: Option<i64>,
    /// Only this address.
    pub ip: Option<String>,
    /// Only this operator or key.
    pub actor: Option<String>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
    /// Only events older than this one: the key of the next page.
    pub before: Option<EventId>,
    /// Only events newer than this one.
    pub after: Option<EventId>,
    /// Oldest first: the page that follows [`AuditFilter::after`], and a log that is read as it grows.
    pub oldest_first: bool,
}

/// The two lists of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Parts of people's logins.
    Logins,
    /// Changes by operators.
    Changes,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stable_texts_are_those_of_serde() {
        for action in Action::ALL {
            assert_eq!(Action::of(action.as_str()), Some(action));
        }
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::of(outcome.as_str()), Some(outcome));
        }
    }
}
