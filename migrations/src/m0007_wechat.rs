//! What apps may do beside logging people in, what a provider granted for a person, and counters.

use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, Index, MigrationTrait, SchemaManager, Table, async_trait,
};

use crate::column::Columns;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns::of(manager);
        for (table, column) in [
            ("clients", c.text("rights").default("{}").take()),
            // Sealed.
            ("identities", c.text_null("upstream_grant")),
        ] {
            let added = Table::alter().table(table).add_column(column).take();
            manager.alter_table(added).await?;
        }
        // `day` counts from the epoch. Old days are purged; nothing reads across tenants.
        let counters = Table::create()
            .table("counters")
            .col(c.tenant())
            .col(c.id("connector_id"))
            .col(c.number("day"))
            .col(c.text("name"))
            .col(c.number("value"))
            .primary_key(
                Index::create()
                    .col("tenant_id")
                    .col("connector_id")
                    .col("day")
                    .col("name"),
            )
            .take();
        manager.create_table(counters).await
    }

    /// Counts, rights and grants are lost: people log in again, apps lose what they may do.
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("counters").take()).await?;
        for (table, column) in [("identities", "upstream_grant"), ("clients", "rights")] {
            let dropped = Table::alter().table(table).drop_column(column).take();
            manager.alter_table(dropped).await?;
        }
        Ok(())
    }
}
