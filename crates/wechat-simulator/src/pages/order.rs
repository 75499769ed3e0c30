//! The order of the authorize URL's parameters (Tencent doc: the link is matched strictly; libraries that sorted
//! them had to be changed).

/// The order WeChat's documents give.
pub(crate) const ORDER: [&str; 5] = ["appid", "redirect_uri", "response_type", "scope", "state"];

/// Whether the parameters that are there come in order, with any others only behind them.
/// Missing ones are somebody else's complaint.
pub(crate) fn in_order<'a>(names: impl Iterator<Item = &'a str>) -> bool {
    let mut next = 0;
    let mut stranger = false;
    for name in names {
        match ORDER.iter().position(|known| *known == name) {
            Some(position) if stranger || position < next => return false,
            Some(position) => next = position + 1,
            None => stranger = true,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_ones_in_order_strangers_last() {
        let ordered = |text: &str| in_order(text.split(' '));
        assert!(ordered("appid redirect_uri response_type scope state"));
        assert!(ordered("appid redirect_uri response_type scope state uin key"));
        assert!(ordered("appid redirect_uri response_type scope"));
        assert!(!ordered("appid scope redirect_uri response_type state"));
        assert!(!ordered("client_id appid redirect_uri response_type scope state"));
        assert!(!ordered("appid appid redirect_uri response_type scope state"));
    }
}
