//! Attempts: columns for what is searched or compared, the whole attempt as JSON in `data`.

use sea_orm::entity::prelude::*;
use serde::Serialize;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "attempts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub tenant_id: String,
    pub connector_id: String,
    pub state: String,
    pub external_id: Option<String>,
    pub state_digest: Option<String>,
    pub code_digest: Option<String>,
    pub data: String,
    pub created_at: i64,
    pub expires_at: i64,
    pub version: i64,
}

impl ActiveModelBehavior for ActiveModel {}
