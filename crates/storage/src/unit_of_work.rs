//! A unit of work as the writer wants it: checked, and sorted by kind of change.

use std::collections::HashSet;

use hufu_core::ids::{AttemptId, ConnectorId, TenantId};
use hufu_core::model::{AccessToken, Attempt, AuditEvent, BrowserSession, SessionLogin};
use hufu_core::secret::Digest256;
use hufu_core::store::{Change, IdentitySeen, Result, UnitOfWork};

use crate::error::inconsistent;

/// What a unit touches, so that no two units of one statement touch the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Touched {
    Attempt(AttemptId),
    Identity(TenantId, ConnectorId, String),
    Union(TenantId, String, String),
    Token(Digest256),
}

/// A unit's changes by kind.
#[derive(Debug, Clone)]
pub(crate) struct Work {
    pub(crate) tenant: TenantId,
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) identity: Option<IdentitySeen>,
    pub(crate) tokens: Vec<AccessToken>,
    pub(crate) revocations: Vec<AttemptId>,
    pub(crate) events: Vec<AuditEvent>,
    pub(crate) sessions: Vec<BrowserSession>,
    pub(crate) session_logins: Vec<SessionLogin>,
    /// What is carried out statement by statement, in this order.
    pub(crate) alone: Vec<Change>,
}

impl Work {
    /// Sorts a unit.
    ///
    /// # Errors
    /// When no database could carry it out: changes of two tenants, the same thing twice, two identities.
    pub(crate) fn of(unit: UnitOfWork) -> Result<Self> {
        if unit.is_mixed() {
            return Err(inconsistent("a unit of work with changes of another tenant"));
        }
        let mut work = Self {
            tenant: unit.tenant_id(),
            attempts: Vec::new(),
            identity: None,
            tokens: Vec::new(),
            revocations: Vec::new(),
            events: Vec::new(),
            sessions: Vec::new(),
            session_logins: Vec::new(),
            alone: Vec::new(),
        };
        for change in unit.into_changes() {
            match change {
                Change::Attempt(attempt) if attempt.version == 0 => {
                    return Err(inconsistent("an attempt that was never sent anywhere"));
                }
                Change::Attempt(attempt) => work.attempts.push(*attempt),
                Change::Identity(_) if work.identity.is_some() => {
                    return Err(inconsistent("a unit of work with two identities"));
                }
                Change::Identity(seen) => work.identity = Some(*seen),
                Change::AccessToken(token) => work.tokens.push(*token),
                Change::RevokeAccessTokens(attempt) => work.revocations.push(attempt),
                Change::Event(event) => work.events.push(*event),
                Change::Session(session) => work.sessions.push(*session),
                Change::SessionLogin(login) => work.session_logins.push(login),
                other => work.alone.push(other),
            }
        }
        let mut seen = HashSet::new();
        if work.attempts.iter().any(|attempt| !seen.insert(attempt.id)) {
            return Err(inconsistent("a unit of work with one attempt twice"));
        }
        Ok(work)
    }

    /// Whether it runs alone, statement by statement.
    pub(crate) fn is_alone(&self) -> bool {
        !self.alone.is_empty()
    }

    /// Whether it changes configuration: then every instance forgets what it cached of that.
    pub(crate) fn is_configuration(&self) -> bool {
        self.alone.iter().any(Change::is_configuration)
    }

    /// What it touches that another unit could touch too.
    pub(crate) fn touched(&self) -> impl Iterator<Item = Touched> {
        let attempts = self
            .attempts
            .iter()
            .map(|attempt| attempt.id)
            .chain(self.revocations.iter().copied());
        let identity = self
            .identity
            .iter()
            .map(|seen| Touched::Identity(self.tenant, seen.connector_id, seen.identity.external_id.clone()));
        let union = self.identity.iter().filter_map(|seen| {
            let (union, id) = (seen.union.as_ref()?, seen.identity.union_id.clone()?);
            Some(Touched::Union(self.tenant, union.group.clone(), id))
        });
        attempts
            .map(Touched::Attempt)
            .chain(identity)
            .chain(union)
            .chain(self.tokens.iter().map(|token| Touched::Token(token.digest)))
    }
}
