//! The QR code of a test login, opened by a phone.

use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, State};
use axum::response::Response;
use hufu_core::flow::{Problem, ProblemCode, Step};
use hufu_web::tenant::Hosted;

use crate::Gateway;
use crate::arrival::Arrival;

pub(crate) async fn get(
    State(gateway): State<Gateway>,
    path: Result<RawPathParams, RawPathParamsRejection>,
    arrival: Arrival,
) -> Response {
    let Arrival { hosted, scene } = arrival;
    let ticket = path.ok().and_then(|path| {
        let ticket = path.iter().find(|(name, _)| *name == "ticket");
        ticket.map(|(_, ticket)| ticket.to_owned())
    });
    let step = open(&gateway, hosted, ticket).await;
    Arrival::answer(&scene, &gateway, step)
}

async fn open(gateway: &Gateway, hosted: Result<Hosted, Problem>, ticket: Option<String>) -> Result<Step, Problem> {
    let Hosted { tenant, visit } = hosted?;
    let ticket = ticket.ok_or_else(|| Problem::new(ProblemCode::TrialUsed))?;
    Ok(gateway.site.engine.open_trial(&tenant, &ticket, &visit).await)
}

#[cfg(test)]
mod tests {
    use axum::http::Method;
    use hufu_core::clock::{Clock as _, SystemClock};
    use hufu_core::model::{Action, Outcome, TrialResult, TrialState};
    use std::time::Duration;

    use crate::testing::{CLIENT, CONNECTOR, Host, html, request};

    const TICKET: &str = "abcdefghijABCDEFGHIJ012345678901";

    fn path() -> String {
        format!("/t/acme/trial/{TICKET}")
    }

    /// A host that waits for a phone.
    fn waiting() -> Host {
        let host = Host::new();
        host.begin_trial(TICKET, SystemClock.now());
        host
    }

    async fn opened(host: &Host) -> (String, String) {
        host.sent(&path()).await
    }

    fn result(host: &Host) -> TrialResult {
        match host.trial().state {
            TrialState::Done { result } => *result,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_draft_is_tried_out_and_only_that() {
        let host = waiting();
        host.draft_connector();
        let login = host.get(&format!("/t/acme/login?client_id={CLIENT}")).await;
        assert_eq!(login.status(), 403);
        assert!(html(login).await.contains("登录方式尚未配置"), "as if it did not exist");

        let (state, cookie) = opened(&host).await;
        assert_eq!(state.len(), 32);
        for _ in 0..2 {
            let response = host.back(&format!("code=good&state={state}"), &cookie).await;
            assert_eq!(response.status(), 200);
            let page = html(response).await;
            assert!(
                page.contains("The test login succeeded") && page.contains("测试&#60;号&#62;"),
                "{page}"
            );
            assert!(!page.contains("o1"), "who it is is shown at the other screen alone");
        }
        assert_eq!(result(&host).identity.unwrap().external_id, "o1");
        assert_eq!(result(&host).warnings, ["no_union_id"]);

        let events = host.events();
        assert_eq!(events.len(), 2, "the copy of the callback tells nothing new");
        assert_eq!(
            (events[0].action, events[0].error.as_deref()),
            (Action::Login, Some("connector_missing")),
            "the login before it was refused"
        );
        let event = &events[1];
        assert_eq!(
            (event.action, event.outcome),
            (Action::ConnectorTrial, Outcome::Succeeded)
        );
        assert_eq!(event.actor.as_deref(), Some("operator:zhang"));
        assert_eq!(event.connector_id.unwrap().to_string(), CONNECTOR);
        assert!(event.upstream_ms.is_some() && event.ip.is_some() && event.request_id.is_some());
        assert_eq!(
            (&event.external_id, event.subject_id, event.client_id),
            (&None, None, None)
        );
        let steps: Vec<_> = event.steps.iter().map(|step| step.step.as_str()).collect();
        assert_eq!(steps, ["begun", "opened", "returned", "identified"]);
        let text = serde_json::to_string(event).unwrap();
        assert!(
            !text.contains("o1") && !text.contains(&state) && !text.contains("good"),
            "{text}"
        );
    }

    #[tokio::test]
    async fn a_failure_says_why_and_what_to_do() {
        let host = waiting();
        let (state, cookie) = opened(&host).await;
        let response = host.back(&format!("code=bad&state={state}"), &cookie).await;
        assert_eq!(response.status(), 200);
        let page = html(response).await;
        for must in [
            "The test login failed",
            "The AppSecret is &#60;wrong&#62;",
            "(40125)",
            "Enter it again",
        ] {
            assert!(page.contains(must), "no {must} in {page}");
        }
        assert!(!page.contains("rid: 1"));
        let problem = result(&host).problem.unwrap();
        assert_eq!(problem.error.as_deref(), Some("connector_misconfigured"));
        let event = &host.events()[0];
        assert_eq!((event.outcome, event.errcode), (Outcome::Failed, Some(40125)));
        assert_eq!(event.error.as_deref(), Some("connector_misconfigured"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_spent_code_may_be_that_of_another_instance() {
        let host = waiting();
        let (state, cookie) = opened(&host).await;
        let query = format!("code=used&state={state}");
        let elsewhere = async {
            tokio::time::sleep(Duration::from_secs(2)).await;
            host.end_trial();
        };
        let (response, ()) = tokio::join!(host.back(&query, &cookie), elsewhere);
        assert!(html(response).await.contains("The test login succeeded"));
        assert!(host.events().is_empty(), "the other instance wrote its event");

        let host = waiting();
        let (state, cookie) = opened(&host).await;
        let response = host.back(&format!("code=used&state={state}"), &cookie).await;
        assert!(html(response).await.contains("The test login failed"));
    }

    #[tokio::test]
    async fn a_refusal_ends_it_too() {
        let host = waiting();
        let (state, cookie) = opened(&host).await;
        let page = html(host.back(&format!("state={state}"), &cookie).await).await;
        assert!(page.contains("The test login was refused"), "{page}");
        assert_eq!(host.events()[0].outcome, Outcome::Denied);
        let again = html(host.back(&format!("code=good&state={state}"), &cookie).await).await;
        assert!(again.contains("The test login was refused"), "an end is an end");
        assert_eq!(host.events().len(), 1);
    }

    #[tokio::test]
    async fn what_spends_no_ticket() {
        let host = waiting();
        assert_eq!(host.send(Method::HEAD, &path()).await.status(), 200);
        let desktop = request(&path()).header("user-agent", "Desktop");
        let response = host.call(desktop.body("".into()).unwrap()).await;
        assert_eq!(response.status(), 200);
        assert!(html(response).await.contains("请用微信扫一扫打开此页面"));
        assert_eq!(host.get(&format!("/t/closed/trial/{TICKET}")).await.status(), 403);
        assert_eq!(host.saves(), 0);
        opened(&host).await;
    }

    #[tokio::test]
    async fn a_ticket_opens_once_and_in_time() {
        let host = waiting();
        let (state, _) = opened(&host).await;
        for ticket in [TICKET, &state, "x"] {
            let response = host.get(&format!("/t/acme/trial/{ticket}")).await;
            assert_eq!(response.status(), 410, "{ticket}");
            assert!(html(response).await.contains("测试二维码不能再用"), "{ticket}");
        }
        let host = Host::new();
        host.begin_trial(TICKET, SystemClock.now().minus(Duration::from_secs(600)));
        let response = host.get(&path()).await;
        assert_eq!(response.status(), 410);
        assert!(html(response).await.contains("测试登录已超时"));
        assert_eq!(host.saves(), 0);
    }

    #[tokio::test]
    async fn another_browser_learns_and_changes_nothing() {
        let host = waiting();
        let (state, cookie) = opened(&host).await;
        let foreign = format!("__Host-hufu_browser={}", "x".repeat(22));
        for cookie in [foreign.as_str(), "a=b"] {
            let response = host.back(&format!("code=good&state={state}"), cookie).await;
            assert_eq!(response.status(), 403);
        }
        let events = host.events();
        assert_eq!(
            (events[0].action, events[0].outcome),
            (Action::Callback, Outcome::Rejected)
        );
        assert_eq!(events[0].error.as_deref(), Some("foreign_browser"));
        let response = host.back(&format!("code=good&state={state}"), &cookie).await;
        assert!(html(response).await.contains("The test login succeeded"));
    }

    #[tokio::test]
    async fn a_ticket_is_no_state() {
        let host = waiting();
        let response = host.back(&format!("code=good&state={TICKET}"), "a=b").await;
        assert_eq!(response.status(), 404);
        let (state, cookie) = opened(&host).await;
        let other = format!("/t/acme/callback/01J0000000000000000000000Z?code=good&state={state}");
        let asked = request(&other).header("cookie", &cookie);
        assert_eq!(host.call(asked.body("".into()).unwrap()).await.status(), 404);
    }

    #[tokio::test]
    async fn copies_of_a_callback_exchange_once() {
        let host = waiting();
        let (state, cookie) = opened(&host).await;
        let query = format!("code=good&state={state}");
        let (one, two) = tokio::join!(host.back(&query, &cookie), host.back(&query, &cookie));
        assert_eq!((one.status().as_u16(), two.status().as_u16()), (200, 200));
        assert_eq!(host.events().len(), 1);
    }
}
