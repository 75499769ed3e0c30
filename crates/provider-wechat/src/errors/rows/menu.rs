//! The account's menu. What is wrong with a menu, `crate::menu` says before it is sent, and better.

use hufu_core::error::Class::TenantAdmin;
use hufu_core::provider::ProviderErrorCode as Code;

use crate::errors::table::{Repeat, Row, Words, row};

const MENU_REMEDY: Words = (
    "按提示修改菜单后重新发布。",
    "Change the menu as it says and publish it again.",
);
const HOST_REMEDY: Words = (
    "链接须以 http:// 或 https:// 开头，域名不能被微信封禁；在微信中直接打开该链接可看到原因。",
    "A link begins with http:// or https://, and its host must not be banned by WeChat; opening the link inside WeChat \
     shows why.",
);

const fn menu(errcode: i64, name: &'static str, message: Words) -> Row {
    row(errcode, name, TenantAdmin, Code::Misconfigured, message).remedy(MENU_REMEDY)
}

pub(super) const ROWS: &[Row] = &[
    menu(
        40016,
        "menu_button_count",
        ("一级菜单按钮数须为 1 至 3 个", "The menu must have 1 to 3 buttons"),
    ),
    menu(
        40017,
        "menu_button_type",
        ("一级菜单按钮的类型不对", "A button of the menu has a wrong type"),
    ),
    menu(
        40018,
        "menu_button_name",
        (
            "一级菜单按钮的名称为空或超过 16 字节",
            "A button's name is empty or longer than 16 bytes",
        ),
    ),
    menu(
        40019,
        "menu_button_key",
        (
            "一级菜单按钮的 key 缺少或超过 128 字节",
            "A button's key is missing or longer than 128 bytes",
        ),
    ),
    menu(
        40020,
        "menu_button_url",
        (
            "一级菜单按钮的链接缺少或超过 1024 字节",
            "A button's link is missing or longer than 1024 bytes",
        ),
    ),
    menu(
        40021,
        "menu_version",
        ("微信不接受该菜单版本", "WeChat does not take this version of the menu"),
    ),
    menu(40022, "menu_levels", ("菜单最多两级", "A menu has two levels")),
    menu(
        40023,
        "menu_sub_button_count",
        (
            "二级菜单按钮数须为 1 至 5 个",
            "There must be 1 to 5 buttons below a button",
        ),
    ),
    menu(
        40024,
        "menu_sub_button_type",
        (
            "二级菜单按钮的类型不对",
            "A button of the second level has a wrong type",
        ),
    ),
    menu(
        40025,
        "menu_sub_button_name",
        (
            "二级菜单按钮的名称为空或超过 60 字节",
            "A second-level button's name is empty or longer than 60 bytes",
        ),
    ),
    menu(
        40026,
        "menu_sub_button_key",
        (
            "二级菜单按钮的 key 缺少或超过 128 字节",
            "A second-level button's key is missing or longer than 128 bytes",
        ),
    ),
    menu(
        40027,
        "menu_sub_button_url",
        (
            "二级菜单按钮的链接缺少或超过 1024 字节",
            "A second-level button's link is missing or longer than 1024 bytes",
        ),
    ),
    menu(
        40054,
        "menu_sub_button_host",
        (
            "二级菜单按钮的链接域名不被微信接受",
            "WeChat does not take the host of a second-level button's link",
        ),
    )
    .remedy(HOST_REMEDY),
    menu(
        40055,
        "menu_button_host",
        (
            "一级菜单按钮的链接域名不被微信接受",
            "WeChat does not take the host of a button's link",
        ),
    )
    .remedy(HOST_REMEDY),
    menu(
        65316,
        "menu_hosts",
        (
            "菜单链接到超过 3 个外部域名",
            "The menu leads to more than 3 other hosts",
        ),
    ),
    row(
        45010,
        "menu_changed_too_often",
        TenantAdmin,
        Code::QuotaExceeded,
        ("今天创建菜单的次数已用完", "The menu was changed too often today"),
    )
    .repeat(Repeat::NextDay)
    .remedy((
        "等到次日零点（北京时间）后再发布。",
        "Publish it after midnight in Beijing.",
    )),
    row(
        46003,
        "menu_missing",
        TenantAdmin,
        Code::Misconfigured,
        ("公众号没有自定义菜单", "The account has no menu"),
    )
    .remedy(("先创建并发布一个菜单。", "Make a menu and publish it first.")),
];
