//! People who turn out to be one: the conflicts that nobody guesses.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::ids::{ConnectorId, SubjectId, TenantId};

words! {
    /// What became of a conflict.
    pub enum ConflictState {
        /// Somebody must look.
        Open = "open",
        /// They were one person.
        Merged = "merged",
        /// They are two, whatever the provider says.
        Apart = "apart",
    }
}

/// A login proved an identity of one subject with a union id of another, and the first subject has another union id
/// of the same owner already: the account may have been bound to another owner, or handed on to another person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnionConflict {
    /// Whose.
    pub tenant_id: TenantId,
    /// The subject of the identity that logged in.
    pub subject_id: SubjectId,
    /// The subject that has the union id.
    pub other_id: SubjectId,
    /// By which connector.
    pub connector_id: ConnectorId,
    /// The provider's id of the person there.
    pub external_id: String,
    /// Under which owner.
    pub union_group: String,
    /// The union id.
    pub union_id: String,
    /// When it was first seen.
    pub at: Timestamp,
    /// What became of it.
    pub state: ConflictState,
    /// Who decided.
    pub decided_by: Option<String>,
    /// Counts saves, from 1.
    pub version: u32,
}

impl UnionConflict {
    /// The same for the same two people, whichever logs in.
    #[must_use]
    pub fn id_of(tenant: TenantId, one: SubjectId, other: SubjectId) -> String {
        let (older, younger) = if one < other { (one, other) } else { (other, one) };
        format!("{tenant}:{older}:{younger}")
    }
}
