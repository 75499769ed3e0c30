//! Seats: a role, and where.

use std::collections::BTreeSet;

use hufu_core::ids::{AgencyId, TenantId};
use hufu_core::model;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::asked::wrong;
use super::names::Role;
use crate::http::Refusal;

/// A role and its reach. A platform owner reaches the platform, an agency admin an agency, an auditor any of the three,
/// everybody else tenants.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Seat {
    /// What.
    role: Role,
    /// Where.
    reach: Reach,
    /// The agency, when the reach is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    agency_id: Option<AgencyId>,
    /// Ids of the tenants, when the reach is tenants.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    #[schema(value_type = Vec<String>)]
    tenant_ids: BTreeSet<TenantId>,
}

/// How far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reach {
    /// Everywhere.
    Platform,
    /// In all tenants of an agency.
    Agency,
    /// In named tenants.
    Tenants,
}

impl From<&model::Seat> for Seat {
    fn from(seat: &model::Seat) -> Self {
        let (reach, agency_id, tenant_ids) = match seat.reach() {
            model::Reach::Platform => (Reach::Platform, None, BTreeSet::new()),
            model::Reach::Agency { agency } => (Reach::Agency, Some(*agency), BTreeSet::new()),
            model::Reach::Tenants { tenants } => (Reach::Tenants, None, tenants.clone()),
        };
        Self {
            role: seat.role().into(),
            reach,
            agency_id,
            tenant_ids,
        }
    }
}

impl Seat {
    /// The seat, when the parts go together.
    pub(super) fn checked(self) -> Result<model::Seat, Refusal> {
        let misfit = || {
            let zh = "角色与范围不相符：platform_owner 配 platform，agency_admin 配 agency（须给 agency_id），其余配 tenants（须给 tenant_ids）；auditor 三者皆可";
            let en = "the role does not go with that reach: platform_owner has platform, agency_admin has agency (with agency_id), the others have tenants (with tenant_ids), auditor any of the three";
            wrong("seat", "/seat", zh, en)
        };
        let reach = match (self.reach, self.agency_id, self.tenant_ids) {
            (Reach::Platform, None, tenants) if tenants.is_empty() => model::Reach::Platform,
            (Reach::Agency, Some(agency), tenants) if tenants.is_empty() => model::Reach::Agency { agency },
            (Reach::Tenants, None, tenants) => model::Reach::Tenants { tenants },
            _ => return Err(misfit()),
        };
        model::Seat::new(self.role.0, reach).map_err(|_| misfit())
    }
}

/// A seat in what does not exist, or not for the caller, is a wrong seat: the path of the call is right.
pub(super) fn at_seat(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::NotFound => {
            let (zh, en) = (
                "范围中的代理商或租户不存在，或不在您的权限范围内",
                "an agency or tenant of the reach does not exist, or not for you",
            );
            wrong("seat", "/seat", zh, en)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<model::Seat, Refusal> {
        serde_json::from_str::<Seat>(json).unwrap().checked()
    }

    #[test]
    fn seats_are_read_as_they_are_written() {
        let id = "01JD0000000000000000000000";
        for json in [
            r#"{"role":"platform_owner","reach":"platform"}"#.to_owned(),
            format!(r#"{{"role":"agency_admin","reach":"agency","agency_id":"{id}"}}"#),
            format!(r#"{{"role":"developer","reach":"tenants","tenant_ids":["{id}"]}}"#),
        ] {
            assert_eq!(serde_json::to_string(&Seat::from(&read(&json).unwrap())).unwrap(), json);
        }
        for misfit in [
            r#"{"role":"platform_owner","reach":"tenants"}"#.to_owned(),
            r#"{"role":"agency_admin","reach":"agency"}"#.to_owned(),
            format!(r#"{{"role":"platform_owner","reach":"platform","agency_id":"{id}"}}"#),
            format!(r#"{{"role":"auditor","reach":"agency","agency_id":"{id}","tenant_ids":["{id}"]}}"#),
        ] {
            assert!(matches!(read(&misfit), Err(Refusal::Slips(..))), "{misfit}");
        }
    }
}
