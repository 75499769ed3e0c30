//! `GET/POST …/verify`: the file by which the provider sees that the domain is ours.

use askama::Template;
use axum::extract::{Path, State};

use super::steps::At;
use super::wizard::{Rail, Wizard, is_good};
use crate::console::Console;
use crate::http::{Answer, Posted, Refusal, SignedIn};
use crate::pages::connectors::shown;
use crate::pages::domains::upload::{Fields, Upload, fields};
use crate::pages::domains::view::{FileView, views};
use crate::ui::{Frame, Tone};

#[derive(Template)]
#[template(path = "pages/onboarding/verify.html")]
struct Page {
    frame: Frame,
    rail: Rail,
    files: Vec<FileView>,
    fields: Fields,
    trouble: String,
}

pub(super) async fn get(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, id)): Path<(String, String)>,
) -> Answer {
    let wizard = match Wizard::open_at(&signed_in, &code, &id, At::Verify).await? {
        Ok(wizard) => wizard,
        Err(elsewhere) => return Ok(elsewhere),
    };
    Ok(signed_in.page(&page(&console, &signed_in, &wizard, &Upload::default())))
}

fn page(console: &Console, signed_in: &SignedIn, wizard: &Wizard, typed: &Upload) -> Page {
    Page {
        frame: wizard.frame(signed_in, At::Verify),
        rail: wizard.rail(signed_in, At::Verify),
        files: views(console, &signed_in.visitor, &wizard.files),
        fields: fields(&signed_in.visitor, console.site.public_url.host(), typed),
        trouble: String::new(),
    }
}

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, id)): Path<(String, String)>,
    posted: Posted,
) -> Answer {
    let mut wizard = match Wizard::open_at(&signed_in, &code, &id, At::Verify).await? {
        Ok(wizard) => wizard,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let (host, token) = match posted.get("do") {
        "confirm" => {
            wizard.confirm(At::Verify).await?;
            return Ok(wizard.onward(&console, &signed_in, At::Verify, "onboarding.noted"));
        }
        "probe" => (posted.get("host").to_owned(), posted.get("token").to_owned()),
        _ => {
            let upload = Upload::read(&posted, console.site.public_url.host());
            let added = wizard
                .setup
                .add_verify_file(&upload.host, &upload.name, &upload.content);
            match added.await {
                Ok(file) => (file.host, file.token),
                Err(error) => {
                    let error = shown(error)?;
                    let mut page = page(&console, &signed_in, &wizard, &upload);
                    page.trouble = signed_in.visitor.text("onboarding.not_saved");
                    page.fields.set_error(&error, &signed_in.visitor);
                    return Ok(signed_in.again(&page));
                }
            }
        }
    };
    let health = wizard.setup.probe(&host, &token).await.map_err(Refusal::from)?;
    let (tone, key) = if is_good(Some(&health)) {
        (Tone::Good, "onboarding.verify_good")
    } else {
        (Tone::Bad, "onboarding.verify_bad")
    };
    Ok(wizard.stay(&console, &signed_in, At::Verify, tone, key))
}
