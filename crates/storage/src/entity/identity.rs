//! Identities: who is known under which id at which connector.

use sea_orm::entity::prelude::*;
use serde::Serialize;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "identities")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub connector_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub external_id: String,
    pub subject_id: String,
    pub union_id: Option<String>,
    pub profile: Option<String>,
    pub profile_at: Option<i64>,
    pub transient: bool,
    pub claims: String,
    pub first_seen: i64,
    pub last_seen: i64,
    /// Its subject is disabled: so the statement that every login makes anyway sees it.
    pub blocked: bool,
    /// What the provider granted for the person; sealed.
    pub upstream_grant: Option<String>,
    /// Subjects that were merged into its subject.
    pub previous_subjects: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
