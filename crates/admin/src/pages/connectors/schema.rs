//! Draws a connector's form from its plug-in's schema and reads it back. Nothing here knows any plug-in: what fields
//! there are, what they are called and what they take stands in the schema alone, and so does what is wrong with them.

use std::collections::BTreeMap;

use hufu_core::manage::ManageError;
use hufu_core::provider::{self, FieldKind, FieldProblem, FormSchema};
use hufu_core::secret::SecretString;
use hufu_core::text::Locale;

use crate::http::Posted;
use crate::ui::{Choice, Field};

/// More choices than these are a list to open.
const CARDS: usize = 4;

/// Which fields of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::pages) enum Part {
    /// What must be given and is no secret: it says which account it is.
    Needed,
    /// What has a default: how the account is used.
    Chosen,
    /// Both.
    Open,
    /// Secrets that must be given: write-only. Those that may be left out belong to pages of their own.
    Secret,
}

impl Part {
    fn has(self, field: &provider::Field) -> bool {
        let secret = matches!(field.kind, FieldKind::Secret { .. });
        match self {
            Self::Needed => !secret && field.default.is_none(),
            Self::Chosen => !secret && field.default.is_some(),
            Self::Open => !secret,
            Self::Secret => secret && field.default.is_none(),
        }
    }

    fn of(self, schema: &FormSchema) -> impl Iterator<Item = &provider::Field> {
        schema.fields.iter().filter(move |field| self.has(field))
    }
}

/// How a field is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Text,
    Secret,
    Cards,
    List,
}

/// A field, ready for the template.
#[derive(Debug, Clone)]
pub(in crate::pages) struct Drawn {
    shape: Shape,
    pub(in crate::pages) field: Field,
}

impl Drawn {
    pub(in crate::pages) fn is_secret(&self) -> bool {
        self.shape == Shape::Secret
    }

    pub(in crate::pages) fn is_cards(&self) -> bool {
        self.shape == Shape::Cards
    }

    pub(in crate::pages) fn is_list(&self) -> bool {
        self.shape == Shape::List
    }
}

/// The input of a field: apart from the page's own, whatever a plug-in calls its fields.
fn input(name: &str) -> String {
    format!("setting_{name}")
}

/// The fields of a part, with their values (never those of secrets) and what is wrong with them.
pub(in crate::pages) fn draw(
    locale: Locale,
    schema: &FormSchema,
    part: Part,
    values: &BTreeMap<String, String>,
    problems: &[FieldProblem],
) -> Vec<Drawn> {
    let one = |field: &provider::Field| draw_one(locale, field, values, problems);
    part.of(schema).map(one).collect()
}

fn draw_one(
    locale: Locale,
    field: &provider::Field,
    values: &BTreeMap<String, String>,
    problems: &[FieldProblem],
) -> Drawn {
    let problem = problems.iter().find(|problem| problem.field == field.name);
    let error = problem.map(|problem| problem.message.get(locale).to_owned());
    let mut drawn = Field::new(input(field.name), field.label.get(locale));
    if error.is_none() {
        // The message of a problem repeats the hint.
        drawn = drawn.hint(field.hint.get(locale));
    }
    drawn = drawn.error(error);
    if field.default.is_none() {
        drawn = drawn.required();
    }
    let value = values.get(field.name).filter(|value| !value.is_empty());
    let value = value.map(String::as_str).or(field.default).unwrap_or_default();
    match &field.kind {
        FieldKind::Text { .. } => Drawn {
            shape: Shape::Text,
            field: drawn.value(value).mono(),
        },
        FieldKind::Secret { .. } => Drawn {
            shape: Shape::Secret,
            field: drawn.autocomplete("off"),
        },
        FieldKind::Choice { choices } => {
            let shape = if choices.len() > CARDS {
                Shape::List
            } else {
                Shape::Cards
            };
            let choices = choices
                .iter()
                .map(|choice| Choice::new(choice.value, choice.label.get(locale)));
            Drawn {
                shape,
                field: drawn.value(value).required().choices(choices.collect()),
            }
        }
    }
}

/// What was typed into the open fields of a part.
pub(in crate::pages) fn values(schema: &FormSchema, part: Part, posted: &Posted) -> BTreeMap<String, String> {
    let fields = part.of(schema).filter(|field| Part::Open.has(field));
    let typed = fields.map(|field| (field.name.to_owned(), posted.get(&input(field.name)).to_owned()));
    typed.collect()
}

/// The secrets that were typed; those left empty are not among them.
pub(in crate::pages) fn secrets(schema: &FormSchema, posted: &Posted) -> BTreeMap<String, SecretString> {
    let typed = Part::Secret
        .of(schema)
        .filter(|field| !posted.get(&input(field.name)).is_empty());
    let typed = typed.map(|field| (field.name.to_owned(), posted.secret(&input(field.name))));
    typed.collect()
}

/// What is wrong with a form of which every secret was left empty.
pub(in crate::pages) fn all_missing(schema: &FormSchema) -> Vec<FieldProblem> {
    let empty = schema.validate(BTreeMap::new()).err().unwrap_or_default();
    let secret: Vec<&str> = schema.secrets().collect();
    empty
        .into_iter()
        .filter(|problem| secret.contains(&problem.field.as_str()))
        .collect()
}

/// The problems of fields, when the error is about fields.
pub(in crate::pages) fn problems(error: Option<&ManageError>) -> &[FieldProblem] {
    match error {
        Some(ManageError::Fields(problems)) => problems,
        _ => &[],
    }
}

/// Values as facts to read: label and value, a choice by its label.
pub(in crate::pages) fn facts(
    locale: Locale,
    schema: &FormSchema,
    part: Part,
    values: &BTreeMap<String, String>,
) -> Vec<(String, String)> {
    let fact = |field: &provider::Field| {
        let value = values.get(field.name)?;
        let label = match &field.kind {
            FieldKind::Choice { choices } => choices.iter().find(|choice| choice.value == value),
            _ => None,
        };
        let shown = label.map_or_else(|| value.clone(), |choice| choice.label.get(locale).to_owned());
        Some((field.label.get(locale).to_owned(), shown))
    };
    part.of(schema).filter_map(fact).collect()
}

#[cfg(test)]
mod tests {
    use hufu_core::text::Text;

    use super::*;

    fn field(name: &'static str, kind: FieldKind, default: Option<&'static str>) -> provider::Field {
        provider::Field {
            name,
            label: Text::new("标签", "Label"),
            hint: Text::new("提示", "Hint"),
            kind,
            default,
        }
    }

    fn choices(count: usize) -> FieldKind {
        let all = ["a", "b", "c", "d", "e"].into_iter().take(count);
        FieldKind::Choice {
            choices: all
                .map(|value| provider::Choice {
                    value,
                    label: Text::new("选", "Choice"),
                })
                .collect(),
        }
    }

    /// A kind that nobody has heard of, with a field of every kind and a name that a page uses itself.
    fn schema() -> FormSchema {
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        FormSchema {
            fields: vec![
                field("name", FieldKind::Text { check: digits }, None),
                field("region", FieldKind::Text { check: |_| true }, Some("cn")),
                field("key", FieldKind::Secret { check: digits }, None),
                field("mode", choices(2), Some("b")),
                field("zone", choices(5), None),
            ],
        }
    }

    fn names(part: Part) -> Vec<String> {
        let drawn = draw(Locale::En, &schema(), part, &BTreeMap::new(), &[]);
        drawn.into_iter().map(|drawn| drawn.field.name).collect()
    }

    #[test]
    fn every_kind_of_field_is_drawn_in_its_part() {
        assert_eq!(names(Part::Needed), ["setting_name", "setting_zone"]);
        assert_eq!(names(Part::Chosen), ["setting_region", "setting_mode"]);
        assert_eq!(names(Part::Secret), ["setting_key"]);
        assert_eq!(names(Part::Open).len(), 4);
        let values = BTreeMap::from([
            ("key".to_owned(), "123".to_owned()),
            ("name".to_owned(), "7".to_owned()),
        ]);
        let all: Vec<_> = [Part::Open, Part::Secret]
            .into_iter()
            .flat_map(|part| draw(Locale::En, &schema(), part, &values, &[]))
            .collect();
        let of = |name: &str| all.iter().find(|drawn| drawn.field.name == name).unwrap();
        assert_eq!(of("setting_name").field.value, "7");
        assert!(of("setting_name").field.required && !of("setting_region").field.required);
        assert_eq!(of("setting_region").field.value, "cn", "the default");
        assert!(of("setting_mode").is_cards() && of("setting_zone").is_list());
        assert!(of("setting_mode").field.is_chosen("b"));
        assert!(of("setting_key").is_secret());
        assert_eq!(of("setting_key").field.value, "", "a secret is never shown");
    }

    #[test]
    fn a_problem_stands_beside_its_field_in_place_of_the_hint() {
        let values = BTreeMap::from([("name".to_owned(), "x<y".to_owned())]);
        let problems = schema().validate(values.clone()).unwrap_err();
        let drawn = draw(Locale::ZhCn, &schema(), Part::Needed, &values, &problems);
        assert_eq!(drawn[0].field.value, "x<y", "what was typed is kept");
        assert!(drawn[0].field.error.as_ref().unwrap().contains("提示"));
        assert_eq!(drawn[0].field.hint, "");
        let missing: Vec<_> = all_missing(&schema()).into_iter().map(|p| p.field).collect();
        assert_eq!(missing, ["key"]);
    }

    #[test]
    fn facts_name_choices_by_their_labels() {
        let values = BTreeMap::from([
            ("mode".to_owned(), "a".to_owned()),
            ("region".to_owned(), "us".to_owned()),
        ]);
        let facts = facts(Locale::En, &schema(), Part::Open, &values);
        let expected = [("Label", "us"), ("Label", "Choice")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        assert_eq!(facts, expected);
    }
}
