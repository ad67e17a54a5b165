//! PINs, and keys that somebody shows: ISO/IEC 7816-4, 11.6; SPEC.md section 5.1.

use aes::Aes128;
use apdu_spec::reference::PinReference;
use cmac::{Cmac, KeyInit, Mac};

use super::*;

/// Spends a try, and gives all of them back if what came was right.
fn spend(tries: &mut u8, right: bool) -> Result<(), u16> {
    if *tries == 0 {
        return Err(BLOCKED);
    }
    *tries -= 1;
    match (right, *tries) {
        (true, _) => {
            *tries = TRIES;
            Ok(())
        }
        (false, 0) => Err(BLOCKED),
        (false, left) => Err(0x63C0 + u16::from(left)),
    }
}

/// What EXTERNAL AUTHENTICATE with an AES-128 key is answered with.
fn proof(value: &[u8; 16], challenge: &[u8; 16]) -> [u8; 16] {
    let mut mac = <Cmac<Aes128> as KeyInit>::new(value.into());
    mac.update(b"symbolon external 1");
    mac.update(challenge);
    mac.finalize().into_bytes().into()
}

impl Plain {
    fn pin(&mut self, reference: PinReference) -> Result<&mut Pin, u16> {
        let owner = match reference {
            PinReference::User | PinReference::Consent => None,
            PinReference::Local(_) => Some(self.session.application()?),
        };
        self.pins.get_mut(&(owner, reference.to_byte())).ok_or(NOT_FOUND)
    }

    pub(super) fn tries(&mut self, reference: PinReference) -> Answer {
        let verified = self.session.verified.contains(&reference.to_byte());
        Err(match self.pin(reference)?.tries {
            0 => BLOCKED,
            _ if verified => SUCCESS,
            left => 0x63C0 + u16::from(left),
        })
    }

    /// Spends a try, which a right value gives back.
    fn compare(
        &mut self,
        reference: PinReference,
        right: impl FnOnce(&[u8]) -> bool,
    ) -> Result<&mut Pin, u16> {
        self.pin(reference)?;
        self.session.verified.remove(&reference.to_byte());
        let pin = self.pin(reference)?;
        spend(&mut pin.tries, right(&pin.value))?;
        Ok(pin)
    }

    pub(super) fn verify(&mut self, reference: PinReference, candidate: &[u8]) -> Answer {
        self.compare(reference, |value| value == candidate)?;
        self.session.verified.insert(reference.to_byte());
        Ok((Vec::new(), SUCCESS))
    }

    pub(super) fn change(&mut self, reference: PinReference, data: &[u8]) -> Answer {
        let pin = self.compare(reference, |value| data.starts_with(value))?;
        let new = &data[pin.value.len()..];
        if !(pin.minimum..=16).contains(&new.len()) {
            return Err(INCORRECT_DATA);
        }
        pin.value = new.to_vec();
        // Whoever verified the old one: on all other channels it is to be verified again, an application's own in that application.
        let (local, here) = (reference.to_byte() >= 0x80, application(self.session.df));
        for session in self.channels.iter_mut().flatten() {
            if !local || application(session.df) == here {
                session.verified.remove(&reference.to_byte());
            }
        }
        Ok((Vec::new(), SUCCESS))
    }

    /// GET CHALLENGE. What the card drew is told by [`Self::drew`].
    pub(super) fn challenge(&mut self) -> [u8; 16] {
        let unknown = [0; 16];
        self.session.challenge = Some(unknown);
        unknown
    }

    /// The card answered this challenge on a channel.
    pub fn drew(&mut self, channel: usize, challenge: [u8; 16]) {
        if let Some(session) = &mut self.channels[channel] {
            session.challenge = Some(challenge);
        }
    }

    /// EXTERNAL AUTHENTICATE on a channel with a key of the application there, by somebody who has the key (if anybody can) or has not.
    pub fn answer_challenge(&self, channel: usize, reference: u8, right: bool) -> Vec<u8> {
        let session = self.channels[channel].as_ref();
        let challenge = session.and_then(|session| session.challenge).unwrap_or_default();
        let number = session.and_then(|session| application(session.df));
        let key = number.and_then(|number| self.keys.get(&(number, reference)));
        let value = key.and_then(|key| key.value).unwrap_or_default();
        let mut mac = proof(&value, &challenge);
        mac[15] ^= u8::from(!right);
        let class = u8::try_from(channel).unwrap();
        [&[class, 0x82, 0x00, reference, 0x10][..], &mac].concat()
    }

    pub(super) fn authenticate(&mut self, reference: u8, mac: &[u8]) -> Answer {
        self.session.authenticated.remove(&reference);
        let challenge = self.session.challenge.take();
        let number = self.session.application()?;
        let key = self.keys.get_mut(&(number, reference)).ok_or(NOT_FOUND)?;
        let planned = KEYS
            .iter()
            .find(|planned| planned.reference == reference)
            .unwrap();
        if !self.session.may(planned.using) {
            return Err(DENIED);
        }
        let challenge = challenge.ok_or(CONDITIONS)?;
        let right = key.value.is_some_and(|value| proof(&value, &challenge) == mac);
        spend(&mut key.tries, right)?;
        self.session.authenticated.insert(reference);
        Ok((Vec::new(), SUCCESS))
    }

    /// GENERATE: nobody has shown the new key, on no channel in that application.
    pub(super) fn make(&mut self, reference: u8) -> Answer {
        let number = self.session.application()?;
        let key = self.keys.get_mut(&(number, reference)).ok_or(NOT_FOUND)?;
        let planned = KEYS
            .iter()
            .find(|planned| planned.reference == reference)
            .unwrap();
        if !self.session.may(planned.make) {
            return Err(DENIED);
        }
        *key = Key {
            value: None,
            tries: TRIES,
        };
        self.session.authenticated.remove(&reference);
        for session in self.channels.iter_mut().flatten() {
            if application(session.df) == Some(number) {
                session.authenticated.remove(&reference);
            }
        }
        Ok((Vec::new(), SUCCESS))
    }
}
