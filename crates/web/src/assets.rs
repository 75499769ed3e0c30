//! Style sheets, scripts and icons: part of the program, named by their content.
//!
//! The URL holds a hash of the content, so that a browser may keep the answer for ever and still never mixes the
//! style of one version with the pages of another.

use std::fmt::Write as _;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use sha2::{Digest as _, Sha256};

use crate::headers::IMMUTABLE;

/// One file.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    /// File name in URLs.
    pub name: &'static str,
    /// `Content-Type`.
    pub media_type: &'static str,
    /// Content.
    pub body: &'static [u8],
}

/// The files of a face.
#[derive(Debug)]
pub struct Assets {
    prefix: &'static str,
    files: Vec<(String, Asset)>,
}

impl Assets {
    /// Files served at `{prefix}/{hash}/{name}`.
    #[must_use]
    pub fn new(prefix: &'static str, files: &[Asset]) -> Self {
        Self {
            prefix,
            files: files.iter().map(|file| (hash(file.body), *file)).collect(),
        }
    }

    /// The route under which [`Assets::serve`] is to stand.
    #[must_use]
    pub fn route(&self) -> String {
        format!("{}/{{hash}}/{{name}}", self.prefix)
    }

    /// The path of a file.
    #[must_use]
    pub fn url(&self, name: &str) -> String {
        let hash = self
            .files
            .iter()
            .find(|(_, file)| file.name == name)
            .map_or("", |(hash, _)| hash);
        format!("{}/{hash}/{name}", self.prefix)
    }

    /// The answer for a file.
    ///
    /// While instances are replaced one by one, a page of another version may ask here for its files: it gets ours,
    /// to be asked for again.
    #[must_use]
    pub fn serve(&self, asked: &str, name: &str) -> Response {
        let Some((hash, file)) = self.files.iter().find(|(_, file)| file.name == name) else {
            return StatusCode::NOT_FOUND.into_response();
        };
        let caching = if asked == hash {
            IMMUTABLE
        } else {
            HeaderValue::from_static("no-cache")
        };
        (
            [
                (header::CONTENT_TYPE, HeaderValue::from_static(file.media_type)),
                (header::CACHE_CONTROL, caching),
            ],
            file.body,
        )
            .into_response()
    }
}

fn hash(body: &[u8]) -> String {
    Sha256::digest(body)
        .iter()
        .take(6)
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_kept_for_ever_only_under_its_own_hash() {
        let files = Assets::new(
            "/assets",
            &[Asset {
                name: "a.css",
                media_type: "text/css",
                body: b"a{}",
            }],
        );
        let url = files.url("a.css");
        let hash = url.split('/').nth(2).unwrap();
        assert_eq!(hash.len(), 12);
        assert_eq!(files.serve(hash, "a.css").headers()[header::CACHE_CONTROL], IMMUTABLE);
        assert_eq!(
            files.serve("0123", "a.css").headers()[header::CACHE_CONTROL],
            "no-cache"
        );
        assert_eq!(files.serve(hash, "b.css").status(), StatusCode::NOT_FOUND);
    }
}
