//! The counters of an account's day, read as rows: `read:{what}:{client}`, `refused:{why}:{client}`, `api:{path}`.

use hufu_core::store::Counted;

/// How often a client read something, or was refused for a reason.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ByClient {
    pub(super) client: String,
    pub(super) what: String,
    pub(super) count: u64,
}

/// What was counted, each part with the most first.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) reads: Vec<ByClient>,
    pub(super) refused: Vec<ByClient>,
    /// Calls of the provider by path.
    pub(super) calls: Vec<(String, u64)>,
}

impl Counts {
    /// Sorts what belongs to these tables out of all counters.
    pub(super) fn of(counted: &[Counted]) -> Self {
        let mut counts = Self::default();
        for one in counted {
            if let Some(rest) = one.name.strip_prefix("read:") {
                counts.reads.extend(by_client(rest, one.more));
            } else if let Some(rest) = one.name.strip_prefix("refused:") {
                counts.refused.extend(by_client(rest, one.more));
            } else if let Some(path) = one.name.strip_prefix("api:") {
                counts.calls.push((path.to_owned(), one.more));
            }
        }
        let name = |row: &ByClient| (row.client.clone(), row.what.clone());
        for rows in [&mut counts.reads, &mut counts.refused] {
            rows.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| name(a).cmp(&name(b))));
        }
        counts.calls.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        counts
    }

    /// The longest bar.
    pub(super) fn most(&self) -> u64 {
        self.reads.first().map_or(1, |row| row.count.max(1))
    }
}

fn by_client(rest: &str, count: u64) -> Option<ByClient> {
    let (what, client) = rest.rsplit_once(':')?;
    Some(ByClient {
        client: client.to_owned(),
        what: what.to_owned(),
        count,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_become_rows_with_the_most_first() {
        let counted = |name: &str, more| Counted {
            connector_id: "01JD0000000000000000000000".parse().unwrap(),
            name: name.to_owned(),
            day: 1,
            more,
        };
        let counts = Counts::of(&[
            counted("read:access_token:A", 3),
            counted("read:jssdk:B", 9),
            counted("refused:secret:A", 1),
            counted("api:/cgi-bin/stable_token", 2),
            counted("api:/sns/userinfo", 5),
            counted("push:text", 7),
            counted("read:nobody", 1),
        ]);
        let row = |client: &str, what: &str, count| ByClient {
            client: client.to_owned(),
            what: what.to_owned(),
            count,
        };
        assert_eq!(counts.reads, [row("B", "jssdk", 9), row("A", "access_token", 3)]);
        assert_eq!(counts.refused, [row("A", "secret", 1)]);
        assert_eq!(counts.calls[0], ("/sns/userinfo".to_owned(), 5));
        assert_eq!((counts.most(), Counts::default().most()), (9, 1));
    }
}
