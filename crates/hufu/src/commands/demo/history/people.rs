//! The people who logged in: made up, with names as people choose them.

use wechat_simulator::Control;

use super::dice::Dice;
use crate::commands::demo::cast::{AccountPart, TENANTS};

/// A person at an account.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) openid: String,
    pub(super) unionid: Option<String>,
    pub(super) nickname: String,
    /// Their phone.
    pub(super) address: String,
    pub(super) agent: &'static str,
}

const NAMES: [&str; 36] = [
    "小鹿",
    "阿木",
    "Momo",
    "晚风",
    "一只猫",
    "老李",
    "大白兔",
    "Cindy",
    "梧桐",
    "南巷",
    "豆豆妈",
    "Kevin.Z",
    "海盐",
    "团子",
    "慢慢",
    "西瓜",
    "陈先生",
    "余生",
    "橙子",
    "阿May",
    "北北",
    "七七",
    "王大锤",
    "山山而川",
    "𠮷祥",
    "Lucky",
    "糖糖",
    "李想",
    "半夏",
    "Echo",
    "花花",
    "小满",
    "面条君",
    "雨桐",
    "Tom & Jerry",
    "静静",
];
const MARKS: [&str; 18] = [
    "",
    "",
    "",
    "",
    "🌸",
    "🐼",
    "🍜",
    "✨",
    "🦌",
    "🌙",
    "☀️",
    "👨‍👩‍👧",
    "🇨🇳",
    "❤️",
    "·成都",
    "_2018",
    "（代购）",
    "🐯",
];
const PHONES: [&str; 5] = [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 \
     MicroMessenger/8.0.63(0x18003f2f) NetType/WIFI Language/zh_CN",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 \
     MicroMessenger/8.0.61(0x18003d28) NetType/5G Language/zh_CN",
    "Mozilla/5.0 (Linux; Android 15; 2410DPN6CC Build/AQ3A.240912.001; wv) AppleWebKit/537.36 (KHTML, like Gecko) \
     Version/4.0 Chrome/134.0.6998.136 Mobile Safari/537.36 XWEB/1340129 MMWEBSDK/20250804 MicroMessenger/8.0.63.2920 \
     WeChat/arm64 Weixin NetType/5G Language/zh_CN ABI/arm64",
    "Mozilla/5.0 (Linux; Android 14; ALN-AL00 Build/HUAWEIALN-AL00; wv) AppleWebKit/537.36 (KHTML, like Gecko) \
     Version/4.0 Chrome/130.0.6723.103 Mobile Safari/537.36 XWEB/1300333 MMWEBSDK/20250201 MicroMessenger/8.0.57.2800 \
     WeChat/arm64 Weixin NetType/WIFI Language/zh_CN ABI/arm64",
    "Mozilla/5.0 (Linux; Android 13; V2244A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 \
     Chrome/130.0.6723.103 Mobile Safari/537.36 XWEB/1300259 MMWEBSDK/20241202 MicroMessenger/8.0.56.2780 \
     WeChat/arm64 Weixin NetType/4G Language/zh_CN ABI/arm64",
];
/// Kept for documents (RFC 5737).
const NETWORKS: [&str; 3] = ["192.0.2", "198.51.100", "203.0.113"];

impl Person {
    /// Person `number` of a tenant at one of its accounts. The demo tenant's first ones are the stand-in's own people,
    /// who come again when a visitor of the demo logs in as one of them.
    pub(super) fn of(control: &Control, house: usize, account: &AccountPart, number: u32) -> Self {
        let mut dice = Dice::of(&[u64::try_from(house).unwrap_or(0), u64::from(number)]);
        let own = control.users().into_iter().filter(|user| !user.snapshot_only);
        let is_demo = account.at_wechat.is_none();
        let known = own
            .filter(|_| is_demo)
            .nth(usize::try_from(number).unwrap_or(usize::MAX));
        let code = TENANTS.get(house).map_or("", |part| part.code);
        let handle = known
            .as_ref()
            .map_or_else(|| format!("{code}-{number}"), |user| user.id.clone());
        let nickname = format!("{}{}", dice.pick(&NAMES), dice.pick(&MARKS));
        let has_unionid = dice.below(20) != 0;
        Self {
            openid: control.openid(&handle, account.app_id),
            unionid: match &known {
                Some(user) => control.unionid(&user.id, account.app_id),
                // The stand-in does not know them: an id that looks like one serves.
                None => has_unionid.then(|| control.openid(&handle, code)),
            },
            nickname: known.map_or(nickname, |user| user.nickname),
            address: format!("{}.{}", dice.pick(&NETWORKS), 100 + dice.below(150)),
            agent: dice.pick(&PHONES),
        }
    }
}
