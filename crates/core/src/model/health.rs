//! Health badges: how the last check of something went.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::error::Class;
use crate::ids::TenantId;
use crate::text::Text;

words! {
    /// How it stands.
    pub enum HealthState {
        /// All checks went well.
        Good = "good",
        /// A check failed for a reason that may pass by itself.
        Uncertain = "uncertain",
        /// A check failed; somebody must act.
        Bad = "bad",
    }
}

/// How one check went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckNote {
    /// Stable name, e.g. `credentials`.
    pub name: String,
    /// What was checked.
    pub title: Text,
    /// Who can act; `None`: it went well.
    pub class: Option<Class>,
    /// Hufu's stable code of the failure.
    pub error: Option<String>,
    /// The provider's number.
    pub errcode: Option<i64>,
    /// What is wrong.
    pub message: Option<Text>,
    /// What to do.
    pub remedy: Option<Text>,
}

/// The last check of one thing. Listed by its state, so that what is red is found without reading the rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// Of what: `connector:{id}`, `verify_file:{host}/{token}` or `tenant_host:{tenant id}/{host}`.
    pub of: String,
    /// Whose.
    pub tenant_id: TenantId,
    /// How it stands.
    pub state: HealthState,
    /// The checks.
    pub checks: Vec<CheckNote>,
    /// Milliseconds they took.
    pub took_ms: u32,
    /// When.
    pub at: Timestamp,
    /// Counts saves, from 1.
    pub version: u32,
}
