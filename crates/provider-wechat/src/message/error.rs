//! Why a push cannot be read.

/// A push that cannot be read. Its text repeats nothing of the push.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// Longer than the caller reads.
    #[error("longer than {limit} bytes")]
    TooLong {
        /// The caller's limit, in bytes.
        limit: usize,
    },
    /// Not UTF-8, or XML that says it is something else.
    #[error("not UTF-8")]
    NotUtf8,
    /// Neither well-formed XML with the root `xml` nor a JSON object.
    #[error("not well-formed")]
    Malformed,
    /// Something that WeChat never sends and attackers do.
    #[error("{0} is not allowed")]
    Forbidden(&'static str),
    /// More levels than WeChat's messages have.
    #[error("nested more than 8 levels deep")]
    TooDeep,
    /// A field that decides something stands twice.
    #[error("{0} stands more than once")]
    Repeated(&'static str),
    /// A field that must be there is not.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A field does not have its form.
    #[error("{0} does not have its form")]
    Invalid(&'static str),
}
