//! `GET/POST /admin/tenants/{code}/connectors/{id}/menu/delete`: takes the menu away. It can be published again, so
//! nothing is to be typed.

use askama::Template;
use axum::extract::{Path, State};

use crate::console::Console;
use crate::http::{Answer, Posted, SignedIn, flash_to};
use crate::pages::connectors::{id, shown};
use crate::pages::tenant;
use crate::ui::{Frame, Tab, Tone};

#[derive(Template)]
#[template(path = "pages/menus/delete.html")]
struct Page {
    frame: Frame,
    tabs: Vec<Tab>,
    name: String,
    back: String,
    trouble: String,
}

pub(super) async fn get(signed_in: SignedIn, path: Path<(String, String)>) -> Answer {
    let page = page(&signed_in, path, String::new()).await?;
    Ok(signed_in.page(&page))
}

async fn page(
    signed_in: &SignedIn,
    Path((code, connector)): Path<(String, String)>,
    trouble: String,
) -> Result<Page, crate::http::Refusal> {
    let tenant = signed_in.access.tenant(&code).await?;
    tenant.setup()?;
    let state = tenant.menu(id(&connector)?).await?;
    Ok(Page {
        tabs: tenant::tabs(signed_in, &tenant, "connectors"),
        frame: super::frame(signed_in, &tenant, &state.connector, "menus.delete_title", true),
        name: state.connector.name.clone(),
        back: super::url(&tenant.tenant().code, state.connector.id),
        trouble,
    })
}

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, connector)): Path<(String, String)>,
    _: Posted,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let setup = tenant.setup()?;
    match setup.delete_menu(id(&connector)?).await {
        Ok(book) => {
            let url = super::url(&tenant.tenant().code, book.connector_id);
            let text = signed_in.visitor.text("menus.deleted");
            Ok(flash_to(&console, Tone::Good, &text, &url))
        }
        Err(error) => {
            let trouble = signed_in.visitor.say(&shown(error)?.text());
            let page = page(&signed_in, Path((code, connector)), trouble).await?;
            Ok(signed_in.again(&page))
        }
    }
}
