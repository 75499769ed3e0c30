//! From bytes to a [`Push`].

use super::error::MessageError;
use super::node::{Fields, flatten, take};
use super::push::{Event, Format, Kind, Location, Push, Sealing};
use super::{json, xml};

/// The longest body worth reading, in bytes. WeChat's are below 4 KiB, encrypted ones a third longer.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

/// The longest name of an event or a kind of message, in bytes; WeChat's have up to 40.
const LONGEST_NAME: usize = 64;

/// Fields that decide something, whatever the kind of push: each may stand once.
const ONCE: [&str; 15] = [
    "ToUserName",
    "FromUserName",
    "CreateTime",
    "MsgType",
    "MsgId",
    "MsgID",
    "Content",
    "Event",
    "EventKey",
    "Ticket",
    "Latitude",
    "Longitude",
    "Precision",
    "Encrypt",
    "AppId",
];

/// Reads a push: a plain body, or what was decrypted. At most `limit` bytes, usually [`MAX_BODY_BYTES`].
///
/// # Errors
/// When it is not what WeChat sends.
pub fn parse_push(body: &[u8], limit: usize) -> Result<Push, MessageError> {
    let (text, format, mut fields) = parse(body, limit)?;
    Ok(Push {
        to_user: id(&mut fields, "ToUserName")?,
        from_user: id(&mut fields, "FromUserName")?,
        create_time: create_time(&mut fields)?,
        kind: kind(fields)?,
        format,
        raw: text.to_owned(),
    })
}

/// Reads the outside of an encrypted push. In compatible mode (兼容模式) the message stands beside it in the clear;
/// that part is not signed and is not read.
///
/// # Errors
/// When it is not what WeChat sends.
pub fn parse_sealed(body: &[u8], limit: usize) -> Result<Sealing, MessageError> {
    let (_, format, mut fields) = parse(body, limit)?;
    let to_user = match take(&mut fields, "ToUserName")? {
        Some(text) if is_id(&text) => Some(text),
        Some(_) => return Err(MessageError::Invalid("ToUserName")),
        None => None,
    };
    let encrypt = take(&mut fields, "Encrypt")?.ok_or(MessageError::Missing("Encrypt"))?;
    let encrypt = encrypt.trim().to_owned();
    Ok(Sealing {
        to_user,
        encrypt,
        format,
    })
}

fn parse(body: &[u8], limit: usize) -> Result<(&str, Format, Fields), MessageError> {
    if body.len() > limit {
        return Err(MessageError::TooLong { limit });
    }
    let text = std::str::from_utf8(body).map_err(|_| MessageError::NotUtf8)?;
    let text = text.trim_start_matches('\u{feff}').trim_ascii();
    let (format, fields) = if text.starts_with('{') {
        (Format::Json, json::parse(text)?)
    } else {
        (Format::Xml, xml::parse(text)?)
    };
    let repeated = |name: &&&str| fields.iter().filter(|(field, _)| field == **name).nth(1).is_some();
    match ONCE.iter().find(repeated) {
        Some(name) => Err(MessageError::Repeated(name)),
        None => Ok((text, format, fields)),
    }
}

fn kind(mut fields: Fields) -> Result<Kind, MessageError> {
    let msg_type = name(&mut fields, "MsgType")?;
    match msg_type.as_str() {
        "event" => Ok(Kind::Event(event(fields)?)),
        "text" => Ok(Kind::Text {
            content: take(&mut fields, "Content")?.ok_or(MessageError::Missing("Content"))?,
            msg_id: msg_id(&mut fields)?.ok_or(MessageError::Missing("MsgId"))?,
        }),
        _ => Ok(Kind::Other {
            msg_id: msg_id(&mut fields)?,
            msg_type,
        }),
    }
}

fn event(mut fields: Fields) -> Result<Event, MessageError> {
    Ok(Event {
        name: name(&mut fields, "Event")?,
        key: some(take(&mut fields, "EventKey")?),
        ticket: some(take(&mut fields, "Ticket")?),
        location: location(&mut fields)?,
        fields: flatten(fields),
    })
}

fn location(fields: &mut Fields) -> Result<Option<Location>, MessageError> {
    let mut degrees = |name| -> Result<Option<f64>, MessageError> {
        let Some(text) = take(fields, name)? else {
            return Ok(None);
        };
        let number = text.trim().parse().ok().filter(|number: &f64| number.is_finite());
        number.map(Some).ok_or(MessageError::Invalid(name))
    };
    let (latitude, longitude, precision) = (degrees("Latitude")?, degrees("Longitude")?, degrees("Precision")?);
    Ok(latitude.zip(longitude).map(|(latitude, longitude)| Location {
        latitude,
        longitude,
        precision: precision.unwrap_or_default(),
    }))
}

fn id(fields: &mut Fields, name: &'static str) -> Result<String, MessageError> {
    let text = take(fields, name)?.ok_or(MessageError::Missing(name))?;
    if is_id(&text) {
        Ok(text)
    } else {
        Err(MessageError::Invalid(name))
    }
}

/// Printable ASCII, 1 to 128 characters, as for the ids of WeChat's answers.
fn is_id(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn name(fields: &mut Fields, name: &'static str) -> Result<String, MessageError> {
    let text = take(fields, name)?.ok_or(MessageError::Missing(name))?;
    if (1..=LONGEST_NAME).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(text)
    } else {
        Err(MessageError::Invalid(name))
    }
}

fn create_time(fields: &mut Fields) -> Result<i64, MessageError> {
    const NAME: &str = "CreateTime";
    let text = take(fields, NAME)?.ok_or(MessageError::Missing(NAME))?;
    let seconds = text.trim().parse().ok().filter(|seconds| *seconds >= 0);
    seconds.ok_or(MessageError::Invalid(NAME))
}

/// 64 bits, in decimal digits.
fn msg_id(fields: &mut Fields) -> Result<Option<String>, MessageError> {
    let Some(text) = take(fields, "MsgId")? else {
        return Ok(None);
    };
    match text.trim().parse::<u64>() {
        Ok(number) => Ok(Some(number.to_string())),
        Err(_) => Err(MessageError::Invalid("MsgId")),
    }
}

fn some(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests;
