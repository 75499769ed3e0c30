//! `GET /admin/tenants/{code}/connectors/{id}/tokens`.

use std::collections::HashMap;

use askama::Template;
use axum::extract::Path;
use hufu_core::clock::Timestamp;
use hufu_core::manage::TokenTimes;
use hufu_core::model::Connector;
use hufu_core::provider::{ApiUsage, Level};

use super::super::{id, url};
use super::counts::{ByClient, Counts};
use crate::access::TenantAccess;
use crate::http::{Answer, Refusal, SignedIn, Visitor};
use crate::pages::{clients, tenant};
use crate::ui::{Crumb, Frame, Tab, Tone};

struct TokenRow {
    name: &'static str,
    label: String,
    times: Option<TokenTimes>,
    tone: Tone,
    state: String,
}

struct CountRow {
    client: String,
    url: Option<String>,
    what: String,
    count: u64,
}

/// One quota of the provider.
struct Gauge {
    name: String,
    path: &'static str,
    used: u64,
    limit: u64,
    tone: Tone,
    state: String,
}

#[derive(Template)]
#[template(path = "pages/connectors/tokens.html")]
struct Page {
    frame: Frame,
    tabs: Vec<Tab>,
    tokens: Vec<TokenRow>,
    reads: Vec<CountRow>,
    most: u64,
    refused: Vec<CountRow>,
    gauges: Vec<Gauge>,
    /// Calls without a known quota.
    calls: Vec<(String, u64)>,
    /// Where another token is asked for, for whoever may.
    replace: Option<String>,
    clients: String,
    endpoint: String,
    now: Timestamp,
}

pub(in crate::pages::connectors) async fn get(
    signed_in: SignedIn,
    Path((code, connector)): Path<(String, String)>,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let connector = tenant.connector(id(&connector)?).await?;
    let tokens = tenant.server_tokens(&connector).await?.ok_or(Refusal::NotFound)?;
    let page = page(&signed_in, &tenant, &connector, tokens).await?;
    Ok(signed_in.page(&page))
}

async fn page(
    signed_in: &SignedIn,
    tenant: &TenantAccess,
    connector: &Connector,
    tokens: Vec<(&'static str, Option<TokenTimes>)>,
) -> Result<Page, Refusal> {
    let visitor = &signed_in.visitor;
    let code = &tenant.tenant().code;
    let own = url(code, connector.id);
    let crumbs = vec![
        Crumb {
            label: visitor.text("connectors.title"),
            url: Some(format!("/admin/tenants/{code}/connectors")),
        },
        Crumb {
            label: connector.name.clone(),
            url: Some(own.clone()),
        },
    ];
    let now = tenant.overview().now();
    let counts = Counts::of(&tenant.counted_today(connector.id).await?);
    // A quota of which nothing is used says nothing today.
    let usage = tenant.quota_usage(connector).await?;
    let gauges: Vec<Gauge> = usage
        .iter()
        .filter(|usage| usage.used > 0)
        .map(|usage| gauge(visitor, usage))
        .collect();
    let has_gauge = |path: &str| gauges.iter().any(|gauge| gauge.path == path);
    let known = tenant.clients().await?;
    let known: HashMap<String, _> = known.into_iter().map(|one| (one.id.to_string(), one)).collect();
    let row = |of: &str, one: &ByClient| {
        let client = known.get(&one.client);
        CountRow {
            client: client.map_or_else(|| one.client.clone(), |client| client.name.clone()),
            url: client.map(|client| clients::url(code, client.id)),
            what: said(visitor, of, &one.what),
            count: one.count,
        }
    };
    Ok(Page {
        tabs: tenant::tabs(signed_in, tenant, "connectors"),
        frame: tenant::frame(signed_in, tenant, "connectors.tokens_title", crumbs),
        tokens: tokens
            .into_iter()
            .map(|(name, times)| token(visitor, name, times, now))
            .collect(),
        most: counts.most(),
        reads: counts.reads.iter().map(|one| row("read", one)).collect(),
        refused: counts.refused.iter().map(|one| row("refused", one)).collect(),
        calls: counts.calls.into_iter().filter(|(path, _)| !has_gauge(path)).collect(),
        gauges,
        replace: tenant.setup().is_ok().then(|| format!("{own}/tokens/replace")),
        clients: format!("/admin/tenants/{code}/clients"),
        endpoint: format!("{}/wechat/{}/access_token", tenant.urls().issuer(), connector.id),
        now,
    })
}

fn gauge(visitor: &Visitor, usage: &ApiUsage) -> Gauge {
    let (tone, key) = match usage.level {
        Level::Fine => (Tone::Good, "connectors.quota_fine"),
        Level::Notice => (Tone::Warn, "connectors.quota_notice"),
        Level::Alarm => (Tone::Bad, "connectors.quota_alarm"),
    };
    Gauge {
        name: visitor.say(&usage.name),
        path: usage.path,
        used: usage.used,
        limit: usage.limit,
        tone,
        state: visitor.text(key),
    }
}

fn token(visitor: &Visitor, name: &'static str, times: Option<TokenTimes>, now: Timestamp) -> TokenRow {
    let (tone, key) = match times {
        Some(times) if now < times.expires_at => (Tone::Good, "connectors.token_works"),
        Some(_) => (Tone::Neutral, "connectors.token_over"),
        None => (Tone::Neutral, "connectors.token_none"),
    };
    TokenRow {
        name,
        label: said(visitor, "read", name),
        times,
        tone,
        state: visitor.text(key),
    }
}

/// A counter's word for people; one that has none stands for itself.
fn said(visitor: &Visitor, of: &str, word: &str) -> String {
    let key = match (of, word) {
        ("read", "access_token") => "connectors.read_access_token",
        ("read", "jsapi_ticket") => "connectors.read_jsapi_ticket",
        ("read", "wx_card_ticket") => "connectors.read_wx_card_ticket",
        ("read", "jssdk") => "connectors.read_jssdk",
        ("read", "profile") => "connectors.read_profile",
        ("refused", "secret") => "connectors.refused_secret",
        ("refused", "public") => "connectors.refused_public",
        ("refused", "address") => "connectors.refused_address",
        ("refused", "connector") => "connectors.refused_connector",
        ("refused", "connector_disabled") => "connectors.refused_disabled",
        ("refused", "url_not_allowed") => "connectors.refused_url",
        ("refused", word) if word.starts_with("wechat.") => "connectors.refused_right",
        _ => return word.to_owned(),
    };
    visitor.text(key)
}
