//! What WeChat's answers have in common: JSON, status 200 even for errors, `errcode` telling them apart.

use serde_json::{Map, Value};

use super::errmsg;
use super::failure::{Failure, Refusal};
use super::fields::Fields;
use super::http::Answer;

/// The fields of a good answer. `redact` takes the call's secrets out of what WeChat says.
pub(super) fn read(answer: &Answer, redact: impl Fn(&str) -> String) -> Result<Fields, Failure> {
    if answer.status != 200 {
        return Err(answer.nonsense("not status 200"));
    }
    let Some(object) = parse(&answer.body) else {
        return Err(answer.nonsense("no JSON object"));
    };
    let Some(errcode) = object.get("errcode") else {
        return Ok(Fields::new(object));
    };
    match integer(errcode) {
        Some(0) => Ok(Fields::new(object)),
        Some(errcode) => {
            let text = redact(object.get("errmsg").and_then(Value::as_str).unwrap_or_default());
            Err(Failure::Refused(Refusal {
                errcode,
                rid: errmsg::rid(&text),
                errmsg: errmsg::clean(&text),
            }))
        }
        None => Err(answer.nonsense("errcode is no number")),
    }
}

/// The body is UTF-8 whatever its content type says (`text/plain` for the `sns` calls). Bytes that are not, as in a
/// nickname cut in the middle of a character, must not cost anybody their login; neither must control characters,
/// which nicknames bring along unescaped and JSON forbids. Outside strings a control character is white space.
pub(super) fn parse(body: &[u8]) -> Option<Map<String, Value>> {
    let text = String::from_utf8_lossy(body).replace(|c: char| c < ' ', " ");
    match serde_json::from_str(text.trim_start_matches('\u{feff}')) {
        Ok(Value::Object(object)) => Some(object),
        _ => None,
    }
}

/// The number of a body that is a short JSON object with one; 0 is success.
pub(super) fn errcode(body: &[u8]) -> Option<i64> {
    let is_object = body.trim_ascii_start().starts_with(b"{");
    let object = is_object.then(|| parse(body)).flatten()?;
    integer(object.get("errcode")?)
}

pub(super) fn integer(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &[u8]) -> Result<Fields, Failure> {
        read(
            &Answer {
                status,
                content_type: Some("text/plain".to_owned()),
                body: body.to_vec(),
            },
            str::to_owned,
        )
    }

    fn refusal(body: &str) -> Refusal {
        match answer(200, body.as_bytes()) {
            Err(Failure::Refused(refusal)) => refusal,
            other => panic!("{:?}", other.err()),
        }
    }

    #[test]
    fn the_body_decides() {
        assert!(answer(200, br#"{"openid":"o1"}"#).is_ok());
        assert!(answer(200, br#"{"errcode":0,"errmsg":"ok"}"#).is_ok());
        let refused = refusal(r#"{"errcode":40029,"errmsg":"invalid code, rid: 641d8438-5f5ec4a3-76c11b5f"}"#);
        assert_eq!(
            (refused.errcode, refused.rid.as_deref()),
            (40029, Some("641d8438-5f5ec4a3-76c11b5f"))
        );
        assert_eq!(refusal(r#"{"errcode":"-1"}"#).errcode, -1);
    }

    #[test]
    fn what_is_no_answer_of_wechats_is_described_by_its_shape() {
        let bodies: [&[u8]; 6] = [
            b"",
            b"<html>secret</html>",
            br#"{"openid":"secr"#,
            b"null",
            b"[]",
            br#"{"errcode":{}}"#,
        ];
        for body in bodies {
            let Err(Failure::Nonsense(text)) = answer(200, body) else {
                panic!("{body:?}")
            };
            assert!(text.contains("text/plain") && !text.contains("secr"), "{text}");
        }
        assert!(matches!(answer(502, br#"{"openid":"o1"}"#), Err(Failure::Nonsense(_))));
    }

    #[test]
    fn odd_nicknames_are_readable() {
        let mut body = b"\xef\xbb\xbf{\"nickname\":\"a\x01b\xf0\x9f\x99\",\n\"openid\":\"o1\"}".to_vec();
        assert_eq!(answer(200, &body).unwrap().text("nickname").unwrap(), "a b\u{fffd}");
        body.truncate(10);
        assert!(answer(200, &body).is_err());
    }
}
