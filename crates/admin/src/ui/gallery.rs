//! Every component, in both languages and all themes: rendered by a test, and written to the directory that the
//! environment variable `HUFU_GALLERY` names, to be looked at.

use askama::Template;
use hufu_core::clock::Timestamp;
use hufu_core::text::Locale;

use super::*;
use crate::assets;

struct Row {
    id: &'static str,
    tone: Tone,
    outcome: String,
    app: &'static str,
    took: u64,
}

#[derive(Template)]
#[template(path = "gallery.html")]
struct Gallery {
    frame: Frame,
    now: Timestamp,
    tabs: Vec<Tab>,
    stats: Vec<Stat>,
    bars: Bars,
    search: Field,
    outcome: Field,
    outcome2: Field,
    rows: Vec<Row>,
    pager: Pager,
    moments: Vec<Moment>,
    changes: Vec<Change>,
    name: Field,
    plain: Field,
    secret: Field,
    kind: Field,
    scopes: Field,
    urls: Field,
    file: Field,
    agree: Field,
    qr: &'static str,
    wizard: Vec<Step>,
    confirm: Confirm,
    confirm2: Confirm,
}

#[derive(Template)]
#[template(path = "gallery_plain.html")]
struct Plain {
    frame: Frame,
    name: Field,
    secret: Field,
}

/// Chinese or English.
type Say = fn(&'static str, &'static str) -> String;

fn say_of(locale: Locale) -> Say {
    match locale {
        Locale::ZhCn => |zh, _| zh.to_owned(),
        Locale::En => |_, en| en.to_owned(),
    }
}

impl Gallery {
    fn say(&self, zh: &'static str, en: &'static str) -> String {
        say_of(self.frame.locale)(zh, en)
    }
}

fn frame(locale: Locale, theme: Theme) -> Frame {
    let say = say_of(locale);
    let item = |zh, en, icon, current| NavItem {
        label: say(zh, en),
        url: "#".to_owned(),
        icon,
        current,
    };
    Frame {
        locale,
        theme,
        zone: crate::zone::Zone::default(),
        path: "/admin/logins?outcome=failed&page=2".to_owned(),
        request_id: "01KAJ3V0Q2Z7M8N4T5W6X7Y8ZA".to_owned(),
        csrf: "c5f1".to_owned(),
        person: Some(Person {
            name: say("林晓", "Lin Xiao"),
            role: say("平台管理员", "Platform administrator"),
        }),
        nav: vec![
            item("概览", "Overview", "home", true),
            item("租户", "Tenants", "tenants", false),
            item("公众号", "Accounts", "accounts", false),
            item("应用", "Apps", "apps", false),
            item("登录记录", "Logins", "logins", false),
            item("用户", "People", "users", false),
            item("审计日志", "Audit log", "audit", false),
            item("签名密钥", "Signing keys", "keys", false),
            item("运行状况", "Health", "health", false),
            item("设置", "Settings", "settings", false),
        ],
        crumbs: vec![
            Crumb {
                label: say("租户", "Tenants"),
                url: Some("#".to_owned()),
            },
            Crumb {
                label: "Acme".to_owned(),
                url: None,
            },
        ],
        flash: Some(Flash {
            kind: Tone::Good,
            text: say(
                "已保存，约两秒内生效。",
                "Saved. It takes effect within about two seconds.",
            ),
        }),
        title: say("概览", "Overview"),
    }
}

fn name(say: Say) -> Field {
    Field::new("name", say("公众号名称", "Name of the account"))
        .value("Acme <Shop>")
        .hint(say("显示在登录页上。", "Shown on the login page."))
        .required()
}

fn secret(say: Say) -> Field {
    Field::new("secret", "AppSecret")
        .autocomplete("new-password")
        .value("never shown")
        .error(Some(say("长度应为 32 个字符", "It has 32 characters")))
        .required()
}

fn confirm(say: Say, id: &str, error: Option<String>) -> Confirm {
    Confirm {
        id: id.to_owned(),
        action: "#".to_owned(),
        expected: "acme".to_owned(),
        warning: say(
            "停用后，该租户的所有登录立即失败，已登录的用户不受影响。",
            "All logins of this tenant fail at once; people who are signed in stay so.",
        ),
        button: say("停用租户", "Disable tenant"),
        error,
    }
}

fn bars(say: Say) -> Bars {
    let columns = (0..24_u64).map(|hour| Column {
        label: format!("{hour:02}:00"),
        good: 40 + (hour * 37) % 90 + if hour > 8 { hour * 4 } else { 0 },
        bad: if hour == 13 { 48 } else { (hour * 7) % 9 },
        url: format!("#{hour}"),
    });
    Bars {
        title: say("登录次数", "Logins"),
        good_label: say("成功", "Succeeded"),
        bad_label: say("失败", "Failed"),
        time_label: say("时间", "Time"),
        columns: columns.collect(),
    }
}

fn moments(say: Say, now: Timestamp) -> Vec<Moment> {
    let moment = |zh, en, detail: &str, offset: &str, tone| Moment {
        title: say(zh, en),
        detail: detail.to_owned(),
        at: now,
        offset: offset.to_owned(),
        tone,
    };
    vec![
        moment(
            "应用发起登录",
            "The app began the login",
            "Shop · openid profile",
            "",
            Tone::Good,
        ),
        moment("转到微信", "Sent on to WeChat", "snsapi_userinfo", "+12 ms", Tone::Info),
        moment("等待用户同意", "Waited for consent", "", "+4,210 ms", Tone::Neutral),
        moment(
            "微信应答较慢",
            "WeChat was slow",
            "sns/oauth2/access_token",
            "+1,870 ms",
            Tone::Warn,
        ),
        moment("登录失败", "The login failed", "40029 invalid code", "+2 ms", Tone::Bad),
    ]
}

fn stats(say: Say) -> Vec<Stat> {
    let stat = |zh, en, value: &str, note: String, tone| Stat {
        label: say(zh, en),
        value: value.to_owned(),
        note,
        tone,
        url: "#".to_owned(),
    };
    vec![
        stat(
            "登录",
            "Logins",
            "3,482",
            say("比昨天多 8%", "8% more than yesterday"),
            Tone::Good,
        ),
        stat("失败", "Failed", "127", say("13:00 较多", "Many at 13:00"), Tone::Warn),
        stat(
            "公众号异常",
            "Accounts failing",
            "1",
            say("密钥失效", "Secret refused"),
            Tone::Bad,
        ),
        stat("活跃应用", "Active apps", "14", String::new(), Tone::Neutral),
    ]
}

fn choices(say: Say) -> Vec<Choice> {
    vec![
        Choice::new("", say("全部", "All")),
        Choice::new("good", say("成功", "Succeeded")),
        Choice::new("bad", say("失败", "Failed")),
    ]
}

fn gallery(locale: Locale, theme: Theme) -> Gallery {
    let say = say_of(locale);
    let now = Timestamp::parse("2026-11-21T14:03:22.512Z").unwrap();
    let tab = |zh, en, current, count| Tab {
        label: say(zh, en),
        url: "#".to_owned(),
        current,
        count,
    };
    let step = |zh, en, state| Step {
        label: say(zh, en),
        url: (state == StepState::Done).then(|| "#".to_owned()),
        state,
    };
    let row = |id, tone, zh, en, app, took| Row {
        id,
        tone,
        outcome: say(zh, en),
        app,
        took,
    };
    let change = |name: &str, before: Option<&str>, after: Option<&str>| Change {
        name: name.to_owned(),
        before: before.map(str::to_owned),
        after: after.map(str::to_owned),
    };
    Gallery {
        frame: frame(locale, theme),
        now,
        tabs: vec![
            tab("概览", "Overview", true, None),
            tab("公众号", "Accounts", false, Some(3)),
            tab("应用", "Apps", false, Some(14)),
            tab("成员", "Members", false, None),
            tab("设置", "Settings", false, None),
        ],
        stats: stats(say),
        bars: bars(say),
        search: Field::new("q", say("搜索", "Search"))
            .kind("search")
            .required()
            .placeholder("01KAJ3…"),
        outcome: Field::new("outcome", say("结果", "Outcome"))
            .required()
            .value("bad")
            .choices(choices(say)),
        outcome2: Field::new("outcome2", say("环境", "Stage"))
            .required()
            .choices(choices(say)),
        rows: vec![
            row("01KAJ3V0Q2Z7", Tone::Good, "成功", "Succeeded", "Shop", 412),
            row("01KAJ3TY83M1", Tone::Bad, "授权码无效", "Invalid code", "Shop", 2210),
            row(
                "01KAJ3TW10C4",
                Tone::Warn,
                "用户拒绝",
                "Refused by the user",
                "Intranet",
                12_006,
            ),
        ],
        pager: Pager {
            newer: Some("#".to_owned()),
            older: Some("#".to_owned()),
            note: say("每页 50 条", "50 a page"),
        },
        moments: moments(say, now),
        changes: vec![
            change(
                "redirect_uri",
                Some("https://shop.example/cb"),
                Some("https://shop.example/callback"),
            ),
            change("pkce", None, Some("required")),
            change("logo", Some("old.png"), None),
        ],
        name: name(say),
        plain: Field::new("note", say("备注", "Note")).value("2026-11"),
        secret: secret(say),
        kind: Field::new("kind", say("类型", "Kind"))
            .required()
            .value("oa")
            .choices(vec![
                Choice::new("oa", say("公众号", "Official account")).hint(say("在微信里打开", "Opened within WeChat")),
                Choice::new("web", say("网站应用", "Website")).hint(say("扫码登录", "By QR code on a desktop")),
            ]),
        scopes: Field::new("scope", say("授权范围", "Scopes"))
            .chosen(vec!["openid".to_owned()])
            .choices(vec![
                Choice::new("openid", "openid"),
                Choice::new("profile", "profile").hint(say("昵称和头像", "Nickname and picture")),
            ])
            .error(Some(say(
                "profile 需要认证的服务号",
                "profile needs a verified service account",
            ))),
        urls: Field::new("urls", say("回调地址", "Redirect URIs"))
            .mono()
            .rows(3)
            .value("https://a.example/cb\nhttps://b.example/cb"),
        file: Field::new("file", say("验证文件", "Ownership file")).accept(".txt"),
        agree: Field::new("agree", say("允许静默登录", "Allow silent logins"))
            .checked(true)
            .hint(say("不弹出授权页。", "Without a consent page.")),
        qr: "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 7 7'%3E%3Cpath d='M0 0h3v3H0zM4 0h3v3H4zM0 4h3v3H0zM4 4h1v1H4zM6 5h1v2H6z'/%3E%3C/svg%3E",
        wizard: vec![
            step("填写 AppID", "Enter the AppID", StepState::Done),
            step("验证域名", "Verify the domain", StepState::Done),
            step("检查密钥", "Check the secret", StepState::Current),
            step("试登录", "Try a login", StepState::Todo),
        ],
        confirm: confirm(say, "confirm-a", Some(say("名称不一致", "The name does not match"))),
        confirm2: confirm(say, "confirm-b", None),
    }
}

fn plain(locale: Locale, theme: Theme) -> Plain {
    let say = say_of(locale);
    Plain {
        frame: Frame {
            title: say("登录控制台", "Sign in to the console"),
            flash: Some(Flash {
                kind: Tone::Info,
                text: say("已退出登录。", "You are signed out."),
            }),
            ..frame(locale, theme)
        },
        name: Field::new("name", say("用户名", "User name"))
            .autocomplete("username")
            .required(),
        secret: Field::new("password", say("密码", "Password"))
            .autocomplete("current-password")
            .required(),
    }
}

const LOCALES: [Locale; 2] = [Locale::ZhCn, Locale::En];
const THEMES: [Theme; 3] = [Theme::Auto, Theme::Light, Theme::Dark];

fn pages() -> Vec<(String, String)> {
    let mut pages = Vec::new();
    for locale in LOCALES {
        for theme in THEMES {
            let name = format!("{}-{}", locale.tag(), theme.name());
            pages.push((format!("{name}.html"), gallery(locale, theme).render().unwrap()));
            pages.push((format!("plain-{name}.html"), plain(locale, theme).render().unwrap()));
        }
    }
    pages
}

fn between<'a>(html: &'a str, before: &str, after: char) -> Vec<&'a str> {
    html.split(before)
        .skip(1)
        .map(|rest| rest.split(after).next().unwrap())
        .collect()
}

#[test]
fn the_gallery_keeps_the_rules_of_every_page() {
    for (name, html) in pages() {
        for forbidden in [" style=", "<style", "<script>", "onclick", "javascript:"] {
            assert!(!html.contains(forbidden), "{forbidden} in {name}");
        }
        let mut ids = between(&html, " id=\"", '"');
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count, "an id stands twice in {name}");
        let named = [
            "for=\"",
            "aria-describedby=\"",
            "aria-labelledby=\"",
            "href=\"#i-",
            "data-copy=\"",
            "data-dialog=\"",
        ];
        for attribute in named {
            for reference in between(&html, attribute, '"').iter().flat_map(|ids| ids.split(' ')) {
                let id = if attribute.ends_with("i-") {
                    format!("i-{reference}")
                } else {
                    reference.to_owned()
                };
                assert!(ids.contains(&id.as_str()), "{attribute}{reference} in {name}");
            }
        }
        assert!(!html.contains("never shown"), "a password was shown in {name}");
        assert!(html.len() < 80_000, "{name}: {}", html.len());
    }
    let html = gallery(Locale::En, Theme::Dark).render().unwrap();
    assert!(html.contains("Acme &#60;Shop&#62;"), "values are escaped");
    assert!(html.contains("<html lang=\"en\" data-theme=\"dark\">"));
    assert!(html.contains("/admin/preferences?theme=light&amp;back=/admin/logins%3Foutcome%3Dfailed%26page%3D2"));
    assert!(html.contains("datetime=\"2026-11-21T14:03:22.512Z\" data-time>2026-11-21 14:03:22 UTC</time>"));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a switch for developers, of this test only")]
fn the_gallery_is_written_where_it_is_wanted() {
    let Some(directory) = std::env::var_os("HUFU_GALLERY") else {
        return;
    };
    let directory = std::path::Path::new(&directory);
    for (name, html) in pages() {
        std::fs::create_dir_all(directory).unwrap();
        std::fs::write(directory.join(name), html).unwrap();
    }
    for file in assets::files() {
        let path = directory.join(assets::ASSETS.url(file.name).trim_start_matches('/'));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, file.body).unwrap();
    }
}
