//! `GET/POST /admin/tenants/{code}/domains/remove`: takes a file away, once its host was typed.

use askama::Template;
use axum::extract::{Path, Query, State};
use hufu_core::model::VerifyFile;
use serde::Deserialize;

use crate::access::TenantAccess;
use crate::console::Console;
use crate::http::{Answer, Posted, Refusal, SignedIn, flash_to};
use crate::pages::tenant;
use crate::ui::{Crumb, Field, Frame, Tab, Tone};

/// Which file.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    host: String,
    token: String,
}

#[derive(Template)]
#[template(path = "pages/domains/remove.html")]
struct Page {
    frame: Frame,
    tabs: Vec<Tab>,
    name: String,
    host: String,
    token: String,
    back: String,
    confirm: Field,
}

pub(super) async fn get(signed_in: SignedIn, Path(code): Path<String>, Query(asked): Query<Asked>) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let file = file(&tenant, &asked).await?;
    Ok(signed_in.page(&page(&signed_in, &tenant, &file, None)))
}

async fn file(tenant: &TenantAccess, asked: &Asked) -> Result<VerifyFile, Refusal> {
    tenant.setup()?;
    let mut files = tenant.verify_files().await?.into_iter();
    let found = files.find(|file| file.host == asked.host && file.token == asked.token);
    found.ok_or(Refusal::NotFound)
}

fn page(signed_in: &SignedIn, tenant: &TenantAccess, file: &VerifyFile, error: Option<String>) -> Page {
    let visitor = &signed_in.visitor;
    let back = format!("/admin/tenants/{}/domains", tenant.tenant().code);
    let list = Crumb {
        label: visitor.text("domains.title"),
        url: Some(back.clone()),
    };
    let label = visitor.text("ui.confirm_label").replace("%{expected}", &file.host);
    Page {
        tabs: tenant::tabs(signed_in, tenant, "domains"),
        frame: tenant::frame(signed_in, tenant, "domains.remove_title", vec![list]),
        name: file.name(),
        host: file.host.clone(),
        token: file.token.clone(),
        confirm: Field::new("confirm", label).mono().required().error(error),
        back,
    }
}

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path(code): Path<String>,
    posted: Posted,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let setup = tenant.setup()?;
    let asked = Asked {
        host: posted.get("host").to_owned(),
        token: posted.get("token").to_owned(),
    };
    let file = file(&tenant, &asked).await?;
    if posted.get("confirm") != file.host {
        let error = signed_in.visitor.text("domains.remove_wrong");
        return Ok(signed_in.again(&page(&signed_in, &tenant, &file, Some(error))));
    }
    setup.remove_verify_file(&file.host, &file.token).await?;
    let url = format!("/admin/tenants/{}/domains", tenant.tenant().code);
    let text = signed_in.visitor.text("domains.removed");
    Ok(flash_to(&console, Tone::Good, &text, &url))
}
