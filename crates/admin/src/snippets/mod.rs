//! What an app's developer copies: one file of `templates/snippets` a language, filled in.
//!
//! Values go between double quotes: client ids and issuers are plain, and a redirect URI that may be registered has
//! neither quotes nor backslashes. Where the secret is not known any more, its place says so.

use askama::Template;

/// What is filled in.
#[derive(Debug, Clone)]
pub(crate) struct App {
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    /// None: a public client, which has none.
    pub(crate) secret: Option<String>,
    pub(crate) redirect_uri: String,
    /// Scopes apart by spaces.
    pub(crate) scope: String,
    /// How its ID tokens are signed.
    pub(crate) algorithm: &'static str,
}

impl App {
    /// Stands for a secret that cannot be shown.
    pub(crate) const PLACEHOLDER: &'static str = "YOUR_CLIENT_SECRET";

    pub(crate) fn discovery(&self) -> String {
        format!("{}/.well-known/openid-configuration", self.issuer)
    }

    /// The path of the redirect URI, for routes.
    fn path(&self) -> String {
        let parsed = url::Url::parse(&self.redirect_uri).ok();
        parsed.map_or_else(|| "/callback".to_owned(), |url| url.path().to_owned())
    }

    /// The scheme and host of the redirect URI.
    fn origin(&self) -> String {
        let parsed = url::Url::parse(&self.redirect_uri).ok();
        parsed.map_or_else(String::new, |url| url.origin().ascii_serialization())
    }

    /// Between single quotes of PHP.
    fn php_redirect_uri(&self) -> String {
        self.redirect_uri.replace('\\', "\\\\").replace('\'', "\\'")
    }

    /// Scopes apart by something else.
    fn scopes(&self, between: &str) -> String {
        self.scope.split(' ').collect::<Vec<_>>().join(between)
    }

    fn scopes_quoted(&self, quote: &str) -> String {
        let quoted = self.scope.split(' ').map(|scope| format!("{quote}{scope}{quote}"));
        quoted.collect::<Vec<_>>().join(", ")
    }
}

/// A snippet in the page.
#[derive(Debug, Clone)]
pub(crate) struct Snippet {
    /// Unique on the page.
    pub(crate) id: String,
    /// Language and library.
    pub(crate) label: &'static str,
    pub(crate) text: String,
}

macro_rules! languages {
    ($($name:ident $path:literal $id:literal $label:literal),+ $(,)?) => {
        $(
            #[derive(Template)]
            #[template(path = $path, escape = "none")]
            struct $name<'a> {
                app: &'a App,
            }
        )+

        /// All of them, for one app.
        pub(crate) fn snippets(app: &App) -> Vec<Snippet> {
            let all = vec![$(Snippet {
                id: format!("snippet-{}", $id),
                label: $label,
                text: $name { app }.render().unwrap_or_default(),
            }),+];
            // A proxy is a server and can keep a secret: nobody registers one as public.
            let fits = |snippet: &Snippet| app.secret.is_some() || snippet.id != "snippet-nginx";
            all.into_iter().filter(fits).collect()
        }
    };
}

languages! {
    Generic "snippets/generic.txt" "generic" "OpenID Connect",
    Python "snippets/python.txt" "python" "Python (Flask + Authlib)",
    Node "snippets/node.txt" "node" "Node.js (openid-client 6)",
    Php "snippets/php.txt" "php" "PHP (jumbojett/openid-connect-php)",
    Java "snippets/java.txt" "java" "Java (Spring Security, application.yml)",
    Go "snippets/go.txt" "go" "Go (coreos/go-oidc 3)",
    Rust "snippets/rust.txt" "rust" "Rust (openidconnect 4)",
    CSharp "snippets/csharp.txt" "csharp" "C# (ASP.NET Core)",
    Apache "snippets/apache.txt" "apache" "Apache (mod_auth_openidc)",
    Nginx "snippets/nginx.txt" "nginx" "nginx (oauth2-proxy)",
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(secret: Option<&str>) -> App {
        App {
            issuer: "https://login.example.com/t/acme".to_owned(),
            client_id: "01JD0000000000000000000000".to_owned(),
            secret: secret.map(str::to_owned),
            redirect_uri: "https://www.example.com/wechat/callback?a=o'b".to_owned(),
            scope: "openid profile wechat".to_owned(),
            algorithm: "RS256",
        }
    }

    #[test]
    fn each_names_the_client_and_the_issuer() {
        let all = snippets(&app(Some(App::PLACEHOLDER)));
        assert_eq!(all.len(), 10);
        for snippet in all {
            let (label, text) = (snippet.label, &snippet.text);
            assert!(text.contains("01JD0000000000000000000000"), "{label}\n{text}");
            assert!(text.contains("https://login.example.com/t/acme"), "{label}");
            assert!(text.contains("YOUR_CLIENT_SECRET"), "{label}");
            assert!(text.lines().count() <= 40, "{label}: {}", text.lines().count());
            assert!(!text.contains("{{") && !text.contains("{%"), "{label}");
        }
    }

    #[test]
    fn a_public_client_has_no_secret_in_any() {
        for snippet in snippets(&app(None)) {
            assert!(!snippet.text.contains("YOUR_CLIENT_SECRET"), "{}", snippet.label);
            assert!(snippet.text.contains("01JD0000000000000000000000"), "{}", snippet.label);
        }
    }

    #[test]
    fn the_secret_stands_where_it_was_just_made() {
        for snippet in snippets(&app(Some("s3cret"))) {
            assert!(snippet.text.contains("s3cret"), "{}", snippet.label);
            assert!(!snippet.text.contains("YOUR_CLIENT_SECRET"), "{}", snippet.label);
        }
    }

    #[test]
    fn quotes_do_not_end_a_text() {
        let all = snippets(&app(Some(App::PLACEHOLDER)));
        let php = all.iter().find(|snippet| snippet.id == "snippet-php").unwrap();
        assert!(php.text.contains(r"callback?a=o\'b'"), "{}", php.text);
    }
}
