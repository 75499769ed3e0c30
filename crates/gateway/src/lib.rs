//! The public faces of Hufu: OpenID Connect, login link, callback, end-user pages
