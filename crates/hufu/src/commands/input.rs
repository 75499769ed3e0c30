//! Reading what people hand in.

use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use hufu_core::secret::SecretString;

use crate::failure::Failure;

/// Longest secret that is read: far more than any real one.
const MOST: u64 = 64 * 1024;

/// A secret from a file, or from standard input when it is `-`. Never from an argument: those are visible to every
/// user of the machine.
pub(crate) fn secret(path: &Path) -> Result<SecretString, Failure> {
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(MOST).read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(MOST).read_to_string(&mut text))
    };
    read.map_err(|error| Failure::file(path, &error))?;
    let secret = text.trim();
    if secret.is_empty() {
        return Err(Failure::input("密钥为空", "the secret is empty"));
    }
    Ok(SecretString::from(secret))
}

/// Longest document that is read.
const LONGEST: u64 = 256 * 1024;

/// A JSON document from a file, or from standard input when it is `-`.
pub(crate) fn json(path: &Path) -> Result<serde_json::Value, Failure> {
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(LONGEST).read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(LONGEST).read_to_string(&mut text))
    };
    read.map_err(|error| Failure::file(path, &error))?;
    // Windows' editors write a mark in front, which is no JSON.
    serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| {
        let path = path.display();
        Failure::input(
            format!("{path} 不是 JSON：{error}"),
            format!("{path} is no JSON: {error}"),
        )
    })
}

/// `field=value`.
pub(crate) fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write field=value".to_owned()),
    }
}

/// `24h`, `30m`, `7d`, `90s`, `0`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "write a number and s, m, h or d, such as 24h".to_owned();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    let unit = match &text[digits.len()..] {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        "" if number == 0 => 1,
        _ => return Err(wrong()),
    };
    number.checked_mul(unit).map(Duration::from_secs).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(duration("24h"), Ok(Duration::from_secs(86_400)));
        assert_eq!(duration("0"), Ok(Duration::ZERO));
        for wrong in [
            "",
            "h",
            "24",
            "1.5h",
            "-1h",
            "1w",
            "99999999999999999999d",
            "9999999999999999999d",
        ] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_secret_comes_from_a_file_without_its_line_end() {
        use hufu_core::secret::ExposeSecret as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        std::fs::write(&path, "abc\r\n").unwrap();
        assert_eq!(secret(&path).unwrap().expose_secret(), "abc");
        std::fs::write(&path, " \n").unwrap();
        assert!(secret(&path).is_err());
        assert!(secret(&dir.path().join("none")).is_err());
    }

    #[test]
    fn assignments() {
        assert_eq!(assignment("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        assert_eq!(assignment("a="), Ok(("a".to_owned(), String::new())));
        assert!(assignment("=b").is_err() && assignment("a").is_err());
    }
}
