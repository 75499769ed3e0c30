//! Attempts: the stored state machine of one login.

use sea_orm_migration::prelude::{DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, Table, async_trait};

use crate::column::{Columns, index, partial_index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns::of(manager);
        // Columns for what is searched or compared; the whole attempt is the JSON in `data`.
        let attempts = Table::create()
            .table("attempts")
            .col(c.id("id").primary_key())
            .col(c.tenant())
            .col(c.id("connector_id"))
            .col(c.text("state"))
            .col(c.text_null("external_id"))
            .col(c.digest_null("state_digest"))
            .col(c.digest_null("code_digest"))
            .col(c.text("data"))
            .col(c.number("created_at"))
            .col(c.number("expires_at"))
            .col(c.number("version"))
            .take();
        manager.create_table(attempts).await?;
        // Digests of 128 random bits and more: unique over all tenants, so they need no tenant in front.
        manager
            .create_index(
                index("attempts_state_digest", "attempts", ["state_digest"])
                    .unique()
                    .take(),
            )
            .await?;
        let mut code = partial_index(
            "attempts_code_digest",
            "attempts",
            ["code_digest"],
            "code_digest IS NOT NULL",
        );
        manager.create_index(code.unique().take()).await?;
        // The housekeeper asks over all tenants.
        let waiting = "state = 'awaiting_identity'";
        manager
            .create_index(partial_index("attempts_overdue", "attempts", ["expires_at"], waiting))
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("attempts").take()).await
    }
}
