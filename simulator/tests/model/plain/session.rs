//! What a reset forgets: a channel's.

use apdu_spec::aid::Aid;

use super::super::issued::{When, Who};
use super::{CONDITIONS, Df, Ef, NOT_FOUND, application};

/// References of PINs or keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct References(u128, u128);

impl References {
    const NONE: Self = Self(0, 0);

    /// The half in which a reference is, and its bit there.
    const fn place(&mut self, reference: u8) -> (&mut u128, u128) {
        let bit = 1 << (reference & 0x7F);
        if reference < 0x80 {
            (&mut self.0, bit)
        } else {
            (&mut self.1, bit)
        }
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0 && self.1 == 0
    }

    pub const fn contains(mut self, reference: &u8) -> bool {
        self.remove(reference)
    }

    pub const fn insert(&mut self, reference: u8) {
        let (half, bit) = self.place(reference);
        *half |= bit;
    }

    /// Tells whether it was there.
    pub const fn remove(&mut self, reference: &u8) -> bool {
        let (half, bit) = self.place(*reference);
        let was_there = *half & bit != 0;
        *half &= !bit;
        was_there
    }

    /// Leaves those of the card.
    const fn forget_local(&mut self) {
        self.1 = 0;
    }
}

/// What a reset forgets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    pub df: Df,
    pub ef: Option<Ef>,
    /// Index of the current record of the current EF.
    pub record: Option<usize>,
    /// Verified references of the card and of the current application.
    pub verified: References,
    /// Keys of the current application that somebody showed.
    pub authenticated: References,
    /// What GET CHALLENGE answered last, until it is used.
    pub challenge: Option<[u8; 16]>,
    /// The application last found by SELECT with a name.
    pub last_match: Option<Aid>,
    /// Whether the application was deactivated when it was selected.
    pub deactivated: bool,
}

impl Session {
    pub const fn new() -> Self {
        Self {
            df: Df::Master,
            ef: None,
            record: None,
            verified: References::NONE,
            authenticated: References::NONE,
            challenge: None,
            last_match: None,
            deactivated: false,
        }
    }

    pub(super) fn enter(&mut self, df: Df) {
        if application(self.df) != application(df) {
            self.verified.forget_local();
            self.authenticated = References::NONE;
        }
        self.df = df;
        self.open(None);
        self.deactivated = false;
    }

    /// Makes an EF, or none, the current one; none of its records is.
    pub(super) const fn open(&mut self, ef: Option<Ef>) {
        self.ef = ef;
        self.record = None;
    }

    /// Whether a rule's condition is met.
    pub(super) fn may(&self, when: When) -> bool {
        let shown = |who: Who| match who {
            Who::Pin(pin) => self.verified.contains(&pin),
            Who::Key(key) => self.authenticated.contains(&key),
        };
        match when {
            When::Always => true,
            When::Never => false,
            When::Shown(who) => shown(who),
            When::Both(one, other) => shown(one) && shown(other),
            When::Either(one, other) => shown(one) || shown(other),
        }
    }

    /// The application in which commands find PINs and keys.
    pub(super) fn application(&self) -> Result<usize, u16> {
        let number = application(self.df).ok_or(NOT_FOUND)?;
        if self.deactivated {
            Err(CONDITIONS)
        } else {
            Ok(number)
        }
    }
}
