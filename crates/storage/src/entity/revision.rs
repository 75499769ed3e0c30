//! The one row by which instances notice each other's changes.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "revisions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub configuration: i64,
    pub revocations: i64,
}

impl ActiveModelBehavior for ActiveModel {}
