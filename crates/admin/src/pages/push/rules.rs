//! The answers as a form: a few fields a rule, told apart by their row's number, so that it works without scripts.

use hufu_core::manage::PushRules;
use hufu_core::model::{Client, PushMatch, PushRule, PushText};
use hufu_core::provider::FieldProblem;

use crate::http::{Posted, Visitor};
use crate::ui::{Choice, Field};

/// Rows that a form may have; the manager takes fewer.
const MOST: usize = 60;

/// A text with its login link, as fields.
pub(super) struct Text {
    pub(super) text: Field,
    pub(super) client: Field,
    pub(super) link: Field,
}

/// A rule as fields.
pub(super) struct Row {
    pub(super) number: String,
    pub(super) words: Field,
    pub(super) matches: Field,
    pub(super) answer: Text,
    /// Ticked to take the rule away.
    pub(super) gone: Option<Field>,
}

/// All answers as fields.
pub(super) struct Drawn {
    pub(super) rows: Vec<Row>,
    pub(super) greeting: Text,
    pub(super) fallback: Text,
}

/// What was typed. Rows that are empty or ticked away are left out.
pub(super) fn typed(posted: &Posted) -> PushRules {
    let rows = posted.number("rows").unwrap_or_default();
    let rows = usize::try_from(rows).unwrap_or_default().min(MOST);
    let kept = (0..rows).filter(|n| !posted.is_ticked(&format!("gone_{n}")));
    let rules = kept.map(|n| PushRule {
        words: words(&posted.lines(&format!("words_{n}"))),
        matches: match posted.get(&format!("matches_{n}")) {
            "contains" => PushMatch::Contains,
            _ => PushMatch::Exact,
        },
        answer: text(posted, &format!("rule_{n}")),
    });
    let is_empty = |text: &PushText| text.text.is_empty() && text.client_id.is_none();
    PushRules {
        rules: rules
            .filter(|rule| !rule.words.is_empty() || !is_empty(&rule.answer))
            .collect(),
        greeting: Some(text(posted, "greeting")).filter(|text| !is_empty(text)),
        fallback: Some(text(posted, "fallback")).filter(|text| !is_empty(text)),
    }
}

/// Words may stand one a line, or with commas between.
fn words(lines: &[String]) -> Vec<String> {
    let words = lines.iter().flat_map(|line| line.split([',', '，', '、']));
    words
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

fn text(posted: &Posted, name: &str) -> PushText {
    PushText {
        text: posted.get(&format!("{name}_text")).to_owned(),
        client_id: posted.get(&format!("{name}_client")).parse().ok(),
        link: posted.get(&format!("{name}_link")).to_owned(),
    }
}

/// Draws the form: the rules, and so many empty rows behind them.
pub(super) fn draw(
    visitor: &Visitor,
    clients: &[Client],
    rules: &PushRules,
    blank: usize,
    problems: &[FieldProblem],
) -> Drawn {
    let drawer = Drawer {
        visitor,
        clients,
        problems,
    };
    let nothing = PushRule {
        words: Vec::new(),
        matches: PushMatch::Exact,
        answer: PushText::default(),
    };
    let count = rules.rules.len();
    let all = rules.rules.iter().chain(std::iter::repeat_n(&nothing, blank));
    let rows = all
        .enumerate()
        .take(MOST)
        .map(|(n, rule)| drawer.row(n, rule, n < count));
    let none = PushText::default();
    Drawn {
        rows: rows.collect(),
        greeting: drawer.answer("greeting", "greeting", rules.greeting.as_ref().unwrap_or(&none)),
        fallback: drawer.answer("fallback", "fallback", rules.fallback.as_ref().unwrap_or(&none)),
    }
}

struct Drawer<'a> {
    visitor: &'a Visitor,
    clients: &'a [Client],
    problems: &'a [FieldProblem],
}

impl Drawer<'_> {
    fn error(&self, field: &str) -> Option<String> {
        let problem = self.problems.iter().find(|problem| problem.field == field);
        problem.map(|problem| self.visitor.say(&problem.message))
    }

    fn row(&self, n: usize, rule: &PushRule, is_kept: bool) -> Row {
        let visitor = self.visitor;
        let matches = match rule.matches {
            PushMatch::Exact => "exact",
            PushMatch::Contains => "contains",
        };
        Row {
            number: (n + 1).to_string(),
            words: Field::new(format!("words_{n}"), visitor.text("push.words"))
                .hint(visitor.text("push.words_hint"))
                .value(rule.words.join("，"))
                .error(self.error(&format!("rules[{n}].words"))),
            matches: Field::new(format!("matches_{n}"), visitor.text("push.matches"))
                .value(matches)
                .choices(vec![
                    Choice::new("exact", visitor.text("push.matches_exact")),
                    Choice::new("contains", visitor.text("push.matches_contains")),
                ])
                .required(),
            answer: self.answer(&format!("rule_{n}"), &format!("rules[{n}]"), &rule.answer),
            gone: is_kept.then(|| Field::new(format!("gone_{n}"), visitor.text("push.rule_gone"))),
        }
    }

    fn answer(&self, name: &str, at: &str, text: &PushText) -> Text {
        let visitor = self.visitor;
        let none = Choice::new("", visitor.text("push.no_link"));
        let clients = self.clients.iter();
        let clients = clients.map(|client| Choice::new(client.id.to_string(), client.name.as_str()));
        Text {
            text: Field::new(format!("{name}_text"), visitor.text("push.text"))
                .value(text.text.as_str())
                .rows(2)
                .error(self.error(&format!("{at}.text"))),
            client: Field::new(format!("{name}_client"), visitor.text("push.client"))
                .value(text.client_id.map(|id| id.to_string()).unwrap_or_default())
                .choices(std::iter::once(none).chain(clients).collect())
                .error(self.error(&format!("{at}.client_id"))),
            link: Field::new(format!("{name}_link"), visitor.text("push.link"))
                .value(text.link.as_str())
                .placeholder(visitor.text("push.link_usual"))
                .error(self.error(&format!("{at}.link"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_one_a_line_or_between_commas() {
        let lines = ["登录，login、 sign in".to_owned(), "hi,".to_owned()];
        assert_eq!(words(&lines), ["登录", "login", "sign in", "hi"]);
    }
}
