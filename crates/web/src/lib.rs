//! What the HTTP faces of Hufu share
