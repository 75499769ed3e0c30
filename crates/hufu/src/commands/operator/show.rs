//! Operators on the terminal. Passwords and links never but in the one answer that makes them.

use hufu_core::model::{Link, Operator, Reach};
use hufu_core::secret::{ExposeSecret as _, SecretString};
use hufu_core::store::ConsoleStore as _;
use serde_json::{Value, json};

use crate::commands::context::Managing;
use crate::commands::tenant::status;
use crate::failure::Failure;
use crate::table;

/// One operator; with a password that was made for them just now.
pub(super) async fn one(m: &Managing<'_>, operator: &Operator, password: Option<&str>) -> Result<(), Failure> {
    let where_to = codes(m, operator).await?;
    let sessions = m.hufu.operators().sessions_of(operator.id).await?.len();
    let mut document = document(operator, &where_to);
    document["sessions"] = json!(sessions);
    document["login_url"] = json!(m.hufu.config.gateway.public_url.at("/admin"));
    if let Some(password) = password {
        document["password"] = json!(password);
    }
    m.output
        .answer(&document, || text(m, operator, &where_to, sessions, password))
}

pub(super) async fn list(m: &Managing<'_>) -> Result<(), Failure> {
    const PAGE: u64 = 500;
    let operators = m.hufu.operators();
    let mut all: Vec<Operator> = Vec::new();
    loop {
        let after = all.last().map(|operator| operator.id);
        let page = operators.list_operators(None, after, PAGE).await?;
        let is_last = (page.len() as u64) < PAGE;
        all.extend(page);
        if is_last {
            break;
        }
    }
    let mut documents: Vec<Value> = Vec::new();
    let mut rows = Vec::new();
    for operator in &all {
        let where_to = codes(m, operator).await?;
        documents.push(document(operator, &where_to));
        rows.push(vec![
            operator.login.to_string(),
            operator.name.clone(),
            operator.seat.role().as_str().to_owned(),
            reach(m, operator, &where_to),
            status(operator.status),
            factor(m, operator).to_owned(),
            seen(operator),
        ]);
    }
    m.output.answer(&json!({"operators": documents}), || {
        let say = |zh, en| m.output.say(zh, en);
        let headings = [
            say("登录名", "LOGIN"),
            say("名称", "NAME"),
            say("角色", "ROLE"),
            say("范围", "REACH"),
            say("状态", "STATUS"),
            say("两步验证", "2ND FACTOR"),
            say("上次登录", "LAST LOGIN"),
        ];
        table::render(&headings, &rows)
    })
}

/// The link with which an operator gets in again.
pub(super) fn recovery(
    m: &Managing<'_>,
    operator: &Operator,
    link: &Link,
    token: &SecretString,
) -> Result<(), Failure> {
    let path = format!("/admin/recovery/{}", token.expose_secret());
    let url = m.hufu.config.gateway.public_url.at(&path);
    let document = json!({
        "login": operator.login,
        "recovery_url": url,
        "expires_at": link.expires_at.to_string(),
    });
    m.output.answer(&document, || {
        let say = |zh, en| m.output.say(zh, en);
        let facts = table::facts(&[
            (say("登录名", "login"), operator.login.to_string()),
            (say("恢复链接", "recovery link"), url.clone()),
            (say("失效于", "ends"), link.expires_at.to_string()),
        ]);
        let once = say(
            "链接只显示这一次，只能使用一次，请只交给本人：持有者可重设密码和两步验证。",
            "The link is shown this once and works once. Give it to nobody else: it sets a new password and second factor.",
        );
        format!("{facts}\n\n{once}")
    })
}

/// How many sessions ended.
pub(super) fn ended(m: &Managing<'_>, operator: &Operator, ended: u64) -> Result<(), Failure> {
    let document = json!({"login": operator.login, "ended": ended});
    m.output.answer(&document, || {
        let say = |zh, en| m.output.say(zh, en);
        table::facts(&[
            (say("登录名", "login"), operator.login.to_string()),
            (say("已结束的会话", "sessions ended"), ended.to_string()),
        ])
    })
}

/// The codes of the tenants that the seat names.
async fn codes(m: &Managing<'_>, operator: &Operator) -> Result<Vec<String>, Failure> {
    let mut codes = Vec::new();
    if let Reach::Tenants { tenants } = operator.seat.reach() {
        for id in tenants {
            let tenant = m.hufu.database.lookup_tenant_by_id(*id).await?;
            codes.push(tenant.map_or_else(|| id.to_string(), |tenant| tenant.code.to_string()));
        }
        codes.sort();
    }
    Ok(codes)
}

fn text(m: &Managing<'_>, operator: &Operator, where_to: &[String], sessions: usize, password: Option<&str>) -> String {
    let say = |zh, en| m.output.say(zh, en);
    let mut lines = vec![(say("登录名", "login"), operator.login.to_string())];
    if let Some(password) = password {
        lines.push((say("密码", "password"), password.to_owned()));
    }
    lines.extend([
        (say("名称", "name"), operator.name.clone()),
        (say("角色", "role"), operator.seat.role().as_str().to_owned()),
        (say("范围", "reach"), reach(m, operator, where_to)),
        (say("状态", "status"), status(operator.status)),
        (say("两步验证", "second factor"), factor(m, operator).to_owned()),
        (say("上次登录", "last login"), seen(operator)),
        (say("会话", "sessions"), sessions.to_string()),
        (say("控制台", "console"), m.hufu.config.gateway.public_url.at("/admin")),
    ]);
    let facts = table::facts(&lines);
    match password {
        Some(_) => {
            let once = say(
                "密码只显示这一次，请立即转交本人。",
                "The password is shown this once: hand it over now.",
            );
            format!("{facts}\n\n{once}")
        }
        None => facts,
    }
}

fn document(operator: &Operator, where_to: &[String]) -> Value {
    let agency = match operator.seat.reach() {
        Reach::Agency { agency } => Some(agency),
        _ => None,
    };
    let reach = match operator.seat.reach() {
        Reach::Platform => "platform",
        Reach::Agency { .. } => "agency",
        Reach::Tenants { .. } => "tenants",
    };
    json!({
        "id": operator.id,
        "login": operator.login,
        "name": operator.name,
        "role": operator.seat.role(),
        "reach": reach,
        "reach_agency_id": agency,
        "tenants": where_to,
        "agency_id": operator.agency_id,
        "status": operator.status,
        "second_factor": operator.totp.is_some(),
        "created_at": operator.created_at.to_string(),
        "last_login_at": operator.last_login_at.map(|at| at.to_string()),
    })
}

fn reach(m: &Managing<'_>, operator: &Operator, where_to: &[String]) -> String {
    match operator.seat.reach() {
        Reach::Platform => m.output.say("全部", "everything").to_owned(),
        Reach::Agency { agency } => format!("{} {agency}", m.output.say("代理商", "agency")),
        Reach::Tenants { .. } => where_to.join(" "),
    }
}

fn factor(m: &Managing<'_>, operator: &Operator) -> &'static str {
    match operator.totp {
        Some(_) => m.output.say("已启用", "yes"),
        None => m.output.say("未启用", "no"),
    }
}

fn seen(operator: &Operator) -> String {
    operator
        .last_login_at
        .map_or_else(|| "-".to_owned(), |at| at.to_string())
}
