//! Roles and reaches in words.

use std::collections::HashMap;

use hufu_core::ids::{AgencyId, TenantId};
use hufu_core::model::{Agency, Reach, Role, Seat};
use hufu_core::text::Locale;

use crate::http::{Refusal, SignedIn};
use crate::ui::texts::{text, text_with};

/// How many tenants are named before they are only counted.
const NAMED: usize = 3;

/// Names that a reach is told with.
#[derive(Debug, Clone, Default)]
pub(in crate::pages) struct Names {
    agencies: HashMap<AgencyId, String>,
    tenants: HashMap<TenantId, String>,
}

impl Names {
    /// Those of these seats, as far as somebody may know them.
    pub(in crate::pages) async fn of(
        signed_in: &SignedIn,
        agencies: &[Agency],
        seats: impl Iterator<Item = &Seat>,
    ) -> Result<Self, Refusal> {
        let overview = signed_in.access.overview();
        let agency = |agency: &Agency| (agency.id, agency.name.clone());
        let mut names = Self {
            agencies: agencies.iter().map(agency).collect(),
            tenants: HashMap::new(),
        };
        for seat in seats {
            let Reach::Tenants { tenants } = seat.reach() else {
                continue;
            };
            for id in tenants.iter().take(NAMED) {
                if names.tenants.contains_key(id) {
                    continue;
                }
                if let Some(tenant) = overview.tenant_of(*id).await? {
                    names.tenants.insert(*id, tenant.name.clone());
                }
            }
        }
        Ok(names)
    }

    pub(in crate::pages) fn agency(&self, id: AgencyId) -> Option<&str> {
        self.agencies.get(&id).map(String::as_str)
    }
}

pub(in crate::pages) fn role(locale: Locale, role: Role) -> String {
    text(locale, &format!("role.{}", role.as_str()))
}

/// Where somebody may act, in words.
pub(in crate::pages) fn reach(locale: Locale, reach: &Reach, names: &Names) -> String {
    match reach {
        Reach::Platform => text(locale, "staff.reach_platform"),
        Reach::Agency { agency } => match names.agency(*agency) {
            Some(name) => text_with(locale, "staff.reach_agency", &[("name", name)]),
            None => text(locale, "staff.reach_own_agency"),
        },
        Reach::Tenants { tenants } => {
            let named = tenants.iter().take(NAMED).filter_map(|id| names.tenants.get(id));
            let named: Vec<_> = named.map(String::as_str).collect();
            let rest = tenants.len() - named.len();
            let comma = text(locale, "ui.comma");
            let listed = named.join(&comma);
            if named.is_empty() {
                text_with(locale, "staff.reach_tenants", &[("n", &tenants.len().to_string())])
            } else if rest == 0 {
                listed
            } else {
                let values = [("names", listed.as_str()), ("n", &rest.to_string())];
                text_with(locale, "staff.reach_more", &values)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenants(count: u64) -> Reach {
        Reach::Tenants {
            tenants: (1..=count).map(TenantId::floor).collect(),
        }
    }

    #[test]
    fn every_role_has_words_and_a_hint() {
        for locale in [Locale::ZhCn, Locale::En] {
            for one in Role::ALL {
                assert!(!role(locale, one).contains('.'), "{one:?}");
                let hint = text(locale, &format!("staff.hint_{}", one.as_str()));
                assert!(!hint.starts_with("staff."), "{hint}");
            }
        }
    }

    #[test]
    fn a_reach_names_what_it_can_and_counts_the_rest() {
        let agency = AgencyId::floor(1);
        let names = Names {
            agencies: HashMap::from([(agency, "蓝橙科技".to_owned())]),
            tenants: (1..=3).map(|n| (TenantId::floor(n), format!("T{n}"))).collect(),
        };
        let en = |of: &Reach| reach(Locale::En, of, &names);
        assert_eq!(en(&Reach::Platform), "Everywhere");
        assert_eq!(en(&Reach::Agency { agency }), "All tenants of 蓝橙科技");
        let foreign = Reach::Agency {
            agency: AgencyId::floor(2),
        };
        assert_eq!(en(&foreign), "All tenants of the agency");
        assert_eq!(en(&tenants(1)), "T1");
        assert_eq!(en(&tenants(3)), "T1, T2, T3");
        assert_eq!(en(&tenants(5)), "T1, T2, T3 and 2 more");
        assert_eq!(reach(Locale::ZhCn, &tenants(5), &names), "T1、T2、T3 等，另有 2 个");
        assert_eq!(reach(Locale::En, &tenants(5), &Names::default()), "Tenants: 5");
    }
}
