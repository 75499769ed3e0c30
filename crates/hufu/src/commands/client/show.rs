//! Clients on the terminal. A secret is shown once, when it is made: afterwards only its digest is there.

use hufu_core::model::{Client, ClientKind, ClientSecret, TenantCode};
use hufu_core::secret::{ExposeSecret as _, SecretString};
use hufu_core::store::Store as _;
use serde_json::{Value, json};

use crate::commands::context::Managing;
use crate::commands::tenant::status;
use crate::failure::Failure;
use crate::table;

pub(super) fn one(
    m: &Managing<'_>,
    tenant: &TenantCode,
    client: &Client,
    secret: Option<&SecretString>,
) -> Result<(), Failure> {
    let mut document = document(m, tenant, client);
    if let Some(secret) = secret {
        document["client_secret"] = json!(secret.expose_secret());
    }
    m.output.answer(&document, || text(m, tenant, client, secret))
}

pub(super) async fn list(m: &Managing<'_>, tenant: &TenantCode) -> Result<(), Failure> {
    let id = m.manager.tenant(tenant).await?.id;
    let clients = m.hufu.database.begin(id).list_clients().await?;
    let documents: Vec<Value> = clients.iter().map(|client| document(m, tenant, client)).collect();
    m.output.answer(&json!({"clients": documents}), || {
        let say = |zh, en| m.output.say(zh, en);
        let headings = [
            "CLIENT_ID",
            say("名称", "NAME"),
            say("类型", "KIND"),
            say("状态", "STATUS"),
            say("回调地址", "REDIRECT URIS"),
        ];
        let row = |client: &Client| {
            let uris = client.redirect_uris.join(" ");
            vec![
                client.id.to_string(),
                client.name.clone(),
                kind(client).to_owned(),
                status(client.status),
                uris,
            ]
        };
        table::render(&headings, &clients.iter().map(row).collect::<Vec<_>>())
    })
}

/// The link that logs people in to this app.
pub(crate) fn login_url(m: &Managing<'_>, tenant: &TenantCode, client: &Client) -> String {
    format!("{}?client_id={}", m.urls(tenant).login(), client.id)
}

fn text(m: &Managing<'_>, tenant: &TenantCode, client: &Client, secret: Option<&SecretString>) -> String {
    let say = |zh, en| m.output.say(zh, en);
    let mut lines = vec![("client_id", client.id.to_string())];
    if let Some(secret) = secret {
        lines.push(("client_secret", secret.expose_secret().to_owned()));
    }
    lines.extend([
        (say("名称", "name"), client.name.clone()),
        (say("类型", "kind"), kind(client).to_owned()),
        (say("状态", "status"), status(client.status)),
        ("issuer", m.urls(tenant).issuer().to_owned()),
        (say("登录链接", "login URL"), login_url(m, tenant, client)),
        (say("回调地址", "redirect URIs"), client.redirect_uris.join(" ")),
        ("scope", client.scopes.to_string()),
        (
            say("ID 令牌算法", "ID token alg"),
            client.id_token_alg.as_str().to_owned(),
        ),
    ]);
    let rights = &client.rights;
    for (label, rules) in [
        (
            say("微信能力", "rights"),
            rights
                .granted
                .iter()
                .map(|right| right.as_str())
                .collect::<Vec<_>>()
                .join(" "),
        ),
        (say("来源网络", "networks"), rights.networks.join(" ")),
        (say("可代调用的接口", "calls"), rights.calls.join(", ")),
    ] {
        if !rules.is_empty() {
            lines.push((label, rules));
        }
    }
    if rights.json_answers {
        lines.push((say("以 JSON 应答", "JSON answers"), say("是", "yes").to_owned()));
    }
    let ending = |secret: &ClientSecret| secret.expires_at.map(|at| at.to_string());
    let endings: Vec<String> = client.secrets.iter().filter_map(ending).collect();
    if !endings.is_empty() {
        lines.push((say("旧密钥失效于", "old secret ends"), endings.join(" ")));
    }
    let facts = table::facts(&lines);
    match secret {
        Some(_) => {
            let once = say(
                "client_secret 只显示这一次，请立即保存。",
                "The client_secret is shown this once: keep it now.",
            );
            format!("{facts}\n\n{once}")
        }
        None => facts,
    }
}

fn document(m: &Managing<'_>, tenant: &TenantCode, client: &Client) -> Value {
    let secret = |secret: &ClientSecret| {
        json!({
            "created_at": secret.created_at.to_string(),
            "expires_at": secret.expires_at.map(|at| at.to_string()),
        })
    };
    json!({
        "client_id": client.id,
        "tenant": tenant,
        "name": client.name,
        "status": client.status,
        "kind": client.kind,
        "issuer": m.urls(tenant).issuer(),
        "login_url": login_url(m, tenant, client),
        "redirect_uris": client.redirect_uris,
        "post_logout_redirect_uris": client.post_logout_redirect_uris,
        "scopes": client.scopes,
        "protocol": client.protocol,
        "connectors": client.connectors,
        "id_token_alg": client.id_token_alg,
        "snapshot_policy": client.snapshot_policy,
        "rights": client.rights,
        "secrets": client.secrets.iter().map(secret).collect::<Vec<_>>(),
        "created_at": client.created_at.to_string(),
    })
}

const fn kind(client: &Client) -> &'static str {
    match client.kind {
        ClientKind::Confidential => "confidential",
        ClientKind::Public => "public",
    }
}
