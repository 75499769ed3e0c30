//! `GET/POST /admin/tenants/{code}/clients/{id}/secrets/new`: another secret; those before it work on for a while.

use std::time::Duration;

use askama::Template;
use axum::extract::{Path, State};
use hufu_core::manage::ManageError;
use hufu_core::model::{Client, ClientKind};

use super::made;
use crate::access::TenantAccess;
use crate::console::Console;
use crate::http::{Answer, Posted, Refusal, SignedIn, flash_to};
use crate::pages::connectors::id;
use crate::pages::tenant;
use crate::ui::{Choice, Field, Frame, Tab, Tone};

/// How long the old ones may work on: the value in the form, and seconds. A day is time for most to change over.
const OVERLAPS: [(&str, u64); 5] = [
    ("none", 0),
    ("1h", 3600),
    ("1d", 86_400),
    ("7d", 604_800),
    ("30d", 2_592_000),
];

#[derive(Template)]
#[template(path = "pages/clients/rotate.html")]
struct Page {
    frame: Frame,
    tabs: Vec<Tab>,
    overlap: Field,
    /// The form makes one secret, however often it is sent.
    version: u32,
    /// How many secrets work now.
    works: usize,
    trouble: String,
    back: String,
}

pub(super) async fn get(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, client)): Path<(String, String)>,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    tenant.change_clients()?;
    let client = tenant.client(id(&client)?).await?;
    if client.kind == ClientKind::Public {
        return Err(Refusal::NotFound);
    }
    // Asked for before the form is filled in: it could not be sent again afterwards.
    signed_in.confirmed(&console)?;
    Ok(signed_in.page(&page(&signed_in, &tenant, &client, "1d", String::new())))
}

fn page(signed_in: &SignedIn, tenant: &TenantAccess, client: &Client, overlap: &str, trouble: String) -> Page {
    let visitor = &signed_in.visitor;
    let now = tenant.overview().now();
    let choice = |(value, _): (&str, u64)| {
        let hint = match value {
            "none" => visitor.text("clients.overlap_none_hint"),
            "1d" => visitor.text("clients.overlap_1d_hint"),
            _ => String::new(),
        };
        Choice::new(value, visitor.text(&format!("clients.overlap_{value}"))).hint(hint)
    };
    Page {
        tabs: tenant::tabs(signed_in, tenant, "clients"),
        frame: super::frame(signed_in, tenant, "clients.rotate_title", Some(client)),
        overlap: Field::new("overlap", visitor.text("clients.overlap"))
            .hint(visitor.text("clients.overlap_hint"))
            .required()
            .value(overlap)
            .choices(OVERLAPS.map(choice).to_vec()),
        version: client.version,
        works: client
            .secrets
            .iter()
            .filter(|secret| secret.expires_at.is_none_or(|end| now < end))
            .count(),
        trouble,
        back: super::url(&tenant.tenant().code, client.id),
    }
}

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, client)): Path<(String, String)>,
    posted: Posted,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let clients = tenant.change_clients()?;
    let confirmed = signed_in.confirmed(&console)?;
    let client = tenant.client(id(&client)?).await?;
    let (visitor, chosen) = (&signed_in.visitor, posted.get("overlap"));
    let Some((_, seconds)) = OVERLAPS.into_iter().find(|(value, _)| *value == chosen) else {
        let page = page(
            &signed_in,
            &tenant,
            &client,
            "1d",
            visitor.text("clients.overlap_wrong"),
        );
        return Ok(signed_in.again(&page));
    };
    // A form without a version is none of ours, and no client has this one.
    let expected = Some(posted.version().unwrap_or_default());
    let rotated = clients.rotate_secret(confirmed, client.id, Duration::from_secs(seconds), expected);
    match rotated.await {
        Ok((client, secret)) => Ok(made::draw(&signed_in, &tenant, &client, &secret, "clients.rotated")),
        // The page was loaded again, or somebody else was here: a secret that nobody wants would only be lost.
        Err(ManageError::Conflict { .. }) => {
            let url = super::url(&tenant.tenant().code, client.id);
            let text = visitor.text("clients.not_rotated");
            Ok(flash_to(&console, Tone::Warn, &text, &url))
        }
        Err(error @ ManageError::TooManySecrets { .. }) => {
            let page = page(&signed_in, &tenant, &client, chosen, visitor.say(&error.text()));
            Ok(signed_in.again(&page))
        }
        Err(error) => Err(error.into()),
    }
}
