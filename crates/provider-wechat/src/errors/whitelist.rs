//! 40164: the one error text that holds something an admin needs.

use std::net::IpAddr;

use hufu_core::text::Text;

/// "invalid ip …, not in whitelist".
pub(super) const ERRCODE: i64 = 40164;

/// The caller's address as WeChat saw it, from `invalid ip 116.25.45.231 ipv6 ::ffff:116.25.45.231, not in whitelist`.
pub(super) fn address(errmsg: &str) -> Option<IpAddr> {
    let words = errmsg.split([' ', ',']).filter_map(|word| word.parse::<IpAddr>().ok());
    // A caller over IPv6 has no real address in the first place.
    words
        .map(|address| address.to_canonical())
        .find(|address| !address.is_unspecified())
}

/// What to do, with the address to copy.
pub(super) fn remedy(address: IpAddr) -> Text {
    Text::owned(
        format!(
            "在微信公众平台「设置与开发 → 开发接口管理 → IP 白名单」中加入 {address}，几分钟后生效。网页授权登录本身不需要白名单。"
        ),
        format!(
            "Add {address} to the IP whitelist in WeChat's console (mp.weixin.qq.com, Settings and Development); it \
             takes a few minutes. Logins themselves do not need the whitelist."
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_in_either_form() {
        let v4 = "invalid ip 116.25.45.231 ipv6 ::ffff:116.25.45.231, not in whitelist rid: 61250a39-612fed42-36740516";
        let v6 = "invalid ip 0.0.0.0 ipv6 2001:db8::7, not in whitelist";
        let mapped = "invalid ip ::ffff:10.1.2.3, not in whitelist";
        assert_eq!(address(v4).unwrap().to_string(), "116.25.45.231");
        assert_eq!(address(v6).unwrap().to_string(), "2001:db8::7");
        assert_eq!(address(mapped).unwrap().to_string(), "10.1.2.3");
        assert_eq!(address("not in whitelist <script>"), None);
    }
}
