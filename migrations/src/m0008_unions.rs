//! Who is one person across the accounts of one owner.

use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, Index, MigrationTrait, SchemaManager, Table, async_trait,
};

use crate::column::{Columns, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns::of(manager);
        // One row decides, for all instances, whose a union id is. `blocked` says the same as the subject's status,
        // so that a disabled person does not come in by another account.
        let unions = Table::create()
            .table("unions")
            .col(c.tenant())
            .col(c.text("union_group"))
            .col(c.text("union_id"))
            .col(c.id("subject_id"))
            .col(c.flag("blocked"))
            .primary_key(Index::create().col("tenant_id").col("union_group").col("union_id"))
            .take();
        manager.create_table(unions).await?;
        manager
            .create_index(index("unions_subject", "unions", ["tenant_id", "subject_id"]))
            .await?;
        for (table, column) in [
            ("subjects", c.id_null("merged_into")),
            // Subjects that were merged into this identity's, as JSON.
            ("identities", c.text_null("previous_subjects")),
        ] {
            let added = Table::alter().table(table).add_column(column).take();
            manager.alter_table(added).await?;
        }
        Ok(())
    }

    /// People stay merged, but nobody knows any more that they were two.
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in [("identities", "previous_subjects"), ("subjects", "merged_into")] {
            let dropped = Table::alter().table(table).drop_column(column).take();
            manager.alter_table(dropped).await?;
        }
        manager.drop_table(Table::drop().table("unions").take()).await
    }
}
