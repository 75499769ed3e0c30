//! Whether a callback lies where the account's settings allow it (Tencent doc: full host, no wildcard).

use url::Url;

use crate::account::{Account, AccountKind};

/// Why a callback is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// 10003.
    Domain,
    /// 10039.
    Scheme,
}

/// Ports are not compared, except where a sandbox account names one.
pub(crate) fn check(account: &Account, redirect_uri: &str) -> Result<Url, Refusal> {
    // Line ends hidden in a menu's URL are a known cause of 10003; a URL parser would drop them without a word.
    if redirect_uri
        .chars()
        .any(|character| character.is_control() || character == ' ')
    {
        return Err(Refusal::Domain);
    }
    let url = Url::parse(redirect_uri).map_err(|_| Refusal::Domain)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Refusal::Domain);
    }
    if !account
        .callback_domains
        .iter()
        .any(|domain| allows(account.kind, domain, &url))
    {
        return Err(Refusal::Domain);
    }
    if account.force_https && url.scheme() != "https" {
        return Err(Refusal::Scheme);
    }
    Ok(url)
}

fn allows(kind: AccountKind, domain: &str, url: &Url) -> bool {
    let (authority, path) = domain.split_once('/').unwrap_or((domain, ""));
    let Some(host) = url.host_str() else { return false };
    let same_host = if kind == AccountKind::Sandbox && authority.contains(':') {
        let port = url.port_or_known_default().unwrap_or_default();
        authority.eq_ignore_ascii_case(&format!("{host}:{port}"))
    } else {
        authority.eq_ignore_ascii_case(host)
    };
    let prefix = path.trim_end_matches('/');
    let below = match url.path().strip_prefix('/').and_then(|rest| rest.strip_prefix(prefix)) {
        Some(rest) => prefix.is_empty() || rest.is_empty() || rest.starts_with('/'),
        None => false,
    };
    same_host && below
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(kind: AccountKind, domain: &str, uri: &str) -> bool {
        let account = Account {
            kind,
            ..Account::service("wx", "", &[domain])
        };
        check(&account, uri).is_ok()
    }

    #[test]
    fn hosts_must_be_equal_and_ports_are_ignored() {
        let service = |domain, uri| checked(AccountKind::ServiceAccount, domain, uri);
        assert!(service("www.qq.com", "http://www.qq.com/a?b=c#d"));
        assert!(service("www.qq.com", "https://WWW.qq.com:8443/"));
        for other in [
            "https://qq.com/",
            "https://pay.www.qq.com/",
            "https://www.qq.com.evil.cn/",
            "ftp://www.qq.com/",
        ] {
            assert!(!service("www.qq.com", other), "{other}");
        }
        assert!(!service("www.qq.com", "https://www.qq.com@evil.cn/"));
        assert!(!service("www.qq.com", "https://www.qq.com/cb\r\n"));
    }

    #[test]
    fn a_path_restricts() {
        let service = |uri| checked(AccountKind::ServiceAccount, "wx.qq.com/mp", uri);
        assert!(service("https://wx.qq.com/mp/cb"));
        assert!(service("https://wx.qq.com/mp"));
        assert!(!service("https://wx.qq.com/mpx"));
        assert!(!service("https://wx.qq.com/"));
    }

    #[test]
    fn a_sandbox_may_name_a_port() {
        let sandbox = |uri| checked(AccountKind::Sandbox, "192.168.1.5:8080", uri);
        assert!(sandbox("http://192.168.1.5:8080/cb"));
        assert!(!sandbox("http://192.168.1.5:8081/cb"));
    }
}
