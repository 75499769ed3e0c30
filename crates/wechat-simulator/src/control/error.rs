//! Why something could not be done.

/// Why a user cannot do this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// No account has this AppID, or it is of another kind.
    #[error("no account of the right kind has this AppID")]
    UnknownAccount,
    /// No user has this handle.
    #[error("no user has this handle")]
    UnknownUser,
    /// Nobody made this code.
    #[error("no such QR code")]
    UnknownCode,
    /// The code's time is over: WeChat says so to the user, and nothing to the account.
    #[error("the QR code has expired")]
    ExpiredCode,
    /// Does not follow the account, so has no chat and no menu.
    #[error("the user does not follow the account")]
    NotFollowing,
    /// Follows the account already.
    #[error("the user follows the account already")]
    AlreadyFollowing,
    /// The account has no such menu button, or one that the simulator does not act out.
    #[error("no menu button of this name or key that can be tapped")]
    UnknownButton,
    /// The login is not in the state that this step needs.
    #[error("the login is not in the state for this step")]
    WrongState,
}
