//! `hufu audit list`.

use std::cmp::Reverse;
use std::collections::HashMap;

use hufu_core::ids::ClientId;
use hufu_core::model::{AuditEvent, AuditFilter, TenantCode};
use hufu_core::sheet;
use hufu_core::store::Store as _;
use serde_json::json;

use crate::commands::context::Managing;
use crate::failure::Failure;
use crate::output::Output;
use crate::table;

/// Names of clients, for people.
type Names = HashMap<ClientId, String>;

pub(super) async fn run(
    m: &Managing<'_>,
    code: Option<&TenantCode>,
    limit: u64,
    filter: &AuditFilter,
) -> Result<(), Failure> {
    let tenants = match code {
        Some(code) => vec![(*m.manager.tenant(code).await?).clone()],
        None => m.tenants().await?,
    };
    let mut names = Names::new();
    let mut events: Vec<(TenantCode, AuditEvent)> = Vec::new();
    for tenant in tenants {
        let rows = m.hufu.database.begin(tenant.id);
        let found = rows.list_events(filter, limit).await?;
        if !m.output.is_json() && found.iter().any(|event| event.client_id.is_some()) {
            names.extend(
                rows.list_clients()
                    .await?
                    .into_iter()
                    .map(|client| (client.id, client.name)),
            );
        }
        events.extend(found.into_iter().map(|event| (tenant.code.clone(), event)));
        newest(&mut events, limit);
    }
    let rows: Vec<_> = events
        .iter()
        .map(|(code, event)| sheet::value(code.as_str(), event))
        .collect();
    m.output
        .answer(&json!({"events": rows}), || text(m.output, &events, &names))
}

/// The newest of several tenants; so many tenants never hold more than twice the limit.
fn newest(events: &mut Vec<(TenantCode, AuditEvent)>, limit: u64) {
    events.sort_by_key(|(_, event)| Reverse((event.at, event.id)));
    events.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
}

fn text(output: Output, events: &[(TenantCode, AuditEvent)], names: &Names) -> String {
    if events.is_empty() {
        return output.say("没有符合条件的记录。", "No events.").to_owned();
    }
    let say = |zh, en| output.say(zh, en);
    let headings = [
        say("时间 (UTC)", "TIME (UTC)"),
        say("租户", "TENANT"),
        say("动作", "ACTION"),
        say("结果", "OUTCOME"),
        say("openid / 操作者", "OPENID / ACTOR"),
        say("应用", "CLIENT"),
        say("原因", "ERROR"),
        say("毫秒", "MS"),
        "IP",
        say("请求", "REQUEST"),
    ];
    let rows: Vec<_> = events.iter().map(|(code, event)| cells(code, event, names)).collect();
    table::render(&headings, &rows)
}

fn cells(code: &TenantCode, event: &AuditEvent, names: &Names) -> Vec<String> {
    let or_dash = |text: Option<String>| text.filter(|text| !text.is_empty()).unwrap_or_else(|| "-".to_owned());
    let error = event.error.as_ref().map(|error| match event.errcode {
        Some(number) => format!("{error} ({number})"),
        None => error.clone(),
    });
    let client = event
        .client_id
        .map(|id| names.get(&id).cloned().unwrap_or_else(|| id.to_string()));
    vec![
        event.at.to_string().replace('T', " ").trim_end_matches('Z').to_owned(),
        code.to_string(),
        event.action.as_str().to_owned(),
        event.outcome.as_str().to_owned(),
        or_dash(event.external_id.clone().or_else(|| event.actor.clone())),
        or_dash(client),
        or_dash(error),
        or_dash(event.upstream_ms.map(|ms| ms.to_string())),
        or_dash(event.ip.clone()),
        or_dash(event.request_id.map(|id| id.to_string())),
    ]
}

#[cfg(test)]
mod tests {
    use hufu_core::clock::Timestamp;
    use hufu_core::ids::{EventId, TenantId};
    use hufu_core::model::{Action, Outcome};
    use hufu_core::text::Locale;

    use super::*;

    fn event(at: u64) -> AuditEvent {
        let time = Timestamp::from_millis(i64::try_from(at).unwrap());
        AuditEvent::new(
            EventId::floor(at),
            TenantId::floor(1),
            time,
            Action::Login,
            Outcome::Succeeded,
        )
    }

    #[test]
    fn events_of_all_tenants_are_merged_newest_first() {
        let code = |text: &str| text.parse::<TenantCode>().unwrap();
        let mut events = vec![
            (code("a"), event(1000)),
            (code("a"), event(3000)),
            (code("b"), event(2000)),
        ];
        newest(&mut events, 2);
        let seen: Vec<_> = events
            .iter()
            .map(|(code, event)| (code.as_str(), event.at.as_millis()))
            .collect();
        assert_eq!(seen, [("a", 3000), ("b", 2000)]);
    }

    #[test]
    fn a_line_shows_who_and_why() {
        let mut event = event(1_795_253_400_123);
        event.external_id = Some("oAbc".to_owned());
        event.error = Some("upstream_code_invalid".to_owned());
        event.errcode = Some(40029);
        let table = text(
            Output::new(false, Locale::En),
            &[("acme".parse().unwrap(), event)],
            &Names::new(),
        );
        let mut lines = table.lines();
        assert!(lines.next().unwrap().starts_with("TIME (UTC)"));
        let line = lines.next().unwrap();
        assert!(
            line.starts_with("2026-11-21 09:30:00.123  acme    login   succeeded  oAbc"),
            "{line}"
        );
        assert!(line.contains("upstream_code_invalid (40029)"), "{line}");
    }
}
