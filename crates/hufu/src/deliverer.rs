//! Posts what is forwarded to tenants' own servers, and what their apps are told.
//!
//! Where to is an operator's choice, so the request is bounded as the probe's is: no redirects, no proxy, few bytes,
//! little time, and no address inside a private network (SSRF), unless this installation itself is on a loopback
//! address. Names are looked up here and connected to as they were found: a name that changes its mind between check
//! and use gains nothing.

use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hufu_core::deliverer::{Deliverer, Parcel, Posted};
use hufu_web::urls::PublicUrl;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use url::{Host, Url};

use crate::measures;
use crate::probe::is_public;

/// For one try, from the name to the end of the answer.
const TIME: Duration = Duration::from_secs(5);
/// Of an answer that are read: a connection whose answer is read can be used again.
const BYTES: usize = 64 * 1024;

/// The deliverer of a real installation.
#[derive(Debug)]
pub struct HttpDeliverer {
    client: reqwest::Client,
    /// Whether private addresses are none of its business: on a developer's machine.
    anywhere: bool,
}

impl HttpDeliverer {
    /// A deliverer of the installation with this public URL.
    ///
    /// # Errors
    /// When no HTTP client can be built, e.g. for want of certificates.
    pub fn new(public_url: &PublicUrl) -> Result<Self, reqwest::Error> {
        let anywhere = is_loopback(public_url.host());
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .timeout(TIME)
            .user_agent("Hufu-Push")
            .dns_resolver(Arc::new(Checked { anywhere }))
            .build()?;
        Ok(Self { client, anywhere })
    }

    async fn try_post(&self, parcel: &Parcel) -> Result<Posted, Posted> {
        let url = Url::parse(&parcel.url).map_err(|_| Posted::Unreachable)?;
        // An address in the URL itself is asked of no resolver.
        let address: Option<IpAddr> = match url.host() {
            Some(Host::Ipv4(address)) => Some(address.into()),
            Some(Host::Ipv6(address)) => Some(address.into()),
            _ => None,
        };
        if address.is_some_and(|address| !self.anywhere && !is_public(address)) {
            return Err(Posted::Private);
        }
        let mut request = self.client.post(url).header(CONTENT_TYPE, parcel.content_type);
        for (name, value) in &parcel.headers {
            request = request.header(*name, value);
        }
        let mut answer = request
            .body(parcel.body.clone())
            .send()
            .await
            .map_err(|error| failure(&error))?;
        let status = answer.status().as_u16();
        let mut read = 0;
        // The status has said all: a body that breaks off changes nothing.
        while let Ok(Some(chunk)) = answer.chunk().await {
            read += chunk.len();
            if read >= BYTES {
                break;
            }
        }
        Ok(Posted::Status(status))
    }
}

#[async_trait]
impl Deliverer for HttpDeliverer {
    async fn post(&self, parcel: &Parcel) -> Posted {
        let posted = self.try_post(parcel).await.unwrap_or_else(|failed| failed);
        measures::delivered(match posted {
            Posted::Status(_) if posted.is_taken() => "taken",
            Posted::Status(_) => "refused",
            Posted::Unresolved => "unresolved",
            Posted::Private => "private_address",
            Posted::Slow => "timeout",
            Posted::Unreachable => "unreachable",
        });
        posted
    }
}

pub(crate) fn is_loopback(host: &str) -> bool {
    match Host::parse(host) {
        Ok(Host::Domain(name)) => name == "localhost",
        Ok(Host::Ipv4(address)) => address.is_loopback(),
        Ok(Host::Ipv6(address)) => address.is_loopback(),
        Err(_) => false,
    }
}

/// What the resolver found out, if it is the reason.
fn failure(error: &reqwest::Error) -> Posted {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(inner) = cause {
        if let Some(unfit) = inner.downcast_ref::<Unfit>() {
            return unfit.0;
        }
        cause = inner.source();
    }
    if error.is_timeout() {
        Posted::Slow
    } else {
        Posted::Unreachable
    }
}

/// A name without an address that may be used.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unfit(Posted);

/// Looks names up, and gives away addresses that may be connected to alone.
struct Checked {
    anywhere: bool,
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let anywhere = self.anywhere;
        Box::pin(async move {
            let found: Vec<SocketAddr> = match tokio::net::lookup_host((name.as_str(), 0)).await {
                Ok(found) => found.collect(),
                Err(_) => Vec::new(),
            };
            if found.is_empty() {
                return Err(Unfit(Posted::Unresolved).into());
            }
            let fit: Vec<_> = found
                .into_iter()
                .filter(|address| anywhere || is_public(address.ip()))
                .collect();
            if fit.is_empty() {
                return Err(Unfit(Posted::Private).into());
            }
            Ok(Box::new(fit.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::http::HeaderMap;
    use axum::response::Redirect;
    use axum::routing::{any, post};

    use super::*;

    fn parcel(url: &str) -> Parcel {
        Parcel {
            url: url.to_owned(),
            headers: vec![("Hufu-Delivery", "1".to_owned())],
            content_type: "application/json",
            body: "{}".to_owned(),
        }
    }

    async fn receiver() -> String {
        let app = Router::new()
            .route(
                "/",
                post(|headers: HeaderMap, body: String| async move {
                    assert_eq!((headers["hufu-delivery"].to_str().unwrap(), body.as_str()), ("1", "{}"));
                    assert_eq!(headers["content-type"], "application/json");
                    "x".repeat(200_000)
                }),
            )
            .route("/elsewhere", any(|| async { Redirect::temporary("/") }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move { axum::serve(listener, app).await });
        format!("http://127.0.0.1:{port}")
    }

    #[tokio::test]
    async fn nothing_goes_inside_from_outside() {
        let deliverer = HttpDeliverer::new(&"https://login.example.com".parse().unwrap()).unwrap();
        for inside in [
            "https://127.0.0.1/",
            "https://10.0.0.1/",
            "https://169.254.169.254/latest/meta-data",
            "https://[::1]/",
            "https://[::ffff:192.168.1.1]/",
            "https://2130706433/",
            "https://localhost/",
        ] {
            assert_eq!(deliverer.post(&parcel(inside)).await, Posted::Private, "{inside}");
        }
        let nobody = parcel("https://nobody.invalid/");
        assert_eq!(deliverer.post(&nobody).await, Posted::Unresolved);
    }

    #[tokio::test]
    async fn at_home_this_machine_is_reached_and_redirects_are_not_followed() {
        let url = receiver().await;
        let deliverer = HttpDeliverer::new(&"http://127.0.0.1:8080".parse().unwrap()).unwrap();
        assert_eq!(deliverer.post(&parcel(&url)).await, Posted::Status(200));
        let by_name = url.replace("127.0.0.1", "localhost");
        assert_eq!(deliverer.post(&parcel(&by_name)).await, Posted::Status(200));
        let elsewhere = deliverer.post(&parcel(&format!("{url}/elsewhere"))).await;
        assert_eq!(elsewhere, Posted::Status(307));
        assert!(!elsewhere.is_taken());
        let nobody = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .unwrap()
            .local_addr()
            .unwrap();
        assert_eq!(
            deliverer.post(&parcel(&format!("http://{nobody}/"))).await,
            Posted::Unreachable
        );
    }
}
