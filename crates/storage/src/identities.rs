//! Identities and subjects.

use hufu_core::error::StoreError;
use hufu_core::ids::{ConnectorId, SubjectId, TenantId};
use hufu_core::model::{Identity, UserGrant};
use hufu_core::secret::ExposeSecret as _;
use hufu_core::store::{GrantedIdentity, IdentitySeen, KnownIdentity, Result};
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbBackend, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use crate::entity::identity::{Column, Entity, Model};
use crate::entity::subject;
use crate::error::{inconsistent, store_error};
use crate::row;
use crate::sealed::{Place, Sealer};

/// Adds or updates all identities of the parameter; answers under which subject each is known,
/// and whether that one is disabled.
///
/// What was known stays when the new one lacks it; claims follow the profile they came with.
pub(crate) fn upsert(backend: DbBackend) -> String {
    format!(
        "{} ON CONFLICT (tenant_id, connector_id, external_id) DO UPDATE SET \
         union_id = COALESCE(excluded.union_id, identities.union_id), \
         profile = COALESCE(excluded.profile, identities.profile), \
         profile_at = COALESCE(excluded.profile_at, identities.profile_at), \
         upstream_grant = COALESCE(excluded.upstream_grant, identities.upstream_grant), \
         claims = CASE WHEN excluded.profile IS NULL AND identities.profile IS NOT NULL \
         THEN identities.claims ELSE excluded.claims END, \
         transient = excluded.transient, last_seen = excluded.last_seen \
         RETURNING tenant_id, connector_id, external_id, subject_id, blocked, previous_subjects",
        row::insert_all::<Entity>(backend)
    )
}

/// Adds all subjects of the parameter.
pub(crate) fn insert_subjects(backend: DbBackend) -> String {
    row::insert_all::<subject::Entity>(backend)
}

pub(crate) fn to_row(tenant: TenantId, seen: &IdentitySeen, sealer: &Sealer) -> Result<Model> {
    let identity = &seen.identity;
    if identity.external_id.contains('\0') {
        // Never repaired: it is a key, and a repaired key could be another person's.
        return Err(inconsistent("an identity's id has a NUL"));
    }
    Ok(Model {
        tenant_id: tenant.to_string(),
        connector_id: seen.connector_id.to_string(),
        external_id: identity.external_id.clone(),
        subject_id: seen.proposed_subject.to_string(),
        union_id: identity.union_id.clone().map(row::plain),
        profile: identity.profile.as_ref().map(row::to_json).transpose()?,
        profile_at: identity.profile.is_some().then(|| seen.at.as_millis()),
        transient: identity.transient,
        claims: row::to_json(&identity.claims)?,
        first_seen: seen.at.as_millis(),
        last_seen: seen.at.as_millis(),
        blocked: false,
        previous_subjects: None,
        upstream_grant: seal(tenant, seen, sealer)?,
    })
}

fn place<'a>(tenant: TenantId, name: &'a str) -> Place<'a> {
    Place {
        tenant,
        table: "identities",
        field: "upstream_grant",
        row: name,
    }
}

fn seal(tenant: TenantId, seen: &IdentitySeen, sealer: &Sealer) -> Result<Option<String>> {
    let Some(grant) = &seen.grant else { return Ok(None) };
    let name = format!("{}/{}", seen.connector_id, seen.identity.external_id);
    let text = row::to_json(grant)?;
    sealer.seal(&place(tenant, &name), text.as_bytes()).map(Some)
}

/// A person's identity at a connector, with what the provider granted. Of several the one seen last.
pub(crate) async fn lookup_grant(
    connection: &impl ConnectionTrait,
    sealer: &Sealer,
    tenant: TenantId,
    connector: ConnectorId,
    subject: SubjectId,
) -> Result<Option<GrantedIdentity>> {
    let found = Entity::find()
        .filter(Column::TenantId.eq(tenant.to_string()))
        .filter(Column::SubjectId.eq(subject.to_string()))
        .filter(Column::ConnectorId.eq(connector.to_string()))
        .order_by_desc(Column::LastSeen)
        .one(connection)
        .await;
    let Some(mut found) = found.map_err(|error| store_error(&error))? else {
        return Ok(None);
    };
    let name = format!("{connector}/{}", found.external_id);
    let sealed = found.upstream_grant.take();
    let grant = sealed.map(|sealed| open(tenant, &name, &sealed, sealer)).transpose()?;
    Ok(Some(GrantedIdentity {
        blocked: found.blocked,
        known: KnownIdentity::try_from(found)?,
        grant,
    }))
}

fn open(tenant: TenantId, name: &str, sealed: &str, sealer: &Sealer) -> Result<UserGrant> {
    let opened = sealer.open(&place(tenant, name), sealed)?;
    serde_json::from_slice(opened.expose_secret()).map_err(|_| inconsistent("identities.upstream_grant: no grant"))
}

pub(crate) async fn lookup(
    connection: &impl ConnectionTrait,
    tenant: TenantId,
    connector: ConnectorId,
    external_id: &str,
) -> Result<Option<KnownIdentity>> {
    let found = Entity::find()
        .filter(Column::TenantId.eq(tenant.to_string()))
        .filter(Column::ConnectorId.eq(connector.to_string()))
        .filter(Column::ExternalId.eq(external_id))
        .one(connection)
        .await;
    found
        .map_err(|error| store_error(&error))?
        .map(KnownIdentity::try_from)
        .transpose()
}

impl TryFrom<Model> for KnownIdentity {
    type Error = StoreError;
    fn try_from(row: Model) -> Result<Self> {
        Ok(Self {
            subject_id: row::id("identities.subject_id", &row.subject_id)?,
            identity: Identity {
                external_id: row.external_id,
                union_id: row.union_id,
                profile: row
                    .profile
                    .map(|text| row::from_json("identities.profile", &text))
                    .transpose()?,
                transient: row.transient,
                claims: row::from_json("identities.claims", &row.claims)?,
            },
            profile_at: row.profile_at.map(row::at),
        })
    }
}
