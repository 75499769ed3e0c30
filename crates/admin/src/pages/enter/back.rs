//! Where somebody wanted to go before they were asked to sign in.

use serde::Deserialize;

use crate::http::is_ours;

/// The query of the pages of a sign-in.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Back {
    back: String,
}

impl Back {
    /// One of the console's pages, whatever was asked for.
    pub(super) fn path(&self) -> &str {
        if is_ours(&self.back) { &self.back } else { "/admin" }
    }

    /// Another page of the sign-in that remembers the same.
    pub(super) fn on(&self, page: &str) -> String {
        if self.path() == "/admin" {
            return page.to_owned();
        }
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("back", self.path())
            .finish();
        format!("{page}?{query}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn back(path: &str) -> Back {
        Back { back: path.to_owned() }
    }

    #[test]
    fn nobody_is_sent_to_another_site() {
        for ours in ["/admin", "/admin?x=1", "/admin/tenants?q=a%20..b&status=active"] {
            assert_eq!(back(ours).path(), ours);
        }
        for foreign in [
            "",
            "https://evil.example/admin",
            "//evil.example/admin",
            "/administrator",
            "/t/acme/login",
            "/admin/../t/evil/login",
            "/admin/%2E%2e/t/evil/login",
            "/admin/.%2e/t/evil/login",
            "/admin/.\t./t/evil/login",
            "/admin\\..\\evil",
            "/admin/a\r\nset-cookie: x",
        ] {
            assert_eq!(back(foreign).path(), "/admin", "{foreign:?}");
        }
    }

    #[test]
    fn the_way_back_goes_along() {
        assert_eq!(back("").on("/admin/enrol"), "/admin/enrol");
        assert_eq!(
            back("/admin/logins?q=a&b=c").on("/admin/enrol"),
            "/admin/enrol?back=%2Fadmin%2Flogins%3Fq%3Da%26b%3Dc"
        );
    }
}
