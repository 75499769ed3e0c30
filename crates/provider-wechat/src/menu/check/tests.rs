use std::collections::BTreeMap;

use super::*;

fn view(name: &str, url: &str) -> Button {
    Button {
        name: name.to_owned(),
        kind: Some("view".to_owned()),
        url: Some(url.to_owned()),
        ..Button::default()
    }
}

fn click(name: &str, key: &str) -> Button {
    Button {
        name: name.to_owned(),
        kind: Some("click".to_owned()),
        key: Some(key.to_owned()),
        ..Button::default()
    }
}

fn folder(name: &str, sub_buttons: Vec<Button>) -> Button {
    Button {
        name: name.to_owned(),
        sub_buttons,
        ..Button::default()
    }
}

fn found(buttons: Vec<Button>) -> Vec<Violation> {
    check(&Menu {
        buttons,
        ..Menu::default()
    })
}

/// Code, path and number of the one violation.
fn only(buttons: Vec<Button>) -> (&'static str, String, Option<i64>) {
    let mut found = found(buttons);
    assert_eq!(found.len(), 1, "{found:?}");
    let violation = found.remove(0);
    assert!(
        !violation.message.zh.is_ascii() && violation.message.en.is_ascii(),
        "{violation:?}"
    );
    (violation.code, violation.path, violation.errcode)
}

/// The same button above and below.
fn at_both_levels(button: &Button, field: &str, code: &str, (top, sub): (i64, i64)) {
    let expected = (code, format!("button[0].{field}"), Some(top));
    let (found, path, errcode) = only(vec![button.clone()]);
    assert_eq!((found, path, errcode), expected);
    let expected = (code, format!("button[1].sub_button[0].{field}"), Some(sub));
    let (found, path, errcode) = only(vec![click("a", "k"), folder("b", vec![button.clone()])]);
    assert_eq!((found, path, errcode), expected);
}

#[test]
fn a_menu_as_large_as_can_be() {
    let url = format!("https://a.cn/{}", "x".repeat(1024 - "https://a.cn/".len()));
    let subs: Vec<_> = (0..5).map(|_| view(&"虎".repeat(20), &url)).collect();
    let key = "k".repeat(128);
    let menu = vec![
        folder("一二三四五!", subs.clone()),
        click(&"a".repeat(16), &key),
        folder("c", subs),
    ];
    assert_eq!(found(menu), []);
}

#[test]
fn counts() {
    let path = || "button".to_owned();
    assert_eq!(only(Vec::new()), ("menu_empty", path(), Some(40016)));
    let four = (0..4).map(|_| click("a", "k")).collect();
    assert_eq!(only(four), ("menu_too_many_buttons", path(), Some(40016)));
    let six = folder("a", (0..6).map(|_| click("a", "k")).collect());
    assert_eq!(
        only(vec![six]),
        (
            "menu_too_many_sub_buttons",
            "button[0].sub_button".to_owned(),
            Some(40023)
        )
    );
    let deep = folder("a", vec![folder("b", vec![click("c", "k")])]);
    assert_eq!(
        only(vec![deep]),
        (
            "menu_too_deep",
            "button[0].sub_button[0].sub_button".to_owned(),
            Some(40022)
        )
    );
}

#[test]
fn names() {
    let too_long = found(vec![click("一二三四五六", "k")]);
    assert_eq!(
        (too_long[0].code, too_long[0].errcode),
        ("menu_name_too_long", Some(40018))
    );
    assert!(too_long[0].message.zh.contains("18") && too_long[0].message.zh.contains("16"));
    assert!(too_long[0].message.en.contains("18") && too_long[0].message.en.contains("16"));
    at_both_levels(
        &click(&"a".repeat(61), "k"),
        "name",
        "menu_name_too_long",
        (40018, 40025),
    );
    at_both_levels(&click(" ", "k"), "name", "menu_name_missing", (40018, 40025));
    at_both_levels(
        &click("a\nb", "k"),
        "name",
        "menu_name_control_character",
        (40018, 40025),
    );
}

#[test]
fn types() {
    let odd = Button {
        kind: Some("jump".to_owned()),
        ..click("a", "k")
    };
    at_both_levels(&odd, "type", "menu_type_unknown", (40017, 40024));
    let none = Button {
        kind: None,
        ..click("a", "k")
    };
    at_both_levels(&none, "type", "menu_type_missing", (40017, 40024));
}

#[test]
fn every_type_misses_what_it_needs() {
    let mut needs = BTreeMap::new();
    for kind in ButtonType::ALL {
        let bare = Button {
            name: "a".to_owned(),
            kind: Some(kind.as_str().to_owned()),
            ..Button::default()
        };
        let violations = found(vec![bare]);
        assert!(
            violations
                .iter()
                .all(|violation| violation.code == "menu_field_missing")
        );
        let paths: Vec<_> = violations.into_iter().map(|violation| violation.path).collect();
        *needs.entry(paths).or_insert(0) += 1;
    }
    let of = |fields: &[&str]| {
        needs[&fields
            .iter()
            .map(|field| format!("button[0].{field}"))
            .collect::<Vec<_>>()]
    };
    assert_eq!(
        (of(&["key"]), of(&["url"]), of(&["media_id"]), of(&["article_id"])),
        (7, 1, 2, 2)
    );
    assert_eq!(of(&["url", "appid", "pagepath"]), 1);
    at_both_levels(&click("a", ""), "key", "menu_field_missing", (40019, 40026));
    at_both_levels(&view("a", ""), "url", "menu_field_missing", (40020, 40027));
}

#[test]
fn lengths() {
    let too_long = click("a", &"钥".repeat(43));
    at_both_levels(&too_long, "key", "menu_key_too_long", (40019, 40026));
    assert!(found(vec![too_long])[0].message.en.contains("129 bytes; 128"));
    let url = format!("https://a.cn/{}", "x".repeat(1024));
    at_both_levels(&view("a", &url), "url", "menu_url_too_long", (40020, 40027));
}

#[test]
fn links() {
    for wrong in [
        "ftp://a.cn",
        "javascript:alert(1)",
        "weixin://dl",
        "a.cn/x",
        "//a.cn",
        "https:a.cn",
        "https://",
        "http://:80",
    ] {
        at_both_levels(&view("a", wrong), "url", "menu_url_scheme", (40055, 40054));
    }
    for wrong in [
        "https://a.cn/\r\n",
        " https://a.cn",
        "https://a.cn/a b",
        "https://a.cn/\u{200b}",
        "https://a.cn\u{3000}",
    ] {
        let path = "button[0].url".to_owned();
        assert_eq!(only(vec![view("a", wrong)]), ("menu_url_blank", path, None), "{wrong}");
    }
    assert_eq!(found(vec![view("a", "HTTP://登录.中国/路径?a=b#c")]), []);
}

const AUTHORIZE: &str = "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx1&redirect_uri=https%3A%2F%2Fa.cn%2Fx\
                         &response_type=code&scope=snsapi_userinfo&state=s#wechat_redirect";

#[test]
fn authorize_links() {
    let code = |url: &str| only(vec![view("a", url)]).0;
    assert_eq!(found(vec![view("a", AUTHORIZE)]), []);
    assert_eq!(found(vec![view("a", &AUTHORIZE.replace("&state=s", ""))]), []);
    assert_eq!(
        found(vec![view(
            "a",
            &AUTHORIZE.replace("state=s", "state=s&connect_redirect=1")
        )]),
        []
    );
    let swapped = AUTHORIZE.replace(
        "response_type=code&scope=snsapi_userinfo",
        "scope=snsapi_userinfo&response_type=code",
    );
    for wrong in [
        swapped.as_str(),
        &AUTHORIZE.replace("?appid", "?client_id=1&appid"),
        &AUTHORIZE.replace("&scope=snsapi_userinfo", ""),
        &AUTHORIZE.replace("&state=s", "&forcePopup=true&state=s"),
    ] {
        assert_eq!(code(wrong), "menu_authorize_order", "{wrong}");
    }
    assert_eq!(
        code(AUTHORIZE.trim_end_matches("#wechat_redirect")),
        "menu_authorize_ending"
    );
    assert_eq!(
        code(&AUTHORIZE.replace("%3A%2F%2F", "://")),
        "menu_authorize_redirect_not_encoded"
    );
    assert_eq!(code(&format!("{AUTHORIZE}\n")), "menu_url_blank");
    assert_eq!(
        found(vec![view("a", "https://other.cn/connect/oauth2/authorize?scope=x")]),
        []
    );
}

#[test]
fn hosts() {
    let link = |host: &str| view("a", &format!("https://{host}/"));
    let three = vec![
        link("a.cn"),
        link("b.cn"),
        link("A.cn"),
        link("c.cn"),
        link("mp.weixin.qq.com"),
    ];
    assert_eq!(found(vec![folder("a", three.clone())]), []);
    let fourth = vec![folder("a", three), view("b", &AUTHORIZE.replace("a.cn", "d.cn"))];
    let warning = found(fourth).remove(0);
    assert_eq!(
        (warning.severity, warning.code),
        (Severity::Warning, "menu_too_many_hosts")
    );
    assert_eq!((warning.path.as_str(), warning.errcode), ("button", Some(65316)));
    assert!(warning.message.zh.contains("a.cn, b.cn, c.cn, d.cn"), "{warning:?}");
}

#[test]
fn all_faults_are_told_at_once() {
    let menu = vec![
        Button {
            url: Some("x y".to_owned()),
            ..view("", "")
        },
        click("一二三四五六七", &"k".repeat(200)),
    ];
    let codes: Vec<_> = found(menu).into_iter().map(|violation| violation.code).collect();
    assert_eq!(
        codes,
        [
            "menu_name_missing",
            "menu_url_blank",
            "menu_name_too_long",
            "menu_key_too_long"
        ]
    );
}
