//! People as the console shows them. What an operator does to one is in `erasure`.

use std::collections::HashMap;

use hufu_core::error::StoreError;
use hufu_core::ids::{SubjectId, TenantId};
use hufu_core::store::{KnownIdentity, Person, PersonFilter, PersonIdentity, Result};
use sea_orm::sea_query::{BinOper, Expr, ExprTrait as _, Query, SelectStatement};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbBackend, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};

use crate::entity::{connector, identity, subject};
use crate::error::store_error;
use crate::row;
use crate::search::{Needle, json_of};

/// Newest first.
pub(crate) async fn list(
    connection: &impl ConnectionTrait,
    tenant: TenantId,
    filter: &PersonFilter,
    limit: u64,
) -> Result<Vec<Person>> {
    let mut condition =
        Condition::all().add_option(filter.before.map(|before| subject::Column::Id.lt(before.to_string())));
    condition = match Needle::of(&filter.text) {
        Some(needle) => condition.add(named(connection, tenant, &needle).await?),
        // Whoever was erased is nobody: in no list, but still found by the id that old events have.
        None => condition.add(Expr::exists(any_identity())),
    };
    read(connection, tenant, condition, limit).await
}

pub(crate) async fn lookup(
    connection: &impl ConnectionTrait,
    tenant: TenantId,
    id: SubjectId,
) -> Result<Option<Person>> {
    let condition = Condition::all().add(subject::Column::Id.eq(id.to_string()));
    Ok(read(connection, tenant, condition, 1).await?.pop())
}

/// Who is meant: whoever is known by exactly this id, and only when nobody is, those with it in their names. Ids have
/// indexes; for a name all of the tenant's identities are read.
async fn named(connection: &impl ConnectionTrait, tenant: TenantId, needle: &Needle) -> Result<Condition> {
    if needle.as_str().parse::<SubjectId>().is_ok() {
        return Ok(Condition::all().add(subject::Column::Id.eq(needle.as_str())));
    }
    let of_tenant = || {
        Query::select()
            .column(identity::Column::SubjectId)
            .from(identity::Entity)
            .and_where(identity::Column::TenantId.eq(tenant.to_string()))
            .take()
    };
    for exact in [
        // The key of an identity has its connector in the middle.
        of_tenant()
            .and_where(identity::Column::ConnectorId.in_subquery(connectors(tenant)))
            .and_where(identity::Column::ExternalId.eq(needle.as_str()))
            .take(),
        of_tenant()
            .and_where(identity::Column::UnionId.eq(needle.as_str()))
            .take(),
    ] {
        let hit = connection
            .query_one(exact.clone().limit(1))
            .await
            .map_err(|error| store_error(&error))?;
        if hit.is_some() {
            return Ok(Condition::all().add(subject::Column::Id.in_subquery(exact)));
        }
    }
    let name = name_of_profile(connection.get_database_backend());
    let by_name = of_tenant().and_where(needle.is_in(name)).take();
    Ok(Condition::all().add(subject::Column::Id.in_subquery(by_name)))
}

/// One identity of the subject at hand.
fn any_identity() -> SelectStatement {
    Query::select()
        .expr(Expr::val(1))
        .from(identity::Entity)
        .and_where(
            Expr::col((identity::Entity, identity::Column::TenantId))
                .equals((subject::Entity, subject::Column::TenantId)),
        )
        .and_where(
            Expr::col((identity::Entity, identity::Column::SubjectId)).equals((subject::Entity, subject::Column::Id)),
        )
        .take()
}

fn connectors(tenant: TenantId) -> SelectStatement {
    Query::select()
        .column(connector::Column::Id)
        .from(connector::Entity)
        .and_where(connector::Column::TenantId.eq(tenant.to_string()))
        .take()
}

fn name_of_profile(backend: DbBackend) -> Expr {
    json_of(backend, "identities.profile", "{}").binary(BinOper::Custom("->>"), "name")
}

async fn read(
    connection: &impl ConnectionTrait,
    tenant: TenantId,
    condition: Condition,
    limit: u64,
) -> Result<Vec<Person>> {
    let subjects = subject::Entity::find()
        .filter(subject::Column::TenantId.eq(tenant.to_string()))
        .filter(condition)
        .order_by_desc(subject::Column::Id)
        .limit(limit)
        .all(connection)
        .await
        .map_err(|error| store_error(&error))?;
    let ids = subjects.iter().map(|subject| subject.id.as_str());
    let mut identities: HashMap<String, Vec<PersonIdentity>> = HashMap::new();
    for row in identities_of(connection, tenant, ids).await? {
        let subject = row.subject_id.clone();
        identities
            .entry(subject)
            .or_default()
            .push(PersonIdentity::try_from(row)?);
    }
    let person = |row: subject::Model| {
        Ok(Person {
            id: row::id("subjects.id", &row.id)?,
            status: row::from_word("subjects.status", row.status)?,
            created_at: row::at(row.created_at),
            merged_into: row::id_opt("subjects.merged_into", row.merged_into.as_deref())?,
            identities: identities.remove(&row.id).unwrap_or_default(),
        })
    };
    subjects.into_iter().map(person).collect()
}

async fn identities_of(
    connection: &impl ConnectionTrait,
    tenant: TenantId,
    subjects: impl Iterator<Item = &str>,
) -> Result<Vec<identity::Model>> {
    let found = identity::Entity::find()
        .filter(identity::Column::TenantId.eq(tenant.to_string()))
        .filter(identity::Column::SubjectId.is_in(subjects))
        .order_by_asc(identity::Column::FirstSeen)
        .order_by_asc(identity::Column::ConnectorId)
        .all(connection)
        .await;
    found.map_err(|error| store_error(&error))
}

impl TryFrom<identity::Model> for PersonIdentity {
    type Error = StoreError;
    fn try_from(row: identity::Model) -> Result<Self> {
        Ok(Self {
            connector_id: row::id("identities.connector_id", &row.connector_id)?,
            first_seen: row::at(row.first_seen),
            last_seen: row::at(row.last_seen),
            identity: KnownIdentity::try_from(row)?.identity,
        })
    }
}
