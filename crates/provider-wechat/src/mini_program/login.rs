//! A code of `wx.login` becomes an identity. The session key is used here and forgotten here.

use async_trait::async_trait;
use hufu_core::error::Class;
use hufu_core::model::{Identity, Profile};
use hufu_core::provider::{AppCode, CodeLogin, ProviderError, ProviderErrorCode};
use hufu_core::text::Text;
use serde_json::Value;

use super::MiniProgram;
use crate::api::{CallError, once_more};
use crate::person::{by_ids, is_web_url};
use crate::raw_data::is_raw_data_signed;
use crate::{errors, login};

#[async_trait]
impl CodeLogin for MiniProgram {
    async fn log_in(&self, app: &AppCode<'_>) -> Result<Identity, ProviderError> {
        if !login::has_form_of_code(app.code) {
            return Err(errors::malformed_code());
        }
        let api = self.api.within(self.limit);
        let session = once_more(|| api.exchange_js_code(app.code), CallError::leaves_code_unused).await?;
        let identity = by_ids(api.app_id(), session.openid, session.unionid);
        let Some((raw_data, signature)) = app.signed else {
            return Ok(identity);
        };
        if !is_raw_data_signed(raw_data, &session.session_key, signature) {
            return Err(forged());
        }
        Ok(Identity {
            profile: profile(raw_data),
            ..identity
        })
    }
}

/// What WeChat has signed of the person; since 2022 the same name and picture for everybody who set none.
fn profile(raw_data: &str) -> Option<Profile> {
    let Value::Object(data) = serde_json::from_str(raw_data).ok()? else {
        return None;
    };
    let text = |name: &str| {
        data.get(name)?
            .as_str()
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let profile = Profile {
        name: text("nickName"),
        picture: text("avatarUrl").filter(|url| is_web_url(url)),
        locale: None,
    };
    (profile != Profile::default()).then_some(profile)
}

fn forged() -> ProviderError {
    ProviderError {
        class: Class::Developer,
        code: ProviderErrorCode::SignatureInvalid,
        errcode: None,
        message: Text::new("数据与微信的签名不符", "The data does not fit WeChat's signature"),
        remedy: Some(Text::new(
            "原样发送 wx.getUserProfile 得到的 rawData 和 signature，并在 wx.login 之后获取；不要改动或重新拼接 JSON。",
            "Send rawData and signature as the mini program got them, after wx.login; do not parse and write the JSON \
             anew.",
        )),
        debug: "the signature does not fit raw_data".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_signed_becomes_the_profile() {
        let raw = r#"{"nickName":"Band","gender":1,"avatarUrl":"https://wx.qlogo.cn/x/0"}"#;
        let profile = profile(raw).unwrap();
        assert_eq!(profile.name.as_deref(), Some("Band"));
        assert_eq!(profile.picture.as_deref(), Some("https://wx.qlogo.cn/x/0"));
        for nothing in [
            "",
            "[]",
            "{}",
            r#"{"nickName":"","avatarUrl":"javascript:1"}"#,
            r#"{"nickName":7}"#,
        ] {
            assert_eq!(super::profile(nothing), None, "{nothing}");
        }
    }
}
