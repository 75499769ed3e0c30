//! The client's address.
//!
//! `X-Forwarded-For` is text that anybody can send. It is read only when the peer is a trusted proxy, and then from
//! the right: each trusted proxy appended the address it was reached from, so the right-most address that is no
//! trusted proxy is the last one that somebody we trust has seen. All left of it is hearsay.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::ConnectInfo;
use http::HeaderMap;
use http::request::Parts;
use hufu_core::network::{Network, NetworkError};
use serde::{Deserialize, Serialize};

/// The proxies in front of Hufu whose `X-Forwarded-For` and `X-Forwarded-Host` are believed: addresses or networks. Default: none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct TrustedProxies(Vec<Network>);

impl TrustedProxies {
    /// The addresses of the machine itself.
    #[must_use]
    pub fn this_machine() -> Self {
        let networks = ["127.0.0.0/8", "::1/128"].into_iter();
        Self(networks.filter_map(|network| network.parse().ok()).collect())
    }

    /// Whether an address is of these.
    #[must_use]
    pub fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }

    /// The client's address, given who is at the other end of the connection.
    #[must_use]
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        let lines = headers
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|line| line.to_str().ok());
        let mut hops: Vec<&str> = lines.flat_map(|line| line.split(',')).collect();
        while self.contain(client) {
            // No further hop, or one that is no address: whoever we know last is the best answer.
            let Some(hop) = hops.pop().and_then(address_of) else {
                break;
            };
            client = hop;
        }
        client
    }

    /// Whether the request was passed on by one of them, so that what it says of itself is theirs.
    #[must_use]
    pub fn are_behind(&self, request: &Parts) -> bool {
        let peer = request.extensions.get::<ConnectInfo<SocketAddr>>();
        peer.is_some_and(|peer| self.contain(peer.0.ip().to_canonical()))
    }

    /// The client's address of a request, from the connection's peer when the server put it there.
    #[must_use]
    pub fn client_of(&self, request: &Parts) -> IpAddr {
        let peer = request.extensions.get::<ConnectInfo<SocketAddr>>();
        self.client(
            peer.map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.0.ip()),
            &request.headers,
        )
    }
}

/// Some proxies write the port too.
fn address_of(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let address = hop
        .parse()
        .ok()
        .or_else(|| hop.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    address.map(|address: IpAddr| address.to_canonical())
}

impl TryFrom<Vec<String>> for TrustedProxies {
    type Error = NetworkError;

    fn try_from(texts: Vec<String>) -> Result<Self, NetworkError> {
        texts
            .iter()
            .map(|text| text.parse())
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl From<TrustedProxies> for Vec<String> {
    fn from(proxies: TrustedProxies) -> Self {
        proxies.0.iter().map(ToString::to_string).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(trusted: &[&str], peer: &str, forwarded: &[&str]) -> String {
        let trusted: Vec<String> = trusted.iter().map(|text| (*text).to_owned()).collect();
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        TrustedProxies::try_from(trusted)
            .unwrap()
            .client(peer.parse().unwrap(), &headers)
            .to_string()
    }

    #[test]
    fn a_stranger_cannot_choose_its_address() {
        assert_eq!(client(&[], "203.0.113.9", &["1.2.3.4"]), "203.0.113.9");
        assert_eq!(client(&["10.0.0.0/8"], "203.0.113.9", &["1.2.3.4"]), "203.0.113.9");
    }

    #[test]
    fn behind_proxies_it_is_the_right_most_stranger() {
        assert_eq!(
            client(&["10.0.0.0/8"], "10.1.2.3", &["6.6.6.6, 203.0.113.9"]),
            "203.0.113.9"
        );
        assert_eq!(
            client(&["10.0.0.0/8"], "10.1.2.3", &["6.6.6.6", "203.0.113.9:4711, 10.9.9.9"]),
            "203.0.113.9"
        );
        assert_eq!(
            client(&["::1", "fd00::/8"], "::1", &["2001:db8::7, [fd00::2]:443"]),
            "2001:db8::7"
        );
        assert_eq!(
            client(&["127.0.0.1"], "::ffff:127.0.0.1", &["203.0.113.9"]),
            "203.0.113.9"
        );
    }

    #[test]
    fn a_hop_that_is_no_address_ends_the_walk() {
        assert_eq!(
            client(&["10.0.0.0/8"], "10.1.2.3", &["203.0.113.9, unknown"]),
            "10.1.2.3"
        );
        assert_eq!(client(&["10.0.0.0/8"], "10.1.2.3", &[]), "10.1.2.3");
        assert_eq!(client(&["0.0.0.0/0"], "10.1.2.3", &["203.0.113.9"]), "203.0.113.9");
    }
}
