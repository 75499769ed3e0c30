//! The demo's tenant, account and app: made at the first start, found again at the next.

use std::collections::BTreeMap;

use hufu_core::ids::ClientId;
use hufu_core::manage::{ManageError, Manager, NewClient, NewConnector, SecretOverlap};
use hufu_core::model::{Client, ClientKind, SnapshotPolicy, TenantCode};
use hufu_core::oidc::SigningAlgorithm;
use hufu_core::secret::{ExposeSecret as _, SecretString};
use hufu_core::text::Locale;
use wechat_simulator::Simulator;

use super::home::{Home, Kept};
use crate::failure::Failure;

const KIND: &str = "wechat-official-account";
const CLIENT_NAME: &str = "演示应用 Demo app";

/// The tenant of the demo.
pub(super) fn tenant_code() -> Result<TenantCode, Failure> {
    "demo".parse().map_err(|error| Failure::internal(&error))
}

pub(super) async fn find_or_make(
    manager: &Manager,
    home: &Home,
    simulator: &Simulator,
    app_url: &str,
) -> Result<Kept, Failure> {
    let code = tenant_code()?;
    match manager.tenant(&code).await {
        Ok(_) => {}
        Err(ManageError::NotFound { .. }) => {
            manager.add_tenant(code.clone(), "演示商户 Demo", Locale::ZhCn).await?;
        }
        Err(error) => return Err(error.into()),
    }
    connector(manager, &code, simulator).await?;
    let redirect_uri = format!("{app_url}/callback");
    let (client, kept) = client(manager, home, &code, &redirect_uri).await?;
    if client.redirect_uris.first() != Some(&redirect_uri) {
        // Only what the ports changed: whatever else was registered stays.
        let others = client.redirect_uris.into_iter();
        let others = others.filter(|uri| *uri != kept.redirect_uri && *uri != redirect_uri);
        let uris = std::iter::once(redirect_uri.clone()).chain(others).collect();
        manager.change_redirect_uris(&code, client.id, uris).await?;
    }
    let kept = Kept { redirect_uri, ..kept };
    home.keep(&kept)?;
    Ok(kept)
}

async fn connector(manager: &Manager, code: &TenantCode, simulator: &Simulator) -> Result<(), Failure> {
    let Some(account) = simulator.control().accounts().into_iter().next() else {
        return Err(Failure::new(
            "internal",
            "模拟器没有账号",
            "the stand-in has no account",
        ));
    };
    let tenant = manager.tenant(code).await?;
    let connectors = manager.store.begin(tenant.id).list_connectors().await?;
    if connectors
        .iter()
        .any(|known| known.setting("appid") == Some(account.app_id.as_str()))
    {
        return Ok(());
    }
    let setting = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    manager
        .add_connector(
            code,
            NewConnector {
                kind: KIND.to_owned(),
                name: account.name.clone(),
                status: hufu_core::model::Status::Active,
                settings: BTreeMap::from([
                    setting("appid", &account.app_id),
                    // Whoever tries the demo sits at a desk, and not in WeChat.
                    setting("browser", "any"),
                    setting("profile", "on_request"),
                ]),
                secrets: BTreeMap::from([("secret".to_owned(), SecretString::from(account.secret))]),
            },
        )
        .await?;
    Ok(())
}

/// The client with a secret that is known.
async fn client(
    manager: &Manager,
    home: &Home,
    code: &TenantCode,
    redirect_uri: &str,
) -> Result<(Client, Kept), Failure> {
    if let Some(kept) = home.kept()
        && let Ok(id) = kept.client_id.parse::<ClientId>()
        && let Ok(client) = manager.client(code, id).await
        && client.has_secret(&kept.client_secret, manager.clock.now())
    {
        return Ok(((*client).clone(), kept));
    }
    let tenant = manager.tenant(code).await?;
    let clients = manager.store.begin(tenant.id).list_clients().await?;
    let is_demo = |client: &&Client| client.name == CLIENT_NAME && client.kind == ClientKind::Confidential;
    let (client, secret) = match clients.iter().find(is_demo) {
        Some(known) => {
            let overlap = SecretOverlap(std::time::Duration::ZERO);
            let (client, secret) = manager.rotate_client_secret(code, known.id, overlap).await?;
            (client, Some(secret))
        }
        None => manager.add_client(code, new_client(redirect_uri)).await?,
    };
    let secret = secret.ok_or_else(|| Failure::new("internal", "应用没有密钥", "the app has no secret"))?;
    let kept = Kept {
        client_id: client.id.to_string(),
        client_secret: secret.expose_secret().to_owned(),
        redirect_uri: redirect_uri.to_owned(),
    };
    // At once: the database has no more than the secret's digest.
    home.keep(&kept)?;
    Ok((client, kept))
}

fn new_client(redirect_uri: &str) -> NewClient {
    NewClient {
        name: CLIENT_NAME.to_owned(),
        kind: ClientKind::Confidential,
        redirect_uris: vec![redirect_uri.to_owned()],
        post_logout_redirect_uris: Vec::new(),
        scopes: Vec::new(),
        connectors: Vec::new(),
        id_token_alg: SigningAlgorithm::Rs256,
        snapshot_policy: SnapshotPolicy::Refuse,
    }
}
