//! How often an account may make a call in a day (Tencent's documentation, 接口调用频次限制说明). Accounts with many
//! followers may more, test accounts a tenth; other systems of the account use up the same.

use hufu_core::provider::Quota;
use hufu_core::text::Text;

const fn quota(path: &'static str, per_day: u64, zh: &'static str, en: &'static str) -> Quota {
    Quota {
        name: Text::new(zh, en),
        path,
        per_day,
    }
}

/// The calls with a limit a day that Hufu makes, or relays most.
pub(crate) static QUOTAS: [Quota; 8] = [
    quota("/cgi-bin/token", 2000, "获取 access_token", "Access token"),
    quota(
        "/cgi-bin/stable_token",
        500_000,
        "获取稳定版 access_token",
        "Stable access token",
    ),
    quota("/cgi-bin/menu/create", 1000, "创建菜单", "Create menu"),
    quota("/cgi-bin/menu/get", 10_000, "查询菜单", "Read menu"),
    quota("/cgi-bin/menu/delete", 1000, "删除菜单", "Delete menu"),
    quota("/cgi-bin/qrcode/create", 100_000, "生成带参二维码", "Create QR code"),
    quota("/cgi-bin/user/info", 5_000_000, "获取用户信息", "Follower"),
    quota("/cgi-bin/user/get", 500, "获取关注者列表", "List followers"),
];
