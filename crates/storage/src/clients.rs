//! Clients.

use hufu_core::error::StoreError;
use hufu_core::ids::{ClientId, TenantId};
use hufu_core::model::Client;
use hufu_core::store::Result;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, ExprTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};

use crate::entity::client::{Column, Entity, Model};
use crate::error::store_error;
use crate::row;
use crate::save::{self, Precondition};

pub(crate) async fn by_id(connection: &impl ConnectionTrait, tenant: TenantId, id: ClientId) -> Result<Option<Client>> {
    let found = Entity::find()
        .filter(Column::Id.eq(id.to_string()))
        .filter(Column::TenantId.eq(tenant.to_string()))
        .one(connection)
        .await;
    found
        .map_err(|error| store_error(&error))?
        .map(Client::try_from)
        .transpose()
}

/// The tenant that has this client.
pub(crate) async fn tenant_of(connection: &impl ConnectionTrait, id: ClientId) -> Result<Option<TenantId>> {
    let found = Entity::find()
        .select_only()
        .column(Column::TenantId)
        .filter(Column::Id.eq(id.to_string()))
        .into_tuple::<String>()
        .one(connection)
        .await;
    let found = found.map_err(|error| store_error(&error))?;
    found.map(|text| row::id("clients.tenant_id", &text)).transpose()
}

pub(crate) async fn list(connection: &impl ConnectionTrait, tenant: TenantId) -> Result<Vec<Client>> {
    let rows = Entity::find()
        .filter(Column::TenantId.eq(tenant.to_string()))
        .order_by_asc(Column::Id)
        .all(connection)
        .await
        .map_err(|error| store_error(&error))?;
    rows.into_iter().map(Client::try_from).collect()
}

pub(crate) async fn save(transaction: &impl ConnectionTrait, client: &Client) -> Result<()> {
    let row = Model::try_from(client)?.into_active_model();
    match save::precondition(client.version)? {
        Precondition::New => save::insert::<Entity>(transaction, row, "client").await,
        Precondition::Over(version) => {
            let held = Column::Id
                .eq(client.id.to_string())
                .and(Column::TenantId.eq(client.tenant_id.to_string()))
                .and(Column::Version.eq(version));
            save::update::<Entity>(transaction, row, held, "client").await
        }
    }
}

impl TryFrom<&Client> for Model {
    type Error = StoreError;
    fn try_from(client: &Client) -> Result<Self> {
        Ok(Self {
            id: client.id.to_string(),
            tenant_id: client.tenant_id.to_string(),
            name: client.name.clone(),
            status: row::to_word(&client.status)?,
            kind: row::to_word(&client.kind)?,
            redirect_uris: row::to_json(&client.redirect_uris)?,
            post_logout_redirect_uris: row::to_json(&client.post_logout_redirect_uris)?,
            scopes: row::to_json(&client.scopes)?,
            secrets: row::to_json(&client.secrets)?,
            connectors: row::to_json(&client.connectors)?,
            id_token_alg: row::to_word(&client.id_token_alg)?,
            snapshot_policy: row::to_word(&client.snapshot_policy)?,
            token_seconds: client.token_seconds.map(i64::from),
            rights: row::to_json(&client.rights)?,
            protocol: row::to_json(&client.protocol)?,
            created_at: client.created_at.as_millis(),
            version: client.version.into(),
        })
    }
}

impl TryFrom<Model> for Client {
    type Error = StoreError;
    fn try_from(row: Model) -> Result<Self> {
        Ok(Self {
            id: row::id("clients.id", &row.id)?,
            tenant_id: row::id("clients.tenant_id", &row.tenant_id)?,
            name: row.name,
            status: row::from_word("clients.status", row.status)?,
            kind: row::from_word("clients.kind", row.kind)?,
            redirect_uris: row::from_json("clients.redirect_uris", &row.redirect_uris)?,
            post_logout_redirect_uris: row::from_json(
                "clients.post_logout_redirect_uris",
                &row.post_logout_redirect_uris,
            )?,
            scopes: row::from_json("clients.scopes", &row.scopes)?,
            secrets: row::from_json("clients.secrets", &row.secrets)?,
            connectors: row::from_json("clients.connectors", &row.connectors)?,
            id_token_alg: row::from_word("clients.id_token_alg", row.id_token_alg)?,
            snapshot_policy: row::from_word("clients.snapshot_policy", row.snapshot_policy)?,
            token_seconds: row::count_opt("clients.token_seconds", row.token_seconds)?,
            rights: row::from_json("clients.rights", &row.rights)?,
            protocol: row::from_json("clients.protocol", &row.protocol)?,
            created_at: row::at(row.created_at),
            version: row::version(row.version)?,
        })
    }
}
