//! `GET /admin/changes`: what operators and programs did, within the reach.

use askama::Template;

use super::asked::Asked;
use super::fields::Filters;
use super::kind::Kind;
use super::list::{Counted, count, frame};
use super::names::Names;
use super::paging::Paged;
use super::row::Row;
use super::wanted::Wanted;
use crate::http::{Answer, SignedIn};
use crate::ui::{Frame, Pager};

#[derive(Template)]
#[template(path = "pages/logins/changes.html")]
struct Page {
    frame: Frame,
    filters: Filters,
    rows: Vec<Row>,
    pager: Pager,
    count: String,
    /// How many rows an export has, unless they are too many to count.
    known: Option<u64>,
    has_filters: bool,
    live_url: String,
    csv_url: String,
    jsonl_url: String,
}

pub(super) async fn get(signed_in: SignedIn, asked: Asked) -> Answer {
    let kind = Kind::Changes;
    let asked = asked.of(kind);
    let wanted = Wanted::of(&signed_in, &asked, kind).await?;
    let mut paged = Paged::default();
    let mut counted = Counted::default();
    if wanted.problems.is_empty() {
        paged = Paged::read(&wanted.overview, &wanted.filter).await?;
        counted = count(&signed_in, &wanted).await?;
    }
    let mut names = Names::default();
    names.learn(&signed_in, &paged.events).await?;
    let bare = asked.first_page();
    let export = |format: &str| format!("{}/export?{}&format={format}", kind.base(), bare.query());
    let rows = paged
        .events
        .iter()
        .map(|event| Row::of(&signed_in.visitor, event, &names, kind));
    let page = Page {
        rows: rows.collect(),
        pager: paged.pager(&asked, kind.base(), String::new()),
        count: counted.text,
        known: counted.known,
        has_filters: asked.filters().next().is_some(),
        live_url: bare.url("/admin/changes/live"),
        csv_url: export("csv"),
        jsonl_url: export("jsonl"),
        frame: frame(&signed_in, &wanted, kind),
        filters: Filters::of(&signed_in, &wanted, &asked, kind, &names).await?,
    };
    Ok(signed_in.page(&page))
}
