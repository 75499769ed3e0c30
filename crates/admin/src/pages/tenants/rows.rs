//! The list of tenants to import: what is read from a file, and what is wrong with each row.

use std::collections::HashSet;

use hufu_core::model::TenantCode;
use hufu_core::text::Locale;

/// Rows of a list at most.
pub(super) const LIMIT: usize = 10_000;

/// A list that cannot be read at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ListError {
    /// Nothing but white space.
    Empty,
    /// Bytes that are no UTF-8: most likely GB18030, as Excel writes it in Chinese.
    Encoding,
    /// A column that must be there.
    Missing(&'static str),
    /// A column that is none of ours.
    Unknown(String),
    /// A column that is there twice.
    Repeated(&'static str),
    /// No row below the header.
    NoRows,
    /// More than [`LIMIT`].
    TooMany,
}

/// What is wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrong {
    /// More or fewer cells than the header.
    Cells,
    /// The code's form.
    Code,
    /// The name's length or characters.
    Name,
    /// The language.
    Locale,
    /// The same code stands further up, in this line.
    Repeated(u64),
    /// There is a tenant with this code.
    Exists,
}

/// A tenant to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct New {
    pub(super) code: TenantCode,
    pub(super) name: String,
    pub(super) locale: Locale,
}

/// A row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// Where it begins, counted from 1.
    pub(super) line: u64,
    /// As it was written.
    pub(super) code: String,
    /// As it was written.
    pub(super) name: String,
    pub(super) verdict: Result<New, Wrong>,
}

/// The text of a file: UTF-8, with or without byte order mark.
pub(super) fn text_of(bytes: &[u8]) -> Result<String, ListError> {
    String::from_utf8(bytes.to_vec()).map_err(|_| ListError::Encoding)
}

/// The rows of a list. The first line names the columns: `code`, `name` and, if it is wanted, `locale`; between them
/// stand commas, semicolons or tabs.
pub(super) fn read(text: &str, default: Locale) -> Result<Vec<Row>, ListError> {
    // Ends of lines as one character: the reader counts those of two behind the record that follows.
    let text = &text.replace("\r\n", "\n");
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Err(ListError::Empty);
    }
    if text.contains('\0') {
        return Err(ListError::Encoding);
    }
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(text))
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let columns = Columns::of(reader.headers().map_err(|_| ListError::Encoding)?)?;
    let mut rows: Vec<Row> = Vec::new();
    let mut seen = std::collections::HashMap::new();
    for record in reader.records() {
        let record = record.map_err(|_| ListError::Encoding)?;
        if record.iter().all(str::is_empty) {
            continue;
        }
        if rows.len() >= LIMIT {
            return Err(ListError::TooMany);
        }
        let mut row = columns.row(&record, default);
        if let Ok(new) = &row.verdict {
            if let Some(line) = seen.get(&new.code) {
                row.verdict = Err(Wrong::Repeated(*line));
            } else {
                seen.insert(new.code.clone(), row.line);
            }
        }
        rows.push(row);
    }
    if rows.is_empty() {
        return Err(ListError::NoRows);
    }
    Ok(rows)
}

/// The separator that the header has most of.
fn delimiter(text: &str) -> u8 {
    let header = text.trim_start().lines().next().unwrap_or_default();
    let count = |separator: &u8| header.bytes().filter(|byte| byte == separator).count();
    // Of equals the last: so a comma where there is none of them.
    [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',')
}

#[derive(Debug, Clone, Copy)]
struct Columns {
    code: usize,
    name: usize,
    locale: Option<usize>,
    all: usize,
}

impl Columns {
    fn of(header: &csv::StringRecord) -> Result<Self, ListError> {
        let names: Vec<&'static str> = header.iter().map(column).collect::<Result<_, _>>()?;
        let mut once = HashSet::new();
        if let Some(name) = names.iter().find(|name| !name.is_empty() && !once.insert(**name)) {
            return Err(ListError::Repeated(name));
        }
        let at = |name: &'static str| names.iter().position(|known| *known == name);
        Ok(Self {
            code: at("code").ok_or(ListError::Missing("code"))?,
            name: at("name").ok_or(ListError::Missing("name"))?,
            locale: at("locale"),
            all: names.len(),
        })
    }

    fn row(self, record: &csv::StringRecord, default: Locale) -> Row {
        let cell = |at: usize| record.get(at).unwrap_or_default().to_owned();
        let (code, name) = (cell(self.code), cell(self.name));
        let locale = self.locale.map(cell).unwrap_or_default();
        let verdict = if record.len() == self.all {
            judged(&code, &name, &locale, default)
        } else {
            Err(Wrong::Cells)
        };
        Row {
            line: record.position().map_or(0, csv::Position::line),
            code,
            name,
            verdict,
        }
    }
}

/// Which column it is; without a name, one that spreadsheets leave behind.
fn column(name: &str) -> Result<&'static str, ListError> {
    match name.to_lowercase().as_str() {
        "code" | "代码" => Ok("code"),
        "name" | "名称" => Ok("name"),
        "locale" | "language" | "语言" => Ok("locale"),
        "" => Ok(""),
        _ => Err(ListError::Unknown(name.to_owned())),
    }
}

fn judged(code: &str, name: &str, locale: &str, default: Locale) -> Result<New, Wrong> {
    let code: TenantCode = code.parse().map_err(|_| Wrong::Code)?;
    // As `hufu_core::manage` has it, which looks again when the tenant is added.
    if !(1..=100).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        return Err(Wrong::Name);
    }
    let locale = if locale.is_empty() {
        default
    } else {
        Locale::of_tag(locale).ok_or(Wrong::Locale)?
    };
    Ok(New {
        code,
        name: name.to_owned(),
        locale,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<Row> {
        read(text, Locale::ZhCn).unwrap()
    }

    fn new(code: &str, name: &str, locale: Locale) -> Result<New, Wrong> {
        Ok(New {
            code: code.parse().unwrap(),
            name: name.to_owned(),
            locale,
        })
    }

    #[test]
    fn lists_as_spreadsheets_write_them() {
        for text in [
            "code,name,locale\nacme,Acme,en\n",
            "\u{feff}code,name,locale\r\nacme,Acme,en\r\n",
            "Code;Name;Locale\nacme;Acme;en-US",
            "name\tcode\tlocale\nAcme\tacme\ten\n\n",
            "代码,名称,语言\n acme , Acme ,en\n,,\n",
            "\n\ncode,name,locale\n\"acme\",\"Acme\",\"en\"\n",
        ] {
            let rows = rows(text);
            assert_eq!(rows.len(), 1, "{text}");
            assert_eq!(rows[0].verdict, new("acme", "Acme", Locale::En), "{text}");
        }
        assert_eq!(rows("code,name\na,甲\n")[0].verdict, new("a", "甲", Locale::ZhCn));
    }

    #[test]
    fn names_are_kept_as_they_are() {
        let text = "code,name\na,\"Smith, \"\"Sons\"\" & Co\"\nb,𠮷野家👍\nc,=1+1\nd,\"@SUM(A1)\"\ne,<script>\n";
        let rows = rows(text);
        let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(
            names,
            ["Smith, \"Sons\" & Co", "𠮷野家👍", "=1+1", "@SUM(A1)", "<script>"]
        );
        assert!(rows.iter().all(|row| row.verdict.is_ok()));
    }

    #[test]
    fn every_row_is_told_what_is_wrong_with_it() {
        let long = "名".repeat(101);
        let text = format!(
            "code,name,locale\nAcme,A,\nb,,\nc,{long},\nd,D,fr\ne,E\nf,F,,x\ng,G,\ng,G again,\n\"h\",\"two\nlines\",\ni,I,zh-TW\n"
        );
        let verdicts: Vec<_> = rows(&text)
            .into_iter()
            .map(|row| (row.line, row.verdict.err()))
            .collect();
        assert_eq!(
            verdicts,
            [
                (2, Some(Wrong::Code)),
                (3, Some(Wrong::Name)),
                (4, Some(Wrong::Name)),
                (5, Some(Wrong::Locale)),
                (6, Some(Wrong::Cells)),
                (7, Some(Wrong::Cells)),
                (8, None),
                (9, Some(Wrong::Repeated(8))),
                (10, Some(Wrong::Name)),
                (12, None),
            ]
        );
    }

    #[test]
    fn a_line_is_the_line_of_the_file() {
        for text in ["code,name\nA,A\na,A\na,A\n", "code,name\r\nA,A\r\na,A\r\na,A\r\n"] {
            let lines: Vec<_> = rows(text)
                .into_iter()
                .map(|row| (row.line, row.verdict.err()))
                .collect();
            assert_eq!(
                lines,
                [(2, Some(Wrong::Code)), (3, None), (4, Some(Wrong::Repeated(3)))],
                "{text:?}"
            );
        }
    }

    #[test]
    fn lists_that_are_none() {
        let error = |text: &str| read(text, Locale::ZhCn).unwrap_err();
        assert_eq!(error(" \r\n"), ListError::Empty);
        assert_eq!(error("\u{feff}"), ListError::Empty);
        assert_eq!(error("code,name\n"), ListError::NoRows);
        assert_eq!(error("name\nAcme"), ListError::Missing("code"));
        assert_eq!(error("code\nacme"), ListError::Missing("name"));
        assert_eq!(error("acme,Acme\n"), ListError::Unknown("acme".to_owned()));
        assert_eq!(error("code,name,Code\n"), ListError::Repeated("code"));
        assert_eq!(error("c\0o\0d\0e\0"), ListError::Encoding);
        // 代码,名称 in GB18030.
        assert_eq!(text_of(b"\xb4\xfa\xc2\xeb,\xc3\xfb\xb3\xc6"), Err(ListError::Encoding));
        assert_eq!(text_of(b"\xff\xfec\0o\0"), Err(ListError::Encoding));
        assert_eq!(text_of("甲".as_bytes()), Ok("甲".to_owned()));
    }

    #[test]
    fn ten_thousand_rows_and_not_one_more() {
        let mut text = "code,name\n".to_owned();
        for number in 0..LIMIT {
            text.push_str(&format!("t{number},Tenant {number}\n"));
        }
        let rows = rows(&text);
        assert_eq!(rows.len(), LIMIT);
        assert!(rows.iter().all(|row| row.verdict.is_ok()));
        assert_eq!(rows[LIMIT - 1].line, 10_001);
        text.push_str("more,More\n");
        assert_eq!(read(&text, Locale::ZhCn), Err(ListError::TooMany));
    }
}
