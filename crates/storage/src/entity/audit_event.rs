//! Audit events.

use sea_orm::entity::prelude::*;
use serde::Serialize;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "audit_events")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub at: i64,
    pub action: String,
    pub outcome: String,
    pub attempt_id: Option<String>,
    pub client_id: Option<String>,
    pub connector_id: Option<String>,
    pub subject_id: Option<String>,
    pub external_id: Option<String>,
    pub scope: Option<String>,
    pub error: Option<String>,
    pub errcode: Option<i64>,
    pub upstream_ms: Option<i64>,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    pub request_id: Option<String>,
    pub actor: Option<String>,
    pub steps: String,
    pub detail: String,
}

impl ActiveModelBehavior for ActiveModel {}
