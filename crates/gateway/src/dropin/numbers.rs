//! The numbers of WeChat's authorize page (Tencent's documentation, 网页授权, error codes of the page).

use hufu_core::flow::ProblemCode;

/// WeChat's number, where it has one for this.
pub(super) fn of_page(code: ProblemCode) -> Option<u32> {
    match code {
        ProblemCode::RedirectUriUnregistered => Some(10_003),
        ProblemCode::ScopeRefused => Some(10_005),
        ProblemCode::ScopeMissing => Some(10_010),
        ProblemCode::RedirectUriMissing => Some(10_011),
        ProblemCode::ClientMissing => Some(10_012),
        _ => None,
    }
}
