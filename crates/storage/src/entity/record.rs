//! Records: what is searched has a column, the whole record is the JSON in `data`, sealed when `sealed` says so.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "records")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub tenant_id: Option<String>,
    pub key: Option<String>,
    pub grp: Option<String>,
    pub expires_at: Option<i64>,
    pub version: i64,
    pub sealed: bool,
    pub data: String,
}

impl ActiveModelBehavior for ActiveModel {}
