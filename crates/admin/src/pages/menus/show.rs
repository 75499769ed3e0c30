//! `GET/POST /admin/tenants/{code}/connectors/{id}/menu`: the editor, how the menu looks, what is wrong, what would
//! change, what was published.

use askama::Template;
use axum::extract::{Path, State};
use hufu_core::model::MenuDraft;

use super::editor::{Drawing, Slot, read};
use super::phone::Phone;
use super::told::{self, Found, Row, Told};
use crate::console::Console;
use crate::http::{Answer, Posted, SignedIn, flash_to};
use crate::pages::connectors::id;
use crate::pages::tenant;
use crate::ui::{Frame, Tab, Tone};

#[derive(Template)]
#[template(path = "pages/menus/show.html")]
struct Page {
    frame: Frame,
    tabs: Vec<Tab>,
    views: Vec<Tab>,
    url: String,
    slots: Vec<Slot>,
    /// Which draft the form was made from.
    edits: u32,
    draft: Option<MenuDraft>,
    live: Option<u32>,
    phone: Phone,
    violations: Vec<Found>,
    is_refused: bool,
    changes: Vec<Told>,
    versions: Vec<Row>,
    has_clients: bool,
    may: bool,
}

pub(super) async fn get(signed_in: SignedIn, Path((code, connector)): Path<(String, String)>) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let state = tenant.menu(id(&connector)?).await?;
    let clients = tenant.clients().await?;
    let visitor = &signed_in.visitor;
    let (book, checked) = (&state.book, &state.checked);
    let written = book.draft.as_ref().map(|draft| &draft.menu);
    let written = written.or_else(|| book.live().map(hufu_core::model::MenuVersion::written));
    let drawing = Drawing {
        visitor,
        clients: &clients,
        violations: &checked.violations,
    };
    let url = super::url(&tenant.tenant().code, state.connector.id);
    Ok(signed_in.page(&Page {
        tabs: tenant::tabs(&signed_in, &tenant, "connectors"),
        views: super::views(&signed_in, &url, "form"),
        slots: drawing.slots(written.unwrap_or(&serde_json::Value::Null)),
        edits: book.edits,
        draft: book.draft.clone(),
        live: book.live,
        phone: Phone::of(&checked.menu),
        violations: told::violations(visitor, checked),
        is_refused: checked.is_refused(),
        changes: told::changes(visitor, &checked.changes),
        versions: told::versions(visitor, book),
        has_clients: !clients.is_empty(),
        may: tenant.setup().is_ok(),
        frame: super::frame(&signed_in, &tenant, &state.connector, "menus.title", false),
        url,
    }))
}

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, connector)): Path<(String, String)>,
    posted: Posted,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let setup = tenant.setup()?;
    let connector = id(&connector)?;
    let menu = read(&|name| posted.get(name).to_owned());
    setup.save_menu_draft(connector, &menu, posted.version()).await?;
    let url = super::url(&tenant.tenant().code, connector);
    let text = signed_in.visitor.text("menus.saved");
    Ok(flash_to(&console, Tone::Good, &text, &url))
}

impl Page {
    fn at(&self, action: &str) -> String {
        format!("{}/{action}", self.url)
    }

    /// Of what is wrong with the draft.
    fn tone(&self) -> Tone {
        if self.is_refused { Tone::Bad } else { Tone::Warn }
    }
}
