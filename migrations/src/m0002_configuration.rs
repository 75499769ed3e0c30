//! What an operator configures in a tenant: clients, connectors, signing keys, ownership files.

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
        let clients = Table::create()
            .table("clients")
            .col(c.id("id").primary_key())
            .col(c.tenant())
            .col(c.text("name"))
            .col(c.text("status"))
            .col(c.text("kind"))
            .col(c.text("redirect_uris"))
            .col(c.text("post_logout_redirect_uris"))
            .col(c.text("scopes"))
            .col(c.text("secrets"))
            .col(c.text("connectors"))
            .col(c.text("id_token_alg"))
            .col(c.text("snapshot_policy"))
            .col(c.number("created_at"))
            .col(c.number("version"))
            .take();
        manager.create_table(clients).await?;
        manager
            .create_index(index("clients_tenant", "clients", ["tenant_id", "id"]))
            .await?;

        // `secrets` holds sealed values only.
        let connectors = Table::create()
            .table("connectors")
            .col(c.id("id").primary_key())
            .col(c.tenant())
            .col(c.text("kind"))
            .col(c.text("name"))
            .col(c.text("status"))
            .col(c.text("settings"))
            .col(c.text("secrets"))
            .col(c.number("created_at"))
            .col(c.number("version"))
            .take();
        manager.create_table(connectors).await?;
        manager
            .create_index(index("connectors_tenant", "connectors", ["tenant_id", "id"]))
            .await?;

        // `private` is sealed.
        let keys = Table::create()
            .table("signing_keys")
            .col(c.id("id").primary_key())
            .col(c.tenant())
            .col(c.text("state"))
            .col(c.text("algorithm"))
            .col(c.text("private"))
            .col(c.text("public_jwk"))
            .col(c.number("created_at"))
            .take();
        manager.create_table(keys).await?;
        manager
            .create_index(index("signing_keys_tenant", "signing_keys", ["tenant_id", "id"]))
            .await?;

        let files = Table::create()
            .table("verify_files")
            .col(c.tenant())
            .col(c.text("host"))
            .col(c.text("token"))
            .primary_key(Index::create().col("tenant_id").col("host").col("token"))
            .take();
        manager.create_table(files).await?;
        // The one lookup that cannot name its tenant: WeChat asks a host for a file.
        manager
            .create_index(index("verify_files_host", "verify_files", ["host", "token"]))
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["verify_files", "signing_keys", "connectors", "clients"] {
            manager.drop_table(Table::drop().table(table).take()).await?;
        }
        Ok(())
    }
}
