//! `GET`, `POST /admin/tenants/import`: many tenants from a list.
//!
//! The list is looked through first, and nothing is written. Then the same list is sent again, and as many rows as fit
//! into a few seconds are added by each request: the page carries the list and one letter for each row that is done,
//! and sends itself again until all are. Each row is one unit, so wherever it stops there are whole tenants only, and
//! the same list goes on where it stopped: what exists is told apart.

use std::time::Duration;

use askama::Template;
use hufu_core::manage::{ManageError, NewTenant};
use hufu_core::text::Locale;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::rows::{self, ListError, New, Row, Wrong};
use crate::access::Onboarding;
use crate::http::{Answer, Posted, Refusal, SignedIn};
use crate::ui::{Choice, Crumb, Field, Frame, Tone, texts};

/// Rows that one request adds at most.
const BATCH: usize = 200;
/// How long one request goes on adding: each tenant gets an RSA key, which takes a tenth of a second.
const TIME: Duration = Duration::from_secs(8);
/// How many keys are made at the same time.
const AT_ONCE: usize = 4;
/// Rows that a page shows at most; those that are not well come first.
const SHOWN: usize = 300;

#[derive(Template)]
#[template(path = "pages/tenants/import.html")]
struct Ask {
    frame: Frame,
    trouble: Option<String>,
    file: Field,
    csv: Field,
    locale: Field,
}

/// A row, with what is to be said of it.
struct Shown {
    line: u64,
    code: String,
    name: String,
    tone: Tone,
    text: String,
    /// The tenant's page, when there is one.
    url: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/tenants/import_check.html")]
struct Check {
    frame: Frame,
    good: usize,
    bad: usize,
    all: usize,
    shown: Vec<Shown>,
    csv: String,
    locale: &'static str,
    button: String,
}

#[derive(Template)]
#[template(path = "pages/tenants/import_run.html")]
struct Run {
    frame: Frame,
    done: usize,
    all: usize,
    added: usize,
    failed: usize,
    outcomes: String,
    csv: String,
    locale: &'static str,
    /// Rows and their outcomes, once all are done.
    shown: Vec<Shown>,
}

pub(super) async fn get(signed_in: SignedIn) -> Answer {
    signed_in.access.onboarding()?;
    Ok(signed_in.page(&ask(&signed_in, None, "", Locale::default())))
}

/// `step`: empty for the first look, `import` to add.
pub(super) async fn post(signed_in: SignedIn, posted: Posted) -> Answer {
    let onboarding = signed_in.access.onboarding()?;
    let locale = Locale::of_tag(posted.get("locale")).unwrap_or_default();
    let text = match posted.file("file") {
        Some(file) => rows::text_of(&file.bytes),
        None => Ok(posted.get("csv").to_owned()),
    };
    let read = text.and_then(|text| Ok((rows::read(&text, locale)?, text)));
    let (rows, text) = match read {
        Ok(read) => read,
        Err(error) => {
            let typed = posted.get("csv");
            return Ok(signed_in.again(&ask(&signed_in, Some(&error), typed, locale)));
        }
    };
    if posted.get("step") == "import" {
        run(&signed_in, &onboarding, &rows, text, locale, posted.get("outcomes")).await
    } else {
        check(&signed_in, &onboarding, rows, text, locale).await
    }
}

fn ask(signed_in: &SignedIn, error: Option<&ListError>, typed: &str, locale: Locale) -> Ask {
    let visitor = &signed_in.visitor;
    let name = |locale: Locale| Choice::new(locale.tag(), visitor.text(&format!("settings.locale_{}", locale.tag())));
    Ask {
        frame: frame(signed_in, "tenants.import_title"),
        trouble: error.map(|error| list_error(visitor.locale, error)),
        file: Field::new("file", visitor.text("tenants.import_file"))
            .hint(visitor.text("tenants.import_file_hint"))
            .accept(".csv,.txt,.tsv,text/csv,text/plain"),
        csv: Field::new("csv", visitor.text("tenants.import_paste"))
            .value(typed)
            .placeholder("code,name,locale\nacme,Acme,zh-CN")
            .mono()
            .rows(10),
        locale: Field::new("locale", visitor.text("tenants.import_locale"))
            .hint(visitor.text("tenants.import_locale_hint"))
            .value(locale.tag())
            .required()
            .choices(vec![name(Locale::ZhCn), name(Locale::En)]),
    }
}

fn frame(signed_in: &SignedIn, title: &str) -> Frame {
    let crumbs = vec![
        Crumb {
            label: signed_in.visitor.text("nav.tenants"),
            url: Some("/admin/tenants".to_owned()),
        },
        Crumb {
            label: signed_in.visitor.text("tenants.import_title"),
            url: None,
        },
    ];
    signed_in.frame("tenants", title, crumbs)
}

/// The first look: every row with its verdict, nothing written.
async fn check(
    signed_in: &SignedIn,
    onboarding: &Onboarding,
    mut rows: Vec<Row>,
    text: String,
    locale: Locale,
) -> Answer {
    let codes: Vec<_> = rows
        .iter()
        .filter_map(|row| row.verdict.as_ref().ok())
        .map(|new| new.code.clone())
        .collect();
    let taken = onboarding.taken(&codes).await?;
    for row in &mut rows {
        if row.verdict.as_ref().is_ok_and(|new| taken.contains(&new.code)) {
            row.verdict = Err(Wrong::Exists);
        }
    }
    let good = rows.iter().filter(|row| row.verdict.is_ok()).count();
    let (say, n) = (signed_in.visitor.locale, good.to_string());
    let shown = rows.iter().map(|row| match row.verdict {
        Ok(_) => shown(row, Tone::Good, texts::text(say, "tenants.row_good"), false),
        Err(wrong) => shown(row, Tone::Bad, wrong_text(say, wrong), wrong == Wrong::Exists),
    });
    Ok(signed_in.page(&Check {
        frame: frame(signed_in, "tenants.import_check_title"),
        good,
        bad: rows.len() - good,
        all: rows.len(),
        shown: first(shown.collect()),
        csv: text,
        locale: locale.tag(),
        button: texts::text_with(say, "tenants.import_button", &[("n", &n)]),
    }))
}

/// How a row of the import went, as a letter in the field `outcomes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Added,
    /// It was there, maybe from the try before.
    Exists,
    /// The row is wrong and was left out.
    Wrong,
    /// The name was refused, or no key could be made.
    Refused,
}

impl Outcome {
    const fn letter(self) -> char {
        match self {
            Self::Added => 'a',
            Self::Exists => 'e',
            Self::Wrong => 'w',
            Self::Refused => 'r',
        }
    }

    fn of(letter: char) -> Option<Self> {
        [Self::Added, Self::Exists, Self::Wrong, Self::Refused]
            .into_iter()
            .find(|outcome| outcome.letter() == letter)
    }
}

/// What earlier requests did, as far as it can be believed: it is shown, and says where to go on.
fn outcomes_of(letters: &str, rows: usize) -> Vec<Outcome> {
    letters.chars().map_while(Outcome::of).take(rows).collect()
}

/// Adds the next rows, and shows how far it is.
async fn run(
    signed_in: &SignedIn,
    onboarding: &Onboarding,
    rows: &[Row],
    text: String,
    locale: Locale,
    letters: &str,
) -> Answer {
    let mut outcomes = outcomes_of(letters, rows.len());
    let begun = Instant::now();
    let mut budget = BATCH;
    while outcomes.len() < rows.len() && budget > 0 && begun.elapsed() < TIME {
        // In small groups, so that the time is looked at often and the letters stay in the order of the rows.
        let group = &rows[outcomes.len()..rows.len().min(outcomes.len() + AT_ONCE.min(budget))];
        outcomes.extend(add(onboarding, group).await?);
        budget -= group.len();
    }
    let is_done = outcomes.len() == rows.len();
    let count = |which: Outcome| outcomes.iter().filter(|outcome| **outcome == which).count();
    let pairs = rows.iter().zip(&outcomes);
    let title = if is_done {
        "tenants.import_done_title"
    } else {
        "tenants.import_run_title"
    };
    Ok(signed_in.page(&Run {
        frame: frame(signed_in, title),
        done: outcomes.len(),
        all: rows.len(),
        added: count(Outcome::Added),
        failed: outcomes.len() - count(Outcome::Added),
        shown: if is_done {
            first(pairs.map(|(row, outcome)| after(signed_in, row, *outcome)).collect())
        } else {
            Vec::new()
        },
        outcomes: outcomes.iter().map(|outcome| outcome.letter()).collect(),
        csv: text,
        locale: locale.tag(),
    }))
}

/// Adds a few rows at the same time; the answers in their order.
async fn add(onboarding: &Onboarding, group: &[Row]) -> Result<Vec<Outcome>, Refusal> {
    let mut running = JoinSet::new();
    let mut outcomes = vec![Outcome::Wrong; group.len()];
    for (at, row) in group.iter().enumerate() {
        if let Ok(new) = row.verdict.clone() {
            let onboarding = onboarding.clone();
            running.spawn(async move { (at, add_one(&onboarding, new).await) });
        }
    }
    while let Some(done) = running.join_next().await {
        let (at, outcome) = done.map_err(|error| Refusal::Unavailable(error.to_string()))?;
        if let Some(slot) = outcomes.get_mut(at) {
            *slot = outcome?;
        }
    }
    Ok(outcomes)
}

async fn add_one(onboarding: &Onboarding, new: New) -> Result<Outcome, Refusal> {
    // A look is cheap, a key that is thrown away is not.
    if onboarding.is_taken(&new.code).await? {
        return Ok(Outcome::Exists);
    }
    let new = NewTenant {
        code: new.code,
        name: new.name,
        locale: new.locale,
        agency_id: None,
    };
    match onboarding.add_tenant(new).await {
        Ok(_) => Ok(Outcome::Added),
        Err(ManageError::Duplicate { .. }) => Ok(Outcome::Exists),
        Err(error @ ManageError::Store(_)) => Err(error.into()),
        Err(_) => Ok(Outcome::Refused),
    }
}

fn after(signed_in: &SignedIn, row: &Row, outcome: Outcome) -> Shown {
    let locale = signed_in.visitor.locale;
    match (outcome, &row.verdict) {
        (Outcome::Added, _) => shown(row, Tone::Good, texts::text(locale, "tenants.row_added"), true),
        (Outcome::Exists, _) => shown(row, Tone::Warn, wrong_text(locale, Wrong::Exists), true),
        (Outcome::Wrong, Err(wrong)) => shown(row, Tone::Bad, wrong_text(locale, *wrong), false),
        (Outcome::Wrong | Outcome::Refused, _) => {
            shown(row, Tone::Bad, texts::text(locale, "tenants.row_refused"), false)
        }
    }
}

fn shown(row: &Row, tone: Tone, text: String, has_page: bool) -> Shown {
    let cut = |text: &str| text.chars().take(120).collect::<String>();
    Shown {
        line: row.line,
        code: cut(&row.code),
        name: cut(&row.name),
        tone,
        text,
        url: has_page.then(|| format!("/admin/tenants/{}", row.code)),
    }
}

/// Of very many rows those that are not well, then the others; in the order of the list.
fn first(mut rows: Vec<Shown>) -> Vec<Shown> {
    if rows.len() > SHOWN {
        rows.sort_by_key(|row| row.tone == Tone::Good);
        rows.truncate(SHOWN);
        rows.sort_by_key(|row| row.line);
    }
    rows
}

fn list_error(locale: Locale, error: &ListError) -> String {
    match error {
        ListError::Empty => texts::text(locale, "tenants.list_empty"),
        ListError::Encoding => texts::text(locale, "tenants.list_encoding"),
        ListError::Missing(column) => texts::text_with(locale, "tenants.list_missing", &[("column", column)]),
        ListError::Unknown(column) => texts::text_with(locale, "tenants.list_unknown", &[("column", column)]),
        ListError::Repeated(column) => texts::text_with(locale, "tenants.list_repeated", &[("column", column)]),
        ListError::NoRows => texts::text(locale, "tenants.list_no_rows"),
        ListError::TooMany => texts::text_with(locale, "tenants.list_too_many", &[("n", &rows::LIMIT.to_string())]),
    }
}

fn wrong_text(locale: Locale, wrong: Wrong) -> String {
    match wrong {
        Wrong::Cells => texts::text(locale, "tenants.row_cells"),
        Wrong::Code => texts::text(locale, "tenants.row_code"),
        Wrong::Name => texts::text(locale, "tenants.row_name"),
        Wrong::Locale => texts::text(locale, "tenants.row_locale"),
        Wrong::Repeated(line) => texts::text_with(locale, "tenants.row_repeated", &[("line", &line.to_string())]),
        Wrong::Exists => texts::text(locale, "tenants.row_exists"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_page_carries_says_where_to_go_on() {
        assert_eq!(outcomes_of("", 3), []);
        assert_eq!(outcomes_of("aew", 3), [Outcome::Added, Outcome::Exists, Outcome::Wrong]);
        // Tampered or too long: as far as it can be read, and never beyond the list.
        assert_eq!(outcomes_of("a?e", 3), [Outcome::Added]);
        assert_eq!(outcomes_of("aaaaaa", 2), [Outcome::Added; 2]);
    }

    #[test]
    fn of_very_many_rows_the_bad_ones_are_shown() {
        let list = |good: usize| {
            let mut text = "code,name\n".to_owned();
            for number in 0..good {
                text.push_str(&format!("t{number},Tenant\n"));
            }
            text.push_str("BAD,Bad\n");
            rows::read(&text, Locale::En).unwrap()
        };
        let shown_of = |rows: &[Row]| {
            let tone = |row: &Row| if row.verdict.is_ok() { Tone::Good } else { Tone::Bad };
            first(
                rows.iter()
                    .map(|row| shown(row, tone(row), String::new(), false))
                    .collect(),
            )
        };
        assert_eq!(shown_of(&list(3)).len(), 4);
        let many = shown_of(&list(5000));
        assert_eq!(many.len(), SHOWN);
        assert_eq!(many.last().unwrap().code, "BAD");
        assert_eq!(many[0].code, "t0");
    }
}
