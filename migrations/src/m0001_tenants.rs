//! Tenants, and the row by which instances notice each other's changes.

use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, MigrationTrait, Query, SchemaManager, Table, async_trait,
};

use crate::column::{Columns, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns::of(manager);
        let tenants = Table::create()
            .table("tenants")
            .col(c.id("id").primary_key())
            .col(c.text("code"))
            .col(c.text("name"))
            .col(c.text("status"))
            .col(c.text("locale"))
            .col(c.number("created_at"))
            .col(c.number("version"))
            .take();
        manager.create_table(tenants).await?;
        manager
            .create_index(index("tenants_code", "tenants", ["code"]).unique().take())
            .await?;

        // One row with two counters: a change of configuration raises the first, a revocation the second.
        let revisions = Table::create()
            .table("revisions")
            .col(c.number("id").primary_key())
            .col(c.number("configuration"))
            .col(c.number("revocations"))
            .take();
        manager.create_table(revisions).await?;
        let row = Query::insert()
            .into_table("revisions")
            .columns(["id", "configuration", "revocations"])
            .values([1.into(), 0.into(), 0.into()])
            .map_err(|error| DbErr::Migration(error.to_string()))?
            .take();
        manager.execute(row).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("revisions").take()).await?;
        manager.drop_table(Table::drop().table("tenants").take()).await
    }
}
