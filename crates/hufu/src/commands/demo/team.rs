//! The demo's operators: one for each role.

use std::collections::BTreeMap;

use hufu::Hufu;
use hufu_core::clock::{Timestamp, random_alphanumeric};
use hufu_core::ids::{RequestId, TenantId};
use hufu_core::manage::{By, NewOperator};
use hufu_core::model::{Agency, Browser, Operator, Reach, Role, Seat, Tenant};
use hufu_core::secret::SecretString;
use hufu_core::store::{Find, Records as _};
use serde::Serialize;

use super::home::Home;
use super::moment::Moment;
use super::setup::Stage;
use crate::failure::Failure;

/// Characters of a password.
const PASSWORD: usize = 14;
/// What a desk's browser says it is.
const DESK: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 \
                    Safari/537.36";

pub(super) const ADMIN: &str = "agency-admin";
pub(super) const OPERATOR: &str = "agency-operator";
pub(super) const TENANT_ADMIN: &str = "tenant-admin";

/// Role, login, name, tenants reached, and the desk's address.
type Member = (Role, &'static str, &'static str, &'static [&'static str], &'static str);

const TEAM: [Member; 6] = [
    (Role::PlatformOwner, "owner", "平台所有者 林舟", &[], "198.51.100.10"),
    (Role::AgencyAdmin, ADMIN, "代运营管理员 陈晨 🌧", &[], "198.51.100.20"),
    (
        Role::AgencyOperator,
        OPERATOR,
        "代运营专员 周可",
        &["flower", "noodle"],
        "198.51.100.21",
    ),
    (
        Role::TenantAdmin,
        TENANT_ADMIN,
        "花店店主 花姐 🌸",
        &["flower"],
        "203.0.113.30",
    ),
    (Role::Developer, "developer", "开发者 Alex", &["demo"], "192.0.2.44"),
    (Role::Auditor, "auditor", "审计员 老吴", &[], "198.51.100.30"),
];

/// An operator as the demo's answer tells of them.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Told {
    pub(super) role: Role,
    pub(super) login: String,
    pub(super) name: String,
    /// None once somebody chose another one.
    pub(super) password: Option<String>,
    /// Codes of the tenants they are confined to; empty: all of the platform's or the agency's.
    pub(super) tenants: Vec<String>,
}

/// Finds the operators or makes them, with new passwords that are kept for the next start.
pub(super) async fn find_or_make(hufu: &Hufu, home: &Home, stage: &Stage) -> Result<Vec<Told>, Failure> {
    let mut kept = home.kept().unwrap_or_default();
    let made = futures::future::try_join_all(
        TEAM.iter()
            .map(|member| find_or_make_one(hufu, stage, member, kept.passwords.get(member.1))),
    );
    let told = made.await?;
    let known = |told: &Told| Some((told.login.clone(), told.password.clone()?));
    let passwords: BTreeMap<_, _> = told.iter().filter_map(known).collect();
    if passwords != kept.passwords {
        kept.passwords = passwords;
        home.keep(&kept)?;
    }
    Ok(told)
}

async fn find_or_make_one(hufu: &Hufu, stage: &Stage, member: &Member, kept: Option<&String>) -> Result<Told, Failure> {
    let (role, login, name, codes, _) = *member;
    let password = match hufu.database.find::<Operator>(Find::Key(login)).await? {
        Some(known) => still_good(hufu, &known, kept).await?,
        None => {
            let password = random_alphanumeric(&*hufu.injected.random, PASSWORD);
            let tenants: Vec<&Tenant> = stage
                .houses
                .iter()
                .map(|house| &house.tenant)
                .filter(|tenant| codes.contains(&tenant.code.as_str()))
                .collect();
            let new = NewOperator {
                login: login.to_owned(),
                name: name.to_owned(),
                seat: seat(role, &stage.agency, &tenants)?,
                agency_id: match role {
                    Role::PlatformOwner => None,
                    // A tenant of an older demo has no agency.
                    _ if tenants.iter().any(|tenant| tenant.agency_id.is_none()) => None,
                    _ => Some(stage.agency.id),
                },
                password: SecretString::from(password.clone()),
            };
            let mut operators = hufu.operators();
            operators.clock = std::sync::Arc::new(Moment(stage.agency.created_at));
            operators.add_operator(&demo(), new).await?;
            Some(password)
        }
    };
    Ok(Told {
        role,
        login: login.to_owned(),
        name: name.to_owned(),
        password,
        tenants: codes.iter().map(|&code| code.to_owned()).collect(),
    })
}

/// The password of an earlier start, unless it was changed since.
async fn still_good(hufu: &Hufu, operator: &Operator, kept: Option<&String>) -> Result<Option<String>, Failure> {
    let Some(kept) = kept else { return Ok(None) };
    let password = SecretString::from(kept.clone());
    let hash = Some(operator.password.clone());
    let fits = hufu.passwords.verify(password, hash).await;
    let fits = fits.map_err(|error| Failure::internal(&error))?;
    Ok(fits.then(|| kept.clone()))
}

fn seat(role: Role, agency: &Agency, tenants: &[&Tenant]) -> Result<Seat, Failure> {
    let reach = match role {
        Role::PlatformOwner => Reach::Platform,
        Role::AgencyAdmin | Role::Auditor => Reach::Agency { agency: agency.id },
        _ => Reach::Tenants {
            tenants: tenants
                .iter()
                .map(|tenant| tenant.id)
                .collect::<std::collections::BTreeSet<TenantId>>(),
        },
    };
    Seat::new(role, reach).map_err(|error| Failure::internal(&error))
}

/// The demo itself, as the log names it.
pub(super) fn demo() -> By {
    By {
        actor: "demo".to_owned(),
        from: None,
    }
}

/// An operator, as the log names them.
pub(super) fn actor(login: &str) -> String {
    format!("operator:{login}")
}

/// The browser at which an operator sat then.
pub(super) fn desk(hufu: &Hufu, login: &str, at: Timestamp) -> Browser {
    let address = TEAM
        .iter()
        .find(|member| member.1 == login)
        .map_or("192.0.2.1", |member| member.4);
    Browser {
        ip: address.to_owned(),
        user_agent: DESK.to_owned(),
        request_id: RequestId::generate(&Moment(at), &*hufu.injected.random),
    }
}
