//! What searching has in common: reaches, and parts of texts.

use hufu_core::model::Reach;
use sea_orm::sea_query::{Expr, ExprTrait as _, Func, LikeExpr};
use sea_orm::{ColumnTrait as _, Condition, DbBackend};

use crate::entity::tenant;
use crate::row;

/// Characters of a text that is sought, at most.
const LONGEST: usize = 200;
const ESCAPE: char = '!';

/// A text as somebody typed it.
#[derive(Debug, Clone)]
pub(crate) struct Needle(String);

impl Needle {
    /// `None` when nothing was typed.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let text: String = text.trim().chars().take(LONGEST).collect();
        (!text.is_empty()).then(|| Self(row::plain(text)))
    }

    /// The text itself.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `hay` has it somewhere. Of letters only those of ASCII are alike in both cases: that is what both
    /// engines do.
    pub(crate) fn is_in(&self, hay: Expr) -> Expr {
        let mut pattern = String::with_capacity(self.0.len() + 2);
        pattern.push('%');
        for letter in self.0.chars() {
            if ['%', '_', ESCAPE].contains(&letter) {
                pattern.push(ESCAPE);
            }
            pattern.push(letter.to_ascii_lowercase());
        }
        pattern.push('%');
        Expr::expr(Func::lower(hay)).like(LikeExpr::new(pattern).escape(ESCAPE))
    }
}

/// Rows of `tenants` within a reach.
pub(crate) fn tenants_within(reach: &Reach) -> Condition {
    match reach {
        Reach::Platform => Condition::all(),
        Reach::Agency { agency } => Condition::all().add(tenant::Column::AgencyId.eq(agency.to_string())),
        Reach::Tenants { tenants } => {
            Condition::all().add(tenant::Column::Id.is_in(tenants.iter().map(ToString::to_string)))
        }
    }
}

/// JSON in `column` (a name of this crate's, never of a caller's) as JSON that PostgreSQL can take apart: it refuses
/// the whole statement for a text with `\u0000`, so such a value counts as `instead`.
pub(crate) fn json_of(backend: DbBackend, column: &'static str, instead: &'static str) -> Expr {
    if backend == DbBackend::Postgres {
        Expr::cust(format!(
            "CAST(CASE WHEN strpos({column}, '\\u0000') > 0 THEN '{instead}' ELSE {column} END AS json)"
        ))
    } else {
        Expr::cust(column)
    }
}
