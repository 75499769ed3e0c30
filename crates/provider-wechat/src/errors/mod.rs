//! What a failed call means and who can act: from [`CallError`] to [`ProviderError`].

mod rows;
mod table;
mod transport;
mod whitelist;

use hufu_core::error::Class;
use hufu_core::provider::{ProviderError, ProviderErrorCode};
use hufu_core::text::Text;

use crate::api::{CallError, Endpoint, Failure, Refusal};
pub use table::Repeat;

/// What one of WeChat's numbers means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meaning {
    /// Stable text, one for each meaning: `server_token_replaced`.
    pub name: &'static str,
    /// Who can act.
    pub class: Class,
    /// Hufu's code for it, the same for many numbers.
    pub code: ProviderErrorCode,
    /// Whether the same call is worth making again.
    pub repeat: Repeat,
    /// What happened.
    pub message: Text,
    /// What to do.
    pub remedy: Option<Text>,
}

/// What `errcode` means as an answer of `endpoint`; `None` when nothing is known of it.
#[must_use]
pub fn meaning(errcode: i64, endpoint: Endpoint) -> Option<Meaning> {
    table::find(errcode, endpoint).map(|row| Meaning {
        name: row.name,
        class: row.class,
        code: row.code,
        repeat: row.repeat,
        message: table::text(row.message),
        remedy: row.remedy.map(table::text),
    })
}

/// Whether a call with the account's own token says that this token is dead: fetch it again, unless somebody has done so
/// meanwhile, and make the call once more.
#[must_use]
pub const fn is_dead_token(errcode: i64) -> bool {
    matches!(errcode, 40001 | 40014 | 42001)
}

impl From<CallError> for ProviderError {
    fn from(error: CallError) -> Self {
        let debug = error.to_string();
        match &error.failure {
            Failure::Refused(refusal) => refused(error.endpoint, refusal),
            failure => Self {
                debug,
                ..transport::meaning(failure)
            },
        }
    }
}

fn refused(endpoint: Endpoint, refusal: &Refusal) -> ProviderError {
    let errcode = Some(refusal.errcode);
    let debug = debug(endpoint, refusal);
    let Some(meaning) = meaning(refusal.errcode, endpoint) else {
        return ProviderError {
            errcode,
            debug,
            ..unknown(refusal.errcode)
        };
    };
    let whose = (refusal.errcode == whitelist::ERRCODE).then(|| whitelist::address(&refusal.errmsg));
    ProviderError {
        class: meaning.class,
        code: meaning.code,
        errcode,
        message: meaning.message,
        remedy: whose.flatten().map(whitelist::remedy).or(meaning.remedy),
        debug,
    }
}

/// A number that is not in the table.
fn unknown(errcode: i64) -> ProviderError {
    ProviderError {
        class: Class::Operator,
        code: ProviderErrorCode::Unknown,
        errcode: None,
        message: Text::owned(
            format!("微信返回了未知错误 {errcode}"),
            format!("WeChat answered with the unknown error {errcode}"),
        ),
        remedy: Some(Text::new(
            "在微信官方文档「全局返回码」中查找该错误码；日志中的 rid 可在公众平台查询请求详情。",
            "Look the number up in Tencent's list of global return codes; the rid in the log finds the request in \
             WeChat's console.",
        )),
        debug: String::new(),
    }
}

/// A code that no call is spent on: it does not have the form of one.
pub(crate) fn malformed_code() -> ProviderError {
    ProviderError {
        class: Class::StartAgain,
        code: ProviderErrorCode::CodeInvalid,
        errcode: None,
        message: table::text(rows::CODE_INVALID),
        remedy: None,
        debug: "the callback's code does not have the form of a code".to_owned(),
    }
}

/// Settings that a connector cannot be opened with.
pub(crate) fn misconfigured(message: Text, remedy: Text, debug: String) -> ProviderError {
    ProviderError {
        class: Class::TenantAdmin,
        code: ProviderErrorCode::Misconfigured,
        errcode: None,
        message,
        remedy: Some(remedy),
        debug,
    }
}

/// WeChat's text with its rid, which may have stood past the cut.
fn debug(endpoint: Endpoint, refusal: &Refusal) -> String {
    match &refusal.rid {
        Some(rid) if !refusal.errmsg.contains(rid.as_str()) => format!("{endpoint}: {} … rid: {rid}", refusal.errmsg),
        _ => format!("{endpoint}: {}", refusal.errmsg),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(endpoint: Endpoint, errcode: i64, errmsg: &str, rid: Option<&str>) -> ProviderError {
        let refusal = Refusal {
            errcode,
            errmsg: errmsg.to_owned(),
            rid: rid.map(str::to_owned),
        };
        CallError {
            endpoint,
            failure: Failure::Refused(refusal),
        }
        .into()
    }

    #[test]
    fn an_unknown_number_goes_to_the_operator_with_wechats_words() {
        let error = error(Endpoint::UserInfo, 65_432, "strange thing rid: 1-2-3", Some("1-2-3"));
        assert_eq!(
            (error.class, error.code, error.errcode),
            (Class::Operator, ProviderErrorCode::Unknown, Some(65_432))
        );
        assert!(error.debug.contains("strange thing rid: 1-2-3"), "{}", error.debug);
        assert!(error.message.zh.contains("65432") && error.message.en.contains("65432"));
        assert!(error.remedy.is_some());
    }

    #[test]
    fn the_rid_survives_a_cut_text() {
        assert!(
            error(Endpoint::Auth, 40003, "cut", Some("1-2-3"))
                .debug
                .ends_with("rid: 1-2-3")
        );
    }

    #[test]
    fn the_address_that_is_not_on_the_whitelist_is_shown() {
        let errmsg =
            "invalid ip 116.25.45.231 ipv6 ::ffff:116.25.45.231, not in whitelist rid: 61250a39-612fed42-36740516";
        let error = error(Endpoint::StableToken, 40164, errmsg, Some("61250a39-612fed42-36740516"));
        assert_eq!(
            (error.class, error.code),
            (Class::TenantAdmin, ProviderErrorCode::NotAllowed)
        );
        let remedy = error.remedy.unwrap();
        assert!(remedy.zh.contains("116.25.45.231") && remedy.en.contains("116.25.45.231"));
    }

    #[test]
    fn one_number_means_two_things() {
        let of_person = error(Endpoint::UserInfo, 40001, "invalid credential", None);
        let of_account = error(Endpoint::StableToken, 40001, "invalid credential", None);
        assert_eq!(
            (of_person.class, of_person.code),
            (Class::StartAgain, ProviderErrorCode::TokenInvalid)
        );
        assert_eq!(
            (of_account.class, of_account.code),
            (Class::TenantAdmin, ProviderErrorCode::Misconfigured)
        );
    }
}
