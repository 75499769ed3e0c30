//! Connectors. Each of a connector's secrets is sealed on its own.

use std::collections::BTreeMap;

use hufu_core::ids::{ConnectorId, TenantId};
use hufu_core::model::Connector;
use hufu_core::secret::{ExposeSecret as _, SecretString};
use hufu_core::store::Result;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, ExprTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _,
};

use crate::entity::connector::{Column, Entity, Model};
use crate::error::{inconsistent, store_error};
use crate::row;
use crate::save::{self, Precondition};
use crate::sealed::{Place, Sealer};

pub(crate) async fn by_id(
    connection: &impl ConnectionTrait,
    sealer: &Sealer,
    tenant: TenantId,
    id: ConnectorId,
) -> Result<Option<Connector>> {
    let found = Entity::find()
        .filter(Column::Id.eq(id.to_string()))
        .filter(Column::TenantId.eq(tenant.to_string()))
        .one(connection)
        .await;
    found
        .map_err(|error| store_error(&error))?
        .map(|row| from_row(row, sealer))
        .transpose()
}

pub(crate) async fn list(
    connection: &impl ConnectionTrait,
    sealer: &Sealer,
    tenant: TenantId,
) -> Result<Vec<Connector>> {
    let rows = Entity::find()
        .filter(Column::TenantId.eq(tenant.to_string()))
        .order_by_asc(Column::Id)
        .all(connection)
        .await
        .map_err(|error| store_error(&error))?;
    rows.into_iter().map(|row| from_row(row, sealer)).collect()
}

pub(crate) async fn save(transaction: &impl ConnectionTrait, sealer: &Sealer, connector: &Connector) -> Result<()> {
    let row = to_row(connector, sealer)?.into_active_model();
    match save::precondition(connector.version)? {
        Precondition::New => save::insert::<Entity>(transaction, row, "connector").await,
        Precondition::Over(version) => {
            let held = Column::Id
                .eq(connector.id.to_string())
                .and(Column::TenantId.eq(connector.tenant_id.to_string()))
                .and(Column::Version.eq(version));
            save::update::<Entity>(transaction, row, held, "connector").await
        }
    }
}

fn to_row(connector: &Connector, sealer: &Sealer) -> Result<Model> {
    let id = connector.id.to_string();
    let mut sealed = BTreeMap::new();
    for (name, secret) in &connector.secrets {
        let place = Place {
            tenant: connector.tenant_id,
            table: "connectors",
            field: name,
            row: &id,
        };
        sealed.insert(name, sealer.seal(&place, secret.expose_secret().as_bytes())?);
    }
    Ok(Model {
        tenant_id: connector.tenant_id.to_string(),
        kind: connector.kind.clone(),
        name: connector.name.clone(),
        status: row::to_word(&connector.status)?,
        settings: row::to_json(&connector.settings)?,
        secrets: row::to_json(&sealed)?,
        secrets_at: connector.secrets_at.as_millis(),
        created_at: connector.created_at.as_millis(),
        version: connector.version.into(),
        id,
    })
}

fn from_row(row: Model, sealer: &Sealer) -> Result<Connector> {
    let tenant = row::id("connectors.tenant_id", &row.tenant_id)?;
    let sealed: BTreeMap<String, String> = row::from_json("connectors.secrets", &row.secrets)?;
    let mut secrets = BTreeMap::new();
    for (name, sealed) in sealed {
        let opened = sealer.open(
            &Place {
                tenant,
                table: "connectors",
                field: &name,
                row: &row.id,
            },
            &sealed,
        )?;
        let text = std::str::from_utf8(opened.expose_secret()).map_err(|_| inconsistent("a secret is no text"))?;
        secrets.insert(name, SecretString::from(text));
    }
    Ok(Connector {
        id: row::id("connectors.id", &row.id)?,
        tenant_id: tenant,
        kind: row.kind,
        name: row.name,
        status: row::from_word("connectors.status", row.status)?,
        settings: row::from_json("connectors.settings", &row.settings)?,
        secrets,
        secrets_at: row::at(match row.secrets_at {
            0 => row.created_at,
            at => at,
        }),
        created_at: row::at(row.created_at),
        version: row::version(row.version)?,
    })
}
