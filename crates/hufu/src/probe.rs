//! Looks at ownership files from outside, as WeChat does, and at tenants' own hosts, as apps do.
//!
//! The host is an operator's choice, so the request is bounded: one path form, no redirects, few bytes, little time,
//! and no address inside a private network (SSRF), except this installation's own public URL, which may well be on
//! this machine. The address that was checked is the one that is connected to: a name that changes its mind between
//! the two gains nothing.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use async_trait::async_trait;
use hufu_core::model::HostName;
use hufu_core::probe::{Probe, ProbeAnswer, ProbedFile};
use hufu_web::urls::PublicUrl;
use reqwest::redirect::Policy;

use crate::deliverer::is_loopback;

const TIME: Duration = Duration::from_secs(5);
const BYTES: usize = 200;
/// The longest discovery document.
const DOCUMENT: usize = 64 * 1024;

/// The probe of a real installation.
#[derive(Debug)]
pub struct PublicProbe {
    /// Host of the public URL, and the URL itself.
    own_host: String,
    own_url: String,
    scheme: &'static str,
}

impl PublicProbe {
    /// A probe for this public URL.
    ///
    /// # Errors
    /// When no HTTP client can be built, e.g. for want of certificates.
    pub fn new(public_url: &PublicUrl) -> Result<Self, reqwest::Error> {
        builder().build()?;
        Ok(Self {
            own_host: public_url.host().to_owned(),
            own_url: public_url.as_str().to_owned(),
            scheme: if public_url.is_https() { "https" } else { "http" },
        })
    }

    async fn addresses(&self, host: &str) -> Result<Vec<SocketAddr>, ProbeAnswer> {
        let found = tokio::time::timeout(TIME, tokio::net::lookup_host((host, 443))).await;
        let found: Vec<SocketAddr> = match found {
            Ok(Ok(found)) => found.collect(),
            _ => Vec::new(),
        };
        if found.is_empty() {
            return Err(ProbeAnswer::Unresolved);
        }
        let public: Vec<_> = found.into_iter().filter(|address| is_public(address.ip())).collect();
        if public.is_empty() {
            return Err(ProbeAnswer::Private);
        }
        Ok(public)
    }

    async fn try_look(&self, file: &ProbedFile) -> Result<ProbeAnswer, ProbeAnswer> {
        let (client, base) = if file.host == self.own_host {
            (builder().build().map_err(unreachable)?, self.own_url.clone())
        } else {
            let client = self.client_for(&file.host).await?;
            (client, format!("https://{}", file.host))
        };
        let text = fetch(&client, &format!("{base}/{}", file.name), BYTES).await?;
        Ok(ProbeAnswer::Found(String::from_utf8_lossy(&text).into_owned()))
    }

    async fn try_issuer_at(&self, host: &HostName) -> Result<ProbeAnswer, ProbeAnswer> {
        // On one machine the tenant's host is there too.
        let client = if is_loopback(&self.own_host) {
            builder().build().map_err(unreachable)?
        } else {
            self.client_for(host.name()).await?
        };
        let url = format!("{}://{host}/.well-known/openid-configuration", self.scheme);
        let document = fetch(&client, &url, DOCUMENT).await?;
        let document: serde_json::Value = serde_json::from_slice(&document).unwrap_or_default();
        let issuer = document["issuer"].as_str().unwrap_or_default();
        let prefix = format!("{}://", self.scheme);
        Ok(ProbeAnswer::Found(
            issuer.strip_prefix(&prefix).unwrap_or_default().to_owned(),
        ))
    }

    /// A client that connects to the addresses that were checked and no others.
    async fn client_for(&self, host: &str) -> Result<reqwest::Client, ProbeAnswer> {
        let addresses = self.addresses(host).await?;
        builder()
            .resolve_to_addrs(host, &addresses)
            .build()
            .map_err(unreachable)
    }
}

fn unreachable(_: reqwest::Error) -> ProbeAnswer {
    ProbeAnswer::Unreachable
}

/// The first `limit` bytes of a successful answer.
async fn fetch(client: &reqwest::Client, url: &str, limit: usize) -> Result<Vec<u8>, ProbeAnswer> {
    let mut answer = client.get(url).send().await.map_err(unreachable)?;
    if answer.status().is_redirection() {
        return Err(ProbeAnswer::Redirect);
    }
    if !answer.status().is_success() {
        return Err(ProbeAnswer::Status(answer.status().as_u16()));
    }
    let mut text = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(unreachable)? {
        text.extend_from_slice(&chunk);
        if text.len() >= limit {
            break;
        }
    }
    text.truncate(limit);
    Ok(text)
}

fn builder() -> reqwest::ClientBuilder {
    // No proxy: it would look from another place, and past the check of addresses.
    reqwest::Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .timeout(TIME)
        .user_agent("Hufu-Probe")
}

#[async_trait]
impl Probe for PublicProbe {
    async fn look(&self, file: &ProbedFile) -> ProbeAnswer {
        self.try_look(file).await.unwrap_or_else(|answer| answer)
    }

    async fn issuer_at(&self, host: &HostName) -> ProbeAnswer {
        self.try_issuer_at(host).await.unwrap_or_else(|answer| answer)
    }
}

/// Whether an address lies in the public internet.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            let is_shared = a == 100 && (64..128).contains(&b);
            let is_benchmark = a == 198 && (b == 18 || b == 19);
            // 192.0.0.0/24 (RFC 6890): some clouds tell machines their secrets there. 192.88.99.0/24: the way into 6to4.
            let is_assigned = [[192, 0, 0], [192, 88, 99]].contains(&[a, b, c]);
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_unspecified()
                || v4.is_broadcast()
                || v4.is_documentation()
                || v4.is_multicast()
                || is_shared
                || is_benchmark
                || is_assigned
                || a == 0
                || a >= 240)
        }
        IpAddr::V6(v6) => {
            // Global unicast alone (RFC 4291), without the documentation prefix, and without what carries an IPv4 address
            // to somewhere else: Teredo (RFC 4380) and 6to4 (RFC 3056).
            let [first, second, ..] = v6.segments();
            (first & 0xe000) == 0x2000 && !(first == 0x2001 && [0, 0x0db8].contains(&second)) && first != 0x2002
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_not_looked_at() {
        for inside in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "fe80::1",
            "fc00::1",
            "::ffff:10.0.0.1",
            "::",
            "2001:db8::1",
            "192.0.0.192",
            "192.88.99.1",
            "100.100.100.200",
            "2002:a00:1::1",
            "2001::1",
            "64:ff9b::a00:1",
            "fd00:ec2::254",
        ] {
            assert!(!is_public(inside.parse().unwrap()), "{inside}");
        }
        for outside in [
            "8.8.8.8",
            "1.2.3.4",
            "192.0.1.1",
            "2606:4700::1111",
            "2001:4860:4860::8888",
        ] {
            assert!(is_public(outside.parse().unwrap()), "{outside}");
        }
    }

    #[tokio::test]
    async fn a_host_inside_is_refused_before_any_connection() {
        let probe = PublicProbe::new(&"https://login.example.com".parse().unwrap()).unwrap();
        let file = |host: &str| ProbedFile {
            host: host.to_owned(),
            name: "MP_verify_P97WLFQjVODXzc3j.txt".to_owned(),
        };
        assert_eq!(probe.look(&file("localhost")).await, ProbeAnswer::Private);
        assert_eq!(probe.look(&file("nobody.invalid")).await, ProbeAnswer::Unresolved);
    }
}
