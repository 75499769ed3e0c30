//! `POST …/connectors/{id}/trial` begins a test login and shows its QR code; `GET …/trial/{trial}` shows what came of
//! it. The ticket in the code is stored nowhere: a page that is asked for again has no code, and a button for a new one.

use askama::Template;
use axum::extract::Path;
use hufu_core::model::Trial;
use hufu_web::qr::data_url;

use super::trial::{TrialView, part};
use crate::access::TenantAccess;
use crate::http::{Answer, Posted, Refusal, SignedIn};
use crate::pages::tenant;
use crate::ui::{Crumb, Frame, Tab};

#[derive(Template)]
#[template(path = "pages/connectors/trial.html")]
struct Page {
    frame: Frame,
    tabs: Vec<Tab>,
    trial: TrialView,
    qr: Option<String>,
    link: String,
    begin: String,
    may: bool,
}

pub(super) async fn post(signed_in: SignedIn, Path((code, id)): Path<(String, String)>, _: Posted) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let setup = tenant.setup()?;
    let (trial, link) = setup.begin_trial(super::id(&id)?).await?;
    let page = page(&signed_in, &tenant, &trial, link).await?;
    Ok(signed_in.page(&page))
}

pub(super) async fn get(signed_in: SignedIn, Path((code, id, trial)): Path<(String, String, String)>) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let trial = tenant.setup()?.trial(super::id(&trial)?).await?;
    if trial.connector_id != super::id(&id)? {
        return Err(Refusal::NotFound);
    }
    let page = page(&signed_in, &tenant, &trial, String::new()).await?;
    if signed_in.visitor.partial {
        return Ok(part(&signed_in, page.trial));
    }
    Ok(signed_in.page(&page))
}

async fn page(signed_in: &SignedIn, tenant: &TenantAccess, trial: &Trial, link: String) -> Result<Page, Refusal> {
    let connector = tenant.connector(trial.connector_id).await?;
    let url = super::url(&tenant.tenant().code, connector.id);
    let crumb = |label: String, url: String| Crumb { label, url: Some(url) };
    let crumbs = vec![
        crumb(
            signed_in.visitor.text("connectors.title"),
            format!("/admin/tenants/{}/connectors", tenant.tenant().code),
        ),
        crumb(connector.name.clone(), url.clone()),
    ];
    let begin = format!("{url}/trial");
    Ok(Page {
        tabs: tenant::tabs(signed_in, tenant, "connectors"),
        trial: TrialView::of(
            &signed_in.visitor,
            trial,
            format!("{begin}/{}", trial.id),
            tenant.overview().now(),
        ),
        qr: if link.is_empty() { None } else { data_url(&link) },
        link,
        may: tenant.setup().is_ok(),
        frame: tenant::frame(signed_in, tenant, "connectors.trial_title", crumbs),
        begin,
    })
}
