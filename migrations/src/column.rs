//! The column types of the schema, and its foreign key.
//!
//! Both engines must sort and compare texts alike: by bytes. SQLite does; PostgreSQL is told so, column by column,
//! because a database's own collation may ignore hyphens and is slower.

use sea_orm_migration::prelude::{
    ColumnDef, ForeignKey, ForeignKeyAction, ForeignKeyCreateStatement, IntoIden, SchemaManager,
};
use sea_orm_migration::sea_orm::DbBackend;

/// Makes columns for the engine at hand.
pub(crate) struct Columns(DbBackend);

impl Columns {
    pub(crate) fn of(manager: &SchemaManager<'_>) -> Self {
        Self(manager.get_database_backend())
    }

    fn bytewise(&self, mut column: ColumnDef) -> ColumnDef {
        if self.0 == DbBackend::Postgres {
            column.extra("COLLATE \"C\"");
        }
        column
    }

    /// A ULID: 26 characters, sorts by the time it was made.
    pub(crate) fn id(&self, name: &'static str) -> ColumnDef {
        let mut column = ColumnDef::new(name);
        column.string_len(26).not_null();
        self.bytewise(column)
    }

    /// A ULID that may be missing.
    pub(crate) fn id_null(&self, name: &'static str) -> ColumnDef {
        let mut column = ColumnDef::new(name);
        column.string_len(26);
        self.bytewise(column)
    }

    /// A SHA-256 in base64url: 43 characters.
    pub(crate) fn digest(&self, name: &'static str) -> ColumnDef {
        let mut column = ColumnDef::new(name);
        column.string_len(43).not_null();
        self.bytewise(column)
    }

    /// A digest that may be missing.
    pub(crate) fn digest_null(&self, name: &'static str) -> ColumnDef {
        let mut column = ColumnDef::new(name);
        column.string_len(43);
        self.bytewise(column)
    }

    /// Any text, also JSON: it is never searched inside, so it needs no type of its own.
    pub(crate) fn text(&self, name: &'static str) -> ColumnDef {
        let mut column = ColumnDef::new(name);
        column.text().not_null();
        self.bytewise(column)
    }

    /// Any text, or none.
    pub(crate) fn text_null(&self, name: &'static str) -> ColumnDef {
        let mut column = ColumnDef::new(name);
        column.text();
        self.bytewise(column)
    }

    /// A count, or a time: milliseconds since the Unix epoch.
    pub(crate) fn number(&self, name: &'static str) -> ColumnDef {
        let mut column = ColumnDef::new(name);
        column.big_integer().not_null();
        column
    }

    /// A number or time that may be missing.
    pub(crate) fn number_null(&self, name: &'static str) -> ColumnDef {
        let mut column = ColumnDef::new(name);
        column.big_integer();
        column
    }

    /// Yes or no.
    pub(crate) fn flag(&self, name: &'static str) -> ColumnDef {
        let mut column = ColumnDef::new(name);
        column.boolean().not_null().default(false);
        column
    }
}

/// `tenant_id` of a table names a tenant that exists and cannot be deleted while it has rows.
pub(crate) fn of_tenant(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("{table}_tenant"))
        .from(table, "tenant_id")
        .to("tenants", "id")
        .on_delete(ForeignKeyAction::Restrict)
        .take()
}

/// A named index over `columns` in their order.
pub(crate) fn index<const N: usize>(
    name: &'static str,
    table: &'static str,
    columns: [&'static str; N],
) -> sea_orm_migration::prelude::IndexCreateStatement {
    let mut index = sea_orm_migration::prelude::Index::create();
    index.name(name).table(table);
    for column in columns {
        index.col(column.into_iden());
    }
    index
}
