//! What every plug-in keeps.

use hufu_core::provider::{ProviderErrorCode, ProviderKind as _};
use hufu_provider_wechat::{Config, WechatOfficialAccount};
use hufu_test_kit::provider_contract::{self, host};

use crate::support::{SECRET, sample};

#[test]
fn the_contract_is_kept() {
    let kind = WechatOfficialAccount::new(Config::default()).unwrap();
    for settings in [
        &[][..],
        &[("profile", "step_up"), ("browser", "any"), ("force_popup", "yes")],
    ] {
        provider_contract::check(&kind, &sample(SECRET, settings));
    }
}

#[test]
fn settings_of_the_wrong_form_do_not_open() {
    let kind = WechatOfficialAccount::new(Config::default()).unwrap();
    for (secret, settings) in [
        (SECRET, [("appid", "gh_0123456789ab")]),
        (SECRET, [("profile", "sometimes")]),
        ("deadbeef", [("profile", "never")]),
    ] {
        let connector = sample(secret, &settings).connector(kind.kind());
        let Err(error) = kind.open(&connector, &host()) else {
            panic!("{settings:?}")
        };
        assert_eq!(error.code, ProviderErrorCode::Misconfigured, "{settings:?}");
        assert!(!format!("{error:?}").contains("deadbeef"));
    }
}

#[test]
fn the_kind_says_what_it_is() {
    let kind = WechatOfficialAccount::new(Config::default()).unwrap();
    assert_eq!(kind.kind(), "wechat-official-account");
    let description = kind.describe();
    assert_eq!(
        (&*description.name.zh, &*description.name.en),
        ("微信公众号", "WeChat Official Account")
    );
    assert_eq!(
        description.claims,
        ["wechat_openid", "wechat_unionid", "wechat_appid", "wechat_snapshot"]
    );
}
