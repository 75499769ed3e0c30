//! What the console keeps: its records, and what it needs to know of tenants, clients, connectors and people.

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
            // One statement a column: SQLite takes no more.
            let added = Table::alter().table(table).add_column(column).take();
            manager.alter_table(added).await?;
        }
        manager
            .create_index(index("tenants_agency", "tenants", ["agency_id"]))
            .await?;
        // Lists of the log over all tenants: ids sort by time.
        manager
            .create_index(index("audit_events_at", "audit_events", ["id"]))
            .await?;
        create_records(manager).await
    }

    /// What the new columns and the records held is lost.
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("records").take()).await?;
        for (name, table) in [("audit_events_at", "audit_events"), ("tenants_agency", "tenants")] {
            manager
                .drop_index(Index::drop().name(name).table(table).to_owned())
                .await?;
        }
        for (table, column) in columns(&Columns::of(manager)).into_iter().rev() {
            let dropped = Table::alter().table(table).drop_column(column.get_column_name()).take();
            manager.alter_table(dropped).await?;
        }
        Ok(())
    }
}

/// The new columns of old tables. Code that does not know them writes rows without, so each has a default.
fn columns(c: &Columns) -> Vec<(&'static str, ColumnDef)> {
    vec![
        ("tenants", c.id_null("agency_id")),
        ("tenants", c.text("branding").default("{}").take()),
        ("tenants", c.number_null("audit_days")),
        ("clients", c.number_null("token_seconds")),
        // Zero: as old as the row.
        ("connectors", c.number("secrets_at").default(0).take()),
        ("subjects", c.text("status").default("active").take()),
        // Says the same as the subject's status, for the one statement that every login makes of its identity.
        ("identities", c.flag("blocked")),
    ]
}

async fn create_records(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let c = Columns::of(manager);
    // One table for all kinds: each is read whole by its id or key, and listed by tenant or group. `tenant_id` is no
    // foreign key, since the log of the platform or of an agency is named like a tenant but is none.
    let records = Table::create()
        .table("records")
        .col(c.text("kind"))
        .col(c.text("id"))
        .col(c.id_null("tenant_id"))
        .col(c.text_null("key"))
        .col(c.text_null("grp"))
        .col(c.number_null("expires_at"))
        .col(c.number("version"))
        .col(c.flag("sealed"))
        .col(c.text("data"))
        .primary_key(Index::create().col("kind").col("id"))
        .take();
    manager.create_table(records).await?;
    let mut key = partial_index("records_key", "records", ["kind", "key"], "key IS NOT NULL");
    manager.create_index(key.unique().take()).await?;
    manager
        .create_index(index("records_tenant", "records", ["kind", "tenant_id", "id"]))
        .await?;
    manager
        .create_index(index("records_group", "records", ["kind", "grp", "id"]))
        .await?;
    let ends = "expires_at IS NOT NULL";
    manager
        .create_index(partial_index("records_expiry", "records", ["expires_at"], ends))
        .await
}
