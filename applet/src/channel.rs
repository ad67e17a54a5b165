//! The logical channels, each with a session of its own: ISO/IEC 7816-4:2020, 11.2.3 (MANAGE CHANNEL).
//!
//! What is verified or consented to on one channel counts on no other, not even on one that is opened from it: the standard lets
//! a new channel inherit the security status, but a consent that is there twice would allow two operations.

use apdu_spec::limits::CHANNELS;
use apdu_spec::reference::PinReference;
use apdu_spec::status::Status;

use crate::core::Core;
use crate::error::{Error, Result};
use crate::fs::select;
use crate::platform::Platform;
use crate::session::Session;

/// What somebody shows that he knows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Secret {
    Pin(PinReference),
    /// A key of the current application.
    Key(u8),
}

/// The sessions of the open channels. The basic one, 0, is always open.
pub(crate) struct Channels([Option<Session>; CHANNELS]);

impl Channels {
    /// The state after power-on and reset: the basic channel alone.
    pub(crate) const fn new() -> Self {
        Self([Some(Session::new()), None, None, None])
    }

    /// The session of a channel.
    pub(crate) fn session(&mut self, channel: u8) -> core::result::Result<&mut Session, Status> {
        self.0
            .get_mut(usize::from(channel))
            .and_then(Option::as_mut)
            .ok_or(Status::CHANNEL_NOT_SUPPORTED)
    }

    /// Opens a channel, the lowest that is closed unless one is named, and gives its number. On the basic channel one begins at
    /// the MF, on any other in the DF that is current there.
    pub(crate) fn open(&mut self, from: u8, number: Option<u8>) -> Result<u8> {
        let session = match from {
            0 => Session::new(),
            _ => self.session(from)?.opened_from(),
        };
        let number = match number {
            Some(number) => number,
            None => {
                let free = self.0.iter().position(Option::is_none);
                let free = free.ok_or(Error::Status(Status::FUNCTION_NOT_SUPPORTED))?;
                u8::try_from(free).map_err(|_| Error::Fault)?
            }
        };
        match self.0.get_mut(usize::from(number)) {
            Some(closed @ None) => {
                *closed = Some(session);
                Ok(number)
            }
            _ => Err(Error::WrongState),
        }
    }

    /// Closes a channel, with all that was established on it; `from` unless one is named. The basic channel stays.
    pub(crate) fn close(&mut self, from: u8, number: Option<u8>) -> Result<()> {
        let number = number.unwrap_or(from);
        match self.0.get_mut(usize::from(number)) {
            Some(open @ Some(_)) if number != 0 => {
                *open = None;
                Ok(())
            }
            _ => Err(Error::WrongState),
        }
    }

    /// Closes every channel but this one and the basic one, which begins anew.
    pub(crate) fn close_others(&mut self, stays: u8) {
        for (number, channel) in (0..).zip(&mut self.0) {
            if number != stays {
                *channel = (number == 0).then(Session::new);
            }
        }
    }

    /// A PIN or key has another value since a command on `but`: on no other channel has anybody shown that he knows it. What is an
    /// application's own concerns the channels in that application: others have another PIN or key of the same number.
    pub(crate) fn forget(&mut self, secret: Secret, but: u8) {
        let application = self.session(but).ok().and_then(|session| session.application);
        for (number, channel) in (0..).zip(&mut self.0) {
            let Some(session) = channel.as_mut().filter(|_| number != but) else {
                continue;
            };
            let here = session.application == application;
            match secret {
                Secret::Pin(PinReference::Local(_)) | Secret::Key(_) if !here => {}
                Secret::Pin(reference) => session.set_verified(reference, false),
                Secret::Key(reference) => session.set_authenticated(reference, false),
            }
        }
    }

    /// After a command on `but` that wrote: every other channel looks again at where it is, for the file may be another one, or gone.
    #[inline(never)]
    pub(crate) fn look_again<P: Platform>(&mut self, core: &mut Core<P>, but: u8) {
        for (number, channel) in (0..).zip(&mut self.0) {
            if let Some(session) = channel.as_mut().filter(|_| number != but)
                && select::look_again(core, session).is_err()
            {
                *session = Session::new();
            }
        }
    }
}
