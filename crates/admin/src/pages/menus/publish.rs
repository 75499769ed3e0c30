//! `GET/POST /admin/tenants/{code}/connectors/{id}/menu/publish`: what publishing would change, what the provider has
//! now, and the button that does it. With `version`, a former version comes back.

use askama::Template;
use axum::extract::{Path, Query, State};
use hufu_core::ids::ConnectorId;
use hufu_core::manage::{CheckedMenu, ManageError, MenuState};
use serde::Deserialize;

use super::phone::Phone;
use super::told::{self, Found, Told};
use crate::access::{Setup, TenantAccess};
use crate::console::Console;
use crate::http::{Answer, Posted, Refusal, SignedIn, flash_to};
use crate::pages::connectors::{id, shown};
use crate::pages::tenant;
use crate::ui::{Field, Frame, Tab, Tone};

/// Which version; none: the draft.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    version: Option<u32>,
}

#[derive(Template)]
#[template(path = "pages/menus/publish.html")]
struct Page {
    frame: Frame,
    tabs: Vec<Tab>,
    back: String,
    /// Which draft is published.
    edits: u32,
    /// Or which version comes back.
    of: Option<u32>,
    phone: Phone,
    violations: Vec<Found>,
    is_refused: bool,
    changes: Vec<Told>,
    /// What was changed elsewhere since Hufu published.
    elsewhere: Vec<Told>,
    is_elsewhere: bool,
    /// Why the provider did not say.
    silent: String,
    note: Field,
    trouble: String,
}

pub(super) async fn get(
    signed_in: SignedIn,
    Path((code, connector)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let setup = tenant.setup()?;
    let page = page(&signed_in, &tenant, &setup, id(&connector)?, asked.version, "", None).await?;
    Ok(signed_in.page(&page))
}

async fn page(
    signed_in: &SignedIn,
    tenant: &TenantAccess,
    setup: &Setup,
    connector: ConnectorId,
    of: Option<u32>,
    note: &str,
    error: Option<&ManageError>,
) -> Result<Page, Refusal> {
    let visitor = &signed_in.visitor;
    let state = tenant.menu(connector).await?;
    let checked = checked(setup, &state, of).await?;
    let there = setup.menu_at_provider(connector).await;
    let silent = match &there {
        Err(ManageError::Provider(_)) => there.as_ref().err().map(|error| visitor.say(&error.text())),
        Err(_) => return Err(there.err().map_or(Refusal::NotFound, Into::into)),
        Ok(_) => None,
    };
    let there = there.ok();
    let is_note = matches!(error, Some(ManageError::MenuNote));
    let said = error.map(|error| visitor.say(&error.text()));
    Ok(Page {
        tabs: tenant::tabs(signed_in, tenant, "connectors"),
        frame: super::frame(signed_in, tenant, &state.connector, "menus.publish_title", true),
        back: super::url(&tenant.tenant().code, connector),
        edits: state.book.edits,
        of,
        phone: Phone::of(&checked.menu),
        violations: told::violations(visitor, &checked),
        is_refused: checked.is_refused(),
        changes: told::changes(visitor, &checked.changes),
        is_elsewhere: there.as_ref().is_some_and(|there| there.differs),
        elsewhere: told::changes(visitor, there.as_ref().map_or(&[], |there| &there.changes)),
        silent: silent.unwrap_or_default(),
        note: Field::new("note", visitor.text("menus.note"))
            .hint(visitor.text("menus.note_hint"))
            .value(note)
            .error(said.clone().filter(|_| is_note)),
        trouble: said.filter(|_| !is_note).unwrap_or_default(),
    })
}

async fn checked(setup: &Setup, state: &MenuState, of: Option<u32>) -> Result<CheckedMenu, Refusal> {
    match of {
        Some(of) => {
            let version = state.book.published(of).ok_or(Refusal::NotFound)?;
            Ok(setup.check_menu(state.connector.id, version.written()).await?)
        }
        None if state.book.draft.is_none() => Err(Refusal::NotFound),
        None => Ok(state.checked.clone()),
    }
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
    let (of, note) = (posted.number("of"), posted.get("note"));
    let done = match of {
        Some(of) => setup.roll_back_menu(connector, of).await,
        None => setup.publish_menu(connector, note, posted.version()).await,
    };
    match done {
        Ok(_) => {
            let url = super::url(&tenant.tenant().code, connector);
            let text = signed_in.visitor.text("menus.published");
            Ok(flash_to(&console, Tone::Good, &text, &url))
        }
        Err(error) => {
            let error = shown(error)?;
            let page = page(&signed_in, &tenant, &setup, connector, of, note, Some(&error)).await?;
            Ok(signed_in.again(&page))
        }
    }
}
