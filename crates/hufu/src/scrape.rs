//! `GET /metrics`, and who may read it.
//!
//! Figures tell how many people log in and how well: they are for the operator's Prometheus. Anybody else gets what
//! stands at any other address without a page.

use std::future::pending;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use hufu_core::network::Network;
use hufu_web::client_ip::TrustedProxies;
use tokio::net::TcpListener;
use tokio::sync::watch;
use url::{Host, Url};

use crate::config::{Config, Metrics};
use crate::measures;

const PATH: &str = "/metrics";
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What a proxy says of whom it speaks for. Whoever sends one of these is no scraper of this machine.
const FORWARDED: [&str; 7] = [
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
    "cf-connecting-ip",
    "via",
];

/// Who may read the figures.
#[derive(Debug, Clone)]
pub(crate) struct Gate {
    allow: Arc<[Network]>,
    proxies: Arc<TrustedProxies>,
}

impl Gate {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            allow: config.metrics.allow.0.clone().into(),
            proxies: Arc::new(config.gateway.trusted_proxies.clone()),
        }
    }

    /// Judged by the client's address. Two ways in must not be mistaken for this machine's own: a proxy beside Hufu that
    /// is not listed as trusted connects from a loopback address, and so does one whose word on its client cannot be
    /// read. So what was forwarded is never loopback's, nor the proxy's own; and a request from loopback must also have
    /// asked for loopback, which a proxy that passes `Host` on, or a page that rebinds a name, has not.
    fn lets(&self, request: &Request) -> bool {
        let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>() else {
            return false;
        };
        let peer = peer.ip().to_canonical();
        let client = self.proxies.client(peer, request.headers());
        let was_forwarded = FORWARDED.iter().any(|name| request.headers().contains_key(*name));
        let is_plain = if was_forwarded {
            client != peer && !client.is_loopback()
        } else {
            !client.is_loopback() || asked_for_loopback(request)
        };
        is_plain && self.holds(client)
    }

    fn holds(&self, client: IpAddr) -> bool {
        self.allow.iter().any(|network| network.contains(client))
    }
}

fn asked_for_loopback(request: &Request) -> bool {
    let host = request.headers().get(http::header::HOST);
    let Some(host) = host.and_then(|host| host.to_str().ok()) else {
        return false;
    };
    // As a URL's host, so that ports and IPv6 brackets are read by the one who knows.
    let Ok(url) = Url::parse(&format!("http://{host}/")) else {
        return false;
    };
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Serves the figures on this router too, unless they have an address of their own. They are counted nowhere
/// themselves and have no line in the log.
pub(crate) fn beside(router: Router, config: &Config) -> Router {
    if config.metrics.listen.is_some() {
        return router;
    }
    router.layer(from_fn_with_state(Gate::new(config), look))
}

async fn look(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    if request.uri().path() == PATH && request.method() == http::Method::GET && gate.lets(&request) {
        return figures();
    }
    next.run(request).await
}

fn figures() -> Response {
    let headers = [
        (http::header::CONTENT_TYPE, TEXT),
        (http::header::CACHE_CONTROL, "no-store"),
        (http::header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, measures::render()).into_response()
}

/// The figures' own address, when they have one.
///
/// # Errors
/// When it cannot be listened on.
pub(crate) async fn listen(metrics: &Metrics) -> io::Result<Option<TcpListener>> {
    let Some(address) = metrics.listen else {
        return Ok(None);
    };
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| io::Error::new(error.kind(), format!("metrics.listen {address}: {error}")))?;
    tracing::info!(listen = %address, "serving /metrics");
    Ok(Some(listener))
}

/// Keeps histograms small and serves the figures at their own address, until `stopped`.
pub(crate) async fn serve(listener: Option<TcpListener>, gate: Gate, mut stopped: watch::Receiver<bool>) {
    let router = Router::new().layer(from_fn_with_state(gate, look));
    let served = async {
        let Some(listener) = listener else {
            return pending().await;
        };
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        if let Err(error) = axum::serve(listener, service).await {
            tracing::error!(%error, "/metrics is served no more");
        }
        pending::<()>().await;
    };
    let upkeep = async {
        let mut ticks = tokio::time::interval(measures::UPKEEP);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            measures::install().run_upkeep();
        }
    };
    tokio::select! {
        _ = stopped.wait_for(|stopped| *stopped) => {}
        () = served => {}
        () = upkeep => {}
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    /// A request for the figures: from where, which proxies are trusted, who may read, and its headers.
    fn may(peer: &str, trusted: &[&str], allow: &[&str], headers: &[(&str, &str)]) -> bool {
        let mut request = http::Request::get(PATH);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::empty()).unwrap();
        let peer = SocketAddr::new(peer.parse().unwrap(), 4711);
        request.extensions_mut().insert(ConnectInfo(peer));
        let trusted: Vec<String> = trusted.iter().map(|text| (*text).to_owned()).collect();
        let gate = Gate {
            allow: allow.iter().map(|text| text.parse().unwrap()).collect(),
            proxies: Arc::new(TrustedProxies::try_from(trusted).unwrap()),
        };
        gate.lets(&request)
    }

    const LOOPBACK: [&str; 2] = ["127.0.0.0/8", "::1"];
    const HERE: (&str, &str) = ("host", "127.0.0.1:8080");

    #[test]
    fn this_machine_may_and_nobody_else() {
        assert!(may("127.0.0.1", &[], &LOOPBACK, &[HERE]));
        assert!(may("::1", &[], &LOOPBACK, &[("host", "[::1]:8080")]));
        assert!(may("::ffff:127.0.0.1", &[], &LOOPBACK, &[("host", "localhost")]));
        assert!(!may("203.0.113.9", &[], &LOOPBACK, &[HERE]));
        assert!(!may("10.0.0.3", &[], &LOOPBACK, &[HERE]));
    }

    #[test]
    fn what_a_proxy_beside_hufu_brings_is_not_this_machine() {
        let far = ("x-forwarded-for", "203.0.113.9");
        let liar = ("x-forwarded-for", "127.0.0.1, 203.0.113.9");
        for trusted in [&[][..], &["127.0.0.1"]] {
            for header in [
                far,
                liar,
                ("x-forwarded-for", "127.0.0.1"),
                ("x-forwarded-for", "unknown"),
            ] {
                assert!(
                    !may("127.0.0.1", trusted, &LOOPBACK, &[HERE, header]),
                    "{trusted:?} {header:?}"
                );
            }
            for name in FORWARDED {
                assert!(!may("127.0.0.1", trusted, &LOOPBACK, &[HERE, (name, "x")]), "{name}");
            }
            // A proxy that says nothing but passes the name on; a name that was rebound to this machine.
            assert!(!may("127.0.0.1", trusted, &LOOPBACK, &[("host", "login.example.com")]));
            assert!(!may(
                "127.0.0.1",
                trusted,
                &LOOPBACK,
                &[("host", "localhost.evil.example")]
            ));
            assert!(!may("127.0.0.1", trusted, &LOOPBACK, &[]));
        }
    }

    #[test]
    fn other_networks_may_when_they_are_listed() {
        let allow = ["10.9.0.0/16"];
        assert!(may("10.9.1.1", &[], &allow, &[("host", "hufu.internal")]));
        assert!(!may("127.0.0.1", &[], &allow, &[HERE]));
        assert!(may(
            "10.0.0.1",
            &["10.0.0.1"],
            &allow,
            &[("x-forwarded-for", "10.9.1.1")]
        ));
        assert!(!may(
            "10.9.0.1",
            &["10.9.0.1"],
            &allow,
            &[("x-forwarded-for", "203.0.113.9")]
        ));
        // The proxy itself is of the network: what it forwards without a readable word is not.
        assert!(!may(
            "10.9.0.1",
            &["10.9.0.1"],
            &allow,
            &[("x-forwarded-for", "unknown")]
        ));
        assert!(!may("10.9.0.1", &[], &allow, &[("x-forwarded-for", "203.0.113.9")]));
    }

    #[test]
    fn without_a_known_peer_nobody_may() {
        let gate = Gate {
            allow: ["0.0.0.0/0".parse().unwrap()].into(),
            proxies: Arc::default(),
        };
        assert!(!gate.lets(&http::Request::get(PATH).body(Body::empty()).unwrap()));
    }
}
