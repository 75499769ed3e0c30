//! `GET/POST /admin/tenants/{code}/clients/{id}/secrets/{made}/end`: a secret is refused from now on. It is named by
//! the millisecond in which it was made.

use axum::extract::{Path, State};
use hufu_core::clock::Timestamp;
use hufu_core::model::{Client, ClientSecret};

use crate::access::TenantAccess;
use crate::console::Console;
use crate::http::{Answer, Posted, Refusal, SignedIn, flash_to};
use crate::pages::connectors::id;
use crate::pages::tenant::Asking;
use crate::ui::{Tone, texts};

pub(super) async fn get(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, client, made)): Path<(String, String, String)>,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    tenant.change_clients()?;
    let client = tenant.client(id(&client)?).await?;
    let secret = secret(&client, &made)?;
    signed_in.confirmed(&console)?;
    Ok(asking(&signed_in, &tenant, &client, secret).page(&signed_in, &tenant))
}

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, client, made)): Path<(String, String, String)>,
    posted: Posted,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let clients = tenant.change_clients()?;
    let confirmed = signed_in.confirmed(&console)?;
    let client = tenant.client(id(&client)?).await?;
    let secret = secret(&client, &made)?;
    let asking = asking(&signed_in, &tenant, &client, secret);
    if let Some(again) = asking.unless_typed(&signed_in, &tenant, &posted) {
        return Ok(again);
    }
    clients.end_secret(confirmed, client.id, secret.created_at).await?;
    let url = super::url(&tenant.tenant().code, client.id);
    let text = signed_in.visitor.text("clients.ended");
    Ok(flash_to(&console, Tone::Good, &text, &url))
}

fn secret<'a>(client: &'a Client, made: &str) -> Result<&'a ClientSecret, Refusal> {
    let made = made.parse().map_err(|_| Refusal::NotFound)?;
    let made = Timestamp::from_millis(made);
    let found = client.secrets.iter().find(|secret| secret.created_at == made);
    found.ok_or(Refusal::NotFound)
}

fn asking(signed_in: &SignedIn, tenant: &TenantAccess, client: &Client, secret: &ClientSecret) -> Asking {
    let (visitor, locale) = (&signed_in.visitor, signed_in.visitor.locale);
    let back = super::url(&tenant.tenant().code, client.id);
    let now = tenant.overview().now();
    let works = |secret: &ClientSecret| secret.expires_at.is_none_or(|end| now < end);
    let others = client
        .secrets
        .iter()
        .filter(|other| *other != secret && works(other))
        .count();
    let mut points = vec![visitor.text("clients.end_point_1")];
    if others == 0 {
        points.push(visitor.text("clients.end_point_last"));
    }
    Asking {
        tab: "clients",
        title: "clients.end_title",
        warning: texts::text_with(
            locale,
            "clients.end_warning",
            &[("name", &client.name), ("hint", &secret.hint)],
        ),
        points,
        // Secrets from before hints were kept have none.
        expected: if secret.hint.is_empty() {
            "END".to_owned()
        } else {
            secret.hint.clone()
        },
        button: visitor.text("clients.end"),
        action: format!("{back}/secrets/{}/end", secret.created_at.as_millis()),
        back,
    }
}
