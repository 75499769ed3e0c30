//! Where people arrive: the login link, the QR code of a test login, and the provider's callback.

pub(crate) mod callback;
pub(crate) mod device;
pub(crate) mod link;
pub(crate) mod trial;
