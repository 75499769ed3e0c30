//! `GET /admin/api-keys`: keys of the admin API.

use askama::Template;
use hufu_core::clock::Timestamp;
use hufu_core::model::ApiKey;

use crate::http::{Answer, SignedIn};
use crate::pages::staff::words::{self, Names};
use crate::ui::{Frame, Tone};

/// A key that ends within so many milliseconds is told apart.
const SOON: i64 = 14 * 86_400_000;

struct Row {
    key: ApiKey,
    role: String,
    reach: String,
    tone: Tone,
    state: String,
    works: bool,
}

#[derive(Template)]
#[template(path = "pages/staff/keys.html")]
struct Page {
    frame: Frame,
    rows: Vec<Row>,
    now: Timestamp,
}

pub(in crate::pages::staff) async fn get(signed_in: SignedIn) -> Answer {
    let staff = signed_in.access.staff()?;
    let locale = signed_in.visitor.locale;
    let now = signed_in.access.overview().now();
    let keys = staff.keys().await?;
    let agencies = staff.agencies().await?;
    let names = Names::of(&signed_in, &agencies, keys.iter().map(|key| &key.seat)).await?;
    let row = |key: ApiKey| {
        let (tone, state) = state(&key, now);
        Row {
            role: words::role(locale, key.seat.role()),
            reach: words::reach(locale, key.seat.reach(), &names),
            tone,
            state: signed_in.visitor.text(state),
            works: key.is_valid(now),
            key,
        }
    };
    Ok(signed_in.page(&Page {
        frame: signed_in.frame("keys", "staff.keys_title", Vec::new()),
        rows: keys.into_iter().map(row).collect(),
        now,
    }))
}

/// How a key stands: tone and key of the word.
fn state(key: &ApiKey, now: Timestamp) -> (Tone, &'static str) {
    if key.revoked_at.is_some() {
        (Tone::Neutral, "staff.key_revoked")
    } else if !key.is_valid(now) {
        (Tone::Neutral, "staff.key_expired")
    } else if key.expires_at.as_millis() - now.as_millis() < SOON {
        (Tone::Warn, "staff.key_soon")
    } else {
        (Tone::Good, "staff.key_works")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use hufu_core::ids::ApiKeyId;
    use hufu_core::model::Seat;
    use hufu_core::secret::Digest256;

    use super::*;

    #[test]
    fn a_key_says_how_it_stands() {
        let now = Timestamp::parse("2026-11-21T14:03:22Z").unwrap();
        let day = |n: u64| now.plus(Duration::from_secs(n * 86_400));
        let key = |expires_at, revoked_at| ApiKey {
            id: ApiKeyId::floor(1),
            digest: Digest256::of("x"),
            hint: "abcd".to_owned(),
            name: "ci".to_owned(),
            seat: Seat::OWNER,
            agency_id: None,
            read_only: true,
            created_by: "operator:ops".to_owned(),
            created_at: now,
            expires_at,
            last_used_at: None,
            revoked_at,
            version: 1,
        };
        assert_eq!(state(&key(day(90), None), now), (Tone::Good, "staff.key_works"));
        assert_eq!(state(&key(day(3), None), now), (Tone::Warn, "staff.key_soon"));
        assert_eq!(state(&key(now, None), now), (Tone::Neutral, "staff.key_expired"));
        assert_eq!(
            state(&key(day(90), Some(now)), now),
            (Tone::Neutral, "staff.key_revoked")
        );
    }
}
