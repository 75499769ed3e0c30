//! Finds secrets in whatever form somebody may have written them.

use std::collections::{BTreeSet, HashMap};

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::NO_PAD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// Bytes that are compared first; nothing shorter is looked for.
const START: usize = 8;

/// All secrets at once, each in all its forms: one pass over a text, however many there are.
pub(super) struct Searcher {
    names: Vec<String>,
    /// By their first bytes.
    forms: HashMap<[u8; START], Vec<(Vec<u8>, usize)>>,
    /// Whether any form begins with these two bytes.
    begins: Vec<bool>,
}

impl Searcher {
    /// Looks for these; each has a name to be told by.
    pub(super) fn new<'a>(secrets: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Self {
        let mut searcher = Self {
            names: Vec::new(),
            forms: HashMap::new(),
            begins: vec![false; 1 << 16],
        };
        for (name, secret) in secrets {
            for form in forms(secret) {
                let start: [u8; START] = form[..START].try_into().unwrap();
                searcher.begins[usize::from(u16::from_be_bytes([form[0], form[1]]))] = true;
                let number = searcher.names.len();
                searcher.forms.entry(start).or_default().push((form, number));
            }
            searcher.names.push(name.to_owned());
        }
        searcher
    }

    /// The names of those that stand in `text`, each with what stands before it.
    pub(super) fn found(&self, text: &[u8]) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for (at, window) in text.windows(START).enumerate() {
            if !self.begins[usize::from(u16::from_be_bytes([window[0], window[1]]))] {
                continue;
            }
            for (form, number) in self.forms.get(window).into_iter().flatten() {
                if text[at..].starts_with(form) {
                    let before = String::from_utf8_lossy(&text[at.saturating_sub(120)..at]).into_owned();
                    found.insert(format!("{} after {before:?}", self.names[*number]));
                }
            }
        }
        found
    }
}

/// A secret as it stands, percent-encoded, in JSON, in HTML, in hexadecimal and in base64 of either alphabet, there
/// also in the middle of more, as in `Authorization: Basic`.
fn forms(secret: &[u8]) -> BTreeSet<Vec<u8>> {
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut forms = BTreeSet::from([secret.to_vec(), hex.to_uppercase().into_bytes(), hex.into_bytes()]);
    if let Ok(text) = std::str::from_utf8(secret) {
        let json = serde_json::to_string(text).unwrap();
        let html = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        forms.extend(
            [
                url::form_urlencoded::byte_serialize(secret).collect(),
                utf8_percent_encode(text, NON_ALPHANUMERIC).to_string(),
                json[1..json.len() - 1].to_owned(),
                json[1..json.len() - 1].replace('/', "\\/"),
                html.replace('"', "&quot;"),
                html.replace('"', "&#34;"),
            ]
            .map(String::into_bytes),
        );
    }
    for alphabet in [&STANDARD, &URL_SAFE] {
        let engine = GeneralPurpose::new(alphabet, NO_PAD);
        for before in 0..3 {
            // The signs that hold bits of a neighbour are not known.
            let all = [vec![0; before], secret.to_vec()].concat();
            let text = engine.encode(&all);
            let (from, to) = ([0, 2, 3][before], all.len() * 8 / 6);
            forms.insert(text.as_bytes()[from..to].to_vec());
        }
    }
    assert!(forms.iter().all(|form| form.len() >= START), "too short to be found by");
    forms
}

/// What the story rests on: a secret that is there is found, whatever was done to it, and none is found that is not.
#[test]
fn canary_searcher_finds_every_form() {
    let secret = "s3cr\"et/of+ the<Bird>&日=";
    let searcher = Searcher::new([("bird", secret.as_bytes()), ("other", b"0123456789abcdef")]);
    let basic = base64::engine::general_purpose::STANDARD;
    let url_safe = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let planted = [
        secret.to_owned(),
        format!(
            "GET /?x={}&y",
            url::form_urlencoded::byte_serialize(secret.as_bytes()).collect::<String>()
        ),
        format!("GET /{}", utf8_percent_encode(secret, NON_ALPHANUMERIC)),
        serde_json::json!({"a": {"b": secret}}).to_string(),
        format!(
            "<b>{}</b>",
            secret
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;")
                .replace('"', "&#34;")
        ),
        format!("Basic {}", basic.encode(secret)),
        format!("Basic {}", basic.encode(format!("u:{secret}"))),
        format!("Basic {}", basic.encode(format!("us:{secret}more"))),
        format!("Basic {}", basic.encode(format!("use:{secret}m"))),
        format!(
            "a.{}.b",
            url_safe.encode(format!("{{\"k\":\"{secret}\"}}").replace('\\', ""))
        ),
        secret.bytes().map(|byte| format!("{byte:02x}")).collect(),
        secret.bytes().map(|byte| format!("{byte:02X}")).collect(),
    ];
    for text in planted {
        let text = format!("{} some words {text} and more", "x".repeat(3000));
        let found = searcher.found(text.as_bytes());
        assert!(
            found.len() == 1 && found.first().unwrap().starts_with("bird after"),
            "{text}: {found:?}"
        );
        assert!(searcher.found(&text.as_bytes()[..3010]).is_empty());
    }
    let almost = secret.replace("Bird", "bird");
    assert!(searcher.found(almost.as_bytes()).is_empty());
}
