//! The column types of the schema, and its indexes.
//!
//! Both engines must sort and compare texts alike: by bytes. SQLite does; PostgreSQL is told so, column by column,
//! because a database's own collation may ignore hyphens and is slower.

use sea_orm_migration::prelude::{
    ColumnDef, ConditionalStatement as _, Expr, Index, IndexCreateStatement, IntoIden, SchemaManager,
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

    /// `tenant_id`: names a tenant that exists and cannot be deleted while it has rows.
    ///
    /// Checked at the commit: a statement over many rows that might have to be undone in the middle makes SQLite note
    /// every page before it changes it.
    pub(crate) fn tenant(&self) -> ColumnDef {
        const KEY: &str = "REFERENCES tenants (id) DEFERRABLE INITIALLY DEFERRED";
        let mut column = ColumnDef::new("tenant_id");
        column.string_len(26).not_null();
        match self.0 {
            DbBackend::Postgres => column.extra(format!("COLLATE \"C\" {KEY}")),
            _ => column.extra(KEY),
        };
        column
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

/// A named index over `columns` in their order.
pub(crate) fn index<const N: usize>(
    name: &'static str,
    table: &'static str,
    columns: [&'static str; N],
) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(name).table(table);
    for column in columns {
        index.col(column.into_iden());
    }
    index
}

/// The same over the rows for which `condition` holds: every login pays for every index that its rows are in.
///
/// A query uses it when its own condition says the same literally; `x = ?` says `x IS NOT NULL`.
pub(crate) fn partial_index<const N: usize>(
    name: &'static str,
    table: &'static str,
    columns: [&'static str; N],
    condition: &'static str,
) -> IndexCreateStatement {
    index(name, table, columns).and_where(Expr::cust(condition)).take()
}
