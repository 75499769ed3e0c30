//! Who stands on the demo's stage: its tenants, their accounts at the WeChat stand-in, and their apps.
//!
//! All of it is made up: ids that WeChat never gave, hosts under `.example`, addresses kept for documents (RFC 5737).

use wechat_simulator::{Account, Control};

/// The agency that looks after the tenants.
pub(super) const AGENCY: &str = "春雨代运营 Spring Rain";

/// A tenant.
pub(super) struct TenantPart {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    /// Name and colour of its pages.
    pub(super) brand: Option<(&'static str, &'static str)>,
    pub(super) accounts: &'static [AccountPart],
    pub(super) apps: &'static [AppPart],
    /// Logins a day.
    pub(super) busy: u32,
    /// How many people it has.
    pub(super) people: u32,
}

/// An account of a tenant.
pub(super) struct AccountPart {
    pub(super) app_id: &'static str,
    pub(super) name: &'static str,
    /// What the stand-in knows of it; the demo tenant's is among the stand-in's own.
    pub(super) at_wechat: Option<AtWechat>,
    /// What the connector was given; `None`: what the stand-in says.
    pub(super) secret: Option<&'static str>,
    pub(super) profile: &'static str,
    pub(super) browser: &'static str,
    /// Whether its AppSecret was reset at WeChat and nobody told Hufu.
    pub(super) is_broken: bool,
}

/// An account in WeChat's console.
pub(super) struct AtWechat {
    original_id: &'static str,
    open_platform: Option<&'static str>,
    secret: &'static str,
    /// The only address that may fetch server tokens.
    allowed: Option<&'static str>,
}

/// An app of a tenant.
pub(super) struct AppPart {
    pub(super) name: &'static str,
    /// None for the demo's own app, whose address is another at every start.
    pub(super) redirect_uri: Option<&'static str>,
    /// The account it uses, by its place in the list; `None`: any.
    pub(super) account: Option<usize>,
    /// Where it runs, and as what it calls.
    pub(super) address: &'static str,
    pub(super) agent: &'static str,
    /// Its share of the tenant's logins.
    pub(super) share: u32,
}

/// The demo tenant's app.
pub(super) const DEMO_APP: &str = "演示应用 Demo app";
/// An app that is no longer used.
pub(super) const OLD_APP: &str = "旧商城（已停用）";

pub(super) const TENANTS: [TenantPart; 3] = [
    TenantPart {
        code: "demo",
        name: "演示商户 Demo",
        brand: None,
        accounts: &[AccountPart {
            app_id: "wx8f3a1c5e7b9d2046",
            name: "虎符演示服务号",
            at_wechat: None,
            secret: None,
            profile: "on_request",
            // Whoever tries the demo sits at a desk, and not in WeChat.
            browser: "any",
            is_broken: false,
        }],
        apps: &[AppPart {
            name: DEMO_APP,
            redirect_uri: None,
            account: None,
            address: "192.0.2.80",
            agent: "demo-app/0.1",
            share: 1,
        }],
        busy: 16,
        people: 30,
    },
    TenantPart {
        code: "flower",
        name: "花间集花店 🌸",
        brand: Some(("花间集", "#b0305c")),
        accounts: &[AccountPart {
            app_id: "wx2c7e90d4b1a8f365",
            name: "花间集花店",
            at_wechat: Some(AtWechat {
                original_id: "gh_2c7e90d4b1a8",
                open_platform: Some("flower-open-platform"),
                secret: "c41b0f7e925d4a38b6e17d20f95a8c63",
                allowed: None,
            }),
            secret: Some("c41b0f7e925d4a38b6e17d20f95a8c63"),
            profile: "step_up",
            browser: "wechat_only",
            is_broken: false,
        }],
        apps: &[
            AppPart {
                name: "花店小铺 H5",
                redirect_uri: Some("https://shop.flower.example/wechat/callback"),
                account: Some(0),
                address: "203.0.113.21",
                agent: "GuzzleHttp/7",
                share: 7,
            },
            AppPart {
                name: "会员中心",
                redirect_uri: Some("https://vip.flower.example/auth/callback"),
                account: Some(0),
                address: "203.0.113.22",
                agent: "openid-client/6.1.7 (https://github.com/panva/openid-client)",
                share: 3,
            },
            AppPart {
                name: OLD_APP,
                redirect_uri: Some("https://old.flower.example/login/wechat"),
                account: Some(0),
                address: "203.0.113.23",
                agent: "okhttp/3.14.9",
                share: 0,
            },
        ],
        busy: 40,
        people: 110,
    },
    TenantPart {
        code: "noodle",
        name: "老巷子面馆 🍜",
        brand: Some(("老巷子面馆", "#a14a00")),
        accounts: &[
            AccountPart {
                app_id: "wxa41f6e03d97b5c28",
                name: "老巷子面馆（堂食）",
                at_wechat: Some(AtWechat {
                    original_id: "gh_a41f6e03d97b",
                    open_platform: Some("noodle-open-platform"),
                    secret: "7be2095d18c64fa3904fd7b16e2c85a0",
                    // Logins work; fetching the server's token does not.
                    allowed: Some("203.0.113.10"),
                }),
                secret: Some("7be2095d18c64fa3904fd7b16e2c85a0"),
                profile: "on_request",
                browser: "wechat_only",
                is_broken: false,
            },
            AccountPart {
                app_id: "wx5b8d2f7014ce9a63",
                name: "老巷子外卖",
                at_wechat: Some(AtWechat {
                    original_id: "gh_5b8d2f7014ce",
                    open_platform: Some("noodle-open-platform"),
                    secret: "e85a3d0c71b94f26a09c6e4f2d137b58",
                    allowed: None,
                }),
                secret: Some("0f6d92b84ac7e1350b8d7c26f3a941ed"),
                profile: "never",
                browser: "wechat_only",
                is_broken: true,
            },
        ],
        apps: &[
            AppPart {
                name: "扫码点餐",
                redirect_uri: Some("https://order.noodle.example/login/callback"),
                account: Some(0),
                address: "198.51.100.41",
                agent: "python-httpx/0.28.1",
                share: 5,
            },
            AppPart {
                name: "外卖优惠券",
                redirect_uri: Some("https://coupon.noodle.example/cb"),
                account: Some(1),
                address: "198.51.100.42",
                agent: "Go-http-client/2.0",
                share: 2,
            },
        ],
        busy: 32,
        people: 80,
    },
];

/// Tells the stand-in of the accounts that it has not from the beginning.
pub(super) fn at_wechat(control: &Control) {
    for part in TENANTS.iter().flat_map(|tenant| tenant.accounts) {
        if let Some(known) = &part.at_wechat {
            control.add_account(Account {
                name: part.name.to_owned(),
                open_platform: known.open_platform.map(str::to_owned),
                original_id: known.original_id.to_owned(),
                ip_whitelist: known.allowed.map(|address| vec![address.to_owned()]),
                ..Account::service(part.app_id, known.secret, &["127.0.0.1", "localhost"])
            });
        }
    }
}
