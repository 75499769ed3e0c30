//! `GET/POST /admin/tenants/{code}/connectors/{id}/tokens/replace`: another access token; the old one is dead at once
//! for whoever still holds it.

use axum::extract::{Path, State};
use hufu_core::model::Connector;

use super::super::{id, shown, url};
use crate::access::TenantAccess;
use crate::console::Console;
use crate::http::{Answer, Posted, Refusal, SignedIn, flash_to};
use crate::pages::tenant::Asking;
use crate::ui::{Tone, texts};

/// The one that all calls need; the others follow it.
const NAME: &str = "access_token";

pub(in crate::pages::connectors) async fn get(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, connector)): Path<(String, String)>,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    tenant.setup()?;
    let connector = tenant.connector(id(&connector)?).await?;
    tenant.server_tokens(&connector).await?.ok_or(Refusal::NotFound)?;
    signed_in.confirmed(&console)?;
    Ok(asking(&signed_in, &tenant, &connector).page(&signed_in, &tenant))
}

pub(in crate::pages::connectors) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, connector)): Path<(String, String)>,
    posted: Posted,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let setup = tenant.setup()?;
    let confirmed = signed_in.confirmed(&console)?;
    let connector = tenant.connector(id(&connector)?).await?;
    let asking = asking(&signed_in, &tenant, &connector);
    let back = asking.back.clone();
    if let Some(again) = asking.unless_typed(&signed_in, &tenant, &posted) {
        return Ok(again);
    }
    let visitor = &signed_in.visitor;
    let (tone, text) = match setup.replace_token(confirmed, connector.id, NAME).await {
        Ok(_) => (Tone::Good, visitor.text("connectors.token_replaced")),
        Err(error) => (Tone::Bad, visitor.say(&shown(error)?.text())),
    };
    Ok(flash_to(&console, tone, &text, &back))
}

fn asking(signed_in: &SignedIn, tenant: &TenantAccess, connector: &Connector) -> Asking {
    let visitor = &signed_in.visitor;
    let back = format!("{}/tokens", url(&tenant.tenant().code, connector.id));
    Asking {
        tab: "connectors",
        title: "connectors.token_replace_title",
        warning: texts::text_with(
            visitor.locale,
            "connectors.token_replace_warning",
            &[("name", &connector.name)],
        ),
        points: vec![
            visitor.text("connectors.token_replace_point_1"),
            visitor.text("connectors.token_replace_point_2"),
        ],
        expected: connector.name.clone(),
        button: visitor.text("connectors.token_replace_do"),
        action: format!("{back}/replace"),
        back,
    }
}
