//! `GET /admin/logins`: who logged in and how it ended, within the reach.

use askama::Template;

use super::asked::Asked;
use super::chart;
use super::fields::Filters;
use super::kind::Kind;
use super::names::Names;
use super::paging::Paged;
use super::row::Row;
use super::views::{View, views_of};
use super::wanted::Wanted;
use crate::http::{Answer, Refusal, SignedIn};
use crate::ui::{Bars, Crumb, Frame, Pager, Tab};

/// Counting ends here: more is more than anybody looks through.
pub(super) const COUNTED: u64 = 10_000;

#[derive(Template)]
#[template(path = "pages/logins/list.html")]
struct Page {
    frame: Frame,
    filters: Filters,
    bars: Option<Bars>,
    rows: Vec<Row>,
    pager: Pager,
    count: String,
    /// How many rows an export has, unless they are too many to count.
    known: Option<u64>,
    has_filters: bool,
    every_step: bool,
    /// The other of the two: outcomes alone, or every step.
    steps_url: String,
    live_url: String,
    csv_url: String,
    jsonl_url: String,
    views: Vec<View>,
    query: String,
    tabs: Vec<Tab>,
}

pub(super) async fn get(signed_in: SignedIn, asked: Asked) -> Answer {
    let kind = Kind::Logins;
    let asked = asked.of(kind);
    let wanted = Wanted::of(&signed_in, &asked, kind).await?;
    let is_readable = wanted.problems.is_empty();
    let mut paged = Paged::default();
    let mut bars = None;
    if is_readable {
        paged = Paged::read(&wanted.overview, &wanted.filter).await?;
        bars = Some(chart::bars(&signed_in.visitor, &wanted, &asked).await?);
    }
    let mut names = Names::default();
    names.learn(&signed_in, &paged.events).await?;
    let rows = paged
        .events
        .iter()
        .map(|event| Row::of(&signed_in.visitor, event, &names, kind));
    let rows = rows.collect();
    let mut counted = Counted::default();
    if is_readable {
        counted = count(&signed_in, &wanted).await?;
    }
    let bare = asked.first_page();
    let export = |format: &str| format!("{}/export?{}&format={format}", kind.base(), bare.query());
    let page = Page {
        rows,
        bars,
        pager: paged.pager(&asked, kind.base(), String::new()),
        count: counted.text,
        known: counted.known,
        has_filters: asked.filters().next().is_some(),
        every_step: wanted.filter.action.is_none(),
        steps_url: if asked.has("all") {
            bare.without("all")
        } else {
            bare.with("all", "1")
        }
        .url(kind.base()),
        live_url: bare.url("/admin/logins/live"),
        csv_url: export("csv"),
        jsonl_url: export("jsonl"),
        views: views_of(&signed_in, &bare).await?,
        query: bare.query(),
        tabs: tabs(&signed_in, &wanted),
        frame: frame(&signed_in, &wanted, kind),
        filters: Filters::of(&signed_in, &wanted, &asked, kind, &names).await?,
    };
    Ok(signed_in.page(&page))
}

/// How many there are.
#[derive(Default)]
pub(super) struct Counted {
    /// In words.
    pub(super) text: String,
    /// None where counting ended before.
    pub(super) known: Option<u64>,
}

pub(super) async fn count(signed_in: &SignedIn, wanted: &Wanted) -> Result<Counted, Refusal> {
    let mut filter = wanted.filter.clone();
    (filter.before, filter.after) = (None, None);
    let count = wanted.overview.count_events(&filter, COUNTED + 1).await?;
    let key = if count > COUNTED {
        "logins.count_more"
    } else {
        "logins.count"
    };
    let frame = signed_in.visitor.frame("ui.brand");
    Ok(Counted {
        text: frame.text1(key, "n", &frame.number(count.min(COUNTED))),
        known: (count <= COUNTED).then_some(count),
    })
}

/// Of one tenant the log is one of its tabs.
pub(super) fn tabs(signed_in: &SignedIn, wanted: &Wanted) -> Vec<Tab> {
    let tenant = wanted.tenant.as_ref();
    tenant.map_or_else(Vec::new, |tenant| {
        crate::pages::tenant::tabs(signed_in, tenant, "logins")
    })
}

pub(super) fn frame(signed_in: &SignedIn, wanted: &Wanted, kind: Kind) -> Frame {
    let title = match kind {
        Kind::Logins => "logins.title",
        Kind::Changes => "logins.changes_title",
    };
    let crumb = |label: String, url: String| Crumb { label, url: Some(url) };
    let crumbs = wanted.tenant.as_ref().map_or_else(Vec::new, |tenant| {
        let tenant = tenant.tenant();
        vec![
            crumb(signed_in.visitor.text("nav.tenants"), "/admin/tenants".to_owned()),
            crumb(tenant.name.clone(), format!("/admin/tenants/{}", tenant.code)),
            Crumb {
                label: signed_in.visitor.text(title),
                url: None,
            },
        ]
    });
    signed_in.frame(kind.name(), title, crumbs)
}
