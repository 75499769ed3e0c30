//! What can be pushed (Tencent doc: messages and events).

use super::xml::{Value, document};

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Text {
        content: String,
    },
    /// With the bare scene and the ticket, if a scene code was scanned.
    Subscribe {
        scanned: Option<(String, String)>,
    },
    Unsubscribe,
    Scan {
        scene: String,
        ticket: String,
    },
    /// A tap on a menu button: `CLICK` with its key, `VIEW` and `view_miniprogram` with where it leads.
    Menu {
        event: &'static str,
        key: String,
    },
    Location {
        latitude: f64,
        longitude: f64,
        precision: f64,
    },
}

/// One message; sent again, it stays the same to the byte.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) original_id: String,
    pub(crate) openid: String,
    pub(crate) created_at: i64,
    /// Of texts only; events are told apart by sender and time.
    pub(crate) msg_id: String,
    pub(crate) kind: Kind,
}

impl Message {
    pub(super) fn xml(&self) -> String {
        let text = |text: &str| Value::Text(text.to_owned());
        let mut fields = vec![
            ("ToUserName", text(&self.original_id)),
            ("FromUserName", text(&self.openid)),
            ("CreateTime", Value::Number(self.created_at.to_string())),
            ("MsgType", text(self.msg_type())),
        ];
        if let Some(event) = self.event() {
            fields.push(("Event", text(event)));
        }
        match &self.kind {
            Kind::Text { content } => {
                fields.push(("Content", text(content)));
                fields.push(("MsgId", Value::Number(self.msg_id.clone())));
            }
            Kind::Subscribe { scanned: None } | Kind::Unsubscribe => fields.push(("EventKey", text(""))),
            Kind::Subscribe {
                scanned: Some((_, ticket)),
            }
            | Kind::Scan { ticket, .. } => {
                fields.push(("EventKey", text(&self.event_key().unwrap_or_default())));
                fields.push(("Ticket", text(ticket)));
            }
            Kind::Menu { key, .. } => fields.push(("EventKey", text(key))),
            Kind::Location {
                latitude,
                longitude,
                precision,
            } => {
                fields.push(("Latitude", Value::Number(format!("{latitude:.6}"))));
                fields.push(("Longitude", Value::Number(format!("{longitude:.6}"))));
                fields.push(("Precision", Value::Number(format!("{precision:.6}"))));
            }
        }
        document(&fields)
    }

    pub(super) fn msg_type(&self) -> &'static str {
        match self.kind {
            Kind::Text { .. } => "text",
            _ => "event",
        }
    }

    pub(super) fn event(&self) -> Option<&'static str> {
        match self.kind {
            Kind::Text { .. } => None,
            Kind::Subscribe { .. } => Some("subscribe"),
            Kind::Unsubscribe => Some("unsubscribe"),
            Kind::Scan { .. } => Some("SCAN"),
            Kind::Menu { event, .. } => Some(event),
            Kind::Location { .. } => Some("LOCATION"),
        }
    }

    /// A new follower's scene has a prefix, a known one's has none.
    pub(super) fn event_key(&self) -> Option<String> {
        match &self.kind {
            Kind::Subscribe {
                scanned: Some((scene, _)),
            } => Some(format!("qrscene_{scene}")),
            Kind::Scan { scene, .. } => Some(scene.clone()),
            Kind::Menu { key, .. } => Some(key.clone()),
            _ => None,
        }
    }

    /// Nobody who has left sees an answer.
    pub(super) fn is_seen(&self) -> bool {
        self.kind != Kind::Unsubscribe
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn xml(kind: Kind) -> String {
        Message {
            original_id: "gh_97417a04a28d".into(),
            openid: "o9AgO5Kd5ggOC-bXrbNODIiE3bGY".into(),
            created_at: 1_714_112_445,
            msg_id: "7".into(),
            kind,
        }
        .xml()
    }

    #[test]
    fn a_scan_reads_as_in_the_documents() {
        let scan = Kind::Scan {
            scene: "login_7f3a".into(),
            ticket: "gQH47j".into(),
        };
        assert_eq!(
            xml(scan),
            "<xml><ToUserName><![CDATA[gh_97417a04a28d]]></ToUserName><FromUserName><![CDATA[o9AgO5Kd5ggOC-bXrbNODIiE3bGY]]></FromUserName><CreateTime>1714112445</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[SCAN]]></Event><EventKey><![CDATA[login_7f3a]]></EventKey><Ticket><![CDATA[gQH47j]]></Ticket></xml>"
        );
    }

    #[test]
    fn a_new_follower_has_a_prefix_and_a_text_an_id() {
        let scanned = Some(("s".to_owned(), "t".to_owned()));
        let subscribe = xml(Kind::Subscribe { scanned });
        assert!(subscribe.contains("<EventKey><![CDATA[qrscene_s]]></EventKey><Ticket><![CDATA[t]]></Ticket>"));
        let content = "hi".to_owned();
        assert!(xml(Kind::Text { content }).ends_with("<Content><![CDATA[hi]]></Content><MsgId>7</MsgId></xml>"));
    }
}
