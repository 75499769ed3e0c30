//! `GET/POST …/domain`: the callback domain in the provider's console, and where the first app takes people back.

use askama::Template;
use axum::extract::{Path, State};
use hufu_core::manage::{ClientEdit, ManageError, OnboardingEdit};

use super::steps::At;
use super::wizard::{Rail, Wizard};
use crate::console::Console;
use crate::http::{Answer, Posted, SignedIn, Visitor};
use crate::pages::clients::uris::{uris_field, uris_of, wrong_uris};
use crate::ui::{Field, Frame};

#[derive(Template)]
#[template(path = "pages/onboarding/domain.html")]
struct Page {
    frame: Frame,
    rail: Rail,
    host: String,
    callback: Option<String>,
    /// A host that the provider will not take: an address, or this machine.
    is_local: bool,
    uris: Field,
    version: u32,
    trouble: String,
}

pub(super) async fn get(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, id)): Path<(String, String)>,
) -> Answer {
    let wizard = match Wizard::open_at(&signed_in, &code, &id, At::Domain).await? {
        Ok(wizard) => wizard,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let kept = match &wizard.client {
        Some(client) => &client.redirect_uris,
        None => &wizard.onboarding.redirect_uris,
    };
    let uris = uris(&signed_in.visitor, &kept.join("\n"));
    Ok(signed_in.page(&page(&console, &signed_in, &wizard, uris)))
}

fn page(console: &Console, signed_in: &SignedIn, wizard: &Wizard, uris: Field) -> Page {
    let host = console.site.public_url.host();
    let connector = wizard.connector.as_ref();
    Page {
        frame: wizard.frame(signed_in, At::Domain),
        rail: wizard.rail(signed_in, At::Domain),
        is_local: is_local(host),
        host: host.to_owned(),
        callback: connector.map(|connector| wizard.tenant.urls().callback(connector.id)),
        version: wizard
            .client
            .as_ref()
            .map_or(wizard.onboarding.version, |client| client.version),
        uris,
        trouble: String::new(),
    }
}

fn is_local(host: &str) -> bool {
    let plain = host.trim_matches(['[', ']']);
    plain.parse::<std::net::IpAddr>().is_ok() || !plain.contains('.') || plain.ends_with(".localhost")
}

/// Here they may come later.
fn uris(visitor: &Visitor, value: &str) -> Field {
    uris_field(visitor, value).hint(visitor.text("onboarding.redirect_uris_hint"))
}

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, id)): Path<(String, String)>,
    posted: Posted,
) -> Answer {
    let mut wizard = match Wizard::open_at(&signed_in, &code, &id, At::Domain).await? {
        Ok(wizard) => wizard,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let visitor = &signed_in.visitor;
    let uris = uris_of(&posted);
    let mut wrong = wrong_uris(visitor, &uris);
    if wrong.is_none() && uris.is_empty() && wizard.client.is_some() {
        wrong = Some(visitor.say(&ManageError::NoRedirectUri.text()));
    }
    if let Some(wrong) = wrong {
        let field = self::uris(visitor, &uris.join("\n")).error(Some(wrong));
        let mut page = page(&console, &signed_in, &wizard, field);
        page.trouble = visitor.text("onboarding.not_saved");
        return Ok(signed_in.again(&page));
    }
    if let Some(client) = &wizard.client {
        let mut edit = ClientEdit::from(&**client);
        edit.redirect_uris = uris;
        let clients = wizard.tenant.change_clients()?;
        clients.change(client.id, edit, posted.version()).await?;
    } else {
        let edit = OnboardingEdit::RedirectUris(uris);
        let before = &wizard.onboarding;
        wizard.onboarding = wizard.setup.edit_onboarding(before, edit, posted.version()).await?;
    }
    wizard.confirm(At::Domain).await?;
    Ok(wizard.onward(&console, &signed_in, At::Domain, "onboarding.noted"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_that_no_provider_takes() {
        for host in ["127.0.0.1", "[::1]", "localhost", "a.localhost", "hufu"] {
            assert!(is_local(host), "{host}");
        }
        assert!(!is_local("login.example.com"));
    }
}
