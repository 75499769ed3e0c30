//! People of a tenant.

use axum::extract::Path;
use hufu_core::ids::SubjectId;
use hufu_core::model;
use hufu_core::store::{self, PersonFilter};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answer::{Page, done, limit, ok, part};
use super::asked::{Asked, id, wrong_parameter};
use super::caller::Caller;
use super::names::{Status, Time};
use super::told::told;
use crate::http::Answer;

/// A person who logged in.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Person {
    /// The `sub` claim.
    id: String,
    /// Disabled: every login is refused.
    status: Status,
    /// First seen.
    created_at: Time,
    /// By which they are known; none once they are erased.
    identities: Vec<Identity>,
}

/// What one connector proved of a person.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Identity {
    /// The connector.
    connector_id: String,
    /// The provider's id of the person (WeChat: openid).
    external_id: String,
    /// The provider's id across accounts of one owner (WeChat: unionid).
    union_id: Option<String>,
    /// Name they show.
    name: Option<String>,
    /// URL of their picture.
    picture: Option<String>,
    /// First login.
    first_seen: Time,
    /// Last login.
    last_seen: Time,
}

/// A browser in which a person is signed in, for single sign-on between a tenant's apps.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BrowserSession {
    /// The `sid` claim.
    id: String,
    /// The connector by which they logged in.
    connector_id: String,
    /// The client for which they did.
    client_id: String,
    /// Issuer at which they are signed in: of the installation, or at the tenant's own host.
    issuer: String,
    /// Address of the browser then.
    ip: String,
    /// Its `User-Agent` then.
    user_agent: String,
    /// When they logged in at the provider.
    begun_at: Time,
    /// When it ends by itself.
    expires_at: Time,
}

impl From<model::BrowserSession> for BrowserSession {
    fn from(session: model::BrowserSession) -> Self {
        Self {
            id: session.id.to_string(),
            connector_id: session.connector_id.to_string(),
            client_id: session.client_id.to_string(),
            issuer: session.issuer,
            ip: session.browser.ip,
            user_agent: session.browser.user_agent,
            begun_at: session.auth_time.into(),
            expires_at: session.expires_at.into(),
        }
    }
}

/// What to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PeopleAsked {
    /// A subject id, openid or unionid exactly, or a part of a name.
    #[param(required = false)]
    q: String,
    /// Subjects older than this one.
    before: Option<String>,
    /// How many at most: 1 to 200, else 50.
    limit: Option<u32>,
}

fn shown(person: store::Person) -> Person {
    let identity = |known: store::PersonIdentity| {
        let profile = known.identity.profile.unwrap_or_default();
        Identity {
            connector_id: known.connector_id.to_string(),
            external_id: known.identity.external_id,
            union_id: known.identity.union_id,
            name: profile.name,
            picture: profile.picture,
            first_seen: known.first_seen.into(),
            last_seen: known.last_seen.into(),
        }
    };
    Person {
        id: person.id.to_string(),
        status: person.status.into(),
        created_at: person.created_at.into(),
        identities: person.identities.into_iter().map(identity).collect(),
    }
}

/// Lists people of a tenant, newest first
#[utoipa::path(get, path = "/tenants/{code}/people", tag = "people", params(PeopleAsked),
    responses((status = 200, description = "A part of the list.", body = Page<Person>)))]
pub(super) async fn list_people(caller: Caller, Path(code): Path<String>, Asked(asked): Asked<PeopleAsked>) -> Answer {
    let people = caller.access.tenant(&code).await?.people()?;
    let most = limit(asked.limit, 50, 200)?;
    let before = asked.before.as_deref().map(str::parse::<SubjectId>).transpose();
    let filter = PersonFilter {
        text: asked.q.trim().to_owned(),
        before: before.map_err(|error| wrong_parameter("before", "不是用户编号", &error.to_string()))?,
    };
    let mut found = people.list(&filter, most as u64 + 1).await?;
    let has_more = found.len() > most;
    found.truncate(most);
    let kept = [
        ("q", asked.q),
        ("limit", asked.limit.map(|limit| limit.to_string()).unwrap_or_default()),
    ];
    let path = format!("/tenants/{code}/people");
    let last = found.last().filter(|_| has_more);
    let next = last.map(|last| part(&path, &kept, "before", &last.id));
    Ok(Page {
        next,
        ..Page::whole(found.into_iter().map(shown))
    }
    .answer())
}

/// Reads a person
#[utoipa::path(get, path = "/tenants/{code}/people/{id}", tag = "people",
    responses((status = 200, description = "The person.", body = Person)))]
pub(super) async fn get_person(caller: Caller, Path((code, person)): Path<(String, String)>) -> Answer {
    let people = caller.access.tenant(&code).await?.people()?;
    Ok(ok(&shown(people.person(id(&person)?).await?)))
}

/// Disables a person: every login is refused, and what they were given ends
#[utoipa::path(post, path = "/tenants/{code}/people/{id}/disable", tag = "people",
    responses((status = 200, description = "The person as they are now.", body = Person)))]
pub(super) async fn disable_person(caller: Caller, Path(path): Path<(String, String)>) -> Answer {
    set_status(&caller, path, model::Status::Disabled).await
}

/// Enables a person
#[utoipa::path(post, path = "/tenants/{code}/people/{id}/enable", tag = "people",
    responses((status = 200, description = "The person as they are now.", body = Person)))]
pub(super) async fn enable_person(caller: Caller, Path(path): Path<(String, String)>) -> Answer {
    set_status(&caller, path, model::Status::Active).await
}

async fn set_status(caller: &Caller, (code, person): (String, String), status: model::Status) -> Answer {
    let tenant = caller.access.tenant(&code).await?;
    let person = id(&person)?;
    tenant.care()?.set_status(person, status).await.map_err(told)?;
    Ok(ok(&shown(tenant.people()?.person(person).await?)))
}

/// Erases what is known of a person
#[utoipa::path(delete, path = "/tenants/{code}/people/{id}", tag = "people",
    responses((status = 204, description = "Nothing is known of them any more. When they come again they are somebody new.")))]
pub(super) async fn erase_person(caller: Caller, Path((code, person)): Path<(String, String)>) -> Answer {
    let care = caller.access.tenant(&code).await?.care()?;
    care.erase(Caller::confirmed(), id(&person)?).await.map_err(told)?;
    Ok(done())
}

/// Lists where a person is signed in, newest first
#[utoipa::path(get, path = "/tenants/{code}/people/{id}/sessions", tag = "people",
    responses((status = 200, description = "The sessions that are not over, at most 500.", body = Page<BrowserSession>)))]
pub(super) async fn list_sessions(caller: Caller, Path((code, person)): Path<(String, String)>) -> Answer {
    let people = caller.access.tenant(&code).await?.people()?;
    let sessions = people.sessions(id(&person)?).await?;
    Ok(Page::whole(sessions.into_iter().map(BrowserSession::from)).answer())
}

/// Signs a person out everywhere: their apps are told, and the access tokens of these logins end
#[utoipa::path(delete, path = "/tenants/{code}/people/{id}/sessions", tag = "people",
    responses((status = 204, description = "They are signed in nowhere.")))]
pub(super) async fn end_sessions(caller: Caller, Path((code, person)): Path<(String, String)>) -> Answer {
    let care = caller.access.tenant(&code).await?.care()?;
    care.end_sessions(id(&person)?).await.map_err(told)?;
    Ok(done())
}

/// Ends one session of a person: its apps are told, and the access tokens of its logins end
#[utoipa::path(delete, path = "/tenants/{code}/people/{id}/sessions/{session}", tag = "people",
    responses((status = 204, description = "They are signed in there no more.")))]
pub(super) async fn end_session(
    caller: Caller,
    Path((code, person, session)): Path<(String, String, String)>,
) -> Answer {
    let care = caller.access.tenant(&code).await?.care()?;
    care.end_session(id(&person)?, id(&session)?).await.map_err(told)?;
    Ok(done())
}
