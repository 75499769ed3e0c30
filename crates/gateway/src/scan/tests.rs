//! A computer and a phone.

use axum::body::Body;
use axum::http::{Method, Request};
use axum::response::Response;
use hufu_core::model::{Action, Outcome, ScanState};
use std::time::Duration;

use crate::testing::{CLIENT, Host, html, json};

/// A computer that shows a QR code.
struct Computer {
    host: Host,
    scene: String,
    cookie: String,
    page: String,
}

impl Computer {
    async fn new() -> Self {
        let host = Host::new();
        host.connectors(&["code"]);
        let path = format!("/t/acme/login?client_id={CLIENT}&state=st&scope=profile");
        let response = host.get_as("Desktop", &path).await;
        assert_eq!(response.status(), 200);
        let cookie = response.headers()["set-cookie"].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let scene = host.the_scan().content.rsplit('/').next().unwrap().to_owned();
        assert_eq!(scene.len(), 32);
        Self {
            scene,
            cookie,
            page: html(response).await,
            host,
        }
    }

    fn path(&self, what: &str) -> String {
        format!("/t/acme/scan/{}/{what}", self.host.the_scan().attempt_id)
    }

    async fn get(&self, path: &str, cookie: &str) -> Response {
        let asked = Request::get(path)
            .header("cookie", cookie)
            .header("accept-language", "en");
        self.host.call(asked.body(Body::empty()).unwrap()).await
    }

    async fn finish(&self) -> Response {
        self.get(&self.path("finish"), &self.cookie).await
    }

    async fn status(&self, since: &str) -> String {
        let path = format!("{}?since={since}", self.path("status"));
        let answer = json(self.get(&path, &self.cookie).await).await;
        answer["status"].as_str().unwrap().to_owned()
    }

    /// Somebody scans; the path of the page that asks them.
    async fn scan(&self, person: &str) -> String {
        let text = self.host.scan("code", person, &self.scene).await.unwrap();
        let url = text.split("href=\"").nth(1).unwrap().split('"').next().unwrap();
        url.strip_prefix("https://login.example.com").unwrap().to_owned()
    }

    async fn answer(&self, link: &str, answer: &str) -> Response {
        self.host.form(link, format!("answer={answer}")).await
    }
}

#[tokio::test]
async fn scanned_confirmed_and_in() {
    let computer = Computer::new().await;
    assert!(computer.page.contains("data:image/svg+xml") && computer.page.contains("等待扫码"));
    assert!(
        !computer.page.contains(&computer.scene),
        "the scene is in the code alone"
    );
    assert!(computer.page.contains("aria-live=\"polite\""));
    assert_eq!(computer.status("").await, "waiting");

    let link = computer.scan("o1").await;
    assert_eq!(computer.status("waiting").await, "scanned");
    let before = computer.host.the_scan();
    for _ in 0..2 {
        let asked = computer.get(&link, "a=b").await;
        assert_eq!(asked.status(), 200);
        let asked = html(asked).await;
        for must in [
            "Do you want to sign in to “Shop”?",
            "测试&#60;code&#62;",
            "0.0.0.0",
            "value=\"refuse\"",
        ] {
            assert!(asked.contains(must), "no {must} in {asked}");
        }
    }
    assert_eq!(computer.host.the_scan(), before, "looking changes nothing");
    let early = html(computer.finish().await).await;
    assert!(early.contains("data:image/svg+xml"), "not yet: {early}");

    assert_eq!(computer.answer(&link, "confirm").await.status(), 200);
    assert_eq!(computer.status("scanned").await, "confirmed");
    assert!(computer.host.events().is_empty());
    let first = computer.finish().await;
    assert_eq!(first.status(), 303);
    let location = first.headers()["location"].clone();
    let text = location.to_str().unwrap();
    assert!(
        text.starts_with("https://app.example/cb?code=") && text.contains("&state=st&iss="),
        "{text}"
    );
    assert_eq!(
        computer.finish().await.headers()["location"],
        location,
        "asked again it is the same"
    );

    let events = computer.host.events();
    assert_eq!(events.len(), 1, "one outcome");
    let event = &events[0];
    assert_eq!((event.action, event.outcome), (Action::Login, Outcome::Succeeded));
    assert_eq!(event.external_id.as_deref(), Some("o1"));
    let steps: Vec<_> = event.steps.iter().map(|step| step.step.as_str()).collect();
    assert_eq!(steps, ["begun", "scanned", "confirmed", "identified"]);
}

#[tokio::test]
async fn not_me_ends_it() {
    let computer = Computer::new().await;
    let link = computer.scan("o1").await;
    let answered = html(computer.answer(&link, "refuse").await).await;
    assert!(answered.contains("已拒绝登录"), "{answered}");
    assert_eq!(computer.status("scanned").await, "refused");
    let over = computer.finish().await;
    assert_eq!(over.status(), 410);
    let over = html(over).await;
    assert!(
        over.contains("The login was refused") && over.contains("connection="),
        "{over}"
    );
    assert_eq!(
        computer.answer(&link, "confirm").await.status(),
        410,
        "an answer is one"
    );
    let events = computer.host.events();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].outcome, Outcome::Denied);
    assert_eq!(events[0].error.as_deref(), Some("scan_refused"));
    assert_eq!(events[0].external_id.as_deref(), Some("o1"));
    assert!(
        computer
            .host
            .scan("code", "o1", &computer.scene)
            .await
            .unwrap()
            .contains("已被使用")
    );
}

#[tokio::test]
async fn the_second_who_scans_is_told_so_and_changes_nothing() {
    let computer = Computer::new().await;
    let link = computer.scan("o1").await;
    let other = computer.host.scan("code", "o2", &computer.scene).await.unwrap();
    assert!(other.contains("已被使用") && !other.contains("href"), "{other}");
    assert_eq!(computer.get(&link, "").await.status(), 200, "the first is still asked");
    // The same person again: a new page, and the old one asks no more.
    let again = computer.scan("o1").await;
    assert_ne!(again, link);
    assert_eq!(computer.get(&link, "").await.status(), 410);
    assert_eq!(computer.answer(&link, "confirm").await.status(), 410);
    assert_eq!(computer.answer(&again, "confirm").await.status(), 200);
    assert_eq!(computer.finish().await.status(), 303);
}

#[tokio::test]
async fn a_code_that_is_over_logs_nobody_in() {
    let computer = Computer::new().await;
    computer.host.end_scan();
    assert!(
        computer
            .host
            .scan("code", "o1", &computer.scene)
            .await
            .unwrap()
            .contains("已过期")
    );
    assert_eq!(computer.host.the_scan().state, ScanState::Waiting);
    assert_eq!(computer.status("waiting").await, "expired");
    let over = html(computer.finish().await).await;
    assert!(
        over.contains("The QR code is over") && over.contains("connection="),
        "{over}"
    );
    let events = computer.host.events();
    assert_eq!(events.len(), 1, "however often it is looked at");
    assert_eq!(
        (events[0].outcome, events[0].error.as_deref()),
        (Outcome::Expired, Some("scan_expired"))
    );
}

#[tokio::test]
async fn scenes_of_others_are_left_alone() {
    let computer = Computer::new().await;
    for scene in ["spring-sale", "0123456789abcdefghijABCDEFGHIJxy"] {
        assert_eq!(computer.host.scan("code", "o1", scene).await, None, "{scene}");
    }
    computer.host.connectors(&["follow", "code"]);
    // The QR code was the first connector's; now the second has its kind.
    let foreign = computer.host.scan("code", "o1", &computer.scene).await.unwrap();
    assert!(foreign.contains("不属于本公众号"), "{foreign}");
    assert_eq!(computer.host.the_scan().state, ScanState::Waiting);
}

#[tokio::test]
async fn another_browser_hears_nothing() {
    let computer = Computer::new().await;
    let link = computer.scan("o1").await;
    computer.answer(&link, "confirm").await;
    let foreign = format!("__Host-hufu_browser={}", "x".repeat(22));
    for cookie in [foreign.as_str(), "a=b"] {
        for what in ["status", "events", "finish"] {
            let response = computer.get(&computer.path(what), cookie).await;
            assert_eq!(response.status(), 403, "{what}");
        }
    }
    let events = computer.host.events();
    assert!(
        events.iter().all(|event| event.action == Action::Callback),
        "tries, no outcome"
    );
    assert_eq!(computer.finish().await.status(), 303, "the right one goes on");
    for path in [
        "/t/acme/scan/x/finish",
        "/t/acme/scan/01J0000000000000000000000Z/status",
    ] {
        assert_eq!(computer.get(path, &computer.cookie).await.status(), 404, "{path}");
    }
    for token in ["x", "01J0000000000000000000000Zaaaa", "%E8%99%8E"] {
        let path = format!("/t/acme/scan/confirm/{token}");
        assert_eq!(computer.get(&path, "").await.status(), 410, "{token}");
    }
}

#[tokio::test]
async fn an_outcome_of_the_provider_is_an_outcome_of_the_login() {
    let computer = Computer::new().await;
    let link = computer.scan("late").await;
    computer.answer(&link, "confirm").await;
    let busy = computer.finish().await;
    assert_eq!(busy.status(), 503);
    let page = html(busy).await;
    assert!(
        page.contains(&format!(
            "href=\"https://login.example.com{}\"",
            computer.path("finish")
        )),
        "{page}"
    );
    assert!(computer.host.events().is_empty(), "the browser may ask again");

    let computer = Computer::new().await;
    let link = computer.scan("stranger").await;
    computer.answer(&link, "confirm").await;
    assert_eq!(computer.finish().await.status(), 403);
    assert_eq!(computer.finish().await.status(), 410);
    let events = computer.host.events();
    assert_eq!((events.len(), events[0].outcome), (1, Outcome::Failed));

    let computer = Computer::new().await;
    let link = computer.scan("o1").await;
    computer.answer(&link, "confirm").await;
    computer.host.block_person();
    for _ in 0..2 {
        let blocked = computer.finish().await;
        assert_eq!(blocked.status(), 403);
        assert!(html(blocked).await.contains("Your account is disabled"));
    }
    let events = computer.host.events();
    assert_eq!((events.len(), events[0].error.as_deref()), (1, Some("person_blocked")));
}

#[tokio::test]
async fn what_is_no_answer_and_no_look() {
    let computer = Computer::new().await;
    let link = computer.scan("o1").await;
    assert_eq!(computer.answer(&link, "maybe").await.status(), 400);
    assert_eq!(computer.host.form(&link, String::new()).await.status(), 400);
    for path in [&link, &computer.path("finish"), &computer.path("events")] {
        assert_eq!(computer.host.send(Method::HEAD, path).await.status(), 200);
    }
    assert_eq!(computer.status("waiting").await, "scanned");
}

#[tokio::test(start_paused = true)]
async fn a_stream_tells_and_ends() {
    let computer = Computer::new().await;
    let stream = computer.get(&computer.path("events"), &computer.cookie).await;
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    assert_eq!(stream.headers()["cache-control"], "no-store");
    let phone = async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        let link = computer.scan("o1").await;
        tokio::time::sleep(Duration::from_secs(3)).await;
        computer.answer(&link, "confirm").await;
    };
    let (told, ()) = tokio::join!(html(stream), phone);
    let states: Vec<_> = told.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
    assert_eq!(
        states,
        [
            r#"{"status":"waiting"}"#,
            r#"{"status":"scanned"}"#,
            r#"{"status":"confirmed"}"#
        ]
    );

    let computer = Computer::new().await;
    let began = tokio::time::Instant::now();
    html(computer.get(&computer.path("events"), &computer.cookie).await).await;
    assert!(
        (60..90).contains(&began.elapsed().as_secs()),
        "a stream without news ends too"
    );
    assert_eq!(computer.status("waiting").await, "waiting", "asking in vain ends too");
}
