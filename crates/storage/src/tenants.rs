//! Tenants.

use hufu_core::error::StoreError;
use hufu_core::model::{HostName, Tenant, TenantCode};
use hufu_core::store::Result;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, ExprTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};

use crate::entity::tenant::{Column, Entity, Model};
use crate::error::store_error;
use crate::row;
use crate::save::{self, Precondition};

pub(crate) async fn by_code(connection: &impl ConnectionTrait, code: &TenantCode) -> Result<Option<Tenant>> {
    let found = Entity::find()
        .filter(Column::Code.eq(code.as_str()))
        .one(connection)
        .await;
    found
        .map_err(|error| store_error(&error))?
        .map(Tenant::try_from)
        .transpose()
}

/// The tenant whose own host this is.
pub(crate) async fn by_host(connection: &impl ConnectionTrait, host: &HostName) -> Result<Option<Tenant>> {
    let found = Entity::find()
        .filter(Column::Host.eq(host.as_str()))
        .one(connection)
        .await;
    found
        .map_err(|error| store_error(&error))?
        .map(Tenant::try_from)
        .transpose()
}

pub(crate) async fn list(
    connection: &impl ConnectionTrait,
    after: Option<&TenantCode>,
    limit: u64,
) -> Result<Vec<Tenant>> {
    let mut query = Entity::find().order_by_asc(Column::Code).limit(limit);
    if let Some(after) = after {
        query = query.filter(Column::Code.gt(after.as_str()));
    }
    let rows = query.all(connection).await.map_err(|error| store_error(&error))?;
    rows.into_iter().map(Tenant::try_from).collect()
}

pub(crate) async fn save(transaction: &impl ConnectionTrait, tenant: &Tenant) -> Result<()> {
    let row = Model::try_from(tenant)?.into_active_model();
    match save::precondition(tenant.version)? {
        Precondition::New => save::insert::<Entity>(transaction, row, "tenant").await,
        Precondition::Over(version) => {
            let held = Column::Id.eq(tenant.id.to_string()).and(Column::Version.eq(version));
            save::update::<Entity>(transaction, row, held, "tenant").await
        }
    }
}

impl TryFrom<&Tenant> for Model {
    type Error = StoreError;
    fn try_from(tenant: &Tenant) -> Result<Self> {
        Ok(Self {
            id: tenant.id.to_string(),
            code: tenant.code.to_string(),
            name: tenant.name.clone(),
            status: row::to_word(&tenant.status)?,
            locale: row::to_word(&tenant.locale)?,
            agency_id: tenant.agency_id.map(|id| id.to_string()),
            branding: row::to_json(&tenant.branding)?,
            audit_days: tenant.audit_days.map(i64::from),
            host: tenant.host.as_ref().map(ToString::to_string),
            pairwise_salt: tenant.pairwise_salt.clone(),
            created_at: tenant.created_at.as_millis(),
            version: tenant.version.into(),
        })
    }
}

impl TryFrom<Model> for Tenant {
    type Error = StoreError;
    fn try_from(row: Model) -> Result<Self> {
        Ok(Self {
            id: row::id("tenants.id", &row.id)?,
            code: row.code.parse().map_err(crate::error::inconsistent)?,
            name: row.name,
            status: row::from_word("tenants.status", row.status)?,
            locale: row::from_word("tenants.locale", row.locale)?,
            agency_id: row::id_opt("tenants.agency_id", row.agency_id.as_deref())?,
            branding: row::from_json("tenants.branding", &row.branding)?,
            audit_days: row::count_opt("tenants.audit_days", row.audit_days)?,
            host: row
                .host
                .map(|host| host.parse().map_err(crate::error::inconsistent))
                .transpose()?,
            pairwise_salt: row.pairwise_salt,
            created_at: row::at(row.created_at),
            version: row::version(row.version)?,
        })
    }
}
