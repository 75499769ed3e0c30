//! Form bodies, with their token checked and within limits.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::multipart::Multipart;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use hufu_core::secret::{SecretString, constant_time_eq};

use super::{Refusal, visitor};
use crate::console::Console;

/// Bytes of a form at most.
const FORM_LIMIT: usize = 256 * 1024;
/// Bytes of a form with files at most: a list of 10 000 tenants has about one megabyte.
const FILES_LIMIT: usize = 4 * 1024 * 1024;
/// How long a body may take to arrive.
const TIME: Duration = Duration::from_secs(30);

/// A file of a form.
#[derive(Clone)]
pub(crate) struct File {
    /// Its name on the sender's machine; only ever shown.
    pub(crate) name: String,
    /// Its content.
    pub(crate) bytes: Bytes,
}

/// A form from one of our own pages.
#[derive(Clone, Default)]
pub(crate) struct Posted {
    fields: Vec<(String, String)>,
    files: BTreeMap<String, File>,
}

/// Names only: values may be secrets.
impl std::fmt::Debug for Posted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.fields.iter().map(|(name, _)| name)).finish()
    }
}

impl Posted {
    /// A field as it was typed, without the white space around it; empty when it is missing.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    fn raw(&self, name: &str) -> &str {
        let found = self.fields.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// The same when it is not empty.
    pub(crate) fn some(&self, name: &str) -> Option<String> {
        Some(self.get(name))
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
    }

    /// All values of a name, in order.
    pub(crate) fn all(&self, name: &str) -> Vec<String> {
        let values = self.fields.iter().filter(|(known, _)| known == name);
        values.map(|(_, value)| value.trim().to_owned()).collect()
    }

    /// The lines of a text area that are not empty.
    pub(crate) fn lines(&self, name: &str) -> Vec<String> {
        let lines = self.raw(name).lines().map(str::trim);
        lines.filter(|line| !line.is_empty()).map(str::to_owned).collect()
    }

    /// Whether a box was ticked.
    pub(crate) fn is_ticked(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }

    /// A secret, exactly as typed but for white space around it.
    pub(crate) fn secret(&self, name: &str) -> SecretString {
        SecretString::from(self.get(name))
    }

    /// A password, exactly as typed.
    pub(crate) fn password(&self, name: &str) -> SecretString {
        SecretString::from(self.raw(name))
    }

    /// A number, when it is one.
    pub(crate) fn number(&self, name: &str) -> Option<u32> {
        self.get(name).parse().ok()
    }

    /// The version that the page was made from; see `hufu_core::manage`.
    pub(crate) fn version(&self) -> Option<u32> {
        self.number("version")
    }

    /// A file; one that was not chosen has no name and no bytes.
    pub(crate) fn file(&self, name: &str) -> Option<&File> {
        self.files.get(name).filter(|file| !file.bytes.is_empty())
    }
}

impl FromRequest<Console> for Posted {
    type Rejection = Refusal;
    async fn from_request(request: Request, console: &Console) -> Result<Self, Refusal> {
        let (parts, body) = request.into_parts();
        // A browser says so itself when a form comes from another site (Fetch Metadata).
        let site = parts
            .headers
            .get("sec-fetch-site")
            .map(|value| value.as_bytes().to_vec());
        if site.is_some_and(|site| site != b"same-origin") {
            return Err(Refusal::Form);
        }
        let expected = visitor::csrf(console, &parts);
        let content_type = parts.headers.get(header::CONTENT_TYPE);
        let kind = content_type.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let posted = if kind.starts_with("multipart/form-data") {
            read_files(Request::from_parts(parts, body)).await?
        } else if hufu_web::body::is_form(&parts.headers) {
            read_form(body).await?
        } else {
            return Err(Refusal::Body(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        };
        if !constant_time_eq(posted.raw("csrf"), &expected) {
            return Err(Refusal::Form);
        }
        Ok(posted)
    }
}

async fn read_form(body: Body) -> Result<Posted, Refusal> {
    let bytes = timely(body, FORM_LIMIT).await?;
    let fields = url::form_urlencoded::parse(&bytes).into_owned().collect();
    Ok(Posted {
        fields,
        files: BTreeMap::new(),
    })
}

/// The body whole and in time, before anything looks into it.
async fn timely(body: Body, limit: usize) -> Result<Bytes, Refusal> {
    let bytes = tokio::time::timeout(TIME, to_bytes(body, limit)).await;
    bytes
        .map_err(|_| Refusal::Body(StatusCode::REQUEST_TIMEOUT))?
        .map_err(|_| Refusal::Body(StatusCode::PAYLOAD_TOO_LARGE))
}

async fn read_files(request: Request) -> Result<Posted, Refusal> {
    let malformed = |_| Refusal::Body(StatusCode::BAD_REQUEST);
    let (parts, body) = request.into_parts();
    let bytes = timely(body, FILES_LIMIT).await?;
    let mut request = Request::from_parts(parts, Body::from(bytes));
    request
        .extensions_mut()
        .insert(axum::extract::DefaultBodyLimit::disable());
    let multipart = Multipart::from_request(request, &()).await;
    let mut multipart = multipart.map_err(|_| Refusal::Body(StatusCode::BAD_REQUEST))?;
    let mut posted = Posted::default();
    while let Some(field) = multipart.next_field().await.map_err(malformed)? {
        let name = field.name().unwrap_or_default().to_owned();
        if let Some(file_name) = field.file_name().map(str::to_owned) {
            let bytes = field.bytes().await.map_err(malformed)?;
            let file = File { name: file_name, bytes };
            posted.files.insert(name, file);
        } else {
            let value = field.text().await.map_err(malformed)?;
            posted.fields.push((name, value));
        }
    }
    Ok(posted)
}
