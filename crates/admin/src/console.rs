//! What the console is made of; the state of its router.

use std::fmt;
use std::sync::Arc;

use hufu_core::manage::{Manager, Operators, RotationPolicy};
use hufu_core::secret::DerivationKey;
use hufu_web::Site;

use crate::zone::Zone;

/// What the console is given.
pub struct Parts {
    /// The engine, and how the world reaches it.
    pub site: Site,
    /// Sign-ins, sessions, links, keys of the API.
    pub operators: Operators,
    /// Makes changes; the actor is filled in for each request.
    pub manager: Manager,
    /// Derives the tokens that forms carry.
    pub key: DerivationKey,
    /// Addresses from which this installation calls providers, for their allow-lists.
    pub egress: Vec<String>,
    /// The time zone that its pages write and read moments in.
    pub zone: Zone,
    /// When signing keys change by themselves.
    pub rotation: RotationPolicy,
    /// What the system page shows: name and value, nothing secret.
    pub facts: Vec<(String, String)>,
}

/// The console. Cheap to clone.
#[derive(Clone)]
pub struct Console(Arc<Parts>);

impl Console {
    /// A console of these parts.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl std::ops::Deref for Console {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Console")
            .field("site", &self.site)
            .finish_non_exhaustive()
    }
}
