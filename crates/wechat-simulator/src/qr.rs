//! Scene codes (带参数的二维码): what a ticket stands for (Tencent doc: qrcode/create).

use std::collections::HashMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::ids::Random;
use crate::shelf::Shelf;

/// Where the picture leads: WeChat knows the rest.
pub(crate) const URL_START: &str = "http://weixin.qq.com/q/";
const URL_KEY_LENGTH: usize = 20;
/// An expired ticket is answered otherwise than an unknown one, for a while.
const REMEMBER_SECONDS: i64 = 365 * 86_400;
const MOST_TICKETS: usize = 100_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scene {
    Number(u32),
    Text(String),
}

impl Scene {
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct QrTicket {
    pub(crate) app_id: String,
    pub(crate) scene: Scene,
    pub(crate) url: String,
    pub(crate) created_at: i64,
    /// `None`: permanent.
    pub(crate) expires_at: Option<i64>,
}

impl QrTicket {
    pub(crate) fn is_live(&self, now: i64) -> bool {
        self.expires_at.is_none_or(|expires_at| now < expires_at)
    }
}

pub(crate) struct QrTickets {
    tickets: Shelf<QrTicket>,
    by_url: Shelf<String>,
    /// The same scene keeps its permanent ticket.
    permanent: HashMap<(String, String), String>,
}

impl Default for QrTickets {
    fn default() -> Self {
        Self {
            tickets: Shelf::new(REMEMBER_SECONDS, MOST_TICKETS),
            by_url: Shelf::new(REMEMBER_SECONDS, MOST_TICKETS),
            permanent: HashMap::new(),
        }
    }
}

impl QrTickets {
    /// The ticket and the URL behind the picture; `seconds` is `None` for a permanent one.
    pub(crate) fn create(
        &mut self,
        now: i64,
        app_id: &str,
        scene: Scene,
        seconds: Option<u32>,
        random: &Random,
    ) -> (String, String) {
        let permanent_key = (app_id.to_owned(), format!("{scene:?}"));
        if seconds.is_none()
            && let Some(ticket) = self.permanent.get(&permanent_key)
            && let Some(known) = self.tickets.get(ticket)
        {
            return (ticket.clone(), known.url.clone());
        }
        let url = format!("{URL_START}{}", random.alphanumeric(URL_KEY_LENGTH));
        let ticket = ticket(now, &url, seconds, random);
        let entry = QrTicket {
            app_id: app_id.to_owned(),
            scene,
            url: url.clone(),
            created_at: now,
            expires_at: seconds.map(|seconds| now + i64::from(seconds)),
        };
        if seconds.is_none() {
            self.permanent.insert(permanent_key, ticket.clone());
        }
        self.tickets.insert(now, ticket.clone(), entry);
        self.by_url.insert(now, url.clone(), ticket.clone());
        (ticket, url)
    }

    /// By ticket, or by the URL that the picture shows.
    pub(crate) fn find<'a>(&'a self, ticket_or_url: &'a str) -> Option<(&'a str, &'a QrTicket)> {
        let ticket = self.by_url.get(ticket_or_url).map_or(ticket_or_url, String::as_str);
        Some((ticket, self.tickets.get(ticket)?))
    }

    /// The newest live ticket of a scene.
    pub(crate) fn of_scene(&self, now: i64, app_id: &str, scene: &str) -> Option<&str> {
        let mut newest = self.newest();
        let (ticket, _) =
            newest.find(|(_, entry)| entry.app_id == app_id && entry.scene.text() == scene && entry.is_live(now))?;
        Some(ticket)
    }

    pub(crate) fn newest(&self) -> impl Iterator<Item = (&str, &QrTicket)> {
        self.tickets.newest()
    }
}

/// Base64 of the URL between two marks, the time and the lifetime: as real ones read.
fn ticket(now: i64, url: &str, seconds: Option<u32>, random: &Random) -> String {
    let mut bytes = vec![0x81, 0x01];
    bytes.extend_from_slice(&random.bytes::<3>());
    bytes.extend_from_slice(&[0; 7]);
    bytes.push(0x01);
    bytes.push(u8::try_from(url.len() + 1).unwrap_or(u8::MAX));
    bytes.extend_from_slice(url.as_bytes());
    bytes.extend_from_slice(&[0x00, 0x02, 0x04]);
    bytes.extend_from_slice(&u32::try_from(now).unwrap_or_default().to_le_bytes());
    bytes.extend_from_slice(&[0x03, 0x04]);
    bytes.extend_from_slice(&seconds.unwrap_or_default().to_le_bytes());
    BASE64_STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tickets_have_the_shape_of_real_ones() {
        let random = Random::seeded(1);
        let mut tickets = QrTickets::default();
        let (ticket, url) = tickets.create(1_407_000_000, "wx1", Scene::Number(5), Some(60), &random);
        assert!(
            ticket.starts_with("gQ") && ticket.contains("AAAAAAAAAASxodHRwOi8vd2VpeGluLnFxLmNvbS9xL"),
            "{ticket}"
        );
        assert_eq!(ticket.len(), 96);
        assert_eq!(tickets.find(&url).unwrap().0, ticket);
        assert_eq!(tickets.of_scene(1_407_000_000, "wx1", "5"), Some(ticket.as_str()));
        assert_eq!(tickets.of_scene(1_407_000_060, "wx1", "5"), None);
    }

    #[test]
    fn a_permanent_ticket_stays() {
        let random = Random::seeded(1);
        let mut tickets = QrTickets::default();
        let scene = || Scene::Text("shop".into());
        let first = tickets.create(0, "wx1", scene(), None, &random);
        assert_eq!(tickets.create(9, "wx1", scene(), None, &random), first);
        assert_ne!(tickets.create(9, "wx2", scene(), None, &random), first);
        assert!(tickets.find(&first.0).unwrap().1.is_live(i64::MAX));
    }
}
