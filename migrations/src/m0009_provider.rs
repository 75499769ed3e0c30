//! What a complete OpenID Provider keeps: browsers that stay signed in, what a client is allowed beyond its redirect
//! URIs, a tenant's own host name, and since when a signing key is what it is.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveMigrationName, Index, MigrationTrait, SchemaManager, Table, async_trait,
};

use crate::column::{Columns, index, partial_index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in columns(&Columns::of(manager)) {
            let added = Table::alter().table(table).add_column(column).take();
            manager.alter_table(added).await?;
        }
        // A host name is one tenant's at most: it chooses the issuer.
        let mut host = partial_index("tenants_host", "tenants", ["host"], "host IS NOT NULL");
        manager.create_index(host.unique().take()).await?;
        create_sessions(manager).await?;
        create_session_logins(manager).await
    }

    /// People log in again; tenants go back to their path; clients to what every client may do.
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["session_logins", "sessions"] {
            manager.drop_table(Table::drop().table(table).take()).await?;
        }
        manager
            .drop_index(Index::drop().name("tenants_host").table("tenants").to_owned())
            .await?;
        for (table, column) in columns(&Columns::of(manager)).into_iter().rev() {
            let dropped = Table::alter().table(table).drop_column(column.get_column_name()).take();
            manager.alter_table(dropped).await?;
        }
        Ok(())
    }
}

/// The new columns of old tables. Code that does not know them writes rows without, so each has a default or may be
/// missing.
fn columns(c: &Columns) -> Vec<(&'static str, ColumnDef)> {
    vec![
        ("tenants", c.text_null("host")),
        // Empty: not made yet.
        ("tenants", c.text("pairwise_salt").default("").take()),
        ("clients", c.text("protocol").default("{}").take()),
        // Zero: as old as the row.
        ("signing_keys", c.number("changed_at").default(0).take()),
    ]
}

/// A session is written once and never changed; it ends by being deleted. The person is found through the identity, as
/// for attempts, so that a merge of two people needs no change here.
async fn create_sessions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let c = Columns::of(manager);
    let mut id = c.id("id");
    let sessions = Table::create()
        .table("sessions")
        .col(id.primary_key())
        .col(c.tenant())
        .col(c.digest("digest"))
        .col(c.id("connector_id"))
        .col(c.text("external_id"))
        .col(c.text("data"))
        .col(c.number("created_at"))
        .col(c.number("expires_at"))
        .take();
    manager.create_table(sessions).await?;
    manager
        .create_index(index("sessions_digest", "sessions", ["digest"]).unique().take())
        .await?;
    manager
        .create_index(index(
            "sessions_person",
            "sessions",
            ["tenant_id", "connector_id", "external_id"],
        ))
        .await?;
    manager
        .create_index(index("sessions_expiry", "sessions", ["expires_at"]))
        .await
}

/// The logins that a session gave beside its first: whom its end is told to.
async fn create_session_logins(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let c = Columns::of(manager);
    let logins = Table::create()
        .table("session_logins")
        .col(c.tenant())
        .col(c.id("session_id"))
        .col(c.id("attempt_id"))
        .col(c.id("client_id"))
        .col(c.number("expires_at"))
        .primary_key(Index::create().col("session_id").col("attempt_id"))
        .take();
    manager.create_table(logins).await?;
    manager
        .create_index(index("session_logins_expiry", "session_logins", ["expires_at"]))
        .await
}
