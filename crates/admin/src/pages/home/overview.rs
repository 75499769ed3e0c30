//! `GET /admin`.

use askama::Template;
use hufu_core::clock::Timestamp;
use hufu_core::model::AuditFilter;
use hufu_core::store::ErrorCount;

use super::errors::{Explained, explain};
use super::figures::{self, Day};
use super::recent::{self, Change};
use crate::access::Overview;
use crate::http::{Answer, Refusal, SignedIn};
use crate::pages::tenant::health::{self, Checked};
use crate::ui::{Bars, Frame, Stat, Tone, texts};

/// What is red is counted up to here; more than that nobody looks through on one page.
const RED: usize = 100;
/// How many of it are shown.
const SHOWN: usize = 10;

struct Error {
    count: ErrorCount,
    words: Explained,
    url: String,
}

struct Red {
    tenant: String,
    checked: Checked,
}

struct Waiting {
    tenant: String,
    url: String,
    changed_at: Timestamp,
}

#[derive(Template)]
#[template(path = "pages/home/overview.html")]
struct Page {
    frame: Frame,
    now: Timestamp,
    stats: Vec<Stat>,
    bars: Bars,
    red: Vec<Red>,
    more_red: bool,
    errors: Vec<Error>,
    waiting: Vec<Waiting>,
    /// `None`: not for this role.
    changes: Option<Vec<Change>>,
}

/// An installation, or a reach, without a tenant.
#[derive(Template)]
#[template(path = "pages/home/empty.html")]
struct Empty {
    frame: Frame,
    may_add: bool,
}

pub(super) async fn get(signed_in: SignedIn) -> Answer {
    let overview = signed_in.access.overview();
    let frame = signed_in.frame("home", "home.title", Vec::new());
    let tenants = overview.count_tenants().await?;
    if tenants == 0 {
        let may_add = signed_in.access.onboarding().is_ok();
        return Ok(signed_in.page(&Empty { frame, may_add }));
    }
    let day = figures::day(&overview).await?;
    let (red, reds) = red(&signed_in, &overview).await?;
    let waiting = waiting(&signed_in, &overview).await?;
    let stats = vec![
        logins_stat(&signed_in, &frame, &day),
        upstream_stat(&signed_in, &frame, &overview, &day).await?,
        tenants_stat(&signed_in, &frame, tenants, waiting.len()),
        red_stat(&signed_in, reds),
    ];
    Ok(signed_in.page(&Page {
        now: overview.now(),
        stats,
        bars: day.bars(&signed_in.visitor, None),
        more_red: reds > red.len(),
        red,
        errors: errors(&signed_in, &overview, &day).await?,
        waiting,
        changes: recent::changes(&signed_in, 6).await?,
        frame,
    }))
}

fn logins_stat(signed_in: &SignedIn, frame: &Frame, day: &Day) -> Stat {
    let locale = signed_in.visitor.locale;
    let rate = day.success_rate();
    let decided = day.succeeded().saturating_add(day.failed());
    let values = [
        ("rate", figures::percent(frame, rate)),
        ("abandoned", frame.number(day.abandoned())),
    ];
    let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
    let note = if rate.is_some() {
        texts::text_with(locale, "home.logins_note", &values)
    } else {
        texts::text(locale, "home.logins_none")
    };
    Stat {
        label: texts::text(locale, "home.logins"),
        value: frame.number(decided.saturating_add(day.abandoned())),
        note,
        tone: figures::tone_of(rate),
        url: figures::logins(None, &[("from", &day.from.to_string())]),
    }
}

async fn upstream_stat(signed_in: &SignedIn, frame: &Frame, overview: &Overview, day: &Day) -> Result<Stat, Refusal> {
    let locale = signed_in.visitor.locale;
    let times = overview.upstream_times(&since(day)).await?;
    let answers = times.iter().fold(0_u64, |sum, (_, count)| sum.saturating_add(*count));
    let p95 = figures::p95(&times);
    Ok(Stat {
        label: texts::text(locale, "home.upstream"),
        value: p95.map_or_else(|| "–".to_owned(), figures::Within::text),
        note: match p95 {
            Some(_) => texts::text_with(locale, "home.upstream_note", &[("n", &frame.number(answers))]),
            None => texts::text(locale, "home.upstream_none"),
        },
        tone: p95.map_or(Tone::Neutral, figures::Within::tone),
        url: figures::logins(None, &[("from", &day.from.to_string())]),
    })
}

fn tenants_stat(signed_in: &SignedIn, frame: &Frame, tenants: u64, waiting: usize) -> Stat {
    let locale = signed_in.visitor.locale;
    let note = if waiting == 0 {
        String::new()
    } else {
        texts::text_with(locale, "home.tenants_note", &[("n", &waiting.to_string())])
    };
    Stat {
        label: texts::text(locale, "home.tenants"),
        value: frame.number(tenants),
        note,
        tone: Tone::Info,
        url: "/admin/tenants".to_owned(),
    }
}

fn red_stat(signed_in: &SignedIn, reds: usize) -> Stat {
    let (tone, note) = if reds == 0 {
        (Tone::Good, "home.red_none")
    } else {
        (Tone::Bad, "home.red_note")
    };
    Stat {
        label: signed_in.visitor.text("home.red"),
        value: if reds >= RED {
            format!("{RED}+")
        } else {
            reds.to_string()
        },
        note: signed_in.visitor.text(note),
        tone,
        url: "#red".to_owned(),
    }
}

fn since(day: &Day) -> AuditFilter {
    AuditFilter {
        from: Some(day.from),
        ..AuditFilter::default()
    }
}

/// The first of what is red, and how much there is.
async fn red(signed_in: &SignedIn, overview: &Overview) -> Result<(Vec<Red>, usize), Refusal> {
    let found = overview.red(RED).await?;
    let all = found.len();
    let mut shown = Vec::new();
    for (tenant, badge) in found.into_iter().take(SHOWN) {
        let access = signed_in.access.tenant(tenant.code.as_str()).await?;
        let connectors = access.connectors().await?;
        shown.push(Red {
            tenant: tenant.name.clone(),
            checked: health::of_badge(&signed_in.visitor, &tenant.code, &connectors, &badge),
        });
    }
    Ok((shown, all))
}

async fn errors(signed_in: &SignedIn, overview: &Overview, day: &Day) -> Result<Vec<Error>, Refusal> {
    let from = day.from.to_string();
    let error = |count: ErrorCount| {
        let errcode = count.errcode.map(|errcode| errcode.to_string());
        let mut filters = vec![("error", count.error.as_str())];
        filters.extend(errcode.as_deref().map(|errcode| ("errcode", errcode)));
        filters.push(("from", &from));
        Error {
            words: explain(signed_in.visitor.locale, &count.error),
            url: figures::logins(None, &filters),
            count,
        }
    };
    Ok(overview.errors(&since(day), 8).await?.into_iter().map(error).collect())
}

async fn waiting(signed_in: &SignedIn, overview: &Overview) -> Result<Vec<Waiting>, Refusal> {
    if signed_in.access.role() == hufu_core::model::Role::Auditor
        || signed_in.access.role() == hufu_core::model::Role::Developer
    {
        return Ok(Vec::new());
    }
    let open = overview.open_onboardings(20).await?.into_iter();
    let waiting = open.map(|(tenant, onboarding)| Waiting {
        tenant: tenant.name.clone(),
        url: format!("/admin/onboarding/{}/{}", tenant.code, onboarding.id),
        changed_at: onboarding.changed_at,
    });
    Ok(waiting.collect())
}
