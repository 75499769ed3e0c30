//! Connectors; `secrets` holds sealed values only.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "connectors")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub tenant_id: String,
    pub kind: String,
    pub name: String,
    pub status: String,
    pub settings: String,
    pub secrets: String,
    /// Zero in rows from before it was kept: then the secrets are as old as the row.
    pub secrets_at: i64,
    pub created_at: i64,
    pub version: i64,
}

impl ActiveModelBehavior for ActiveModel {}
