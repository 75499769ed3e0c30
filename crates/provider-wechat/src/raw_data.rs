//! The signature of what a mini program says about its user (Tencent's documentation, 小程序 开放数据校验与解密).

use hufu_core::secret::{ExposeSecret as _, SecretString};

use crate::hex::{is_signature, sha1_hex};

/// Whether `signature` is WeChat's over `raw_data`, letter by letter as the mini program got it:
/// `sha1(rawData + session_key)`. The key is the base64 text of [`crate::api::MiniSession`], not the bytes it stands
/// for. Compared in constant time.
#[must_use]
pub fn is_raw_data_signed(raw_data: &str, session_key: &SecretString, signature: &str) -> bool {
    let expected = sha1_hex(&[raw_data.as_bytes(), session_key.expose_secret().as_bytes()]);
    is_signature(&expected, signature)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// wechatpy's test.
    #[test]
    fn a_published_signature() {
        let raw_data = r#"{"nickName":"Band","gender":1,"language":"zh_CN","city":"Guangzhou","province":"Guangdong","country":"CN","avatarUrl":"http://wx.qlogo.cn/mmopen/vi_32/1vZvI39NWFQ9XM4LtQpFrQJ1xlgZxx3w7bQxKARol6503Iuswjjn6nIGBiaycAjAtpujxyzYsrztuuICqIM5ibXQ/0"}"#;
        let session_key = SecretString::from("HyVFkGl5F5OQWJZZaNzBBg==");
        let signature = "75e81ceda165f4ffa64f4068af58c64b8f54b88c";
        assert!(is_raw_data_signed(raw_data, &session_key, signature));
        assert!(!is_raw_data_signed(
            &raw_data.replace("Band", "Bond"),
            &session_key,
            signature
        ));
        assert!(!is_raw_data_signed(
            raw_data,
            &SecretString::from("AAAAAAAAAAAAAAAAAAAAAA=="),
            signature
        ));
        assert!(!is_raw_data_signed(raw_data, &session_key, ""));
    }
}
