//! `GET`, `POST /admin/tenants/{code}/members/invite`: a link that is shown once.

use std::time::Duration;

use askama::Template;
use axum::extract::{Path, State};
use hufu_core::clock::Timestamp;
use hufu_core::model::Role;
use hufu_core::secret::ExposeSecret as _;

use crate::access::TenantAccess;
use crate::console::Console;
use crate::http::{Answer, Posted, SignedIn};
use crate::pages::tenant;
use crate::ui::{Choice, Crumb, Field, Frame, Tab};

/// Days that an invitation may work.
const DAYS: [u32; 3] = [1, 3, 7];

#[derive(Template)]
#[template(path = "pages/members/invite.html")]
struct Page {
    frame: Frame,
    tabs: Vec<Tab>,
    code: String,
    trouble: Option<String>,
    role: Field,
    note: Field,
    days: Field,
}

#[derive(Template)]
#[template(path = "pages/members/invited.html")]
struct Invited {
    frame: Frame,
    tabs: Vec<Tab>,
    code: String,
    url: String,
    role: String,
    note: String,
    expires_at: Timestamp,
}

pub(super) async fn get(State(console): State<Console>, signed_in: SignedIn, Path(code): Path<String>) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    tenant.members()?;
    // Asked for now and not after the form: a form cannot be sent twice.
    signed_in.confirmed(&console)?;
    Ok(signed_in.page(&page(&signed_in, &tenant, &Posted::default(), None)))
}

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path(code): Path<String>,
    posted: Posted,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let members = tenant.members()?;
    let confirmed = signed_in.confirmed(&console)?;
    let days = posted.number("days").filter(|days| DAYS.contains(days));
    let note = posted.get("note");
    let (Some(role), Some(days), true) = (Role::of(posted.get("role")), days, is_note(note)) else {
        let text = signed_in.visitor.text("members.trouble");
        return Ok(signed_in.again(&page(&signed_in, &tenant, &posted, Some(text))));
    };
    let lifetime = Duration::from_secs(u64::from(days) * 86_400);
    let (link, token) = match members.invite(confirmed, role, note, lifetime).await? {
        Ok(made) => made,
        Err(error) => {
            let text = signed_in.visitor.say(&error.text());
            return Ok(signed_in.again(&page(&signed_in, &tenant, &posted, Some(text))));
        }
    };
    Ok(signed_in.page(&Invited {
        frame: frame(&signed_in, &tenant, "members.invited_title"),
        tabs: tenant::tabs(&signed_in, &tenant, "members"),
        url: format!(
            "{}/admin/invitation/{}",
            console.site.public_url.as_str(),
            token.expose_secret()
        ),
        role: signed_in.visitor.text(&format!("role.{}", role.as_str())),
        note: link.note,
        expires_at: link.expires_at,
        code,
    }))
}

fn is_note(note: &str) -> bool {
    (1..=100).contains(&note.chars().count()) && !note.chars().any(char::is_control)
}

fn frame(signed_in: &SignedIn, tenant: &TenantAccess, title: &str) -> Frame {
    let crumb = Crumb {
        label: signed_in.visitor.text("tenant.tab_members"),
        url: Some(format!("/admin/tenants/{}/members", tenant.tenant().code)),
    };
    tenant::frame(signed_in, tenant, title, vec![crumb])
}

fn page(signed_in: &SignedIn, tenant: &TenantAccess, posted: &Posted, trouble: Option<String>) -> Page {
    let visitor = &signed_in.visitor;
    let role = |role: Role| {
        let name = role.as_str();
        Choice::new(name, visitor.text(&format!("role.{name}"))).hint(visitor.text(&format!("members.role_{name}")))
    };
    let days = |days: u32| Choice::new(days.to_string(), visitor.text(&format!("members.days_{days}")));
    let typed = |name: &str, default: &str| posted.some(name).unwrap_or_else(|| default.to_owned());
    let note_error = trouble
        .as_ref()
        .filter(|_| !is_note(posted.get("note")))
        .map(|_| visitor.text("members.note_error"));
    Page {
        frame: frame(signed_in, tenant, "members.invite_title"),
        tabs: tenant::tabs(signed_in, tenant, "members"),
        code: tenant.tenant().code.to_string(),
        trouble,
        role: Field::new("role", visitor.text("members.role"))
            .value(typed("role", Role::Developer.as_str()))
            .required()
            .choices([Role::TenantAdmin, Role::Developer, Role::Auditor].map(role).to_vec()),
        note: Field::new("note", visitor.text("members.note"))
            .hint(visitor.text("members.note_hint"))
            .value(typed("note", ""))
            .error(note_error)
            .required(),
        days: Field::new("days", visitor.text("members.days"))
            .value(typed("days", "3"))
            .required()
            .choices(DAYS.map(days).to_vec()),
    }
}
