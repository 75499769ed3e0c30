//! WeChat slow, down, speaking nonsense, refusing.

use hufu_core::model::{Action, Outcome};
use hufu_tests::{Browser, Engine, Page, TestApp, TestTenant};
use wechat_simulator::{Effect, Fault};

use crate::{log_in, up_to_callback, whole_login};

const EXCHANGE: &str = "/sns/oauth2/access_token";
const USERINFO: &str = "/sns/userinfo";

/// Logs in while one endpoint misbehaves; returns the page the person sees.
async fn with_fault(
    app: &TestApp,
    tenant: &TestTenant,
    endpoint: &str,
    effect: Effect,
    language: &'static str,
) -> Page {
    app.simulator.fault(Fault {
        endpoint: endpoint.to_owned(),
        effect,
        times: None,
    });
    let login = tenant.app.start("fault");
    let page = Browser::wechat("lisi")
        .speaking(language)
        .follow(&login.url, &[&app.url, &app.simulator_url])
        .await;
    app.simulator.clear_faults();
    page
}

/// The one outcome event since the last call of this function, by count.
async fn outcome(app: &TestApp, tenant: &TestTenant, count: usize) -> hufu_core::model::AuditEvent {
    let events = app.events(&tenant.tenant, Action::Login).await;
    assert_eq!(events.len(), count, "exactly one outcome a login");
    events.into_iter().next_back().unwrap()
}

pub(crate) async fn wechat_is_down(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    for (count, endpoint) in [EXCHANGE, USERINFO].into_iter().enumerate() {
        let page = with_fault(&app, &acme, endpoint, Effect::HttpStatus { status: 502 }, "en").await;
        assert_eq!(page.status, 503, "{}", page.body);
        assert!(page.header("retry-after").is_some());
        assert!(
            page.header("x-request-id").is_some_and(|id| page.body.contains(id)),
            "the request id is shown"
        );
        assert!(page.body.contains("/oauth2/authorize?"), "a way to try again");
        assert!(page.body.contains("temporarily_unavailable"), "a way back to the app");
        let event = outcome(&app, &acme, count + 1).await;
        assert_eq!(
            (event.outcome, event.error.as_deref()),
            (Outcome::Failed, Some("upstream_nonsense"))
        );
        assert!(event.upstream_ms.is_some());
    }
    // It came back: nothing is stuck.
    whole_login("lisi", &acme, &app).await;
}

pub(crate) async fn wechat_speaks_nonsense(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    for (count, effect) in [Effect::Garbage, Effect::Truncated].into_iter().enumerate() {
        let page = with_fault(&app, &acme, EXCHANGE, effect, "zh-CN").await;
        assert_eq!(page.status, 503, "{}", page.body);
        assert_eq!(outcome(&app, &acme, count + 1).await.outcome, Outcome::Failed);
    }
}

pub(crate) async fn wechat_refuses(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let cases = [
        (40125, "connector_misconfigured"),
        (40013, "connector_misconfigured"),
        (40029, "upstream_code_invalid"),
        (45011, "upstream_quota_exceeded"),
        (40226, "upstream_person_blocked"),
        (99999, "upstream_error"),
    ];
    for (count, (code, error)) in cases.into_iter().enumerate() {
        let effect = Effect::Errcode {
            code,
            message: "made up, rid: 641d8438-5f5ec4a3-76c11b5f".to_owned(),
        };
        for (language, words) in [("zh-CN", "请求编号"), ("en", "Request")] {
            let page = with_fault(&app, &acme, EXCHANGE, effect.clone(), language).await;
            assert!(
                page.status.is_client_error() || page.status == 503,
                "{} {}",
                page.status,
                page.body
            );
            assert!(
                page.body.contains(&code.to_string()),
                "the number is shown: {}",
                page.body
            );
            assert!(page.body.contains(words), "{language}: {}", page.body);
        }
        let event = outcome(&app, &acme, 2 * (count + 1)).await;
        assert_eq!((event.errcode, event.error.as_deref()), (Some(code), Some(error)));
    }
}

pub(crate) async fn wechat_is_slow(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let page = with_fault(&app, &acme, EXCHANGE, Effect::Hang, "en").await;
    assert_eq!(page.status, 503);
    let event = outcome(&app, &acme, 1).await;
    assert_eq!(event.error.as_deref(), Some("upstream_unreachable"));
    assert!(
        (1900..4500).contains(&event.upstream_ms.unwrap()),
        "bounded by the configured 2 s: {:?}",
        event.upstream_ms
    );
    // Busy once is not the person's business.
    app.simulator.fault(Fault {
        endpoint: EXCHANGE.to_owned(),
        effect: Effect::SystemBusy,
        times: Some(1),
    });
    whole_login("lisi", &acme, &app).await;
}

pub(crate) async fn answer_lost_after_the_code_was_used(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let login = acme.app.start("lost");
    let browser = Browser::wechat("lisi");
    let callback = up_to_callback(&browser, &login, &app).await;
    app.simulator.fault(Fault {
        endpoint: EXCHANGE.to_owned(),
        effect: Effect::LostResponse,
        times: Some(1),
    });
    let page = browser.get(&callback).await;
    assert_eq!(page.status, 503, "{}", page.body);
    assert_eq!(
        app.simulator.count(EXCHANGE),
        1,
        "a code that may be spent is not tried again"
    );
    assert_eq!(browser.get(&callback).await.status, 410, "this login is over");
    // The way on that the page offers works.
    let callback = log_in(&browser, &login, &app).await;
    acme.app.finish(&login, &callback).await;
    assert_eq!(app.events(&acme.tenant, Action::Login).await.len(), 2);
}
