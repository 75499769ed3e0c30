//! Where the provider sends the browser back to.

use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, RawQuery, State};
use axum::response::Response;
use hufu_core::flow::{Problem, ProblemCode, Step};
use hufu_core::ids::ConnectorId;
use hufu_web::body::read_query;
use hufu_web::tenant::Hosted;

use crate::Gateway;
use crate::arrival::Arrival;

pub(crate) async fn get(
    State(gateway): State<Gateway>,
    path: Result<RawPathParams, RawPathParamsRejection>,
    RawQuery(query): RawQuery,
    arrival: Arrival,
) -> Response {
    let Arrival { hosted, scene } = arrival;
    let connector = path.ok().and_then(|path| {
        let id = path.iter().find(|(name, _)| *name == "connector");
        id.and_then(|(_, id)| id.parse().ok())
    });
    let step = complete(&gateway, hosted, connector, query.as_deref()).await;
    Arrival::answer(&scene, &gateway, step)
}

async fn complete(
    gateway: &Gateway,
    hosted: Result<Hosted, Problem>,
    connector: Option<ConnectorId>,
    query: Option<&str>,
) -> Result<Step, Problem> {
    let Hosted { tenant, visit } = hosted?;
    // A connector that cannot exist has no logins.
    let connector = connector.ok_or_else(|| Problem::new(ProblemCode::AttemptUnknown))?;
    let form = read_query(query)?;
    Ok(gateway.site.engine.complete(tenant, connector, form, visit).await)
}

#[cfg(test)]
mod tests {
    use axum::http::Method;

    use hufu_core::model::{Action, Outcome};

    use crate::testing::{CLIENT, CONNECTOR, Host, html};

    #[tokio::test]
    async fn a_callback_of_no_login_is_a_page_not_a_fault() {
        let host = Host::new();
        let status = async |path: &str| host.get(path).await.status().as_u16();
        assert_eq!(status("/t/acme/callback/nonsense?code=c&state=s").await, 404);
        assert_eq!(
            status(&format!("/t/acme/callback/{CONNECTOR}?code=c&state=s")).await,
            404
        );
        assert_eq!(status(&format!("/t/acme/callback/{CONNECTOR}")).await, 400);
        assert_eq!(
            status(&format!("/t/acme/callback/{CONNECTOR}?state=a&state=b")).await,
            400
        );
        assert_eq!(status(&format!("/t/acme/callback/{CONNECTOR}?state=%FF")).await, 400);
        assert_eq!(status("/t/acme/callback/%FF?state=x").await, 404);
        assert_eq!(
            host.send(Method::HEAD, "/t/acme/callback/x?state=s").await.status(),
            200
        );
    }

    #[tokio::test]
    async fn an_outage_is_a_page_that_offers_the_same_again() {
        let host = Host::new();
        host.break_rows();
        let path = format!("/t/acme/callback/{CONNECTOR}?code=c&state=s");
        let response = host.get(&path).await;
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()["retry-after"], "5");
        let page = html(response).await;
        assert!(
            page.contains("href=\"https://login.example.com/t/acme/callback/"),
            "{page}"
        );
        assert!(
            !page.contains("the disk is gone"),
            "the debug text is for the log alone"
        );
    }

    #[tokio::test]
    async fn a_disabled_person_is_refused_and_the_log_says_who() {
        let host = Host::new();
        let (state, cookie) = host.sent(&format!("/t/acme/login?client_id={CLIENT}")).await;
        host.block_person();
        for _ in 0..2 {
            let response = host.back(&format!("code=good&state={state}"), &cookie).await;
            assert_eq!(response.status(), 403);
            let page = html(response).await;
            assert!(page.contains("Your account is disabled"), "{page}");
            assert!(
                page.contains("https://app.example/cb?error=access_denied"),
                "a way back"
            );
        }
        let events = host.events();
        assert_eq!(events.len(), 1, "one outcome of one login");
        let event = &events[0];
        assert_eq!((event.action, event.outcome), (Action::Login, Outcome::Rejected));
        assert_eq!(event.error.as_deref(), Some("person_blocked"));
        assert_eq!(event.external_id.as_deref(), Some("o1"));
        assert!(event.upstream_ms.is_some());
    }
}
