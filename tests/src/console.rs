//! An operator at the console.

use std::collections::BTreeMap;

use hufu_core::clock::{SystemRandom, random_alphanumeric};
use hufu_core::ids::AgencyId;
use hufu_core::manage::{By, NewOperator};
use hufu_core::model::{Operator, Seat};

use crate::{Browser, Page, TestApp, Upload};

/// What operators of the tests sign in with.
pub const PASSWORD: &str = "a horse, a battery, a staple";

/// An operator at the console, signed in.
#[derive(Debug)]
pub struct ConsoleUser {
    /// Their browser.
    pub browser: Browser,
    /// Who they are.
    pub operator: Operator,
    base: String,
}

impl TestApp {
    /// Adds an operator with this seat and signs them in.
    pub async fn operator(&self, seat: Seat, agency_id: Option<AgencyId>) -> ConsoleUser {
        let login = format!("op-{}", random_alphanumeric(&SystemRandom, 12).to_ascii_lowercase());
        let by = By {
            actor: "cli:tests".to_owned(),
            from: None,
        };
        let new = NewOperator {
            login,
            name: "测试员 <b>🙂".to_owned(),
            seat,
            agency_id,
            password: PASSWORD.into(),
        };
        let operator = self.hufu.operators.add_operator(&by, new).await.unwrap();
        let user = ConsoleUser {
            browser: Browser::new("Mozilla/5.0 (X11; Linux x86_64) Tests/1.0"),
            operator,
            base: self.url.clone(),
        };
        user.sign_in().await;
        user
    }
}

impl ConsoleUser {
    /// Where Hufu listens.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Signs in by the page's own form.
    pub async fn sign_in(&self) {
        let form = [("login", self.operator.login.as_str()), ("password", PASSWORD)];
        let page = self.submit("/admin/login", "/admin/login", &form).await;
        assert_eq!(page.status, 303, "{}", page.body);
    }

    /// Gets a page.
    pub async fn get(&self, path: &str) -> Page {
        self.browser.get(format!("{}{path}", self.base)).await
    }

    /// Gets a page, which must be there.
    pub async fn page(&self, path: &str) -> Page {
        let page = self.get(path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.body);
        page
    }

    /// Posts a form with nothing but its token added; the token comes from the page at `from`.
    pub async fn submit(&self, from: &str, to: &str, form: &[(&str, &str)]) -> Page {
        let csrf = self.token(from).await;
        let mut form = form.to_vec();
        form.push(("csrf", &csrf));
        self.browser.post(format!("{}{to}", self.base), &form).await
    }

    /// Posts a form with files and its token.
    pub async fn upload(&self, from: &str, to: &str, form: &[(&str, &str)], files: &[Upload<'_>]) -> Page {
        let csrf = self.token(from).await;
        let mut form = form.to_vec();
        form.push(("csrf", &csrf));
        self.browser.upload(format!("{}{to}", self.base), &form, files).await
    }

    /// The token of the forms of a page.
    pub async fn token(&self, from: &str) -> String {
        let page = self.get(from).await;
        fields(&page.body)
            .remove("csrf")
            .unwrap_or_else(|| panic!("no form at {from}: {} {}", page.status, page.body))
    }
}

/// The values of the `<input>`s of a page, by name; of several with one name the first.
pub fn fields(html: &str) -> BTreeMap<String, String> {
    let attribute = |tag: &str, name: &str| {
        let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
        let rest = &tag[start..];
        Some(rest[..rest.find('"')?].to_owned())
    };
    let mut fields = BTreeMap::new();
    for tag in html.split("<input").skip(1) {
        let tag = tag.split('>').next().unwrap_or_default();
        if let Some(name) = attribute(tag, "name") {
            fields
                .entry(name)
                .or_insert_with(|| attribute(tag, "value").unwrap_or_default());
        }
    }
    fields
}
