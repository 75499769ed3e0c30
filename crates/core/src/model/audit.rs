//! Audit events: immutable lines of who did what to which tenant, and with what outcome.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Attempt, StepTime};
use crate::clock::Timestamp;
use crate::ids::{AttemptId, ClientId, ConnectorId, EventId, RequestId, SubjectId, TenantId};

words! {
    /// What was done.
    pub enum Action {
        /// The outcome of a login; exactly one for each attempt.
        Login = "login",
        /// A callback that was not taken and did not end the attempt, e.g. from another browser.
        Callback = "login.callback",
        /// A code was redeemed, or the redemption refused.
        Token = "token",
        /// A person was asked whether an app may have what it wants, and answered.
        Consent = "login.consent",
        /// A person logged out, and their session in that browser ended.
        Logout = "logout",
        /// An app was told that a session ended, or could not be.
        BackchannelLogout = "logout.backchannel",
        /// A tenant was added.
        TenantAdd = "tenant.add",
        /// A tenant was changed: disabled, enabled, renamed.
        TenantChange = "tenant.change",
        /// A connector was added.
        ConnectorAdd = "connector.add",
        /// A connector was changed.
        ConnectorChange = "connector.change",
        /// A connector's secret was replaced.
        ConnectorRotateSecret = "connector.rotate_secret",
        /// A client was added.
        ClientAdd = "client.add",
        /// A client was changed.
        ClientChange = "client.change",
        /// A client got a new secret.
        ClientRotateSecret = "client.rotate_secret",
        /// A domain ownership file was added.
        VerifyFileAdd = "verify_file.add",
        /// A domain ownership file was taken away.
        VerifyFileRemove = "verify_file.remove",
        /// A test login ended.
        ConnectorTrial = "connector.trial",
        /// A person was disabled or enabled.
        PersonChange = "person.change",
        /// What was known of a person was erased.
        PersonErase = "person.erase",
        /// A signing key was added, activated or retired.
        KeyRotate = "key.rotate",
        /// The log was exported: reading it is an event itself.
        AuditExport = "audit.export",
        /// An agency was added.
        AgencyAdd = "agency.add",
        /// An agency was changed.
        AgencyChange = "agency.change",
        /// An operator was added or invited.
        OperatorAdd = "operator.add",
        /// An operator was changed: seat, password, second factor, status.
        OperatorChange = "operator.change",
        /// An operator signed in, or was refused.
        OperatorLogin = "operator.login",
        /// An operator's session was ended.
        OperatorLogout = "operator.logout",
        /// A key of the admin API was made.
        ApiKeyAdd = "api_key.add",
        /// A key of the admin API was revoked.
        ApiKeyRevoke = "api_key.revoke",
        /// A link that works once was made: invitation or hand-over.
        LinkAdd = "link.add",
        /// A link that works once was used.
        LinkUse = "link.use",
        /// A consumer had the account's server token replaced.
        TokenForce = "server_token.refresh",
        /// A person's profile was fetched anew without them.
        ProfileRefresh = "person.refresh",
        /// Two subjects turned out to be one person, or an operator said so.
        PersonMerge = "person.merge",
        /// Two subjects may be one person, which nobody guesses.
        PersonConflict = "person.conflict",
        /// The draft of an account's menu was changed.
        MenuChange = "menu.change",
        /// An account's menu was published, rolled back or taken away.
        MenuPublish = "menu.publish",
        /// How an account's pushes are answered or forwarded was changed.
        PushChange = "push.change",
        /// Messages that could not be forwarded were sent again.
        PushReplay = "push.replay",
    }
}

impl Action {
    /// Whether it is part of a person's login or its end, and not a change by an operator.
    #[must_use]
    pub const fn is_of_login(self) -> bool {
        matches!(
            self,
            Self::Login | Self::Callback | Self::Token | Self::Consent | Self::Logout | Self::BackchannelLogout
        )
    }
}

words! {
    /// How it ended.
    pub enum Outcome {
        /// Done.
        Succeeded = "succeeded",
        /// The provider or Hufu could not finish.
        Failed = "failed",
        /// The person refused.
        Denied = "denied",
        /// Time ran out. A refusal that the provider does not report ends so too.
        Expired = "expired",
        /// A rule refused it.
        Rejected = "rejected",
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
