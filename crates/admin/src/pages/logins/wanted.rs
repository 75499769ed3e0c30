//! From what was asked to what is read: each value checked, and the log chosen.

use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use hufu_core::clock::Timestamp;
use hufu_core::ids::{AttemptId, EventId, RequestId, SubjectId};
use hufu_core::model::{Action, AuditFilter, Outcome};

use super::asked::Asked;
use super::kind::Kind;
use super::seek::Sought;
use crate::access::{Overview, TenantAccess};
use crate::http::{Refusal, SignedIn};
use crate::zone::Zone;

const DAY: Duration = Duration::from_secs(86_400);

/// The ranges of the select, with how far back each goes; `all` has no end.
pub(super) const RANGES: [(&str, Option<Duration>); 5] = [
    ("1h", Some(Duration::from_secs(3600))),
    ("24h", Some(DAY)),
    ("7d", Some(Duration::from_secs(7 * 86_400))),
    ("30d", Some(Duration::from_secs(30 * 86_400))),
    ("all", None),
];

/// A value that cannot be what it should be: the filter, and the key of the text that says so.
pub(super) type Problem = (&'static str, &'static str);

/// A filter, and whose log it is for.
#[derive(Debug)]
pub(super) struct Wanted {
    /// The log.
    pub(super) overview: Overview,
    /// The one tenant whose log it is.
    pub(super) tenant: Option<TenantAccess>,
    pub(super) filter: AuditFilter,
    /// The range that is in force; empty when the moments are given.
    pub(super) range: &'static str,
    pub(super) problems: Vec<Problem>,
}

impl Wanted {
    /// Reads what was asked. A value that makes no sense is a problem; then the filter finds too much, and nothing
    /// must be read with it.
    ///
    /// # Errors
    /// When the log may not be seen at all, or the database fails.
    pub(super) async fn of(signed_in: &SignedIn, asked: &Asked, kind: Kind) -> Result<Self, Refusal> {
        let all = kind.within_reach(signed_in)?;
        let (tenant, unknown) = tenant_of(signed_in, asked).await?;
        let overview = tenant.as_ref().map_or_else(|| all, TenantAccess::overview);
        let (filter, range, mut problems) = filter_of(asked, kind, overview.now(), &signed_in.visitor.zone);
        problems.extend(unknown);
        let mut wanted = Self {
            overview,
            tenant,
            filter,
            range,
            problems,
        };
        wanted.seek(asked.get("q")).await?;
        Ok(wanted)
    }

    /// What the box says. An id can be four things: the first that the log knows is meant.
    async fn seek(&mut self, text: &str) -> Result<(), Refusal> {
        if text.is_empty() {
            return Ok(());
        }
        match Sought::of(text) {
            None => self.problems.push(("q", "logins.wrong_q")),
            Some(Sought::Errcode(number)) => self.filter.errcode = Some(number),
            Some(Sought::Ip(ip)) => self.filter.ip = Some(ip),
            Some(Sought::Openid(openid)) => self.filter.external_id = Some(openid),
            Some(Sought::Error(code)) => self.filter.error = Some(code),
            Some(Sought::Id(id)) if self.problems.is_empty() => {
                let meanings = meanings(&self.filter, &id);
                // A request can begin a login and end none: every step of it counts.
                for filter in &meanings {
                    if !self.overview.events(filter, 1).await?.is_empty() {
                        self.filter = filter.clone();
                        return Ok(());
                    }
                }
                if let Some(first) = meanings.into_iter().next() {
                    self.filter = first;
                }
            }
            Some(Sought::Id(_)) => {}
        }
        Ok(())
    }

    /// The beginning of the chart: the filter's, or 30 days ago.
    pub(super) fn chart_from(&self) -> Timestamp {
        let until = self.filter.until.unwrap_or_else(|| self.overview.now());
        self.filter.from.unwrap_or_else(|| until.minus(30 * DAY))
    }
}

/// The filter with each thing that an id can be.
fn meanings(filter: &AuditFilter, id: &str) -> Vec<AuditFilter> {
    let with = |change: &dyn Fn(&mut AuditFilter)| {
        let mut filter = filter.clone();
        change(&mut filter);
        filter
    };
    vec![
        with(&|f| f.request_id = id.parse().ok()),
        with(&|f| f.subject_id = id.parse().ok()),
        with(&|f| f.attempt_id = id.parse().ok()),
        with(&|f| f.id = id.parse().ok()),
        with(&|f| f.external_id = Some(id.to_owned())),
    ]
}

async fn tenant_of(signed_in: &SignedIn, asked: &Asked) -> Result<(Option<TenantAccess>, Option<Problem>), Refusal> {
    if !asked.has("tenant") {
        return Ok((None, None));
    }
    match signed_in.access.tenant(asked.get("tenant")).await {
        Ok(tenant) => Ok((Some(tenant), None)),
        Err(Refusal::NotFound) => Ok((None, Some(("tenant", "logins.wrong_tenant")))),
        Err(refusal) => Err(refusal),
    }
}

/// Reads values as they come.
struct Reader<'a> {
    asked: &'a Asked,
    zone: &'a Zone,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn read<T>(&mut self, name: &'static str, key: &'static str, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        if !self.asked.has(name) {
            return None;
        }
        let value = read(self.asked.get(name));
        if value.is_none() {
            self.problems.push((name, key));
        }
        value
    }

    fn id<T: FromStr>(&mut self, name: &'static str) -> Option<T> {
        self.read(name, "logins.wrong_id", |text| text.to_ascii_uppercase().parse().ok())
    }

    fn plain(&mut self, name: &'static str) -> Option<String> {
        self.read(name, "logins.wrong_id", |text| Some(text.to_owned()))
    }

    fn moment(&mut self, name: &'static str) -> Option<Timestamp> {
        let zone = self.zone;
        self.read(name, "logins.wrong_time", |text| zone.read(text))
    }
}

/// The filter, the range in force and what is wrong.
pub(super) fn filter_of(
    asked: &Asked,
    kind: Kind,
    now: Timestamp,
    zone: &Zone,
) -> (AuditFilter, &'static str, Vec<Problem>) {
    let asked = asked.of(kind);
    let mut reader = Reader {
        asked: &asked,
        zone,
        problems: Vec::new(),
    };
    let mut filter = AuditFilter {
        family: Some(kind.family()),
        outcome: reader.read("outcome", "logins.wrong_outcome", Outcome::of),
        client_id: reader.id("client"),
        connector_id: reader.id("connector"),
        attempt_id: reader.id::<AttemptId>("attempt"),
        request_id: reader.id::<RequestId>("request"),
        subject_id: reader.id::<SubjectId>("subject"),
        external_id: reader.plain("openid"),
        error: reader.plain("error"),
        errcode: reader.read("errcode", "logins.wrong_errcode", |text| text.parse().ok()),
        ip: reader.read("ip", "logins.wrong_ip", |text| {
            text.parse::<IpAddr>().ok().map(|ip| ip.to_string())
        }),
        actor: reader.plain("actor"),
        action: reader.read("action", "logins.wrong_action", |text| {
            Action::of(text).filter(|action| !action.is_of_login())
        }),
        from: reader.moment("from"),
        until: reader.moment("until"),
        // Keys of pages are no filter: one that is none begins at the first page.
        before: asked.get("before").parse::<EventId>().ok(),
        after: asked.get("after").parse::<EventId>().ok(),
        ..AuditFilter::default()
    };
    if kind == Kind::Logins && !asked.has("all") && !is_pointed(&asked) {
        filter.action = Some(Action::Login);
    }
    if filter
        .from
        .is_some_and(|from| filter.until.is_some_and(|until| until <= from))
    {
        reader.problems.push(("until", "logins.wrong_until"));
    }
    let range = range_of(&asked, kind, &mut reader.problems);
    if let Some((_, Some(back))) = RANGES.iter().find(|(name, _)| *name == range) {
        filter.from = Some(now.minus(*back));
    }
    (filter, range, reader.problems)
}

/// Whether somebody seeks one request or one login: then every step of it is shown.
fn is_pointed(asked: &Asked) -> bool {
    asked.has("request") || asked.has("attempt") || matches!(Sought::of(asked.get("q")), Some(Sought::Id(_)))
}

/// The range in force. Without a word about time it is seven days, or all of it when one thing is sought.
fn range_of(asked: &Asked, kind: Kind, problems: &mut Vec<Problem>) -> &'static str {
    if asked.has("from") || asked.has("until") {
        return "";
    }
    if asked.has("range") {
        if let Some((name, _)) = RANGES.iter().find(|(name, _)| *name == asked.get("range")) {
            return name;
        }
        problems.push(("range", "logins.wrong_range"));
        return "";
    }
    let is_one = ["q", "request", "attempt", "openid", "subject", "actor"]
        .iter()
        .any(|name| asked.has(name));
    if kind == Kind::Changes || is_one { "all" } else { "7d" }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_253_400_000);

    fn read(query: &str, kind: Kind) -> (AuditFilter, &'static str, Vec<Problem>) {
        filter_of(&Asked::read(query), kind, NOW, &Zone::default())
    }

    #[test]
    fn a_filter_is_read_whole() {
        let id = "01JZ8QH7ZC4N9V2KX5T3B6W8YD";
        let (filter, range, problems) = read(
            &format!(
                "client={id}&connector={id}&outcome=failed&error=upstream_busy&errcode=-1&ip=::1&openid=oX&subject={id}&request={id}\
                 &from=2026-11-20T10:00&until=2026-11-21T00:00:00%2B08:00&before={id}"
            ),
            Kind::Logins,
        );
        assert_eq!(problems, []);
        assert_eq!(range, "");
        assert_eq!(filter.client_id.map(|id| id.to_string()).as_deref(), Some(id));
        assert_eq!(filter.outcome, Some(Outcome::Failed));
        assert_eq!((filter.errcode, filter.ip.as_deref()), (Some(-1), Some("::1")));
        assert_eq!(
            filter.from.map(|at| at.to_string()).as_deref(),
            Some("2026-11-20T10:00:00.000Z")
        );
        assert_eq!(
            filter.until.map(|at| at.to_string()).as_deref(),
            Some("2026-11-20T16:00:00.000Z")
        );
        assert!(filter.before.is_some() && filter.after.is_none());
        assert_eq!(filter.action, None, "every step of one request");
    }

    #[test]
    fn what_is_no_value_is_told_beside_its_field() {
        let (_, _, problems) = read(
            "client=x&outcome=maybe&errcode=a&ip=1.2.3&from=yesterday&range=2y&subject=%27&request=1",
            Kind::Logins,
        );
        let fields: Vec<_> = problems.iter().map(|(field, _)| *field).collect();
        assert_eq!(
            fields,
            ["outcome", "client", "request", "subject", "errcode", "ip", "from"]
        );
        assert_eq!(read("range=2y", Kind::Logins).2, [("range", "logins.wrong_range")]);
        let (_, _, problems) = read("from=2026-11-21&until=2026-11-20", Kind::Changes);
        assert_eq!(problems, [("until", "logins.wrong_until")]);
        assert_eq!(
            read("action=login", Kind::Changes).2,
            [("action", "logins.wrong_action")]
        );
        assert_eq!(read("before=%00&after=x", Kind::Logins).2, []);
    }

    #[test]
    fn time_has_a_default_that_never_hides_what_is_sought() {
        let (filter, range, _) = read("", Kind::Logins);
        assert_eq!(range, "7d");
        assert_eq!(filter.from, Some(NOW.minus(7 * DAY)));
        assert_eq!(filter.action, Some(Action::Login));
        let (filter, range, _) = read("openid=oX", Kind::Logins);
        assert_eq!((range, filter.from), ("all", None));
        assert_eq!(read("openid=oX&range=1h", Kind::Logins).1, "1h");
        assert_eq!(read("all=1", Kind::Logins).0.action, None);
        let (filter, range, _) = read("ip=1.1.1.1", Kind::Changes);
        assert_eq!((range, filter.ip), ("all", None), "a filter of the other list");
    }
}
