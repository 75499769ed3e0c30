//! Parameters of a request, as a list that remembers repetitions.

use percent_encoding::percent_decode;

/// Why a query or form body cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// A percent-encoded value is not UTF-8.
    #[error("a parameter is not valid UTF-8")]
    NotUtf8,
    /// More bytes than any honest request has.
    #[error("the parameters are longer than {limit} bytes")]
    TooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// A parameter stands there more than once (RFC 6749, section 3.1 forbids it).
    #[error("the parameter `{name}` is repeated")]
    Repeated {
        /// The parameter's name, one of those asked for.
        name: &'static str,
    },
}

/// Decoded `application/x-www-form-urlencoded` pairs in their order.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// Bytes that a query or body may have: room for a `state` and a `nonce` of some kilobytes each.
    pub const LIMIT: usize = 16 * 1024;

    /// Decodes a query string or form body strictly: what is not UTF-8 is refused rather than replaced.
    ///
    /// # Errors
    /// [`FormError::TooLong`] or [`FormError::NotUtf8`].
    pub fn parse(encoded: &[u8]) -> Result<Self, FormError> {
        if encoded.len() > Self::LIMIT {
            return Err(FormError::TooLong { limit: Self::LIMIT });
        }
        let decode = |part: &[u8]| {
            let spaced: Vec<u8> = part.iter().map(|b| if *b == b'+' { b' ' } else { *b }).collect();
            let text = percent_decode(&spaced).decode_utf8().map_err(|_| FormError::NotUtf8)?;
            Ok(text.into_owned())
        };
        encoded
            .split(|b| *b == b'&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let cut = pair.iter().position(|b| *b == b'=');
                let (name, value) = cut.map_or((pair, &b""[..]), |at| (&pair[..at], &pair[at + 1..]));
                Ok((decode(name)?, decode(value)?))
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// From pairs already decoded.
    #[must_use]
    pub fn from_pairs(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// The value of `name`; an empty value counts as absent (RFC 6749, section 3.1).
    ///
    /// # Errors
    /// [`FormError::Repeated`] when it stands there twice.
    pub fn get(&self, name: &'static str) -> Result<Option<&str>, FormError> {
        let mut values = self.0.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str());
        let first = values.next();
        if values.next().is_some() {
            return Err(FormError::Repeated { name });
        }
        Ok(first.filter(|value| !value.is_empty()))
    }

    /// Whether `name` stands there at all.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(n, _)| n == name)
    }

    /// All pairs.
    #[must_use]
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// Adds a pair.
    pub fn push(&mut self, name: &str, value: &str) {
        self.0.push((name.to_owned(), value.to_owned()));
    }
}

/// Names only: values can be codes and secrets.
impl std::fmt::Debug for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_decoded_and_empty_values_are_absent() {
        let form = Form::parse(b"a=1+2&b=%E5%BC%A0&c=&d").unwrap();
        assert_eq!(form.get("a"), Ok(Some("1 2")));
        assert_eq!(form.get("b"), Ok(Some("张")));
        assert_eq!(form.get("c"), Ok(None));
        assert!(form.has("d") && !form.has("e"));
    }

    #[test]
    fn bad_input_is_told_apart() {
        assert_eq!(Form::parse(b"a=%FF"), Err(FormError::NotUtf8));
        assert_eq!(
            Form::parse(&[b'a'; Form::LIMIT + 1]),
            Err(FormError::TooLong { limit: Form::LIMIT })
        );
        assert_eq!(
            Form::parse(b"a=1&a=1").unwrap().get("a"),
            Err(FormError::Repeated { name: "a" })
        );
    }
}
