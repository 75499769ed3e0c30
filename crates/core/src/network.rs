//! Addresses and networks, as operators write them into rules.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net};

/// The text is no address or network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no IP address or network such as 10.0.0.0/8")]
pub struct NetworkError(String);

/// An address, or a network in CIDR form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network(IpNet);

impl Network {
    /// Whether an address is of it. An IPv4 address that IPv6 carries (`::ffff:10.0.0.1`) counts as the IPv4 address
    /// it is.
    #[must_use]
    pub fn contains(self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let bad = || NetworkError(text.to_owned());
        let text = text.trim();
        let network = match text.parse::<IpAddr>() {
            Ok(address) => IpNet::from(address),
            Err(_) => text.parse().map_err(|_| bad())?,
        };
        Ok(Self(carried(network).unwrap_or(network)))
    }
}

/// The IPv4 network that an IPv6 one within `::ffff:0:0/96` carries.
fn carried(network: IpNet) -> Option<IpNet> {
    let IpNet::V6(v6) = network else { return None };
    let prefix = v6.prefix_len().checked_sub(96)?;
    let address = v6.addr().to_ipv4_mapped()?;
    Ipv4Net::new(address, prefix).ok().map(IpNet::V4)
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(network: &str, address: &str) -> bool {
        let network: Network = network.parse().unwrap();
        network.contains(address.parse().unwrap())
    }

    #[test]
    fn addresses_are_of_their_networks_and_no_others() {
        assert!(holds("10.0.0.0/8", "10.255.0.1"));
        assert!(!holds("10.0.0.0/8", "11.0.0.1"));
        assert!(holds("203.0.113.9", "203.0.113.9"));
        assert!(!holds("203.0.113.9", "203.0.113.8"));
        assert!(holds("0.0.0.0/0", "203.0.113.9"));
        assert!(!holds("0.0.0.0/0", "2001:db8::1"), "of the other family");
        assert!(holds("2001:db8::/32", "2001:db8:1::7"));
        assert!(!holds("2001:db8::/32", "2001:db9::7"));
        assert!(holds("10.1.2.3/8", "10.9.9.9"), "bits of the host count for nothing");
    }

    #[test]
    fn an_ipv4_address_in_ipv6_is_an_ipv4_address() {
        assert!(holds("10.0.0.0/8", "::ffff:10.1.2.3"));
        assert!(holds("::ffff:10.0.0.0/104", "10.1.2.3"));
        assert!(holds("::ffff:10.0.0.1", "10.0.0.1"));
        assert!(!holds("::ffff:10.0.0.0/104", "11.1.2.3"));
    }

    #[test]
    fn nothing_else_is_taken() {
        for bad in [
            "",
            "proxy",
            "10.0.0.0/33",
            "10.0.0/8",
            "::/129",
            "1.2.3.4/x",
            "10.0.0.0-10.0.0.9",
        ] {
            assert!(bad.parse::<Network>().is_err(), "{bad}");
        }
        assert_eq!("10.0.0.0/8".parse::<Network>().unwrap().to_string(), "10.0.0.0/8");
    }
}
