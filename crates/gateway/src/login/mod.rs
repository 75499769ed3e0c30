//! Where people arrive: the login link, the QR code of a test login, the provider's callback, and the page that asks
//! whether an app may have what it wants.

pub(crate) mod callback;
pub(crate) mod consent;
pub(crate) mod device;
pub(crate) mod link;
pub(crate) mod trial;
