//! Domain ownership files.

use hufu_core::ids::TenantId;
use hufu_core::model::VerifyFile;
use hufu_core::store::Result;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
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

/// Takes a file away; one that is gone is no error.
pub(crate) async fn remove(transaction: &impl ConnectionTrait, file: &VerifyFile) -> Result<()> {
    let removed = Entity::delete_many()
        .filter(Column::TenantId.eq(file.tenant_id.to_string()))
        .filter(Column::Host.eq(file.host.as_str()))
        .filter(Column::Token.eq(file.token.as_str()))
        .exec(transaction)
        .await;
    removed.map(|_| ()).map_err(|error| store_error(&error))
}

/// The files of a tenant, by host.
pub(crate) async fn list(connection: &impl ConnectionTrait, tenant: TenantId) -> Result<Vec<VerifyFile>> {
    let rows = Entity::find()
        .filter(Column::TenantId.eq(tenant.to_string()))
        .order_by_asc(Column::Host)
        .order_by_asc(Column::Token)
        .all(connection)
        .await
        .map_err(|error| store_error(&error))?;
    let read = |row: Model| VerifyFile {
        tenant_id: tenant,
        host: row.host,
        token: row.token,
    };
    Ok(rows.into_iter().map(read).collect())
}
