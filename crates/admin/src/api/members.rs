//! Members: operators whose seat names a tenant.

use axum::extract::{Path, State};
use hufu_core::model::{self, Operator, Purpose};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{Page, done, made};
use super::asked::{Body, id, wrong};
use super::caller::Caller;
use super::links::{self, Link, LinkWithUrl, seconds};
use super::names::{Role, Status, Time};
use super::told::told_of_staff;
use crate::console::Console;
use crate::http::Answer;

/// An operator whose seat names this tenant. Which other tenants it names is none of this tenant's business.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Member {
    /// Identifier.
    id: String,
    /// By which they sign in.
    login: String,
    /// Name for people.
    name: String,
    /// What they may do.
    role: Role,
    /// Whether they may sign in.
    status: Status,
    /// When they last did.
    last_login_at: Option<Time>,
}

/// An invitation to a seat in this tenant.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MemberInvitation {
    /// What whoever takes it may do; null for a link of another kind.
    role: Option<Role>,
    /// The link.
    #[serde(flatten)]
    link: Link,
}

/// Somebody to invite.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewMember {
    /// `tenant_admin`, `developer` or `auditor`.
    role: Role,
    /// Whom it is for, in your words.
    #[serde(default)]
    note: String,
    /// How long the link works: 60 to 2592000 (30 days).
    lifetime_seconds: u64,
}

fn shown(operator: &Operator) -> Member {
    Member {
        id: operator.id.to_string(),
        login: operator.login.to_string(),
        name: operator.name.clone(),
        role: operator.seat.role().into(),
        status: operator.status.into(),
        last_login_at: operator.last_login_at.map(Time),
    }
}

/// Lists the members of a tenant
#[utoipa::path(get, path = "/tenants/{code}/members", tag = "members",
    responses((status = 200, description = "All members.", body = Page<Member>)))]
pub(super) async fn list_members(caller: Caller, Path(code): Path<String>) -> Answer {
    let members = caller.access.tenant(&code).await?.members()?;
    Ok(Page::whole(members.list().await?.iter().map(shown)).answer())
}

/// Lists the invitations to a tenant, newest first
#[utoipa::path(get, path = "/tenants/{code}/members/invitations", tag = "members",
    responses((status = 200, description = "All invitations, those that are over too.", body = Page<MemberInvitation>)))]
pub(super) async fn list_member_invitations(caller: Caller, Path(code): Path<String>) -> Answer {
    let tenant = caller.access.tenant(&code).await?;
    let (members, now) = (tenant.members()?, tenant.overview().now());
    let shown = |link: &model::Link| MemberInvitation {
        role: match &link.purpose {
            Purpose::Invitation { seat, .. } => Some(seat.role().into()),
            _ => None,
        },
        link: links::shown(link, now),
    };
    Ok(Page::whole(members.links().await?.iter().map(shown)).answer())
}

/// Invites somebody to a tenant
#[utoipa::path(post, path = "/tenants/{code}/members/invitations", tag = "members", request_body = NewMember,
    responses((status = 201, description = "The link and its address, this once.", body = LinkWithUrl)))]
pub(super) async fn invite_member(
    State(console): State<Console>,
    caller: Caller,
    Path(code): Path<String>,
    Body(new): Body<NewMember>,
) -> Answer {
    use model::Role::{Auditor, Developer, TenantAdmin};
    let members = caller.access.tenant(&code).await?.members()?;
    if !matches!(new.role.0, TenantAdmin | Developer | Auditor) {
        let zh = "租户成员只能是 tenant_admin、developer 或 auditor";
        return Err(wrong(
            "seat",
            "/role",
            zh,
            "a member is tenant_admin, developer or auditor",
        ));
    }
    let lifetime = seconds(new.lifetime_seconds);
    let invited = members
        .invite(Caller::confirmed(), new.role.0, &new.note, lifetime)
        .await?;
    let (link, token) = invited.map_err(told_of_staff)?;
    Ok(made(&links::with_url(&console, "/admin/invitation", &link, &token)))
}

/// Takes an invitation to a tenant back
#[utoipa::path(delete, path = "/tenants/{code}/members/invitations/{id}", tag = "members",
    responses((status = 204, description = "It no longer works.")))]
pub(super) async fn revoke_member_invitation(caller: Caller, Path((code, link)): Path<(String, String)>) -> Answer {
    let members = caller.access.tenant(&code).await?.members()?;
    members.revoke_link(id(&link)?).await?;
    Ok(done())
}
