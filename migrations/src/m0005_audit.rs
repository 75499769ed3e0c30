//! Audit events: immutable lines.

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
        // No foreign key at all: an event outlives what it speaks of.
        let events = Table::create()
            .table("audit_events")
            .col(c.id("id"))
            .col(c.id("tenant_id"))
            .col(c.number("at"))
            .col(c.text("action"))
            .col(c.text("outcome"))
            .col(c.id_null("attempt_id"))
            .col(c.id_null("client_id"))
            .col(c.id_null("connector_id"))
            .col(c.id_null("subject_id"))
            .col(c.text_null("external_id"))
            .col(c.text_null("scope"))
            .col(c.text_null("error"))
            .col(c.number_null("errcode"))
            .col(c.number_null("upstream_ms"))
            .col(c.text_null("ip"))
            .col(c.text_null("user_agent"))
            .col(c.id_null("request_id"))
            .col(c.text_null("actor"))
            .col(c.text("steps"))
            .col(c.text("detail"))
            .primary_key(Index::create().col("tenant_id").col("id"))
            .take();
        manager.create_table(events).await?;
        // Filters that would otherwise read a tenant's whole log have an index. Logins and redemptions that succeeded
        // are nearly all of it: they are found by walking the log itself, and are in neither of the first two.
        let columns = ["tenant_id", "action", "id"];
        let rare = "action <> 'login' AND action <> 'token'";
        manager
            .create_index(partial_index("audit_events_action", "audit_events", columns, rare))
            .await?;
        let columns = ["tenant_id", "outcome", "id"];
        let rare = "outcome <> 'succeeded'";
        manager
            .create_index(partial_index("audit_events_outcome", "audit_events", columns, rare))
            .await?;
        manager
            .create_index(index(
                "audit_events_attempt",
                "audit_events",
                ["tenant_id", "attempt_id"],
            ))
            .await?;
        manager
            .create_index(index(
                "audit_events_request",
                "audit_events",
                ["tenant_id", "request_id"],
            ))
            .await?;
        let columns = ["tenant_id", "external_id", "id"];
        let known = "external_id IS NOT NULL";
        manager
            .create_index(partial_index("audit_events_person", "audit_events", columns, known))
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("audit_events").take()).await
    }
}
