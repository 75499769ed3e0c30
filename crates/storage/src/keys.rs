//! Signing keys, private halves sealed.

use std::sync::Arc;

use hufu_core::error::StoreError;
use hufu_core::ids::{KeyId, TenantId};
use hufu_core::model::{KeyState, SigningKey};
use hufu_core::oidc::{PrivateKey, Signer};
use hufu_core::secret::ExposeSecret as _;
use hufu_core::store::{KeySet, Result};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
};

use crate::entity::signing_key::{Column, Entity, Model};
use crate::error::{inconsistent, store_error};
use crate::row;
use crate::sealed::{Place, Sealer};

pub(crate) async fn list(
    connection: &impl ConnectionTrait,
    sealer: &Sealer,
    tenant: TenantId,
) -> Result<Vec<SigningKey>> {
    let rows = Entity::find()
        .filter(Column::TenantId.eq(tenant.to_string()))
        .order_by_asc(Column::Id)
        .all(connection)
        .await
        .map_err(|error| store_error(&error))?;
    rows.into_iter().map(|row| from_row(row, sealer)).collect()
}

/// The keys, parsed. Of two active ones of an algorithm the newer signs.
pub(crate) fn key_set(keys: &[SigningKey]) -> Result<KeySet> {
    let mut signers: Vec<Arc<Signer>> = Vec::new();
    for key in keys.iter().rev().filter(|key| key.state == KeyState::Active) {
        if signers.iter().all(|signer| signer.algorithm() != key.private.algorithm) {
            let signer =
                Signer::new(key.id, &key.private).map_err(|error| inconsistent(format!("{}: {error}", key.id)))?;
            signers.push(Arc::new(signer));
        }
    }
    Ok(KeySet {
        signers,
        public: keys.iter().map(|key| key.public_jwk.clone()).collect(),
    })
}

/// Adds a key, or updates the state of the one that is there, and since when it has it.
pub(crate) async fn save(transaction: &impl ConnectionTrait, sealer: &Sealer, key: &SigningKey) -> Result<()> {
    let mut known = OnConflict::column(Column::Id);
    // The tenant stays what it was: a key of another tenant is never touched.
    let own = Column::TenantId.eq(key.tenant_id.to_string());
    known
        .update_columns([Column::State, Column::ChangedAt])
        .action_and_where(own);
    let saved = Entity::insert(to_row(key, sealer)?.into_active_model())
        .on_conflict(known)
        .exec_without_returning(transaction)
        .await;
    match saved.map_err(|error| store_error(&error))? {
        0 => Err(StoreError::Conflict { what: "signing_key" }),
        _ => Ok(()),
    }
}

/// Deletes a key of the tenant; one that is gone is no error.
pub(crate) async fn delete(transaction: &impl ConnectionTrait, tenant: TenantId, id: KeyId) -> Result<()> {
    let deleted = Entity::delete_many()
        .filter(Column::Id.eq(id.to_string()))
        .filter(Column::TenantId.eq(tenant.to_string()))
        .exec(transaction)
        .await;
    deleted.map(|_| ()).map_err(|error| store_error(&error))
}

fn to_row(key: &SigningKey, sealer: &Sealer) -> Result<Model> {
    let id = key.id.to_string();
    let place = Place {
        tenant: key.tenant_id,
        table: "signing_keys",
        field: "private",
        row: &id,
    };
    Ok(Model {
        tenant_id: key.tenant_id.to_string(),
        state: row::to_word(&key.state)?,
        algorithm: row::to_word(&key.private.algorithm)?,
        private: sealer.seal(&place, key.private.pkcs8.expose_secret())?,
        public_jwk: row::to_json(&key.public_jwk)?,
        created_at: key.created_at.as_millis(),
        changed_at: key.changed_at.as_millis(),
        id,
    })
}

fn from_row(row: Model, sealer: &Sealer) -> Result<SigningKey> {
    let tenant = row::id("signing_keys.tenant_id", &row.tenant_id)?;
    let place = Place {
        tenant,
        table: "signing_keys",
        field: "private",
        row: &row.id,
    };
    Ok(SigningKey {
        id: row::id("signing_keys.id", &row.id)?,
        tenant_id: tenant,
        state: row::from_word("signing_keys.state", row.state)?,
        private: PrivateKey {
            algorithm: row::from_word("signing_keys.algorithm", row.algorithm)?,
            pkcs8: sealer.open(&place, &row.private)?,
        },
        public_jwk: row::from_json("signing_keys.public_jwk", &row.public_jwk)?,
        created_at: row::at(row.created_at),
        changed_at: row::at(row.changed_at.max(row.created_at)),
    })
}
