//! What stands at the root of a host, and what happens around every route.

pub(crate) mod health;
#[cfg(test)]
mod hosts;
pub(crate) mod own_host;
pub(crate) mod ready;
pub(crate) mod refused;
pub(crate) mod start;
pub(crate) mod verify_file;

use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::StatusCode;

use crate::Gateway;

/// Longer than any provider is waited for, shorter than most proxies wait.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// Middleware: no request is worked on for ever.
pub(crate) async fn time_limit(State(gateway): State<Gateway>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let asked = parts.clone();
    match tokio::time::timeout(TIME_LIMIT, next.run(Request::from_parts(parts, body))).await {
        Ok(response) => response,
        Err(_) => refused::took_too_long(&gateway, &asked),
    }
}

/// The answer to a HEAD where a GET would do something.
pub(crate) async fn harmless() -> StatusCode {
    StatusCode::OK
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use axum::http::Request;

    use crate::testing::{CLIENT, Host};

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn the_log_names_the_route_and_the_cause_and_no_secret() {
        let lines = Lines::default();
        // With one subscriber in the process a call site that another test's thread meets first is switched off for
        // all (tracing-core asks that thread's own subscriber alone); a second one makes it ask every subscriber.
        let _second = tracing::Dispatch::new(tracing_subscriber::registry());
        let writer = lines.clone();
        let log = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        let guard = tracing_subscriber::util::SubscriberInitExt::set_default(log);
        let host = Host::new();
        let request = Request::post("/t/acme/oauth2/token?code=SECRET1")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("authorization", "Bearer SECRET2")
            .header("cookie", "__Host-hufu_browser=SECRET3")
            .header("x-forwarded-for", "6.6.6.6")
            .body(format!("client_id={CLIENT}&client_secret=SECRET4&code=SECRET5").into());
        let response = host.call(request.unwrap()).await;
        host.get("/t/acme/callback/x?code=SECRET6&state=SECRET7").await;
        host.get("/MP_verify_SECRET8").await;
        drop(guard);
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        let id = response.headers()["x-request-id"].to_str().unwrap();
        for must in [
            "http.method=POST",
            "http.route=\"/t/{tenant}/oauth2/token\"",
            "http.status=401",
            "tenant=\"acme\"",
            "client.ip=0.0.0.0",
            "error.code=\"invalid_client\"",
            "error.debug=\"the Authorization header is no Basic one\"",
            "error.code=\"attempt_unknown\"",
            &format!("request.id={id}"),
        ] {
            assert!(text.contains(must), "no {must} in {text}");
        }
        assert!(!text.contains("SECRET") && !text.contains("6.6.6.6"), "{text}");
        assert_eq!(text.lines().count(), 3, "one line a request: {text}");
    }
}
