//! `/admin/agencies`: the list, and a form to add one.

use askama::Template;
use axum::extract::{Query, State};
use hufu_core::ids::AgencyId;
use hufu_core::model::Agency;
use serde::Deserialize;

use crate::access::Platform;
use crate::console::Console;
use crate::http::{Answer, Posted, SignedIn, flash_to};
use crate::pages::enter::Faults;
use crate::ui::{Field, Frame, Tone};

const PAGE: usize = 50;

/// The query.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    after: String,
}

#[derive(Template)]
#[template(path = "pages/platform/agencies.html")]
struct Page {
    frame: Frame,
    rows: Vec<Agency>,
    is_first: bool,
    next: Option<String>,
    faults: Faults,
    name: Field,
}

pub(super) async fn get(signed_in: SignedIn, Query(asked): Query<Asked>) -> Answer {
    let platform = signed_in.access.platform()?;
    draw(&signed_in, &platform, asked.after.parse().ok(), "", Faults::default()).await
}

pub(super) async fn post(State(console): State<Console>, signed_in: SignedIn, posted: Posted) -> Answer {
    let platform = signed_in.access.platform()?;
    let name = posted.get("name");
    match platform.add_agency(name).await {
        Ok(agency) => {
            let text = signed_in.visitor.text("platform.agency_added");
            Ok(flash_to(
                &console,
                Tone::Good,
                &text,
                &format!("/admin/agencies/{}", agency.id),
            ))
        }
        Err(refusal) => {
            let faults = Faults::of_refusal(&signed_in.visitor, refusal)?;
            draw(&signed_in, &platform, None, name, faults).await
        }
    }
}

async fn draw(
    signed_in: &SignedIn,
    platform: &Platform,
    after: Option<AgencyId>,
    name: &str,
    faults: Faults,
) -> Answer {
    // One more than is shown: so it is known whether there is a further page.
    let mut rows = platform.agencies(after, PAGE as u64 + 1).await?;
    let has_more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let last = rows.last().filter(|_| has_more);
    let page = Page {
        next: last.map(|agency| format!("/admin/agencies?after={}", agency.id)),
        is_first: after.is_none(),
        frame: signed_in.frame("agencies", "platform.agencies_title", Vec::new()),
        name: name_field(signed_in, name, &faults),
        rows,
        faults,
    };
    Ok(if page.faults.is_empty() {
        signed_in.page(&page)
    } else {
        signed_in.again(&page)
    })
}

pub(super) fn name_field(signed_in: &SignedIn, name: &str, faults: &Faults) -> Field {
    Field::new("name", signed_in.visitor.text("platform.agency_name"))
        .required()
        .value(name)
        .error(faults.of("name"))
}
