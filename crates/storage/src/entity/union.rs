//! Unions: whose an owner-wide id of a person is.

use sea_orm::entity::prelude::*;
use serde::Serialize;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "unions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub union_group: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub union_id: String,
    pub subject_id: String,
    /// Its subject is disabled.
    pub blocked: bool,
}

impl ActiveModelBehavior for ActiveModel {}
