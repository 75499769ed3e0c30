//! Enums of which each variant is one stable text: in databases, logs, documents of the API and names of texts.

/// An enum whose variants have a text each: `Login = "login"`. The text is written once, and serde, `as_str`, `of` and
/// `ALL` follow from it.
macro_rules! words {
    ($($(#[$meta:meta])* $visibility:vis enum $name:ident {
        $($(#[$doc:meta])* $variant:ident = $text:literal),+ $(,)?
    })+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ::serde::Serialize, ::serde::Deserialize)]
        $visibility enum $name {
            $($(#[$doc])* #[serde(rename = $text)] $variant),+
        }

        impl $name {
            /// All of them, in the order in which people read them.
            pub const ALL: [Self; [$($text),+].len()] = [$(Self::$variant),+];

            /// The stable text.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text),+
                }
            }

            /// What has this stable text.
            #[must_use]
            pub fn of(text: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|one| one.as_str() == text)
            }
        }
    )+};
}
