//! Where people arrive: the login link, and the provider's callback.

pub(crate) mod callback;
pub(crate) mod link;
