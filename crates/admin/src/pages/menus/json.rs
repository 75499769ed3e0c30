//! `GET/POST /admin/tenants/{code}/connectors/{id}/menu/json`: the draft as JSON.

use askama::Template;
use axum::extract::{Path, State};
use hufu_core::manage::{ManageError, MenuState};

use crate::access::TenantAccess;
use crate::console::Console;
use crate::http::{Answer, Posted, SignedIn, flash_to};
use crate::pages::connectors::{id, shown};
use crate::pages::tenant;
use crate::ui::{Field, Frame, Tab, Tone};

#[derive(Template)]
#[template(path = "pages/menus/json.html")]
struct Page {
    frame: Frame,
    tabs: Vec<Tab>,
    views: Vec<Tab>,
    edits: u32,
    json: Field,
    /// What the provider would get.
    expanded: String,
    may: bool,
}

pub(super) async fn get(signed_in: SignedIn, Path((code, connector)): Path<(String, String)>) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let state = tenant.menu(id(&connector)?).await?;
    let written = state.book.draft.as_ref().map(|draft| &draft.menu);
    let written = written.or_else(|| state.book.live().map(hufu_core::model::MenuVersion::written));
    let text = pretty(written.unwrap_or(&state.checked.menu));
    Ok(signed_in.page(&page(&signed_in, &tenant, &state, text, None)))
}

fn page(signed_in: &SignedIn, tenant: &TenantAccess, state: &MenuState, text: String, error: Option<String>) -> Page {
    let visitor = &signed_in.visitor;
    let url = super::url(&tenant.tenant().code, state.connector.id);
    Page {
        tabs: tenant::tabs(signed_in, tenant, "connectors"),
        views: super::views(signed_in, &url, "json"),
        frame: super::frame(signed_in, tenant, &state.connector, "menus.json_title", true),
        edits: state.book.edits,
        json: Field::new("json", visitor.text("menus.json"))
            .hint(visitor.text("menus.json_hint"))
            .value(text)
            .mono()
            .required()
            .rows(24)
            .error(error),
        expanded: pretty(&state.checked.menu),
        may: tenant.setup().is_ok(),
    }
}

fn pretty(menu: &serde_json::Value) -> String {
    serde_json::to_string_pretty(menu).unwrap_or_default()
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
    let text = posted.get("json");
    let error = match serde_json::from_str(text) {
        Ok(menu) => match setup.save_menu_draft(connector, &menu, posted.version()).await {
            Ok(_) => {
                let url = super::url(&tenant.tenant().code, connector);
                let text = signed_in.visitor.text("menus.saved");
                return Ok(flash_to(&console, Tone::Good, &text, &url));
            }
            Err(error) => signed_in.visitor.say(&shown(error)?.text()),
        },
        Err(error) => {
            let shape = signed_in.visitor.say(&ManageError::MenuShape.text());
            format!("{shape} ({error})")
        }
    };
    let state = tenant.menu(connector).await?;
    let page = page(&signed_in, &tenant, &state, text.to_owned(), Some(error));
    Ok(signed_in.again(&page))
}
