//! Under which name a client knows a person (OpenID Connect Core, section 8).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use url::Url;

use super::Engine;
use crate::ids::SubjectId;
use crate::model::{Client, SubjectType, Tenant};

impl Engine {
    /// The `sub` by which this client knows a person: the tenant's own, or one of the client's sector alone
    /// (section 8.1), which says nothing of the person to clients of other sectors.
    pub(super) fn subject_for(&self, tenant: &Tenant, client: &Client, subject: SubjectId) -> String {
        match client.protocol.subject_type {
            SubjectType::Public => subject.to_string(),
            SubjectType::Pairwise => pairwise(&tenant.pairwise_salt, &sector(client), subject),
        }
    }
}

/// The sector: the host of the first redirect URI; of a URI without a host the client itself.
fn sector(client: &Client) -> String {
    let first = client.redirect_uris.first().and_then(|uri| Url::parse(uri).ok());
    let host = first.and_then(|url| url.host_str().map(str::to_owned));
    host.unwrap_or_else(|| client.id.to_string())
}

fn pairwise(salt: &str, sector: &str, subject: SubjectId) -> String {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(salt.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(sector.as_bytes());
    mac.update(b"/");
    mac.update(subject.to_string().as_bytes());
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{SystemClock, SystemRandom};

    #[test]
    fn another_sector_salt_or_person_is_another_name() {
        let subject = || SubjectId::generate(&SystemClock, &SystemRandom);
        let (one, other) = (subject(), subject());
        let name = pairwise("salt", "a.example", one);
        assert_eq!(name.len(), 43, "ASCII, under the 255 characters of Core, section 2");
        assert_eq!(name, pairwise("salt", "a.example", one));
        for different in [
            pairwise("salt", "b.example", one),
            pairwise("other", "a.example", one),
            pairwise("salt", "a.example", other),
        ] {
            assert_ne!(name, different);
        }
        assert!(!name.contains(&one.to_string()));
    }
}
