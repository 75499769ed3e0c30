//! `GET/POST …/ip`: the addresses that the account must allow.

use askama::Template;
use axum::extract::{Path, State};

use super::steps::At;
use super::wizard::{Rail, Wizard, is_good};
use crate::console::Console;
use crate::http::{Answer, Posted, SignedIn};
use crate::pages::connectors::checks::Checks;
use crate::ui::{Frame, Tone};

#[derive(Template)]
#[template(path = "pages/onboarding/ip.html")]
struct Page {
    frame: Frame,
    rail: Rail,
    egress: Vec<String>,
    checks: Option<Checks>,
    has_connector: bool,
    refused: bool,
}

pub(super) async fn get(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, id)): Path<(String, String)>,
) -> Answer {
    let wizard = match Wizard::open_at(&signed_in, &code, &id, At::Ip).await? {
        Ok(wizard) => wizard,
        Err(elsewhere) => return Ok(elsewhere),
    };
    Ok(signed_in.page(&Page {
        frame: wizard.frame(&signed_in, At::Ip),
        rail: wizard.rail(&signed_in, At::Ip),
        egress: console.egress.clone(),
        checks: wizard
            .health
            .as_ref()
            .map(|health| Checks::of(&signed_in.visitor, health)),
        has_connector: wizard.connector.is_some(),
        refused: wizard.is_address_refused(),
    }))
}

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, id)): Path<(String, String)>,
    posted: Posted,
) -> Answer {
    let mut wizard = match Wizard::open_at(&signed_in, &code, &id, At::Ip).await? {
        Ok(wizard) => wizard,
        Err(elsewhere) => return Ok(elsewhere),
    };
    if posted.get("do") == "confirm" {
        wizard.confirm(At::Ip).await?;
        return Ok(wizard.onward(&console, &signed_in, At::Ip, "onboarding.noted"));
    }
    let Some(connector) = &wizard.connector else {
        return Ok(wizard.stay(&console, &signed_in, At::Ip, Tone::Info, "onboarding.ip_waits"));
    };
    let health = wizard.setup.check(connector.id).await?;
    Ok(if is_good(Some(&health)) {
        wizard.onward(&console, &signed_in, At::Ip, "onboarding.ip_good")
    } else {
        wizard.stay(&console, &signed_in, At::Ip, Tone::Bad, "onboarding.ip_bad")
    })
}
