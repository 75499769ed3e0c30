//! The unit of work: what is written, as a value.

use super::RecordRow;
use crate::clock::Timestamp;
use crate::ids::{AttemptId, BrowserSessionId, ConnectorId, KeyId, SubjectId, TenantId};
use crate::model::{
    AccessToken, Attempt, AuditEvent, BrowserSession, Client, Connector, Identity, SessionLogin, SigningKey, Status,
    Tenant, UserGrant, VerifyFile,
};

/// Whoever has the identity's union id under the same owner is the same person.
#[derive(Debug, Clone)]
pub struct UnionSeen {
    /// The owner; see [`crate::provider::Provider::union_group`].
    pub group: String,
    /// The event that is written when two subjects turn out to be one ([`Action::PersonMerge`]), or may be
    /// ([`Action::PersonConflict`]); the store fills in which.
    ///
    /// [`Action::PersonMerge`]: crate::model::Action::PersonMerge
    /// [`Action::PersonConflict`]: crate::model::Action::PersonConflict
    pub event: Box<AuditEvent>,
}

/// An identity was proved: it is added with `proposed_subject`, or, when it is known, updated.
#[derive(Debug, Clone)]
pub struct IdentitySeen {
    /// By which connector.
    pub connector_id: ConnectorId,
    /// What was proved. A missing profile or union id leaves what is known as it is.
    pub identity: Identity,
    /// What the provider granted with it; a missing one leaves what is known as it is.
    pub grant: Option<UserGrant>,
    /// Links it with other identities of its owner; `None`: it links nobody.
    pub union: Option<UnionSeen>,
    /// The subject of a person never seen before.
    pub proposed_subject: SubjectId,
    /// When.
    pub at: Timestamp,
}

/// So many more of something, at one account on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// The account.
    pub connector_id: ConnectorId,
    /// Of what; see [`crate::provider::Meter`].
    pub name: String,
    /// Days since the Unix epoch in China's time: WeChat's quotas begin anew at its midnight.
    pub day: u32,
    /// How many more.
    pub more: u64,
}

/// One typed change.
#[derive(Debug, Clone)]
pub enum Change {
    /// Stores version 1 of an attempt, or version `n` over `n - 1` (precondition).
    Attempt(Box<Attempt>),
    /// Adds or updates an identity and its subject; decides [`Saved::subject_id`], which the store also writes into
    /// this unit's attempt and events.
    Identity(Box<IdentitySeen>),
    /// Adds an access token.
    AccessToken(Box<AccessToken>),
    /// Revokes the access tokens that a login gave.
    RevokeAccessTokens(AttemptId),
    /// Adds a browser session.
    Session(Box<BrowserSession>),
    /// Adds a login to a session.
    SessionLogin(SessionLogin),
    /// Ends a session, and revokes the access tokens that its logins gave; one that is gone is no error.
    EndSession(BrowserSessionId),
    /// Adds an audit event.
    Event(Box<AuditEvent>),
    /// Raises a counter.
    Count(Box<Counted>),
    /// Stores version 1 of a tenant, or version `n` over `n - 1`.
    Tenant(Box<Tenant>),
    /// Stores version 1 of a client, or version `n` over `n - 1`.
    Client(Box<Client>),
    /// Stores version 1 of a connector, or version `n` over `n - 1`.
    Connector(Box<Connector>),
    /// Adds a signing key, or updates its state.
    SigningKey(Box<SigningKey>),
    /// Adds a domain ownership file; the same one again is no error.
    VerifyFile(VerifyFile),
    /// Takes a domain ownership file away; one that is gone is no error.
    RemoveVerifyFile(VerifyFile),
    /// Deletes a signing key.
    DeleteSigningKey(KeyId),
    /// Disables or enables a person: of a disabled one every login is refused ([`StoreError::Blocked`]).
    ///
    /// [`StoreError::Blocked`]: crate::error::StoreError::Blocked
    SubjectStatus(SubjectId, Status),
    /// Two subjects are one person: all that is known of `from` is `into`'s from now on, and what `from` was given
    /// ends.
    MergeSubjects {
        /// The subject that goes.
        from: SubjectId,
        /// The subject that stays.
        into: SubjectId,
    },
    /// Erases what is known of a person: identities, tokens, what stored logins proved, and the provider's id in the
    /// log. The subject stays as an empty name, so that old events still belong together.
    EraseSubject(SubjectId),
    /// Stores version 1 of a record, or version `n` over `n - 1`; see [`Change::record`].
    Record(Box<RecordRow>),
    /// Deletes a record; see [`Change::delete_record`].
    DeleteRecord {
        /// [`crate::store::Record::KIND`].
        kind: &'static str,
        /// [`crate::store::Record::id`].
        id: String,
    },
}

impl Change {
    /// Whose rows it touches; `None` when the value itself does not say.
    fn tenant_id(&self) -> Option<TenantId> {
        match self {
            Self::Attempt(attempt) => Some(attempt.tenant_id),
            Self::AccessToken(token) => Some(token.tenant_id),
            Self::Session(session) => Some(session.tenant_id),
            Self::Event(event) => Some(event.tenant_id),
            Self::Tenant(tenant) => Some(tenant.id),
            Self::Client(client) => Some(client.tenant_id),
            Self::Connector(connector) => Some(connector.tenant_id),
            Self::SigningKey(key) => Some(key.tenant_id),
            Self::VerifyFile(file) | Self::RemoveVerifyFile(file) => Some(file.tenant_id),
            Self::Record(record) => record.tenant_id,
            Self::Identity(_)
            | Self::Count(_)
            | Self::RevokeAccessTokens(_)
            | Self::SessionLogin(_)
            | Self::EndSession(_)
            | Self::DeleteSigningKey(_)
            | Self::SubjectStatus(..)
            | Self::EraseSubject(_)
            | Self::MergeSubjects { .. }
            | Self::DeleteRecord { .. } => None,
        }
    }

    /// Whether it changes configuration that instances cache.
    #[must_use]
    pub fn is_configuration(&self) -> bool {
        matches!(
            self,
            Self::Tenant(_)
                | Self::Client(_)
                | Self::Connector(_)
                | Self::SigningKey(_)
                | Self::VerifyFile(_)
                | Self::RemoveVerifyFile(_)
                | Self::DeleteSigningKey(_)
        )
    }
}

/// Changes of one tenant that happen together or not at all.
#[derive(Debug, Clone)]
pub struct UnitOfWork {
    tenant_id: TenantId,
    changes: Vec<Change>,
}

impl UnitOfWork {
    /// An empty unit for one tenant.
    #[must_use]
    pub fn new(tenant_id: TenantId) -> Self {
        Self {
            tenant_id,
            changes: Vec::with_capacity(4),
        }
    }

    /// The same with one more change.
    #[must_use]
    pub fn with(mut self, change: Change) -> Self {
        self.changes.push(change);
        self
    }

    /// Whether a change belongs to another tenant than the unit: a programming error that must never be written.
    #[must_use]
    pub fn is_mixed(&self) -> bool {
        self.changes
            .iter()
            .any(|change| change.tenant_id().is_some_and(|tenant| tenant != self.tenant_id))
    }

    /// Whose.
    #[must_use]
    pub fn tenant_id(&self) -> TenantId {
        self.tenant_id
    }

    /// What.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// The changes, given away.
    #[must_use]
    pub fn into_changes(self) -> Vec<Change> {
        self.changes
    }
}

/// What a saved unit decided.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Saved {
    /// The subject of the unit's identity: the one known, or the one proposed.
    pub subject_id: Option<SubjectId>,
    /// Whether that subject was added by this unit.
    pub is_new_subject: bool,
    /// The subject that this unit merged into that one.
    pub merged_from: Option<SubjectId>,
    /// All subjects that were merged into that one, ever.
    pub previous_subjects: Vec<SubjectId>,
}
