//! The demo's own app as Hufu knows it, with a secret that is known.

use std::time::Duration;

use hufu_core::ids::ClientId;
use hufu_core::manage::{ClientEdit, Manager, NewClient, SecretOverlap};
use hufu_core::model::{Client, ClientKind, TenantCode};
use hufu_core::secret::ExposeSecret as _;

use super::cast::DEMO_APP;
use super::home::{Home, Kept};
use super::setup::{new_client, tenant_code};
use crate::failure::Failure;

/// Where the app has people come back to when they have logged out.
const AFTER_LOGOUT: &str = "/logged-out";

/// Made by `then` when it is missing; what changes with every start is changed by `now`.
pub(super) async fn find_or_make(
    then: &Manager,
    now: &Manager,
    home: &Home,
    app_url: &str,
) -> Result<(Client, Kept), Failure> {
    let code = tenant_code()?;
    let redirect_uri = format!("{app_url}/callback");
    let after_logout = format!("{app_url}{AFTER_LOGOUT}");
    let (mut client, kept) = with_secret(then, now, home, &code, app_url).await?;
    let is_known = client.redirect_uris.first() == Some(&redirect_uri)
        && client.post_logout_redirect_uris.first() == Some(&after_logout);
    if !is_known {
        // Only what the ports changed: whatever else was registered stays.
        let old_logout = kept.redirect_uri.replace("/callback", AFTER_LOGOUT);
        let moved = |new: &String, old: &String, known: &[String]| {
            let others = known.iter().filter(|uri| *uri != new && *uri != old);
            std::iter::once(new).chain(others).cloned().collect()
        };
        let edit = ClientEdit {
            redirect_uris: moved(&redirect_uri, &kept.redirect_uri, &client.redirect_uris),
            post_logout_redirect_uris: moved(&after_logout, &old_logout, &client.post_logout_redirect_uris),
            ..ClientEdit::from(&client)
        };
        client = now.change_client(&code, client.id, edit, None).await?;
    }
    let kept = Kept { redirect_uri, ..kept };
    home.keep(&kept)?;
    Ok((client, kept))
}

async fn with_secret(
    then: &Manager,
    now: &Manager,
    home: &Home,
    code: &TenantCode,
    app_url: &str,
) -> Result<(Client, Kept), Failure> {
    let redirect_uri = format!("{app_url}/callback");
    let before = home.kept();
    if let Some(kept) = &before
        && let Ok(id) = kept.client_id.parse::<ClientId>()
        && let Ok(client) = now.client(code, id).await
        && client.has_secret(&kept.client_secret, now.clock.now())
    {
        return Ok(((*client).clone(), kept.clone()));
    }
    let tenant = now.tenant(code).await?;
    let clients = now.store.begin(tenant.id).list_clients().await?;
    let is_demo = |client: &&Client| client.name == DEMO_APP && client.kind == ClientKind::Confidential;
    let (client, secret) = match clients.iter().find(is_demo) {
        Some(known) => {
            let overlap = SecretOverlap(Duration::ZERO);
            let (client, secret) = now.rotate_client_secret(code, known.id, overlap, None).await?;
            (client, Some(secret))
        }
        None => {
            let new = NewClient {
                post_logout_redirect_uris: vec![format!("{app_url}{AFTER_LOGOUT}")],
                ..new_client(DEMO_APP, &redirect_uri)
            };
            then.add_client(code, new).await?
        }
    };
    let secret = secret.ok_or_else(|| Failure::new("internal", "应用没有密钥", "the app has no secret"))?;
    let kept = Kept {
        client_id: client.id.to_string(),
        client_secret: secret.expose_secret().to_owned(),
        redirect_uri,
        ..before.unwrap_or_default()
    };
    // At once: the database has no more than the secret's digest.
    home.keep(&kept)?;
    Ok((client, kept))
}
