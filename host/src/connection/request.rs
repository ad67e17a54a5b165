//! A command ready to be sent, and whether others may see it.

use apdu_spec::apdu::CommandApdu;

/// A command for [`Connection::send`](super::Connection::send).
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The command's name in the standard.
    pub name: &'static str,
    /// The command; the connection decides about its length fields and its chaining.
    pub apdu: CommandApdu<'a>,
    /// Whether a secret is in its data.
    pub sensitive: bool,
}

impl<'a> Request<'a> {
    /// A command without secrets.
    #[must_use]
    pub const fn new(name: &'static str, apdu: CommandApdu<'a>) -> Self {
        Self {
            name,
            apdu,
            sensitive: false,
        }
    }

    /// The same, with a secret in it.
    #[must_use]
    pub const fn secret(self) -> Self {
        Self {
            sensitive: true,
            ..self
        }
    }
}
