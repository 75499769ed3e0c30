//! The part of a form that says what somebody may do, and where: role, agency, tenants.

use hufu_core::ids::{AgencyId, TenantId};
use hufu_core::model::{Agency, Reach, Role, Seat};
use hufu_core::store::TenantFilter;

use crate::access::Staff;
use crate::http::{Posted, Refusal, SignedIn};
use crate::pages::enter::Faults;
use crate::ui::{Choice, Field};

/// Up to so many tenants stand as boxes to tick; more are written as codes.
const BOXES: u64 = 20;

/// What was typed.
#[derive(Debug, Clone, Default)]
pub(super) struct Typed {
    role: String,
    agency: String,
    reach: String,
    codes: Vec<String>,
}

/// What `partials` of this area draw.
pub(super) struct Fields {
    pub(super) role: Field,
    /// Only for who may choose.
    pub(super) agency: Option<Field>,
    /// Of auditors, who may be anywhere.
    pub(super) reach: Field,
    pub(super) tenants: Field,
    /// Whether tenants are written as codes.
    pub(super) written: bool,
}

/// How far a role goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    Platform,
    Agency,
    Tenants,
}

/// The role says it, but for auditors.
fn extent(role: Role, reach: &str) -> Extent {
    match role {
        Role::PlatformOwner => Extent::Platform,
        Role::AgencyAdmin => Extent::Agency,
        Role::AgencyOperator | Role::TenantAdmin | Role::Developer => Extent::Tenants,
        Role::Auditor => match reach {
            "platform" => Extent::Platform,
            "agency" => Extent::Agency,
            _ => Extent::Tenants,
        },
    }
}

/// Codes as people paste them: apart by spaces, lines, commas or semicolons of either script.
fn codes(values: &[String]) -> Vec<String> {
    let mut codes: Vec<String> = Vec::new();
    for value in values {
        let parts = value.split(|c: char| c.is_whitespace() || ",，、;；".contains(c));
        for code in parts.filter(|part| !part.is_empty()) {
            if !codes.iter().any(|known| known == code) {
                codes.push(code.to_owned());
            }
        }
    }
    codes
}

impl Typed {
    pub(super) fn of(posted: &Posted) -> Self {
        Self {
            role: posted.get("role").to_owned(),
            agency: posted.get("agency").to_owned(),
            reach: posted.get("reach").to_owned(),
            codes: codes(&posted.all("tenants")),
        }
    }

    /// As a seat is now.
    pub(super) async fn of_seat(signed_in: &SignedIn, seat: &Seat) -> Result<Self, Refusal> {
        let mut codes = Vec::new();
        let reach = match seat.reach() {
            Reach::Platform => "platform",
            Reach::Agency { .. } => "agency",
            Reach::Tenants { tenants } => {
                let overview = signed_in.access.overview();
                for id in tenants {
                    if let Some(tenant) = overview.tenant_of(*id).await? {
                        codes.push(tenant.code.to_string());
                    }
                }
                "tenants"
            }
        };
        Ok(Self {
            role: seat.role().as_str().to_owned(),
            agency: String::new(),
            reach: reach.to_owned(),
            codes,
        })
    }

    /// The agency chosen: the staff's own for who has no choice.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when it is the id of none.
    pub(super) fn agency(&self, staff: &Staff) -> Result<Option<AgencyId>, Refusal> {
        let chosen = match self.agency.as_str() {
            "" => None,
            id => Some(id.parse().map_err(|_| Refusal::NotFound)?),
        };
        Ok(staff.agency_or(chosen))
    }

    /// The seat, or what is wrong with it.
    pub(super) async fn seat(
        &self,
        signed_in: &SignedIn,
        agency: Option<AgencyId>,
    ) -> Result<Result<Seat, Faults>, Refusal> {
        let visitor = &signed_in.visitor;
        let fault = |field, key: &str| Ok(Err(Faults::at(field, visitor.text(key))));
        let Some(role) = Role::of(&self.role) else {
            return fault("role", "staff.role_needed");
        };
        let reach = match extent(role, &self.reach) {
            Extent::Platform => Reach::Platform,
            Extent::Agency => match agency {
                Some(agency) => Reach::Agency { agency },
                None => return fault("agency", "staff.agency_needed"),
            },
            Extent::Tenants => match self.tenants(signed_in).await? {
                Ok(tenants) if tenants.is_empty() => return fault("tenants", "staff.tenants_needed"),
                Ok(tenants) => Reach::Tenants {
                    tenants: tenants.into_iter().collect(),
                },
                Err(unknown) => {
                    let frame = visitor.frame("ui.brand");
                    let text = frame.text1("staff.tenants_unknown", "codes", &unknown.join(" "));
                    return Ok(Err(Faults::at("tenants", text)));
                }
            },
        };
        let seat = Seat::new(role, reach);
        Ok(seat.map_err(|_| Faults::at("role", visitor.text("staff.role_needed"))))
    }

    /// The tenants of the codes, or the codes that are none's.
    async fn tenants(&self, signed_in: &SignedIn) -> Result<Result<Vec<TenantId>, Vec<String>>, Refusal> {
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        for code in &self.codes {
            match signed_in.access.tenant(code).await {
                Ok(tenant) => known.push(tenant.tenant().id),
                Err(Refusal::NotFound) => unknown.push(code.clone()),
                Err(other) => return Err(other),
            }
        }
        Ok(if unknown.is_empty() { Ok(known) } else { Err(unknown) })
    }

    /// The fields; `with_agency` where somebody is added, whose agency is chosen.
    pub(super) async fn fields(
        &self,
        signed_in: &SignedIn,
        staff: &Staff,
        with_agency: bool,
        faults: &Faults,
    ) -> Result<Fields, Refusal> {
        let agencies = staff.agencies().await?;
        let overview = signed_in.access.overview();
        let written = overview.count_tenants().await? > BOXES;
        let tenants = if written {
            self.area(signed_in)
        } else {
            let found = overview.tenants(&TenantFilter::default(), BOXES).await?;
            let choice = |found: &hufu_core::store::TenantSummary| {
                let tenant = &found.tenant;
                Choice::new(tenant.code.as_str(), tenant.name.clone()).hint(tenant.code.as_str())
            };
            self.boxes(signed_in, found.iter().map(choice).collect())
        };
        let may_choose = with_agency && staff.is_platform() && !agencies.is_empty();
        Ok(Fields {
            role: self.role(signed_in, staff, &agencies).error(faults.of("role")),
            agency: may_choose.then(|| self.agencies(signed_in, &agencies).error(faults.of("agency"))),
            reach: self.reach(signed_in, staff, &agencies).error(faults.of("reach")),
            tenants: tenants.error(faults.of("tenants")),
            written,
        })
    }

    fn role(&self, signed_in: &SignedIn, staff: &Staff, agencies: &[Agency]) -> Field {
        let visitor = &signed_in.visitor;
        let offered = Role::ALL.into_iter().filter(|role| match role {
            Role::PlatformOwner => staff.is_platform(),
            Role::AgencyAdmin => !agencies.is_empty(),
            _ => true,
        });
        let choice = |role: Role| {
            let hint = visitor.text(&format!("staff.hint_{}", role.as_str()));
            Choice::new(role.as_str(), visitor.text(&format!("role.{}", role.as_str()))).hint(hint)
        };
        Field::new("role", visitor.text("staff.role"))
            .required()
            .value(self.role.clone())
            .choices(offered.map(choice).collect())
    }

    fn agencies(&self, signed_in: &SignedIn, agencies: &[Agency]) -> Field {
        let visitor = &signed_in.visitor;
        let mut choices = vec![Choice::new("", visitor.text("staff.agency_none"))];
        choices.extend(
            agencies
                .iter()
                .map(|agency| Choice::new(agency.id.to_string(), agency.name.clone())),
        );
        Field::new("agency", visitor.text("staff.agency"))
            .hint(visitor.text("staff.agency_hint"))
            .required()
            .value(self.agency.clone())
            .choices(choices)
    }

    fn reach(&self, signed_in: &SignedIn, staff: &Staff, agencies: &[Agency]) -> Field {
        let visitor = &signed_in.visitor;
        let mut choices = vec![Choice::new("tenants", visitor.text("staff.audit_tenants"))];
        if !agencies.is_empty() {
            choices.push(Choice::new("agency", visitor.text("staff.audit_agency")));
        }
        if staff.is_platform() {
            choices.push(Choice::new("platform", visitor.text("staff.audit_platform")));
        }
        Field::new("reach", visitor.text("staff.audit"))
            .hint(visitor.text("staff.audit_hint"))
            .required()
            .value(self.reach.clone())
            .choices(choices)
    }

    fn area(&self, signed_in: &SignedIn) -> Field {
        let visitor = &signed_in.visitor;
        Field::new("tenants", visitor.text("staff.tenants"))
            .hint(visitor.text("staff.tenants_written"))
            .mono()
            .rows(4)
            .value(self.codes.join("\n"))
    }

    fn boxes(&self, signed_in: &SignedIn, choices: Vec<Choice>) -> Field {
        let visitor = &signed_in.visitor;
        let hint = if choices.is_empty() {
            visitor.text("staff.tenants_none")
        } else {
            visitor.text("staff.tenants_ticked")
        };
        Field::new("tenants", visitor.text("staff.tenants"))
            .hint(hint)
            .chosen(self.codes.clone())
            .choices(choices)
    }
}

/// What of a refusal the form can show: a seat that goes too far stands beside the role.
pub(super) fn faults_of(signed_in: &SignedIn, refusal: Refusal) -> Result<Faults, Refusal> {
    match refusal {
        Refusal::Forbidden | Refusal::NotFound => Ok(Faults::at("role", signed_in.visitor.text("staff.beyond"))),
        other => Faults::of_refusal(&signed_in.visitor, other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_people_paste_them() {
        let read = |values: &[&str]| codes(&values.iter().map(|v| (*v).to_owned()).collect::<Vec<_>>());
        assert_eq!(
            read(&["acme, beta\r\n gamma；delta、acme"]),
            ["acme", "beta", "gamma", "delta"]
        );
        assert_eq!(read(&["acme", "beta", "acme"]), ["acme", "beta"]);
        assert!(read(&["", " ,，\n"]).is_empty());
    }

    #[test]
    fn the_role_says_how_far_it_goes() {
        for reach in ["", "platform", "agency", "tenants"] {
            assert_eq!(extent(Role::PlatformOwner, reach), Extent::Platform);
            assert_eq!(extent(Role::AgencyAdmin, reach), Extent::Agency);
            assert_eq!(extent(Role::Developer, reach), Extent::Tenants);
        }
        assert_eq!(extent(Role::Auditor, "platform"), Extent::Platform);
        assert_eq!(extent(Role::Auditor, "agency"), Extent::Agency);
        assert_eq!(extent(Role::Auditor, "everything"), Extent::Tenants);
    }
}
