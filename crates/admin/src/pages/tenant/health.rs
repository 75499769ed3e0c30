//! Health badges in words.

use hufu_core::clock::Timestamp;
use hufu_core::manage::connector_health;
use hufu_core::model::{Connector, Health, HealthState, Tenant, TenantCode, VerifyFile};

use crate::http::Visitor;
use crate::ui::Tone;

/// Something that is checked, and how the last check went.
#[derive(Debug, Clone)]
pub(in crate::pages) struct Checked {
    pub(in crate::pages) name: String,
    /// Its page.
    pub(in crate::pages) url: String,
    pub(in crate::pages) tone: Tone,
    /// The badge's word.
    pub(in crate::pages) state: String,
    /// What is wrong; empty: nothing.
    pub(in crate::pages) message: String,
    /// What to do; empty when that is not known.
    pub(in crate::pages) remedy: String,
    /// When it was checked.
    pub(in crate::pages) at: Option<Timestamp>,
}

/// A connector, live or not.
pub(in crate::pages) fn of_connector(
    visitor: &Visitor,
    code: &TenantCode,
    connector: &Connector,
    health: &[Health],
) -> Checked {
    let of = connector_health(connector.id);
    let health = health.iter().find(|health| health.of == of);
    checked(
        visitor,
        connector.name.clone(),
        format!("/admin/tenants/{code}/connectors/{}", connector.id),
        health,
    )
}

/// An ownership file of a domain.
pub(in crate::pages) fn of_file(visitor: &Visitor, code: &TenantCode, file: &VerifyFile, health: &[Health]) -> Checked {
    let of = hufu_core::manage::verify_file_health(file);
    let health = health.iter().find(|health| health.of == of);
    checked(
        visitor,
        format!("{}/{}", file.host, file.name()),
        format!("/admin/tenants/{code}/domains"),
        health,
    )
}

/// The tenant's own host, when it has one.
pub(in crate::pages) fn of_host(visitor: &Visitor, tenant: &Tenant, health: &[Health]) -> Option<Checked> {
    let (host, of) = (tenant.host.as_ref()?, hufu_core::manage::host_health(tenant)?);
    let health = health.iter().find(|health| health.of == of);
    let url = format!("/admin/tenants/{}/settings#host", tenant.code);
    Some(checked(visitor, host.to_string(), url, health))
}

/// A badge of which nothing else is at hand.
pub(in crate::pages) fn of_badge(
    visitor: &Visitor,
    code: &TenantCode,
    connectors: &[std::sync::Arc<Connector>],
    health: &Health,
) -> Checked {
    let (name, url) = match health.of.split_once(':') {
        Some(("connector", id)) => {
            let known = connectors.iter().find(|connector| connector.id.to_string() == id);
            let name = known.map_or_else(|| id.to_owned(), |connector| connector.name.clone());
            (name, format!("/admin/tenants/{code}/connectors/{id}"))
        }
        Some(("tenant_host", path)) => {
            let host = path.split_once('/').map_or(path, |(_, host)| host);
            (host.to_owned(), format!("/admin/tenants/{code}/settings#host"))
        }
        Some((_, path)) => {
            let host = path.rsplit_once('/').map_or(path, |(host, _)| host);
            (host.to_owned(), format!("/admin/tenants/{code}/domains"))
        }
        None => (health.of.clone(), format!("/admin/tenants/{code}")),
    };
    checked(visitor, name, url, Some(health))
}

fn checked(visitor: &Visitor, name: String, url: String, health: Option<&Health>) -> Checked {
    let (tone, key) = match health.map(|health| health.state) {
        None => (Tone::Neutral, "tenants.badge_unchecked"),
        Some(HealthState::Good) => (Tone::Good, "tenants.badge_good"),
        Some(HealthState::Uncertain) => (Tone::Warn, "tenants.badge_uncertain"),
        Some(HealthState::Bad) => (Tone::Bad, "tenants.badge_bad"),
    };
    // What somebody must act on comes before what may pass by itself.
    let failed = health.map(|health| health.checks.iter().filter(|check| check.class.is_some()));
    let worst = failed.and_then(|failed| failed.max_by_key(|check| weight(check.class)));
    let say = |text: Option<&hufu_core::text::Text>| text.map(|text| visitor.say(text)).unwrap_or_default();
    Checked {
        name,
        url,
        tone,
        state: visitor.text(key),
        message: say(worst.and_then(|check| check.message.as_ref())),
        remedy: say(worst.and_then(|check| check.remedy.as_ref())),
        at: health.map(|health| health.at),
    }
}

fn weight(class: Option<hufu_core::error::Class>) -> u8 {
    use hufu_core::error::Class;
    match class {
        None => 0,
        Some(Class::Retry | Class::StartAgain) => 1,
        Some(Class::Developer | Class::TenantAdmin | Class::Operator) => 2,
    }
}
