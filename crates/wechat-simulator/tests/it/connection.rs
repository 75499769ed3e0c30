//! What only a real connection shows.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::routing::get;
use wechat_simulator::{Effect, Fault, Simulator};

use crate::kit::{authorize_url, code_for, demo, exchange_url, get_with};

async fn serve(router: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    address
}

fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(5))
        .build()
        .unwrap()
}

async fn exchange_over_wire(simulator: &Simulator, effect: Effect) -> Result<String, reqwest::Error> {
    let address = serve(simulator.calls_router()).await;
    let code = code_for(simulator, "lisi", "snsapi_base").await;
    let endpoint = "/sns/oauth2/access_token".to_owned();
    simulator.control().fault(Fault {
        endpoint,
        effect,
        times: Some(1),
    });
    let url = format!("http://{address}{}", exchange_url(crate::kit::SECRET, &code));
    let first = async { client().get(&url).send().await?.text().await }.await;
    let second = client().get(&url).send().await.unwrap().text().await.unwrap();
    assert!(second.contains("40163"), "the code is gone: {second}");
    first
}

#[tokio::test]
async fn a_lost_response_breaks_the_connection() {
    let simulator = demo();
    let error = exchange_over_wire(&simulator, Effect::LostResponse).await.unwrap_err();
    assert!(error.is_request() || error.is_body() || error.is_decode(), "{error:?}");
}

#[tokio::test]
async fn a_truncated_answer_breaks_the_connection() {
    let simulator = demo();
    let error = exchange_over_wire(&simulator, Effect::Truncated).await.unwrap_err();
    assert!(error.is_body() || error.is_decode(), "{error:?}");
    assert_eq!(simulator.control().requests().last().unwrap().caller, "127.0.0.1");
}

type Seen = Arc<Mutex<Vec<(String, HeaderMap)>>>;

#[tokio::test]
async fn a_duplicate_callback_comes_from_elsewhere() {
    let seen = Seen::default();
    let note = async |State(seen): State<Seen>, RawQuery(query): RawQuery, headers: HeaderMap| {
        seen.lock().unwrap().push((query.unwrap_or_default(), headers));
    };
    let app = serve(Router::new().route("/cb", get(note)).with_state(Arc::clone(&seen))).await;
    let simulator = demo();
    let endpoint = "/connect/oauth2/authorize".to_owned();
    let effect = Effect::DuplicateCallback { delay_millis: 20 };
    simulator.control().fault(Fault {
        endpoint,
        effect,
        times: Some(1),
    });
    let url = authorize_url("snsapi_base", "s1").replace("9000", &app.port().to_string());
    let got = get_with(&simulator, &url, &[("x-sim-user", "lisi")]).await;
    let mut waited = 0;
    while seen.lock().unwrap().is_empty() && waited < 200 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        waited += 1;
    }
    let seen = seen.lock().unwrap();
    let (query, headers) = seen.first().expect("delivered by itself");
    assert_eq!(Some(query.as_str()), got.location().query());
    assert_eq!(headers["x-forwarded-for"], "101.226.233.152");
    assert!(headers.get("cookie").is_none());
}
