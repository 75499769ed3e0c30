//! Query strings and forms, kept in the order they came in.

use url::form_urlencoded;

#[derive(Clone, Debug, Default)]
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    /// Lenient: a value that was not percent-encoded is taken as it stands, up to the next `&`.
    pub(crate) fn parse(raw: &str) -> Self {
        Self(form_urlencoded::parse(raw.as_bytes()).into_owned().collect())
    }

    /// Takes over parameters of a form.
    pub(crate) fn and_form(&mut self, body: &[u8]) {
        self.0.extend(form_urlencoded::parse(body).into_owned());
    }

    /// The first value of that name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// As [`Params::get`], where an empty value counts as absent.
    pub(crate) fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        matches!(self.get(name), Some("true" | "1"))
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(key, _)| key.as_str())
    }

    /// For the log: a reader must be able to follow a login, not to take it over.
    pub(crate) fn redacted(&self) -> String {
        let mut out = form_urlencoded::Serializer::new(String::new());
        for (key, value) in &self.0 {
            match key.as_str() {
                "secret" => out.append_pair(key, "…"),
                "code" | "js_code" | "access_token" | "refresh_token" => {
                    out.append_pair(key, &value.chars().take(6).chain(['…']).collect::<String>())
                }
                _ => out.append_pair(key, value),
            };
        }
        percent_encoding::percent_decode_str(&out.finish())
            .decode_utf8_lossy()
            .into_owned()
    }
}
