//! `GET /admin/tenants/{code}`.

use askama::Template;
use axum::extract::Path;
use hufu_core::clock::Timestamp;
use hufu_core::store::PersonFilter;

use super::health::{self, Checked};
use crate::access::TenantAccess;
use crate::http::{Answer, Refusal, SignedIn};
use crate::pages::home::figures::{self, Day};
use crate::ui::{Bars, Frame, Stat, Tab, Tone, texts};

/// People are counted up to here: the number only says whether there are any, few or many.
const PEOPLE: usize = 100;

struct Waiting {
    url: String,
    by: String,
    changed_at: Timestamp,
}

#[derive(Template)]
#[template(path = "pages/tenant/overview.html")]
struct Page {
    frame: Frame,
    tabs: Vec<Tab>,
    now: Timestamp,
    code: String,
    is_active: bool,
    issuer: String,
    login: String,
    discovery: String,
    /// Issuer and login link at its own host.
    own: Option<(String, String)>,
    stats: Vec<Stat>,
    bars: Bars,
    checked: Vec<Checked>,
    waiting: Vec<Waiting>,
    may_set_up: bool,
    may_switch: bool,
}

pub(super) async fn get(signed_in: SignedIn, Path(code): Path<String>) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let overview = tenant.overview();
    let day = figures::day(&overview).await?;
    let frame = named(&signed_in, &tenant);
    let (urls, own) = tenant.both_urls(tenant.tenant());
    let may_set_up = tenant.setup().is_ok();
    Ok(signed_in.page(&Page {
        tabs: super::tabs(&signed_in, &tenant, "overview"),
        now: overview.now(),
        is_active: tenant.tenant().status.is_active(),
        issuer: urls.issuer().to_owned(),
        login: format!("{}?client_id=", urls.login()),
        discovery: format!("{}/.well-known/openid-configuration", urls.issuer()),
        own: own.map(|own| (own.issuer().to_owned(), format!("{}?client_id=", own.login()))),
        stats: stats(&signed_in, &tenant, &frame, &day).await?,
        bars: day.bars(&signed_in.visitor, Some(&tenant.tenant().code)),
        checked: checked(&signed_in, &tenant).await?,
        waiting: waiting(&tenant, may_set_up).await?,
        may_set_up,
        may_switch: tenant.switch().is_ok(),
        code,
        frame,
    }))
}

/// Named after the tenant, and the last crumb is the tenant itself.
fn named(signed_in: &SignedIn, tenant: &TenantAccess) -> Frame {
    let mut frame = super::frame(signed_in, tenant, "tenant.tab_overview", Vec::new());
    frame.title.clone_from(&tenant.tenant().name);
    frame.crumbs.pop();
    if let Some(last) = frame.crumbs.last_mut() {
        last.url = None;
    }
    frame
}

async fn stats(signed_in: &SignedIn, tenant: &TenantAccess, frame: &Frame, day: &Day) -> Result<Vec<Stat>, Refusal> {
    let locale = signed_in.visitor.locale;
    let code = &tenant.tenant().code;
    let connectors = tenant.connectors().await?;
    let live = connectors
        .iter()
        .filter(|connector| connector.status.is_active())
        .count();
    let rate = day.success_rate();
    let all = day
        .succeeded()
        .saturating_add(day.failed())
        .saturating_add(day.abandoned());
    let plain = |label: &str, value: String, page: &str| Stat {
        label: texts::text(locale, label),
        value,
        note: String::new(),
        tone: Tone::Neutral,
        url: format!("/admin/tenants/{code}/{page}"),
    };
    let mut stats = vec![
        Stat {
            note: match rate {
                Some(_) => texts::text_with(locale, "tenant.rate", &[("rate", &figures::percent(frame, rate))]),
                None => texts::text(locale, "home.logins_none"),
            },
            tone: figures::tone_of(rate),
            url: figures::logins(Some(code), &[("from", &day.from.to_string())]),
            ..plain("home.logins", frame.number(all), "")
        },
        Stat {
            note: texts::text_with(locale, "tenant.live", &[("n", &live.to_string())]),
            tone: if live == 0 { Tone::Warn } else { Tone::Good },
            ..plain("tenant.tab_connectors", connectors.len().to_string(), "connectors")
        },
        plain(
            "tenant.tab_clients",
            tenant.clients().await?.len().to_string(),
            "clients",
        ),
    ];
    if let Ok(people) = tenant.people() {
        let found = people.list(&PersonFilter::default(), PEOPLE as u64 + 1).await?.len();
        let value = if found > PEOPLE {
            format!("{PEOPLE}+")
        } else {
            found.to_string()
        };
        stats.push(plain("tenant.tab_people", value, "people"));
    }
    Ok(stats)
}

async fn checked(signed_in: &SignedIn, tenant: &TenantAccess) -> Result<Vec<Checked>, Refusal> {
    let (visitor, code) = (&signed_in.visitor, &tenant.tenant().code);
    let badges = tenant.health().await?;
    let connectors = tenant.connectors().await?;
    let files = tenant.verify_files().await?;
    let connectors = connectors
        .iter()
        .map(|connector| health::of_connector(visitor, code, connector, &badges));
    let files = files.iter().map(|file| health::of_file(visitor, code, file, &badges));
    let host = health::of_host(visitor, tenant.tenant(), &badges);
    Ok(connectors.chain(files).chain(host).collect())
}

async fn waiting(tenant: &TenantAccess, may_set_up: bool) -> Result<Vec<Waiting>, Refusal> {
    if !may_set_up {
        return Ok(Vec::new());
    }
    let open = tenant
        .onboardings()
        .await?
        .into_iter()
        .filter(|one| one.done_at.is_none());
    let waiting = open.map(|onboarding| Waiting {
        url: format!("/admin/onboarding/{}/{}", tenant.tenant().code, onboarding.id),
        by: onboarding.created_by.trim_start_matches("operator:").to_owned(),
        changed_at: onboarding.changed_at,
    });
    Ok(waiting.collect())
}
