//! The page of a problem: what happened, what to do, who can act, and what to tell them.

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use hufu_core::clock::Timestamp;
use hufu_core::error::Class;
use hufu_core::flow::{Problem, ProblemCode};
use hufu_core::provider::ProviderError;
use hufu_core::text::Locale;
use hufu_web::page::page;
use url::Url;

use super::{Facts, Frame};
use crate::arrival::Scene;

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    frame: Frame,
    tone: &'static str,
    title: String,
    happened: String,
    /// The number by which the app's developer knows it.
    number: Option<u32>,
    todo: String,
    who: String,
    upstream: Option<Upstream<'a>>,
    /// Where nothing else is offered and waiting may help: the same address.
    reload: Option<&'a str>,
    again: Option<&'a str>,
    back: Option<&'a str>,
    facts: Facts,
}

/// What the provider's plug-in says to the one who can act.
struct Upstream<'a> {
    message: &'a str,
    remedy: Option<&'a str>,
    errcode: Option<i64>,
}

/// The page, without the problem's debug text.
pub(crate) fn respond(scene: &Scene, problem: &Problem, status: StatusCode, at: Timestamp) -> Response {
    let frame = Frame::new(scene);
    let stem = stem(problem.code, problem.class);
    let [title, happened, todo] = ["title", "happened", "todo"].map(|part| frame.text(&format!("{stem}.{part}")));
    let who = frame.text(&format!("who.{}", who(problem)));
    let again = problem.again.as_deref().filter(|url| is_safe(url));
    let view = ProblemPage {
        frame,
        tone: tone(problem),
        title,
        happened,
        number: (scene.number)(problem.code),
        todo,
        who,
        upstream: problem.upstream.as_ref().map(|error| upstream(error, scene.locale)),
        reload: (problem.class == Class::Retry && again.is_none()).then_some(scene.url.as_str()),
        again,
        back: problem.back.as_deref().filter(|url| is_safe(url)),
        facts: Facts::new(scene.locale, scene.request_id, at),
    };
    page(status, &view)
}

fn upstream(error: &ProviderError, locale: Locale) -> Upstream<'_> {
    Upstream {
        message: error.message.get(locale),
        remedy: error.remedy.as_ref().map(|remedy| remedy.get(locale)),
        errcode: error.errcode,
    }
}

/// The prefix of the page's keys. What a provider's failure means to the person depends on who can act.
fn stem(code: ProblemCode, class: Class) -> String {
    match code {
        ProblemCode::Upstream => format!("problem.upstream_{}", class_key(class)),
        code => format!("problem.{}", code.as_str()),
    }
}

const fn class_key(class: Class) -> &'static str {
    match class {
        Class::Retry => "retry",
        Class::StartAgain => "start_again",
        Class::Developer => "developer",
        Class::TenantAdmin => "tenant_admin",
        Class::Operator => "operator",
    }
}

/// Who can act. After a finished login nobody has to, whatever class such pages have.
const fn who(problem: &Problem) -> &'static str {
    match problem.code {
        ProblemCode::AlreadyFinished => "nobody",
        ProblemCode::TrialUsed | ProblemCode::TrialExpired => "tester",
        _ => class_key(problem.class),
    }
}

/// Which icon and colour; both, since colour alone tells some people nothing.
fn tone(problem: &Problem) -> &'static str {
    match (problem.code, problem.class) {
        (ProblemCode::AlreadyFinished, _) => "good",
        (_, Class::StartAgain) => "info",
        (_, Class::Retry) => "wait",
        _ => "bad",
    }
}

/// Whether a link may stand on a page: the web, or an app by its own scheme in reverse domain form (RFC 8252, 7.1).
/// The URLs come from the engine and are registered; `javascript:` and `data:` stop here all the same.
fn is_safe(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") || url.scheme().contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::has;

    const CLASSES: [Class; 5] = [
        Class::Retry,
        Class::StartAgain,
        Class::Developer,
        Class::TenantAdmin,
        Class::Operator,
    ];

    #[test]
    fn every_problem_has_its_texts_in_both_languages() {
        for locale in [Locale::ZhCn, Locale::En] {
            assert!(has(locale, "who.nobody") && has(locale, "who.tester"));
            for class in CLASSES {
                assert!(has(locale, &format!("who.{}", class_key(class))), "{class:?}");
                for code in ProblemCode::ALL {
                    for part in ["title", "happened", "todo"] {
                        let key = format!("{}.{part}", stem(code, class));
                        assert!(has(locale, &key), "{} lacks {key}", locale.tag());
                    }
                }
            }
        }
    }

    #[test]
    fn only_links_to_the_web_and_to_apps() {
        for good in [
            "https://a.example/cb?error=x",
            "http://127.0.0.1:1/",
            "com.example.app:/cb",
        ] {
            assert!(is_safe(good), "{good}");
        }
        for bad in [
            "javascript:alert(1)",
            "data:text/html,x",
            "/relative",
            "",
            "vbscript:x",
            "weixin://dl",
        ] {
            assert!(!is_safe(bad), "{bad}");
        }
    }
}
