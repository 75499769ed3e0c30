//! Typed identifiers: ULIDs, so that they sort by the time they were made and a mix-up does not compile.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::clock::{Clock, Random, Timestamp};

/// The text is no identifier of this kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier")]
pub struct IdError;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Ulid);

        impl $name {
            /// A new one: the clock's time and 80 random bits.
            #[must_use]
            pub fn generate(clock: &dyn Clock, random: &dyn Random) -> Self {
                let mut bytes = [0_u8; 16];
                random.fill(&mut bytes[6..]);
                let millis = u64::try_from(clock.now().as_millis()).unwrap_or(0);
                Self(Ulid::from_parts(millis, u128::from_be_bytes(bytes)))
            }

            /// The smallest one made at `millis` since the epoch: the lower bound of a time window.
            #[must_use]
            pub fn floor(millis: u64) -> Self {
                Self(Ulid::from_parts(millis, 0))
            }

            /// When it was made.
            #[must_use]
            pub fn made_at(self) -> Timestamp {
                Timestamp::from_millis(i64::try_from(self.0.timestamp_ms()).unwrap_or(i64::MAX))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                let id = Ulid::from_string(text).map_err(|_| IdError)?;
                // One spelling only: an id in other case would be a second name for the same thing.
                if id.to_string() == text { Ok(Self(id)) } else { Err(IdError) }
            }
        }
    )+};
}

ids! {
    /// A tenant.
    TenantId,
    /// A client (relying party); its text form is the `client_id` of OAuth.
    ClientId,
    /// A connector: one tenant's configured provider instance.
    ConnectorId,
    /// A login attempt.
    AttemptId,
    /// A person in a tenant; its text form is the `sub` claim.
    SubjectId,
    /// A signing key; its text form is the `kid` of JWT and JWKS.
    KeyId,
    /// An audit event.
    EventId,
    /// One HTTP request, as shown to people on errors and kept in log and audit.
    RequestId,
    /// An agency: who looks after tenants.
    AgencyId,
    /// A person in the console.
    OperatorId,
    /// An operator's signed-in browser.
    SessionId,
    /// A person's signed-in browser at a tenant; its text form is the `sid` claim.
    BrowserSessionId,
    /// A link that works once.
    LinkId,
    /// A key of the admin API.
    ApiKeyId,
    /// A saved view of the login history.
    ViewId,
    /// An onboarding under way.
    OnboardingId,
    /// A test login.
    TrialId,
    /// A receiver of forwarded pushes.
    TargetId,
    /// One push on its way to one receiver.
    DeliveryId,
}

impl TenantId {
    /// Whose log holds what happens to the platform itself: no tenant has this id, since none is made at time zero.
    pub const PLATFORM: Self = Self(Ulid::nil());
}

impl AgencyId {
    /// Whose log holds what happens to the agency itself. A ULID is no tenant's and an agency's at once.
    #[must_use]
    pub const fn log(self) -> TenantId {
        TenantId(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{SystemClock, SystemRandom};

    #[test]
    fn an_id_has_one_spelling() {
        let id = TenantId::generate(&SystemClock, &SystemRandom);
        assert_eq!(id.to_string().parse::<TenantId>(), Ok(id));
        assert_eq!(id.to_string().to_lowercase().parse::<TenantId>(), Err(IdError));
        assert_eq!("".parse::<TenantId>(), Err(IdError));
    }
}
