//! Domain ownership files that WeChat fetches: `/MP_verify_{16}.txt`.

use serde::Serialize;

use crate::ids::TenantId;

/// Why a file is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyFileError {
    /// The name is not `MP_verify_` + 16 letters or digits + `.txt`.
    #[error("the file's name must be MP_verify_ + 16 letters or digits + .txt, as WeChat's console gave it")]
    Name,
    /// The content is not the 16 characters of its name.
    #[error("the file's content must be the 16 characters that stand in its name")]
    Content,
    /// The host has a scheme, port, path or other characters.
    #[error("the host must be a plain host name: no scheme, port or path")]
    Host,
}

/// One ownership file, served at the root of one host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerifyFile {
    /// Whose it is.
    pub tenant_id: TenantId,
    /// Host name, lower case, without a port.
    pub host: String,
    /// The 16 characters: part of the name, and the whole content.
    pub token: String,
}

impl VerifyFile {
    /// Checks host, file name and content.
    ///
    /// # Errors
    /// What is wrong.
    pub fn new(tenant_id: TenantId, host: &str, name: &str, content: &str) -> Result<Self, VerifyFileError> {
        let token = Self::token_of(name).ok_or(VerifyFileError::Name)?;
        if content.trim() != token {
            return Err(VerifyFileError::Content);
        }
        let host = host.to_ascii_lowercase();
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'.' || b == b'-';
        if host.is_empty() || host.len() > 253 || !host.bytes().all(plain) {
            return Err(VerifyFileError::Host);
        }
        Ok(Self {
            tenant_id,
            host,
            token: token.to_owned(),
        })
    }

    /// The file's name.
    #[must_use]
    pub fn name(&self) -> String {
        format!("MP_verify_{}.txt", self.token)
    }

    /// The 16 characters of a file name, when it is one.
    #[must_use]
    pub fn token_of(name: &str) -> Option<&str> {
        let token = name.strip_prefix("MP_verify_")?.strip_suffix(".txt")?;
        (token.len() == 16 && token.bytes().all(|b| b.is_ascii_alphanumeric())).then_some(token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{SystemClock, SystemRandom};

    #[test]
    fn only_real_files_at_plain_hosts() {
        let tenant = TenantId::generate(&SystemClock, &SystemRandom);
        let file = |host, name, content| VerifyFile::new(tenant, host, name, content);
        let good = file(
            "Login.Example.com",
            "MP_verify_P97WLFQjVODXzc3j.txt",
            "P97WLFQjVODXzc3j\n",
        )
        .unwrap();
        assert_eq!(
            (good.host.as_str(), good.token.as_str()),
            ("login.example.com", "P97WLFQjVODXzc3j")
        );
        assert_eq!(file("a", "MP_verify_short.txt", "short"), Err(VerifyFileError::Name));
        assert_eq!(
            file("a", "MP_verify_P97WLFQjVODXzc3j.txt", "other"),
            Err(VerifyFileError::Content)
        );
        assert_eq!(
            file("http://a", "MP_verify_P97WLFQjVODXzc3j.txt", "P97WLFQjVODXzc3j"),
            Err(VerifyFileError::Host)
        );
    }
}
