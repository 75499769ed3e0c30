//! What an app may do with an account beside logging people in: drawn, read back.

use std::collections::BTreeMap;

use hufu_core::model::{Client, ClientKind, Right, Rights};

use super::form::Faults;
use crate::http::{Posted, Visitor};
use crate::ui::{Choice, Field};

/// The fields as they are drawn.
pub(super) struct RightsFields {
    pub(super) granted: Field,
    pub(super) networks: Field,
    pub(super) calls: Field,
    pub(super) json_answers: Field,
    /// Whether there is something to see: a right, or a fault.
    pub(super) unfolded: bool,
}

/// What stands in the form.
pub(super) fn typed(posted: &Posted) -> Rights {
    let granted = posted.all("rights");
    Rights {
        granted: granted.iter().filter_map(|text| Right::of(text)).collect(),
        networks: posted.lines("networks"),
        calls: posted.lines("calls"),
        json_answers: posted.is_ticked("json_answers"),
    }
}

/// The keys of a right's name and of what it is good for.
pub(super) const fn keys(right: Right) -> (&'static str, &'static str) {
    match right {
        Right::Token => ("clients.right_token", "clients.right_token_hint"),
        Right::SignPages => ("clients.right_jssdk", "clients.right_jssdk_hint"),
        Right::RefreshProfiles => ("clients.right_profile", "clients.right_profile_hint"),
        Right::Relay => ("clients.right_relay", "clients.right_relay_hint"),
    }
}

/// The fields with what was typed; each fault stands beside its own.
pub(super) fn fields(visitor: &Visitor, rights: &Rights, faults: &Faults) -> RightsFields {
    let error = |name: &str| faults.get(name).cloned();
    let text = |key: &str| visitor.text(key);
    let choice = |right: Right| {
        let (name, hint) = keys(right);
        Choice::new(right.as_str(), text(name)).hint(text(hint))
    };
    let faulty = ["rights", "networks", "calls"]
        .iter()
        .any(|name| faults.contains_key(name));
    RightsFields {
        granted: Field::new("rights", text("clients.rights"))
            .hint(text("clients.rights_hint"))
            .chosen(rights.granted.iter().map(|right| right.as_str().to_owned()).collect())
            .choices(Right::ALL.map(choice).to_vec())
            .error(error("rights")),
        networks: Field::new("networks", text("clients.networks"))
            .hint(text("clients.networks_hint"))
            .placeholder("203.0.113.7\n10.0.0.0/8")
            .value(rights.networks.join("\n"))
            .rows(3)
            .mono()
            .error(error("networks")),
        calls: Field::new("calls", text("clients.calls"))
            .hint(text("clients.calls_hint"))
            .placeholder("POST /cgi-bin/message/template/send\nGET /cgi-bin/user/*")
            .value(rights.calls.join("\n"))
            .rows(3)
            .mono()
            .error(error("calls")),
        json_answers: Field::new("json_answers", text("clients.json_answers"))
            .hint(text("clients.json_answers_hint"))
            .checked(rights.json_answers),
        unfolded: faulty || *rights != Rights::default(),
    }
}

/// Names of what a client was given, by what it is for people.
pub(super) fn named(visitor: &Visitor, client: &Client) -> BTreeMap<&'static str, String> {
    let name = |right: &Right| (right.as_str(), visitor.text(keys(*right).0));
    client.rights.granted.iter().map(name).collect()
}

/// Whether the form has the section: a public client is given nothing.
pub(super) fn offered(kind: ClientKind, may_grant: bool) -> bool {
    may_grant && kind == ClientKind::Confidential
}
