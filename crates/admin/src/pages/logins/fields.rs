//! What stands above a list: fields, quick ranges, and a chip for each filter that is set.

use hufu_core::model::{Action, Outcome};

use super::asked::Asked;
use super::kind::Kind;
use super::names::Names;
use super::wanted::{RANGES, Wanted};
use super::words;
use crate::http::{Refusal, SignedIn, Visitor};
use crate::ui::{Choice, Field, texts};

/// A filter that is set, and the list without it.
pub(super) struct Chip {
    pub(super) label: String,
    pub(super) value: String,
    pub(super) url: String,
}

/// A quick range.
pub(super) struct Range {
    pub(super) label: String,
    pub(super) url: String,
    pub(super) current: bool,
}

/// What stands above a list.
pub(super) struct Filters {
    pub(super) action: &'static str,
    pub(super) main: Vec<Field>,
    pub(super) more: Vec<Field>,
    pub(super) more_open: bool,
    pub(super) hidden: Vec<(&'static str, String)>,
    pub(super) chips: Vec<Chip>,
    pub(super) ranges: Vec<Range>,
    pub(super) clear: &'static str,
    pub(super) has_problems: bool,
}

/// Fields that are always there, and those behind "more".
const LOGINS: ([&str; 3], [&str; 10]) = (
    ["q", "tenant", "outcome"],
    [
        "client",
        "connector",
        "error",
        "errcode",
        "ip",
        "openid",
        "subject",
        "request",
        "from",
        "until",
    ],
);
const CHANGES: ([&str; 3], [&str; 2]) = (["tenant", "actor", "action"], ["from", "until"]);

impl Filters {
    pub(super) async fn of(
        signed_in: &SignedIn,
        wanted: &Wanted,
        asked: &Asked,
        kind: Kind,
        names: &Names,
    ) -> Result<Self, Refusal> {
        let (main, more): (&[&'static str], &[&'static str]) = match kind {
            Kind::Logins => (&LOGINS.0, &LOGINS.1),
            Kind::Changes => (&CHANGES.0, &CHANGES.1),
        };
        let draw = Draw {
            signed_in,
            wanted,
            asked,
        };
        let mut filters = Self {
            action: kind.base(),
            main: Vec::new(),
            more: Vec::new(),
            more_open: more.iter().any(|name| asked.has(name)),
            hidden: hidden(asked),
            chips: chips(&signed_in.visitor, wanted, asked, kind, names),
            ranges: ranges(&signed_in.visitor, wanted, asked, kind),
            clear: kind.base(),
            has_problems: !wanted.problems.is_empty(),
        };
        for name in main {
            filters.main.push(draw.field(name).await?);
        }
        for name in more {
            filters.more.push(draw.field(name).await?);
        }
        Ok(filters)
    }
}

/// What the form carries along though it shows no field for it.
fn hidden(asked: &Asked) -> Vec<(&'static str, String)> {
    ["range", "all", "attempt"]
        .into_iter()
        .filter(|name| asked.has(name))
        .map(|name| (name, asked.get(name).to_owned()))
        .collect()
}

struct Draw<'a> {
    signed_in: &'a SignedIn,
    wanted: &'a Wanted,
    asked: &'a Asked,
}

impl Draw<'_> {
    async fn field(&self, name: &'static str) -> Result<Field, Refusal> {
        let visitor = &self.signed_in.visitor;
        let problem = self.wanted.problems.iter().find(|(field, _)| *field == name);
        let field = Field::new(name, label(visitor, name))
            .value(self.asked.get(name))
            .error(problem.map(|(_, key)| visitor.text(key)));
        Ok(match name {
            "q" => field.kind("search").placeholder(visitor.text("logins.q_example")),
            "from" | "until" => field.value(self.local(name)).kind("datetime-local"),
            "outcome" => field.choices(self.outcomes()),
            "action" => field.choices(self.actions()),
            "client" | "connector" => field.choices(self.of_tenant(name).await?).mono(),
            "tenant" => field.placeholder("acme"),
            _ => field.mono(),
        })
    }

    /// The moment as the browser's field writes it; what is none stays as it was typed.
    fn local(&self, name: &str) -> String {
        let typed = self.asked.get(name);
        let zone = &self.signed_in.visitor.zone;
        zone.read(typed).map_or_else(|| typed.to_owned(), |at| zone.field(at))
    }

    fn any(&self) -> Choice {
        Choice::new("", self.signed_in.visitor.text("logins.any"))
    }

    fn outcomes(&self) -> Vec<Choice> {
        let choice = |outcome: Outcome| Choice::new(outcome.as_str(), words::outcome(&self.signed_in.visitor, outcome));
        [self.any()].into_iter().chain(Outcome::ALL.map(choice)).collect()
    }

    fn actions(&self) -> Vec<Choice> {
        let changes = Action::ALL.into_iter().filter(|action| !action.is_of_login());
        let choice = |action: Action| Choice::new(action.as_str(), words::action(&self.signed_in.visitor, action));
        [self.any()].into_iter().chain(changes.map(choice)).collect()
    }

    /// Apps and accounts of the tenant by name; none without a tenant: then the id is typed.
    async fn of_tenant(&self, name: &str) -> Result<Vec<Choice>, Refusal> {
        let Some(tenant) = &self.wanted.tenant else {
            return Ok(Vec::new());
        };
        let mut choices = vec![self.any()];
        if name == "client" {
            let clients = tenant.clients().await?;
            choices.extend(clients.iter().map(|c| Choice::new(c.id.to_string(), c.name.clone())));
        } else {
            let connectors = tenant.connectors().await?;
            choices.extend(connectors.iter().map(|c| Choice::new(c.id.to_string(), c.name.clone())));
        }
        Ok(choices)
    }
}

fn ranges(visitor: &Visitor, wanted: &Wanted, asked: &Asked, kind: Kind) -> Vec<Range> {
    let range = |(name, _): (&'static str, _)| Range {
        label: visitor.text(&format!("logins.range_{name}")),
        url: asked
            .first_page()
            .without("from")
            .without("until")
            .with("range", name)
            .url(kind.base()),
        current: wanted.range == name,
    };
    RANGES.into_iter().map(range).collect()
}

fn chips(visitor: &Visitor, wanted: &Wanted, asked: &Asked, kind: Kind, names: &Names) -> Vec<Chip> {
    let shown = |name: &str, value: &str| match name {
        "outcome" => Outcome::of(value).map(|outcome| words::outcome(visitor, outcome)),
        "action" => Action::of(value).map(|action| words::action(visitor, action)),
        "client" => wanted.filter.client_id.map(|id| names.client(Some(id))),
        "connector" => wanted.filter.connector_id.map(|id| names.connector(Some(id))),
        "tenant" => wanted.tenant.as_ref().map(|tenant| tenant.tenant().name.clone()),
        "from" | "until" => visitor.zone.read(value).map(|at| visitor.zone.minute(at)),
        _ => None,
    };
    asked
        .filters()
        .map(|(name, value)| Chip {
            label: label(visitor, name),
            value: shown(name, value).unwrap_or_else(|| value.to_owned()),
            url: asked.first_page().without(name).url(kind.base()),
        })
        .collect()
}

/// What a filter is called; those of time name the zone that they are read in.
fn label(visitor: &Visitor, name: &str) -> String {
    let zone = [("zone", visitor.zone.name())];
    texts::text_with(visitor.locale, &format!("logins.filter_{name}"), &zone)
}
