//! WeChat's error numbers: what each means, who can act, and whether the same call is worth making again. The one place
//! that knows them; the rows stand in `rows`, by topic.
//!
//! From Tencent's documentation (the pages of each call and the list of global return codes) and, where those are
//! silent, from what other integrations have reported.

use hufu_core::error::Class;
use hufu_core::provider::ProviderErrorCode;
use hufu_core::text::Text;

use super::rows::TOPICS;
use crate::api::{Credential, Endpoint};

/// Whether the same call is worth making again, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Repeat {
    /// It would end the same, or do twice what should be done once.
    Never,
    /// In a moment. A call that spends or changes something may have been carried out all the same.
    Soon,
    /// Once, with the account's token fetched again; see [`super::is_dead_token`].
    NewToken,
    /// When the minute is over.
    NextMinute,
    /// After midnight in Beijing, when the counters begin anew.
    NextDay,
}

/// Chinese, English.
pub(super) type Words = (&'static str, &'static str);

/// One number's meaning.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) errcode: i64,
    /// Holds only for calls that show this; such a row goes before the general one.
    pub(super) at: Option<Credential>,
    /// Stable, and only this row's.
    pub(super) name: &'static str,
    pub(super) class: Class,
    pub(super) code: ProviderErrorCode,
    pub(super) repeat: Repeat,
    pub(super) message: Words,
    pub(super) remedy: Option<Words>,
}

/// A row that holds for all calls, says nothing of a remedy, and lets nothing be repeated.
pub(super) const fn row(
    errcode: i64,
    name: &'static str,
    class: Class,
    code: ProviderErrorCode,
    message: Words,
) -> Row {
    Row {
        errcode,
        at: None,
        name,
        class,
        code,
        repeat: Repeat::Never,
        message,
        remedy: None,
    }
}

impl Row {
    pub(super) const fn at(self, credential: Credential) -> Self {
        Self {
            at: Some(credential),
            ..self
        }
    }

    pub(super) const fn repeat(self, repeat: Repeat) -> Self {
        Self { repeat, ..self }
    }

    pub(super) const fn remedy(self, remedy: Words) -> Self {
        Self {
            remedy: Some(remedy),
            ..self
        }
    }
}

/// The meaning of `errcode` as an answer of `endpoint`.
pub(super) fn find(errcode: i64, endpoint: Endpoint) -> Option<&'static Row> {
    let rows = || TOPICS.iter().copied().flatten().filter(|row| row.errcode == errcode);
    let here = Some(endpoint.credential());
    rows()
        .find(|row| row.at == here)
        .or_else(|| rows().find(|row| row.at.is_none()))
}

pub(super) const fn text((zh, en): Words) -> Text {
    Text::new(zh, en)
}

#[cfg(test)]
mod tests;
