//! `GET/POST …/try` and `GET …/try/{trial}`: a test login with a phone, before anything is live.

use askama::Template;
use axum::extract::Path;
use hufu_core::manage::OnboardingEdit;
use hufu_core::model::Trial;
use hufu_web::qr::data_url;

use super::steps::At;
use super::wizard::{Rail, Wizard};
use crate::http::{Answer, Posted, Refusal, SignedIn};
use crate::pages::connectors::trial::{TrialView, part, succeeded};
use crate::ui::Frame;

#[derive(Template)]
#[template(path = "pages/onboarding/try.html")]
struct Page {
    frame: Frame,
    rail: Rail,
    has_connector: bool,
    trial: Option<TrialView>,
    qr: Option<String>,
    link: String,
}

pub(super) async fn get(signed_in: SignedIn, Path((code, id)): Path<(String, String)>) -> Answer {
    let wizard = match Wizard::open_at(&signed_in, &code, &id, At::Try).await? {
        Ok(wizard) => wizard,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let trial = wizard.trial.as_ref().map(|trial| view(&signed_in, &wizard, trial));
    Ok(signed_in.page(&page(&signed_in, &wizard, trial, String::new())))
}

fn page(signed_in: &SignedIn, wizard: &Wizard, trial: Option<TrialView>, link: String) -> Page {
    Page {
        frame: wizard.frame(signed_in, At::Try),
        rail: wizard.rail(signed_in, At::Try),
        has_connector: wizard.connector.is_some(),
        trial,
        qr: if link.is_empty() { None } else { data_url(&link) },
        link,
    }
}

fn view(signed_in: &SignedIn, wizard: &Wizard, trial: &Trial) -> TrialView {
    let url = format!("{}/{}", wizard.url(At::Try), trial.id);
    let mut view = TrialView::of(&signed_in.visitor, trial, url, wizard.tenant.overview().now());
    view.onward = succeeded(trial).then(|| wizard.url(At::Live));
    view
}

pub(super) async fn post(signed_in: SignedIn, Path((code, id)): Path<(String, String)>, _: Posted) -> Answer {
    let mut wizard = match Wizard::open_at(&signed_in, &code, &id, At::Try).await? {
        Ok(wizard) => wizard,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let connector = wizard.connector.as_ref().ok_or(Refusal::NotFound)?.id;
    let (trial, link) = wizard.setup.begin_trial(connector).await?;
    wizard.edit(OnboardingEdit::Trial(trial.id)).await?;
    let trial = view(&signed_in, &wizard, &trial);
    // Not a redirect: the ticket in the code is stored nowhere.
    Ok(signed_in.page(&page(&signed_in, &wizard, Some(trial), link)))
}

pub(super) async fn result(signed_in: SignedIn, Path((code, id, trial)): Path<(String, String, String)>) -> Answer {
    let wizard = Wizard::open(&signed_in, &code, &id).await?;
    let trial = wizard
        .setup
        .trial(trial.parse().map_err(|_| Refusal::NotFound)?)
        .await?;
    if Some(trial.connector_id) != wizard.onboarding.connector_id {
        return Err(Refusal::NotFound);
    }
    let trial = view(&signed_in, &wizard, &trial);
    if signed_in.visitor.partial {
        return Ok(part(&signed_in, trial));
    }
    Ok(signed_in.page(&page(&signed_in, &wizard, Some(trial), String::new())))
}
