//! Access tokens: the whole token as JSON in `data`, never the secret itself.

use sea_orm::entity::prelude::*;
use serde::Serialize;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "access_tokens")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub digest: String,
    pub tenant_id: String,
    pub client_id: String,
    pub subject_id: String,
    pub attempt_id: String,
    pub data: String,
    pub expires_at: i64,
    pub revoked: bool,
}

impl ActiveModelBehavior for ActiveModel {}
