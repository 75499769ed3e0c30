//! Domain ownership files.

use hufu_core::model::VerifyFile;
use hufu_core::store::Result;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QuerySelect as _,
};

use crate::entity::verify_file::{Column, Entity, Model};
use crate::error::store_error;

pub(crate) async fn exists(connection: &impl ConnectionTrait, host: &str, token: &str) -> Result<bool> {
    let found = Entity::find()
        .filter(Column::Host.eq(host))
        .filter(Column::Token.eq(token))
        .limit(1)
        .one(connection)
        .await;
    Ok(found.map_err(|error| store_error(&error))?.is_some())
}

/// Adds a file; the same one again is no error.
pub(crate) async fn save(transaction: &impl ConnectionTrait, file: &VerifyFile) -> Result<()> {
    let row = Model {
        tenant_id: file.tenant_id.to_string(),
        host: file.host.clone(),
        token: file.token.clone(),
    };
    let mut known = OnConflict::columns([Column::TenantId, Column::Host, Column::Token]);
    known.do_nothing();
    let saved = Entity::insert(row.into_active_model())
        .on_conflict(known)
        .exec_without_returning(transaction)
        .await;
    saved.map(|_| ()).map_err(|error| store_error(&error))
}
