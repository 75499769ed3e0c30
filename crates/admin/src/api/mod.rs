//! The admin API, `/admin/api/v1`: what pages do, for programs, by the same handles.
//!
//! | file | |
//! |---|---|
//! | `caller` | who calls: a key in `Authorization`, never a cookie |
//! | `asked` | bodies and queries, read strictly, and where they are wrong |
//! | `etag` | versions: `ETag`, `If-Match`, `If-None-Match` |
//! | `answer` | what operations answer |
//! | `told` | what handles refuse, with the place in the body |
//! | `names` | words and times as they are written |
//! | `document` | the OpenAPI document, made from the same list as the router |
//! | the others | one resource each |
//!
//! [`table`] is the one list: a handler that is in it has its route and its place in the document, and no other has
//! either.
#![expect(unused_qualifications, reason = "utoipa's macros write paths in full")]

mod agencies;
mod answer;
mod api_keys;
mod asked;
mod audit;
mod caller;
mod clients;
mod connectors;
mod document;
mod etag;
mod hand_over;
mod invitations;
mod keys;
mod links;
mod me;
mod members;
mod menus;
mod names;
mod operators;
mod people;
mod protocol;
mod seats;
mod tenants;
mod told;
mod verify_files;

use axum::Router;
use axum::routing::any;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::console::Console;
use crate::http::Refusal;
pub(crate) use document::{BASE, document};

/// The routes of the API.
pub(crate) fn routes() -> Router<Console> {
    let (router, _) = OpenApiRouter::new().nest(BASE, table()).split_for_parts();
    router.route("/admin/api/{*rest}", any(async || Refusal::NotFound))
}

/// All operations.
fn table() -> OpenApiRouter<Console> {
    OpenApiRouter::new()
        .routes(routes!(me::get_me))
        .routes(routes!(document::get_openapi))
        .merge(of_tenants())
        .merge(of_one_tenant())
        .merge(of_audit())
        .merge(of_staff())
}

fn of_tenants() -> OpenApiRouter<Console> {
    OpenApiRouter::new()
        .routes(routes!(tenants::list_tenants, tenants::add_tenant))
        .routes(routes!(tenants::get_tenant, tenants::put_tenant))
        .routes(routes!(tenants::put_tenant_host))
        .routes(routes!(tenants::probe_tenant_host))
        .routes(routes!(tenants::suspend_tenant))
        .routes(routes!(tenants::resume_tenant))
        .routes(routes!(connectors::list_connectors, connectors::add_connector))
        .routes(routes!(connectors::get_connector, connectors::put_connector))
        .routes(routes!(connectors::enable_connector))
        .routes(routes!(connectors::disable_connector))
        .routes(routes!(connectors::swap_connector_secret))
        .routes(routes!(connectors::check_connector))
        .routes(routes!(connectors::get_connector_health))
        .routes(routes!(connectors::list_connector_kinds))
        .routes(routes!(menus::get_menu, menus::put_menu, menus::delete_menu))
        .routes(routes!(menus::check_menu))
        .routes(routes!(menus::publish_menu))
        .routes(routes!(menus::roll_back_menu))
        .routes(routes!(menus::get_live_menu))
}

fn of_one_tenant() -> OpenApiRouter<Console> {
    OpenApiRouter::new()
        .routes(routes!(clients::list_clients, clients::add_client))
        .routes(routes!(clients::get_client, clients::put_client))
        .routes(routes!(clients::enable_client))
        .routes(routes!(clients::disable_client))
        .routes(routes!(clients::add_client_secret))
        .routes(routes!(clients::end_client_secret))
        .routes(routes!(verify_files::list_verify_files))
        .routes(routes!(verify_files::put_verify_file, verify_files::delete_verify_file))
        .routes(routes!(verify_files::probe_verify_file))
        .routes(routes!(people::list_people))
        .routes(routes!(people::get_person, people::erase_person))
        .routes(routes!(people::enable_person))
        .routes(routes!(people::disable_person))
        .routes(routes!(people::list_sessions, people::end_sessions))
        .routes(routes!(people::end_session))
        .routes(routes!(keys::list_keys, keys::add_key))
        .routes(routes!(keys::replace_key))
        .routes(routes!(keys::delete_key))
        .routes(routes!(keys::activate_key))
        .routes(routes!(members::list_members))
        .routes(routes!(members::list_member_invitations, members::invite_member))
        .routes(routes!(members::revoke_member_invitation))
        .routes(routes!(hand_over::list_hand_over_links, hand_over::add_hand_over_link))
        .routes(routes!(hand_over::revoke_hand_over_link))
}

fn of_audit() -> OpenApiRouter<Console> {
    OpenApiRouter::new()
        .routes(routes!(audit::list_events))
        .routes(routes!(audit::get_event))
}

fn of_staff() -> OpenApiRouter<Console> {
    OpenApiRouter::new()
        .routes(routes!(operators::list_operators))
        .routes(routes!(operators::get_operator, operators::put_operator))
        .routes(routes!(invitations::list_invitations, invitations::add_invitation))
        .routes(routes!(invitations::revoke_invitation))
        .routes(routes!(api_keys::list_api_keys, api_keys::add_api_key))
        .routes(routes!(api_keys::revoke_api_key))
        .routes(routes!(agencies::list_agencies, agencies::add_agency))
        .routes(routes!(agencies::get_agency, agencies::put_agency))
}
