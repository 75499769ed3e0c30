//! `hufu operator`.

mod show;

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use hufu_core::clock::random_alphanumeric;
use hufu_core::ids::{AgencyId, TenantId};
use hufu_core::manage::{NewOperator, OperatorEdit, OperatorError};
use hufu_core::model::{LoginName, Operator, Reach, Role, Seat, Status, TenantCode};
use hufu_core::secret::SecretString;
use hufu_core::store::{Find, Records as _};

use super::context::Managing;
use super::{agency, input};
use crate::failure::Failure;

/// Characters of a password that Hufu makes: 119 bits.
const PASSWORD: usize = 20;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Add somebody to the console; without a password file their password is made and shown once
    Add(Add),
    /// List all operators
    List,
    /// Show an operator
    Show(Who),
    /// Keep an operator out; their sessions end
    Disable(Who),
    /// Let an operator in again
    Enable(Who),
    /// Make a link with which an operator chooses a new password and second factor; it works once, for a day
    Recover(Who),
    /// Signed-in browsers
    #[command(subcommand)]
    Sessions(Sessions),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Sessions {
    /// Sign an operator out everywhere
    End(Who),
}

/// A new operator.
#[derive(Debug, Args)]
pub(crate) struct Add {
    /// By which they sign in, e.g. a mail address
    login: LoginName,
    /// Name for people
    #[arg(long)]
    name: String,
    /// platform_owner, agency_admin, agency_operator, tenant_admin, developer or auditor
    #[arg(long, value_parser = role)]
    role: Role,
    /// The agency they belong to; an agency_admin and an auditor without tenants reach all of its tenants
    #[arg(long, value_name = "ID")]
    agency: Option<AgencyId>,
    /// A tenant they reach; may be repeated
    #[arg(long = "tenant", value_name = "CODE")]
    tenants: Vec<TenantCode>,
    /// File with their password; - reads standard input
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

/// One operator.
#[derive(Debug, Args)]
pub(crate) struct Who {
    /// By which they sign in
    login: LoginName,
}

fn role(text: &str) -> Result<Role, String> {
    Role::of(text).ok_or_else(|| Role::ALL.map(Role::as_str).join(", "))
}

pub(crate) async fn run(m: &Managing<'_>, command: Command) -> Result<(), Failure> {
    match command {
        Command::Add(new) => add(m, new).await,
        Command::List => show::list(m).await,
        Command::Show(who) => show::one(m, &find(m, &who).await?, None).await,
        Command::Disable(who) => set_status(m, &who, Status::Disabled).await,
        Command::Enable(who) => set_status(m, &who, Status::Active).await,
        Command::Recover(who) => {
            let operator = find(m, &who).await?;
            let (link, token) = m.hufu.operators().recovery_link(&m.by(), operator.id).await?;
            show::recovery(m, &operator, &link, &token)
        }
        Command::Sessions(Sessions::End(who)) => {
            let operator = find(m, &who).await?;
            let operators = m.hufu.operators();
            let ended = operators.revoke_sessions_of(&m.by(), operator.id, None).await?;
            show::ended(m, &operator, ended)
        }
    }
}

async fn add(m: &Managing<'_>, new: Add) -> Result<(), Failure> {
    if let Some(id) = new.agency {
        agency::known(m, id).await?;
    }
    let mut tenants = BTreeSet::new();
    for code in &new.tenants {
        tenants.insert(m.manager.tenant(code).await?.id);
    }
    let seat = seat(new.role, new.agency, tenants)?;
    let (password, made) = match &new.password_file {
        Some(file) => (input::secret(file)?, None),
        None => {
            let made = random_alphanumeric(&*m.hufu.injected.random, PASSWORD);
            (SecretString::from(made.clone()), Some(made))
        }
    };
    let new = NewOperator {
        login: new.login.to_string(),
        name: new.name,
        seat,
        agency_id: new.agency,
        password,
    };
    let operator = m.hufu.operators().add_operator(&m.by(), new).await?;
    show::one(m, &operator, made.as_deref()).await
}

/// The seat that the arguments mean.
fn seat(role: Role, agency: Option<AgencyId>, tenants: BTreeSet<TenantId>) -> Result<Seat, Failure> {
    let reach = match (role, agency) {
        _ if !tenants.is_empty() => Reach::Tenants { tenants },
        (Role::AgencyAdmin | Role::Auditor, Some(agency)) => Reach::Agency { agency },
        (Role::PlatformOwner | Role::Auditor, None) => Reach::Platform,
        _ => Reach::Tenants { tenants },
    };
    Seat::new(role, reach).map_err(|_| {
        let (zh, en) = match role {
            Role::PlatformOwner => (
                "平台所有者不属于任何代理商或租户：去掉 --agency 和 --tenant",
                "a platform_owner reaches everything: leave --agency and --tenant out",
            ),
            Role::AgencyAdmin => (
                "代理商管理员需要 --agency，且不能有 --tenant",
                "an agency_admin needs --agency and no --tenant",
            ),
            _ => ("此角色至少需要一个 --tenant", "this role needs at least one --tenant"),
        };
        Failure::input(zh, en)
    })
}

async fn find(m: &Managing<'_>, who: &Who) -> Result<Operator, Failure> {
    let found = m.hufu.database.find::<Operator>(Find::Key(who.login.as_str())).await?;
    found.ok_or_else(|| OperatorError::NotFound { what: "operator" }.into())
}

async fn set_status(m: &Managing<'_>, who: &Who, status: Status) -> Result<(), Failure> {
    let before = find(m, who).await?;
    let edit = OperatorEdit {
        name: before.name,
        seat: before.seat,
        status,
    };
    let operators = m.hufu.operators();
    let after = operators
        .change_operator(&m.by(), before.id, edit, Some(before.version))
        .await?;
    show::one(m, &after, None).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_mean_one_seat_or_none() {
        let agency = AgencyId::floor(1);
        let none = BTreeSet::new;
        let one = || BTreeSet::from([TenantId::floor(1)]);
        let reach = |role, agency, tenants| seat(role, agency, tenants).ok().map(|seat| seat.reach().clone());
        assert_eq!(seat(Role::PlatformOwner, None, none()).ok(), Some(Seat::OWNER));
        assert_eq!(
            reach(Role::AgencyAdmin, Some(agency), none()),
            Some(Reach::Agency { agency })
        );
        assert_eq!(reach(Role::Auditor, None, none()), Some(Reach::Platform));
        assert_eq!(
            reach(Role::Auditor, Some(agency), none()),
            Some(Reach::Agency { agency })
        );
        let tenants = Reach::Tenants { tenants: one() };
        for role in [Role::AgencyOperator, Role::TenantAdmin, Role::Developer, Role::Auditor] {
            assert_eq!(reach(role, Some(agency), one()), Some(tenants.clone()), "{role:?}");
        }
        for (role, agency, tenants) in [
            (Role::PlatformOwner, None, one()),
            (Role::PlatformOwner, Some(agency), none()),
            (Role::AgencyAdmin, None, none()),
            (Role::AgencyAdmin, Some(agency), one()),
            (Role::AgencyOperator, Some(agency), none()),
            (Role::TenantAdmin, None, none()),
            (Role::Developer, None, none()),
        ] {
            let refused = seat(role, agency, tenants);
            assert_eq!(
                refused.err().map(|failure| failure.code()),
                Some("invalid_input"),
                "{role:?}"
            );
        }
    }
}
