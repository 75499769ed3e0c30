//! The one table from a refusal to WeChat's number and words (Tencent's documentation, 全局返回码, and
//! what its servers are seen to answer).

use hufu_core::flow::DropInError;

/// WeChat's number and words.
pub(super) const fn of(error: DropInError) -> (i32, &'static str) {
    match error {
        DropInError::Malformed => (47_001, "data format error"),
        DropInError::ClientMissing => (41_002, "appid missing"),
        DropInError::SecretMissing => (41_004, "appsecret missing"),
        DropInError::CodeMissing => (41_008, "missing code"),
        DropInError::ClientUnknown => (40_013, "invalid appid"),
        DropInError::SecretWrong => (40_125, "invalid appsecret"),
        DropInError::GrantType => (40_002, "invalid grant_type"),
        DropInError::CodeInvalid => (40_029, "invalid code"),
        DropInError::CodeUsed => (40_163, "code been used"),
        DropInError::RefreshTokenMissing => (41_003, "missing refresh_token"),
        DropInError::RefreshTokenInvalid => (40_030, "invalid refresh_token"),
        DropInError::RefreshTokenExpired => (42_002, "refresh_token expired"),
        DropInError::TokenMissing => (41_001, "access_token missing"),
        DropInError::TokenInvalid => (40_001, "invalid credential, access_token is invalid or not latest"),
        DropInError::TokenExpired => (42_001, "access_token expired"),
        DropInError::PersonMissing => (41_009, "missing openid"),
        DropInError::PersonMismatch => (40_003, "invalid openid"),
        DropInError::NotAllowed => (48_001, "api unauthorized"),
        // The address stands between; see `wire`.
        DropInError::AddressRefused => (40_164, "invalid ip"),
        DropInError::Unavailable | DropInError::Internal => (-1, "system error"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_has_a_number_of_its_own() {
        let mut numbers: Vec<_> = DropInError::ALL.iter().map(|error| of(*error).0).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(
            numbers.len(),
            DropInError::ALL.len() - 1,
            "only what is broken shares one"
        );
        assert!(!numbers.contains(&0), "0 is success");
    }
}
