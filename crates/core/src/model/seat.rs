//! Seats: what an operator is allowed, and where.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Tenant;
use crate::ids::{AgencyId, TenantId};

words! {
    /// What an operator or a key may do.
    #[derive(PartialOrd, Ord)]
    pub enum Role {
        /// Everything: agencies, operators, the system.
        PlatformOwner = "platform_owner",
        /// An agency's tenants and operators.
        AgencyAdmin = "agency_admin",
        /// Chosen tenants, on behalf of the agency.
        AgencyOperator = "agency_operator",
        /// A tenant, on the tenant's own behalf.
        TenantAdmin = "tenant_admin",
        /// The clients of a tenant.
        Developer = "developer",
        /// Reads, changes nothing.
        Auditor = "auditor",
    }
}

/// Where.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "reach", rename_all = "snake_case")]
pub enum Reach {
    /// Everywhere.
    Platform,
    /// In all tenants of an agency, those to come included.
    Agency {
        /// Which.
        agency: AgencyId,
    },
    /// In these tenants.
    Tenants {
        /// Which.
        tenants: BTreeSet<TenantId>,
    },
}

impl Reach {
    /// In one tenant.
    #[must_use]
    pub fn tenant(id: TenantId) -> Self {
        Self::Tenants {
            tenants: BTreeSet::from([id]),
        }
    }

    /// Whether it includes this tenant.
    #[must_use]
    pub fn covers(&self, tenant: &Tenant) -> bool {
        match self {
            Self::Platform => true,
            Self::Agency { agency } => tenant.agency_id == Some(*agency),
            Self::Tenants { tenants } => tenants.contains(&tenant.id),
        }
    }
}

/// The role does not go with that reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this role does not go with that reach")]
pub struct SeatError;

/// A role and its reach. Only fitting pairs exist.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "RawSeat", into = "RawSeat")]
pub struct Seat {
    role: Role,
    reach: Reach,
}

#[derive(Clone, Serialize, Deserialize)]
struct RawSeat {
    role: Role,
    #[serde(flatten)]
    reach: Reach,
}

impl TryFrom<RawSeat> for Seat {
    type Error = SeatError;
    fn try_from(raw: RawSeat) -> Result<Self, SeatError> {
        Self::new(raw.role, raw.reach)
    }
}

impl From<Seat> for RawSeat {
    fn from(seat: Seat) -> Self {
        Self {
            role: seat.role,
            reach: seat.reach,
        }
    }
}

impl Seat {
    /// The owner's.
    pub const OWNER: Self = Self {
        role: Role::PlatformOwner,
        reach: Reach::Platform,
    };

    /// A seat.
    ///
    /// # Errors
    /// When the role does not go with the reach, or the reach is empty.
    pub fn new(role: Role, reach: Reach) -> Result<Self, SeatError> {
        let fits = match (&role, &reach) {
            (Role::PlatformOwner, Reach::Platform) | (Role::AgencyAdmin, Reach::Agency { .. }) => true,
            (Role::AgencyOperator | Role::TenantAdmin | Role::Developer, Reach::Tenants { tenants }) => {
                !tenants.is_empty()
            }
            (Role::Auditor, Reach::Tenants { tenants }) => !tenants.is_empty(),
            (Role::Auditor, _) => true,
            _ => false,
        };
        if fits { Ok(Self { role, reach }) } else { Err(SeatError) }
    }

    /// What.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// Where.
    #[must_use]
    pub const fn reach(&self) -> &Reach {
        &self.reach
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{SystemClock, SystemRandom};

    #[test]
    fn only_fitting_pairs_exist_also_when_read_from_a_row() {
        let agency = AgencyId::generate(&SystemClock, &SystemRandom);
        let tenant = TenantId::generate(&SystemClock, &SystemRandom);
        let reaches = [Reach::Platform, Reach::Agency { agency }, Reach::tenant(tenant)];
        let fits = |role| reaches.clone().map(|reach| Seat::new(role, reach).is_ok());
        assert_eq!(fits(Role::PlatformOwner), [true, false, false]);
        assert_eq!(fits(Role::AgencyAdmin), [false, true, false]);
        assert_eq!(fits(Role::AgencyOperator), [false, false, true]);
        assert_eq!(fits(Role::TenantAdmin), [false, false, true]);
        assert_eq!(fits(Role::Developer), [false, false, true]);
        assert_eq!(fits(Role::Auditor), [true, true, true]);
        let nowhere = Reach::Tenants {
            tenants: BTreeSet::new(),
        };
        assert_eq!(Seat::new(Role::Auditor, nowhere), Err(SeatError));
        let seat = Seat::new(Role::Developer, Reach::tenant(tenant)).unwrap();
        let text = serde_json::to_string(&seat).unwrap();
        assert_eq!(serde_json::from_str::<Seat>(&text).unwrap(), seat);
        let forged = text.replace("developer", "platform_owner");
        assert!(serde_json::from_str::<Seat>(&forged).is_err());
    }
}
