//! WeChat's limits (Tencent's documentation, 创建自定义菜单) and the numbers it answers with: for a button of the bar,
//! and for one below it. Lengths are bytes of UTF-8: a Chinese character has three.

pub(super) const TOP_BUTTONS: usize = 3;
pub(super) const SUB_BUTTONS: usize = 5;
pub(super) const TOP_NAME_BYTES: usize = 16;
pub(super) const SUB_NAME_BYTES: usize = 60;
pub(super) const KEY_BYTES: usize = 128;
pub(super) const URL_BYTES: usize = 1024;
pub(super) const EXTERNAL_HOSTS: usize = 3;

pub(super) const TOP_COUNT: i64 = 40016;
pub(super) const SUB_COUNT: i64 = 40023;
pub(super) const LEVELS: i64 = 40022;
pub(super) const TYPE: (i64, i64) = (40017, 40024);
pub(super) const NAME: (i64, i64) = (40018, 40025);
pub(super) const KEY: (i64, i64) = (40019, 40026);
pub(super) const URL: (i64, i64) = (40020, 40027);
pub(super) const HOST: (i64, i64) = (40055, 40054);
pub(super) const HOSTS: i64 = 65316;
