//! From WeChat's ids and profile to an [`Identity`].

use hufu_core::model::{Identity, Profile};
use serde_json::{Map, Value};
use url::Url;

use crate::api::{CodeGrant, UserInfo};

/// Ids from the grant, the profile when there is one.
pub(crate) fn identity(app_id: &str, grant: CodeGrant, info: Option<UserInfo>) -> Identity {
    let CodeGrant {
        openid,
        unionid,
        snapshot,
        ..
    } = grant;
    put_together(app_id, openid, unionid, snapshot, info)
}

/// Of somebody whose profile was asked for without them; a snapshot has no such profile.
pub(crate) fn known_identity(app_id: &str, info: UserInfo) -> Identity {
    put_together(app_id, info.openid.clone(), None, false, Some(info))
}

fn put_together(
    app_id: &str,
    openid: String,
    unionid: Option<String>,
    snapshot: bool,
    info: Option<UserInfo>,
) -> Identity {
    let mut union_id = unionid;
    let mut profile = None;
    if let Some(info) = info {
        union_id = info.unionid.clone().or(union_id);
        profile = Some(read_profile(info));
    }
    // A snapshot's unionid is made up, and the same one was seen on many visitors: it must link nobody to anybody.
    let union_id = union_id.filter(|_| !snapshot);
    Identity {
        profile,
        transient: snapshot,
        ..known(app_id, openid, union_id, snapshot)
    }
}

/// Somebody of whom nothing but the ids is known.
pub(crate) fn by_ids(app_id: &str, openid: String, union_id: Option<String>) -> Identity {
    known(app_id, openid, union_id, false)
}

fn known(app_id: &str, openid: String, union_id: Option<String>, snapshot: bool) -> Identity {
    let mut claims = Map::new();
    claims.insert("wechat_openid".to_owned(), Value::from(openid.as_str()));
    claims.insert("wechat_appid".to_owned(), Value::from(app_id));
    if let Some(union_id) = &union_id {
        claims.insert("wechat_unionid".to_owned(), Value::from(union_id.as_str()));
    }
    // Always there: no app has to guess what its absence means.
    claims.insert("wechat_snapshot".to_owned(), Value::from(snapshot));
    Identity {
        external_id: openid,
        union_id,
        profile: None,
        transient: false,
        claims,
    }
}

fn read_profile(info: UserInfo) -> Profile {
    Profile {
        name: info.nickname,
        picture: info.headimgurl.filter(|url| is_web_url(url)),
        locale: info.language.and_then(|language| language_tag(&language)),
    }
}

/// Pages show it as an image: no other scheme may get there.
pub(crate) fn is_web_url(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "https" | "http"))
}

/// `zh_CN` as the BCP 47 tag `zh-CN`.
fn language_tag(language: &str) -> Option<String> {
    let tag = language.replace('_', "-");
    let is_tag = tag.len() <= 35 && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    is_tag.then_some(tag)
}

#[cfg(test)]
mod tests {
    use hufu_core::secret::SecretString;

    use super::*;

    fn grant() -> CodeGrant {
        CodeGrant {
            access_token: SecretString::from("t"),
            refresh_token: None,
            expires_in: None,
            openid: "o1".to_owned(),
            scope: None,
            unionid: Some("u1".to_owned()),
            snapshot: false,
        }
    }

    fn info() -> UserInfo {
        UserInfo {
            openid: "o1".to_owned(),
            nickname: None,
            headimgurl: None,
            language: None,
            sex: None,
            unionid: None,
        }
    }

    #[test]
    fn the_unionid_comes_from_either_answer() {
        assert_eq!(identity("wx", grant(), Some(info())).union_id.as_deref(), Some("u1"));
        let late = UserInfo {
            unionid: Some("u2".to_owned()),
            ..info()
        };
        let identity = identity(
            "wx",
            CodeGrant {
                unionid: None,
                ..grant()
            },
            Some(late),
        );
        assert_eq!(identity.union_id.as_deref(), Some("u2"));
        assert_eq!(identity.claims["wechat_unionid"], "u2");
        assert_eq!(identity.claims["wechat_snapshot"], false);
    }

    #[test]
    fn a_snapshot_visitor_has_no_unionid() {
        let identity = identity(
            "wx",
            CodeGrant {
                snapshot: true,
                ..grant()
            },
            None,
        );
        assert!(identity.transient && identity.union_id.is_none() && identity.profile.is_none());
        assert!(!identity.claims.contains_key("wechat_unionid"));
        assert_eq!(identity.claims["wechat_snapshot"], true);
    }

    #[test]
    fn a_picture_is_a_web_url() {
        let picture = |url: &str| {
            read_profile(UserInfo {
                headimgurl: Some(url.to_owned()),
                ..info()
            })
            .picture
        };
        assert!(picture("https://thirdwx.qlogo.cn/mmopen/vi_32/x/132").is_some());
        assert!(picture("http://thirdwx.qlogo.cn/x/0").is_some());
        for wrong in ["javascript:alert(1)", "data:image/png;base64,AA", "/132", "//x/132"] {
            assert_eq!(picture(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_language_becomes_a_tag() {
        assert_eq!(language_tag("zh_CN").as_deref(), Some("zh-CN"));
        assert_eq!(language_tag("en").as_deref(), Some("en"));
        assert_eq!(language_tag("<b>"), None);
    }
}
