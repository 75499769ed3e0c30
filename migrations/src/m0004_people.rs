//! Subjects, the identities by which they are known, and the access tokens that speak for them.

use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, Index, MigrationTrait, SchemaManager, Table, async_trait,
};

use crate::column::{Columns, index, partial_index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns::of(manager);
        let subjects = Table::create()
            .table("subjects")
            .col(c.id("id").primary_key())
            .col(c.tenant())
            .col(c.number("created_at"))
            .take();
        manager.create_table(subjects).await?;
        manager
            .create_index(index("subjects_tenant", "subjects", ["tenant_id", "id"]))
            .await?;

        // The key begins with the tenant: the same id at a connector of another tenant is another person by type.
        // `subject_id` is no foreign key: of many identities written by one statement only the database knows which
        // are new, so their subjects are written after them, in the same transaction.
        let identities = Table::create()
            .table("identities")
            .col(c.tenant())
            .col(c.id("connector_id"))
            .col(c.text("external_id"))
            .col(c.id("subject_id"))
            .col(c.text_null("union_id"))
            .col(c.text_null("profile"))
            .col(c.number_null("profile_at"))
            .col(c.flag("transient"))
            .col(c.text("claims"))
            .col(c.number("first_seen"))
            .col(c.number("last_seen"))
            .primary_key(Index::create().col("tenant_id").col("connector_id").col("external_id"))
            .take();
        manager.create_table(identities).await?;
        let known = "union_id IS NOT NULL";
        manager
            .create_index(partial_index(
                "identities_union",
                "identities",
                ["tenant_id", "union_id"],
                known,
            ))
            .await?;
        manager
            .create_index(index("identities_subject", "identities", ["tenant_id", "subject_id"]))
            .await?;

        let tokens = Table::create()
            .table("access_tokens")
            .col(c.digest("digest").primary_key())
            .col(c.tenant())
            .col(c.id("client_id"))
            .col(c.id("subject_id"))
            .col(c.id("attempt_id"))
            .col(c.text("data"))
            .col(c.number("expires_at"))
            .col(c.flag("revoked"))
            .take();
        manager.create_table(tokens).await?;
        manager
            .create_index(index(
                "access_tokens_attempt",
                "access_tokens",
                ["tenant_id", "attempt_id"],
            ))
            .await?;
        manager
            .create_index(index("access_tokens_expiry", "access_tokens", ["expires_at"]))
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["access_tokens", "identities", "subjects"] {
            manager.drop_table(Table::drop().table(table).take()).await?;
        }
        Ok(())
    }
}
