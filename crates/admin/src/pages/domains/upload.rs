//! A file as it was handed in: chosen from the disk, or its name or content pasted. Name and content say the same, so
//! one of them is enough.

use hufu_core::manage::ManageError;
use hufu_core::model::{VerifyFile, VerifyFileError};

use crate::http::{Posted, Visitor};
use crate::ui::Field;

const LENGTH: usize = 16;

/// What was handed in; not yet checked.
#[derive(Debug, Default)]
pub(in crate::pages) struct Upload {
    pub(in crate::pages) host: String,
    pub(in crate::pages) name: String,
    pub(in crate::pages) content: String,
    /// What was pasted, to be shown again.
    pasted: String,
}

impl Upload {
    pub(in crate::pages) fn read(posted: &Posted, host: &str) -> Self {
        let host = posted.some("host").unwrap_or_else(|| host.to_owned());
        let pasted = posted.get("text").to_owned();
        let (name, content) = match posted.file("file").filter(|file| !file.bytes.is_empty()) {
            Some(file) => (
                plain_name(&file.name),
                String::from_utf8_lossy(&file.bytes).trim().to_owned(),
            ),
            None => of_text(&pasted),
        };
        Self {
            host,
            name,
            content,
            pasted,
        }
    }
}

/// Browsers number a file that was downloaded twice: `MP_verify_… (1).txt`.
fn plain_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let numbered = name.split_once(" (").filter(|(_, rest)| rest.ends_with(").txt"));
    numbered.map_or_else(|| name.to_owned(), |(before, _)| format!("{before}.txt"))
}

/// Name and content out of either, or out of the file's address.
fn of_text(text: &str) -> (String, String) {
    let text = text.trim().rsplit('/').next().unwrap_or_default();
    let name = if text.starts_with("MP_verify_") {
        if text.to_ascii_lowercase().ends_with(".txt") {
            text.to_owned()
        } else {
            format!("{text}.txt")
        }
    } else if text.len() == LENGTH {
        format!("MP_verify_{text}.txt")
    } else {
        text.to_owned()
    };
    let content = VerifyFile::token_of(&name).unwrap_or_default().to_owned();
    (name, content)
}

/// The form's fields.
pub(in crate::pages) struct Fields {
    pub(in crate::pages) file: Field,
    pub(in crate::pages) text: Field,
    pub(in crate::pages) host: Field,
}

pub(in crate::pages) fn fields(visitor: &Visitor, host: &str, typed: &Upload) -> Fields {
    let shown = if typed.host.is_empty() { host } else { &typed.host };
    Fields {
        file: Field::new("file", visitor.text("domains.file"))
            .hint(visitor.text("domains.file_hint"))
            .accept(".txt,text/plain"),
        text: Field::new("text", visitor.text("domains.text"))
            .hint(visitor.text("domains.text_hint"))
            .value(&typed.pasted)
            .placeholder("MP_verify_P97WLFQjVODXzc3j.txt")
            .mono(),
        host: Field::new("host", visitor.text("domains.host"))
            .hint(visitor.text("domains.host_hint"))
            .value(shown)
            .mono()
            .required(),
    }
}

impl Fields {
    /// Puts an error beside the field it is about.
    pub(in crate::pages) fn set_error(&mut self, error: &ManageError, visitor: &Visitor) {
        let text = Some(visitor.say(&error.text()));
        match error {
            ManageError::VerifyFile(VerifyFileError::Host) => self.host.error = text,
            _ if self.text.value.is_empty() => self.file.error = text,
            _ => self.text.error = text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_and_content_come_out_of_either() {
        let expected = (
            "MP_verify_P97WLFQjVODXzc3j.txt".to_owned(),
            "P97WLFQjVODXzc3j".to_owned(),
        );
        for text in [
            "MP_verify_P97WLFQjVODXzc3j.txt",
            "  MP_verify_P97WLFQjVODXzc3j.txt\n",
            "MP_verify_P97WLFQjVODXzc3j",
            "P97WLFQjVODXzc3j",
            "https://www.example.com/MP_verify_P97WLFQjVODXzc3j.txt",
        ] {
            assert_eq!(of_text(text), expected, "{text}");
        }
        assert_eq!(of_text("<b>").1, "");
        assert_eq!(of_text(""), (String::new(), String::new()));
    }

    #[test]
    fn a_file_may_have_been_downloaded_twice() {
        assert_eq!(
            plain_name("MP_verify_P97WLFQjVODXzc3j.txt"),
            "MP_verify_P97WLFQjVODXzc3j.txt"
        );
        assert_eq!(
            plain_name("C:\\x\\MP_verify_P97WLFQjVODXzc3j.txt"),
            "MP_verify_P97WLFQjVODXzc3j.txt"
        );
        assert_eq!(
            plain_name("MP_verify_P97WLFQjVODXzc3j (1).txt"),
            "MP_verify_P97WLFQjVODXzc3j.txt"
        );
        assert_eq!(plain_name("other.txt"), "other.txt");
    }
}
