//! WeChat's error texts, made fit for a log.

const LONGEST: usize = 300;

/// At most 300 characters, none of them a control character.
pub(super) fn clean(errmsg: &str) -> String {
    errmsg.chars().filter(|c| !c.is_control()).take(LONGEST).collect()
}

/// The request's id at WeChat: `… rid: 641d8438-5f5ec4a3-76c11b5f`, with or without a comma before it.
pub(super) fn rid(errmsg: &str) -> Option<String> {
    let (before, after) = errmsg.rsplit_once("rid:")?;
    let stands_alone = before.chars().next_back().is_none_or(|c| !c.is_alphanumeric());
    let is_part = |c: &char| c.is_ascii_hexdigit() || *c == '-';
    let rid: String = after.trim_start().chars().take_while(is_part).take(64).collect();
    (stands_alone && !rid.is_empty()).then_some(rid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rid_is_found_in_both_styles() {
        let sns = "invalid code, rid: 641d8438-5f5ec4a3-76c11b5f";
        let cgi = "access_token expired rid: 630b6db2-67134d6f-09abfa92";
        assert_eq!(rid(sns).as_deref(), Some("641d8438-5f5ec4a3-76c11b5f"));
        assert_eq!(rid(cgi).as_deref(), Some("630b6db2-67134d6f-09abfa92"));
        for none in ["", "invalid code, hints: [ req_id: plAv90053th21 ]", "rid:", "grid: 12"] {
            assert_eq!(rid(none), None, "{none}");
        }
    }

    #[test]
    fn texts_are_cut_and_cleaned() {
        assert_eq!(clean("a\r\n\u{1b}[31mb\u{85}"), "a[31mb");
        assert_eq!(clean(&"错".repeat(400)).chars().count(), 300);
    }
}
