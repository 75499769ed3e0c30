//! `POST /admin/tenants/{code}/check`: all connectors, ownership files and the own host, now.

use axum::extract::{Path, State};
use hufu_core::manage;
use hufu_core::model::{Health, HealthState};
use tokio::task::JoinSet;

use crate::access::TenantAccess;
use crate::console::Console;
use crate::http::{Answer, Posted, Refusal, SignedIn, flash_to};
use crate::ui::{Tone, texts};

/// How many are checked at the same time: a provider counts calls, and a tenant seldom has more accounts.
const AT_ONCE: usize = 8;

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path(code): Path<String>,
    _posted: Posted,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let found = check(&tenant).await?;
    let locale = signed_in.visitor.locale;
    let bad = found.iter().filter(|health| health.state != HealthState::Good).count();
    let n = found.len().to_string();
    let (tone, text) = if found.is_empty() {
        (Tone::Info, texts::text(locale, "tenant.check_nothing"))
    } else if bad == 0 {
        (Tone::Good, texts::text_with(locale, "tenant.check_good", &[("n", &n)]))
    } else {
        let values = [("n", n.as_str()), ("bad", &bad.to_string())];
        (Tone::Warn, texts::text_with(locale, "tenant.check_bad", &values))
    };
    Ok(flash_to(
        &console,
        tone,
        &text,
        &format!("/admin/tenants/{code}#health"),
    ))
}

async fn check(tenant: &TenantAccess) -> Result<Vec<Health>, Refusal> {
    let setup = tenant.setup()?;
    let mut waiting: Vec<Check> = Vec::new();
    for connector in tenant.connectors().await?.iter() {
        waiting.push(Check::Connector(connector.id));
    }
    for file in tenant.verify_files().await? {
        waiting.push(Check::File(file.host, file.token));
    }
    waiting.extend(tenant.tenant().host.is_some().then_some(Check::Host));
    let mut running = JoinSet::new();
    let mut found = Vec::new();
    while !waiting.is_empty() || !running.is_empty() {
        while running.len() < AT_ONCE
            && let Some(check) = waiting.pop()
        {
            let setup = setup.clone();
            running.spawn(async move {
                match check {
                    Check::Connector(id) => setup.check(id).await,
                    Check::Host => setup.probe_host().await,
                    Check::File(host, token) => setup.probe(&host, &token).await,
                }
            });
        }
        match running.join_next().await {
            Some(Ok(Ok(health))) => found.push(health),
            // It was taken away meanwhile.
            Some(Ok(Err(manage::ManageError::NotFound { .. }))) | None => {}
            Some(Ok(Err(error))) => return Err(error.into()),
            Some(Err(error)) => return Err(Refusal::Unavailable(error.to_string())),
        }
    }
    Ok(found)
}

enum Check {
    Connector(hufu_core::ids::ConnectorId),
    File(String, String),
    Host,
}
