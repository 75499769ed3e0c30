//! Schema migrations of Hufu's database, for SQLite and PostgreSQL.
//!
//! One small numbered file a step; what was released is never edited. The rules stand in `README.md`.

#![expect(
    elided_lifetimes_in_paths,
    reason = "the trait's methods elide it, and async_trait's expansion must match them letter by letter"
)]

mod column;
mod m0001_tenants;
mod m0002_configuration;
mod m0003_attempts;
mod m0004_people;
mod m0005_audit;
mod m0006_console;
mod m0007_wechat;
mod m0008_unions;
mod m0009_provider;

use sea_orm_migration::prelude::{MigrationTrait, MigratorTrait, async_trait};

/// All migrations, oldest first.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_tenants::Migration),
            Box::new(m0002_configuration::Migration),
            Box::new(m0003_attempts::Migration),
            Box::new(m0004_people::Migration),
            Box::new(m0005_audit::Migration),
            Box::new(m0006_console::Migration),
            Box::new(m0007_wechat::Migration),
            Box::new(m0008_unions::Migration),
            Box::new(m0009_provider::Migration),
        ]
    }
}
