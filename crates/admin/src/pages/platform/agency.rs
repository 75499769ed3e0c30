//! `/admin/agencies/{id}`: its name, and whether its operators may sign in.

use askama::Template;
use axum::extract::{Path, Query, State};
use hufu_core::ids::AgencyId;
use hufu_core::model::{Agency, Status};
use serde::Deserialize;

use super::agencies::name_field;
use crate::access::Platform;
use crate::console::Console;
use crate::http::{Answer, Posted, Refusal, SignedIn, flash_to};
use crate::pages::enter::Faults;
use crate::ui::{Confirm, Crumb, Field, Frame, Tone};

/// The query of [`switch`].
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    version: Option<u32>,
}

#[derive(Template)]
#[template(path = "pages/platform/agency.html")]
struct Page {
    frame: Frame,
    agency: Agency,
    /// The version that the form was made from.
    version: u32,
    tenants: u64,
    faults: Faults,
    name: Field,
    disable: Option<Confirm>,
}

/// What came back wrong; nothing on a fresh page.
#[derive(Default)]
struct Wrong {
    name: Option<String>,
    version: Option<u32>,
    faults: Faults,
    disable: Option<String>,
}

pub(super) async fn get(signed_in: SignedIn, Path(id): Path<String>) -> Answer {
    let platform = signed_in.access.platform()?;
    let agency = find(&platform, &id).await?;
    draw(&signed_in, &platform, agency, Wrong::default()).await
}

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    posted: Posted,
) -> Answer {
    let platform = signed_in.access.platform()?;
    let agency = find(&platform, &id).await?;
    let name = posted.get("name");
    let changed = platform.change_agency(agency.id, name, agency.status, posted.version());
    match changed.await {
        Ok(agency) => Ok(done(&console, &signed_in, &agency, "platform.agency_saved")),
        Err(refusal) => {
            let wrong = Wrong {
                faults: Faults::of_refusal(&signed_in.visitor, refusal)?,
                name: Some(name.to_owned()),
                version: posted.version(),
                ..Wrong::default()
            };
            draw(&signed_in, &platform, agency, wrong).await
        }
    }
}

/// `POST /admin/agencies/{id}/status`: disables one, once its name was typed, and the other way round.
pub(super) async fn switch(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
    posted: Posted,
) -> Answer {
    let platform = signed_in.access.platform()?;
    let agency = find(&platform, &id).await?;
    if agency.status.is_active() && posted.get("confirm") != agency.name {
        let wrong = Wrong {
            disable: Some(signed_in.visitor.text("staff.not_typed")),
            ..Wrong::default()
        };
        return draw(&signed_in, &platform, agency, wrong).await;
    }
    let (status, key) = if agency.status.is_active() {
        (Status::Disabled, "platform.agency_disabled")
    } else {
        (Status::Active, "platform.agency_enabled")
    };
    let expected = asked.version.or_else(|| posted.version());
    let agency = platform
        .change_agency(agency.id, &agency.name, status, expected)
        .await?;
    Ok(done(&console, &signed_in, &agency, key))
}

async fn find(platform: &Platform, id: &str) -> Result<Agency, Refusal> {
    let id: AgencyId = id.parse().map_err(|_| Refusal::NotFound)?;
    platform.agency(id).await
}

fn done(console: &Console, signed_in: &SignedIn, agency: &Agency, key: &str) -> axum::response::Response {
    let text = signed_in.visitor.text(key);
    flash_to(console, Tone::Good, &text, &format!("/admin/agencies/{}", agency.id))
}

async fn draw(signed_in: &SignedIn, platform: &Platform, agency: Agency, wrong: Wrong) -> Answer {
    let visitor = &signed_in.visitor;
    let is_wrong = !wrong.faults.is_empty() || wrong.disable.is_some();
    let crumbs = vec![
        Crumb {
            label: visitor.text("platform.agencies_title"),
            url: Some("/admin/agencies".to_owned()),
        },
        Crumb {
            label: agency.name.clone(),
            url: None,
        },
    ];
    let name = wrong.name.as_deref().unwrap_or(&agency.name);
    let page = Page {
        frame: signed_in.frame_named("agencies", &agency.name, crumbs),
        version: wrong.version.unwrap_or(agency.version),
        tenants: platform.count_tenants_of(agency.id).await?,
        name: name_field(signed_in, name, &wrong.faults),
        disable: agency.status.is_active().then(|| Confirm {
            id: "confirm".to_owned(),
            // The version is part of the address: the component has no field of its own for it.
            action: format!("/admin/agencies/{}/status?version={}", agency.id, agency.version),
            expected: agency.name.clone(),
            warning: visitor.text("platform.disable_warning"),
            button: visitor.text("platform.disable"),
            error: wrong.disable,
        }),
        faults: wrong.faults,
        agency,
    };
    Ok(if is_wrong {
        signed_in.again(&page)
    } else {
        signed_in.page(&page)
    })
}
