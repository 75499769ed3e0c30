//! The demo's own app as Hufu knows it, with a secret that is known.

use std::time::Duration;

use hufu_core::ids::ClientId;
use hufu_core::manage::{Manager, SecretOverlap};
use hufu_core::model::{Client, ClientKind, TenantCode};
use hufu_core::secret::ExposeSecret as _;

use super::cast::DEMO_APP;
use super::home::{Home, Kept};
use super::setup::{new_client, tenant_code};
use crate::failure::Failure;

/// Made by `then` when it is missing; what changes with every start is changed by `now`.
pub(super) async fn find_or_make(
    then: &Manager,
    now: &Manager,
    home: &Home,
    app_url: &str,
) -> Result<(Client, Kept), Failure> {
    let code = tenant_code()?;
    let redirect_uri = format!("{app_url}/callback");
    let (mut client, kept) = with_secret(then, now, home, &code, &redirect_uri).await?;
    if client.redirect_uris.first() != Some(&redirect_uri) {
        // Only what the ports changed: whatever else was registered stays.
        let others = client.redirect_uris.into_iter();
        let others = others.filter(|uri| *uri != kept.redirect_uri && *uri != redirect_uri);
        let uris = std::iter::once(redirect_uri.clone()).chain(others).collect();
        client = now.change_redirect_uris(&code, client.id, uris).await?;
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
    redirect_uri: &str,
) -> Result<(Client, Kept), Failure> {
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
        None => then.add_client(code, new_client(DEMO_APP, redirect_uri)).await?,
    };
    let secret = secret.ok_or_else(|| Failure::new("internal", "应用没有密钥", "the app has no secret"))?;
    let kept = Kept {
        client_id: client.id.to_string(),
        client_secret: secret.expose_secret().to_owned(),
        redirect_uri: redirect_uri.to_owned(),
        ..before.unwrap_or_default()
    };
    // At once: the database has no more than the secret's digest.
    home.keep(&kept)?;
    Ok((client, kept))
}
