//! Checks of the ways into the console.

use hufu::Hufu;
use hufu::config::SecondFactor;
use hufu_core::manage::OperatorResult;
use hufu_core::model::{Operator, Seat};
use hufu_core::text::Text;

use super::installation::is_local;
use super::report::Report;
use crate::commands::context::Context;

/// A console that a password alone opens is for a laptop.
pub(super) fn second_factor(context: &Context, report: &mut Report) {
    let config = context.config();
    let url = &config.gateway.public_url;
    if config.console.second_factor == SecondFactor::Required {
        let text = Text::new("两步验证为必须", "everybody needs a second factor");
        report.ok("second_factor", text);
    } else if is_local(url) {
        let text = Text::new(
            "两步验证为可选：仅限本机试用",
            "the second factor is optional: for trying on this machine",
        );
        report.ok("second_factor", text);
    } else {
        let text = Text::owned(
            format!("两步验证为可选，而 {url} 可从外部访问：只凭密码即可进入控制台"),
            format!(
                "the second factor is optional, yet {url} is in reach of others: a password alone opens the console"
            ),
        );
        let remedy = Text::new(
            "设 console.second_factor = \"required\"",
            "set console.second_factor = \"required\"",
        );
        report.warn("second_factor", text, Some(remedy));
    }
}

/// Somebody can get in, and an owner can do so with more than a password.
pub(super) async fn operators(hufu: &Hufu, report: &mut Report) {
    let operators = match all(hufu).await {
        Ok(operators) => operators,
        Err(error) => {
            report.fail("operators", error.text(), None);
            return;
        }
    };
    let (text, remedy) = of(&operators);
    match remedy {
        None => report.ok("operators", text),
        remedy => report.warn("operators", text, remedy),
    }
}

async fn all(hufu: &Hufu) -> OperatorResult<Vec<Operator>> {
    const PAGE: u64 = 500;
    let mut all: Vec<Operator> = Vec::new();
    loop {
        let after = all.last().map(|operator| operator.id);
        let page = hufu.operators().list_operators(None, after, PAGE).await?;
        let is_last = (page.len() as u64) < PAGE;
        all.extend(page);
        if is_last {
            return Ok(all);
        }
    }
}

/// What is to be said, and what to do when it is not well.
fn of(operators: &[Operator]) -> (Text, Option<Text>) {
    if operators.is_empty() {
        let remedy = Text::new(
            "打开 `hufu serve` 启动时给出的链接，或运行 `hufu operator add LOGIN --name 名称 --role platform_owner`",
            "open the link that `hufu serve` gives at its start, or run \
             `hufu operator add LOGIN --name NAME --role platform_owner`",
        );
        let text = Text::new(
            "还没有操作员，无人能进入控制台",
            "there is no operator: nobody can enter the console",
        );
        return (text, Some(remedy));
    }
    let count = operators.len();
    let is_owner = |operator: &&Operator| operator.status.is_active() && operator.seat == Seat::OWNER;
    let mut owners = operators.iter().filter(is_owner).peekable();
    if owners.peek().is_none() {
        let text = Text::owned(
            format!("有 {count} 位操作员，但没有可用的平台所有者"),
            format!("{count} operators, but no active owner of the platform"),
        );
        let remedy = Text::new(
            "运行 `hufu operator add LOGIN --name 名称 --role platform_owner`",
            "run `hufu operator add LOGIN --name NAME --role platform_owner`",
        );
        return (text, Some(remedy));
    }
    if owners.any(|owner| owner.totp.is_some()) {
        let text = Text::owned(format!("{count} 位操作员"), format!("{count} operators"));
        return (text, None);
    }
    let text = Text::owned(
        format!("有 {count} 位操作员，但没有启用两步验证的平台所有者"),
        format!("{count} operators, but no owner of the platform with a second factor"),
    );
    let remedy = Text::new(
        "平台所有者登录控制台并启用两步验证",
        "an owner signs in to the console and enrols a second factor",
    );
    (text, Some(remedy))
}

#[cfg(test)]
mod tests {
    use hufu_core::clock::Timestamp;
    use hufu_core::ids::OperatorId;
    use hufu_core::model::{Reach, Role, Status, Totp};
    use hufu_core::secret::StoredSecret;

    use super::*;

    fn owner() -> Operator {
        Operator {
            id: OperatorId::floor(1),
            login: "owner".parse().unwrap(),
            name: "Owner".to_owned(),
            seat: Seat::OWNER,
            agency_id: None,
            status: Status::Active,
            password: StoredSecret::new("hash".to_owned()),
            totp: Some(Totp {
                secret: StoredSecret::new("SECRET".to_owned()),
                last_step: 0,
            }),
            recovery: Vec::new(),
            created_at: Timestamp::from_millis(0),
            last_login_at: None,
            version: 1,
        }
    }

    #[test]
    fn an_active_owner_with_a_second_factor_is_what_is_wanted() {
        assert!(of(&[owner()]).1.is_none());
        assert!(of(&[]).0.en.contains("no operator"));
        let without = Operator { totp: None, ..owner() };
        assert!(of(std::slice::from_ref(&without)).0.en.contains("second factor"));
        assert!(of(&[without, owner()]).1.is_none());
        let disabled = Operator {
            status: Status::Disabled,
            ..owner()
        };
        let auditor = Operator {
            seat: Seat::new(Role::Auditor, Reach::Platform).unwrap(),
            ..owner()
        };
        assert!(of(&[disabled, auditor]).0.en.contains("no active owner"));
    }
}
