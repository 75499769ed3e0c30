//! `GET /admin/tenants/{code}/domains`.

use askama::Template;
use axum::extract::{Path, State};
use hufu_core::clock::Timestamp;
use hufu_core::manage::{ManageError, verify_file_health};

use super::upload::{Fields, Upload, fields};
use super::view::{FileView, views};
use crate::access::TenantAccess;
use crate::console::Console;
use crate::http::{Answer, Refusal, SignedIn};
use crate::pages::{connectors, tenant};
use crate::ui::{Frame, Tab};

#[derive(Template)]
#[template(path = "pages/domains/list.html")]
pub(super) struct Page {
    frame: Frame,
    tabs: Vec<Tab>,
    files: Vec<FileView>,
    /// Connectors whose callbacks come to the public host: all of them.
    connectors: Vec<(String, String)>,
    host: String,
    url: String,
    fields: Option<Fields>,
    trouble: String,
    now: Timestamp,
}

pub(super) async fn get(State(console): State<Console>, signed_in: SignedIn, Path(code): Path<String>) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    Ok(signed_in.page(&page(&console, &signed_in, &tenant, None).await?))
}

/// The page; with what was typed and what is wrong with it, when a file was not taken.
pub(super) async fn page(
    console: &Console,
    signed_in: &SignedIn,
    tenant: &TenantAccess,
    wrong: Option<(&Upload, &ManageError)>,
) -> Result<Page, Refusal> {
    let visitor = &signed_in.visitor;
    let code = &tenant.tenant().code;
    let badges = tenant.health().await?;
    let files = tenant.verify_files().await?.into_iter();
    let files: Vec<_> = files
        .map(|file| {
            let of = verify_file_health(&file);
            let badge = badges.iter().find(|badge| badge.of == of).cloned();
            (file, badge)
        })
        .collect();
    let host = console.site.public_url.host();
    let empty = Upload::default();
    let mut form = fields(visitor, host, wrong.map_or(&empty, |(typed, _)| typed));
    if let Some((_, error)) = wrong {
        form.set_error(error, visitor);
    }
    let connectors = tenant.connectors().await?;
    let connectors = connectors
        .iter()
        .map(|one| (one.name.clone(), connectors::url(code, one.id)));
    Ok(Page {
        tabs: tenant::tabs(signed_in, tenant, "domains"),
        files: views(console, visitor, &files),
        connectors: connectors.collect(),
        host: host.to_owned(),
        url: format!("/admin/tenants/{code}/domains"),
        fields: tenant.setup().is_ok().then_some(form),
        trouble: wrong.map(|_| visitor.text("domains.not_added")).unwrap_or_default(),
        now: tenant.overview().now(),
        frame: tenant::frame(signed_in, tenant, "domains.title", Vec::new()),
    })
}

impl Page {
    /// Where a file is taken away.
    fn remove_url(&self, file: &FileView) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("host", &file.host)
            .append_pair("token", &file.token)
            .finish();
        format!("{}/remove?{query}", self.url)
    }
}
