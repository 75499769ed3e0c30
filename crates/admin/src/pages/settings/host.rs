//! `POST /admin/tenants/{code}/settings/host`, `…/host/check`: a tenant's own host name.

use axum::extract::{Path, State};
use hufu_core::manage::ManageError;
use hufu_core::model::{HealthState, HostName};

use super::edit::{self, Typed, Wrong};
use crate::access::TenantAccess;
use crate::console::Console;
use crate::http::{Answer, Posted, Refusal, SignedIn, flash_to};
use crate::pages::connectors::checks::Checks;
use crate::ui::{Field, Tone};

/// The part of the settings page.
pub(super) struct Part {
    /// `None`: whoever looks may not change it.
    pub(super) field: Option<Field>,
    /// The host and the issuer at it; `None`: the tenant has none.
    pub(super) now: Option<(String, String)>,
    /// How it was found at the last look.
    pub(super) checks: Option<Checks>,
}

impl Part {
    pub(super) async fn of(
        signed_in: &SignedIn,
        tenant: &TenantAccess,
        typed: &str,
        error: Option<String>,
    ) -> Result<Self, Refusal> {
        let visitor = &signed_in.visitor;
        let stored = tenant.tenant();
        let (_, own) = tenant.both_urls(stored);
        let field = Field::new("host", visitor.text("settings.host"))
            .hint(visitor.text("settings.host_hint"))
            .value(typed)
            .placeholder("login.shop.example")
            .mono()
            .error(error);
        let now = stored.host.as_ref().zip(own);
        Ok(Self {
            field: tenant.hosting().is_ok().then_some(field),
            now: now.map(|(host, urls)| (host.to_string(), urls.issuer().to_owned())),
            checks: tenant.host_health().await?.map(|health| Checks::of(visitor, &health)),
        })
    }
}

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path(code): Path<String>,
    posted: Posted,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let hosting = tenant.hosting()?;
    let text = posted.get("host");
    let host = match text.trim() {
        "" => Ok(None),
        text => HostName::typed(text).map(Some),
    };
    let saved = match host {
        Ok(host) => hosting.set(host, posted.version()).await,
        Err(error) => Err(error.into()),
    };
    match saved {
        Ok(saved) => {
            let key = match saved.host {
                Some(_) => "settings.host_saved",
                None => "settings.host_gone",
            };
            let url = format!("/admin/tenants/{code}/settings#host");
            Ok(flash_to(&console, Tone::Good, &signed_in.visitor.text(key), &url))
        }
        Err(error @ (ManageError::HostName(_) | ManageError::HostReserved | ManageError::HostTaken)) => {
            let mut typed = Typed::of(tenant.tenant());
            text.clone_into(&mut typed.host);
            let wrong = Wrong {
                field: "host",
                text: signed_in.visitor.say(&error.text()),
            };
            let version = tenant.tenant().version;
            Ok(signed_in.again(&edit::page(&signed_in, &tenant, &typed, version, &wrong).await?))
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn check(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path(code): Path<String>,
    _posted: Posted,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let health = tenant.setup()?.probe_host().await?;
    let (tone, key) = match health.state {
        HealthState::Good => (Tone::Good, "settings.host_good"),
        _ => (Tone::Bad, "settings.host_bad"),
    };
    let url = format!("/admin/tenants/{code}/settings#host");
    Ok(flash_to(&console, tone, &signed_in.visitor.text(key), &url))
}
