//! PINs and keys of the TOML as entries of a manifest.

use std::ops::Range;

use apdu_spec::access::Subject;
use apdu_spec::package::{KeyEntry, KeyType, KeyUsage, PinEntry};
use apdu_spec::reference::{LOCAL_FIRST, LOCAL_LAST};
use toml::Spanned;
use zeroize::Zeroizing;

use super::{Parts, replace};
use crate::error::Result;
use crate::package::source;

impl Parts<'_> {
    pub(in crate::package) fn pin(
        &mut self,
        pin: &Spanned<source::Pin>,
    ) -> Result<(PinEntry<'static>, Vec<u8>)> {
        let source::Pin {
            reference,
            minimum,
            tries,
            transport,
            access,
            on_replace,
        } = pin.get_ref();
        let rule = self
            .rules
            .place(access, Subject::Pin, &reference.span(), self.place)?;
        let check = |ok: bool, span: Range<usize>, cause: &str| {
            if ok {
                Ok(())
            } else {
                Err(self.place.error(&span, cause))
            }
        };
        let value = self.bytes(transport)?;
        check(
            (4..=16).contains(minimum.get_ref()),
            minimum.span(),
            "a PIN's minimum length is 4 to 16",
        )?;
        check(
            (1..=15).contains(tries.get_ref()),
            tries.span(),
            "tries are 1 to 15",
        )?;
        let fits = (usize::from(*minimum.get_ref())..=PinEntry::MAX).contains(&value.len());
        check(
            fits,
            transport.span(),
            "a transport value has the PIN's minimum length to 16 bytes",
        )?;
        let entry = PinEntry {
            reference: self.reference(reference)?,
            minimum: *minimum.get_ref(),
            tries: *tries.get_ref(),
            rule,
            replace: replace(*on_replace),
            transport: &[],
        };
        Ok((entry, value))
    }

    pub(in crate::package) fn key(
        &mut self,
        key: &Spanned<source::Key>,
    ) -> Result<(KeyEntry<'static>, Option<Zeroizing<Vec<u8>>>)> {
        let source::Key {
            reference,
            kind,
            usage: written,
            tries,
            value,
            access,
            on_replace,
        } = key.get_ref();
        let kind = match kind {
            source::KeyType::P256 => KeyType::P256,
            source::KeyType::Aes128 => KeyType::Aes128,
            source::KeyType::Aes256 => KeyType::Aes256,
            source::KeyType::Hmac => KeyType::Hmac,
        };
        let usage = match written.get_ref() {
            source::KeyUsage::Sign => KeyUsage::Sign,
            source::KeyUsage::Agree => KeyUsage::Agree,
            source::KeyUsage::Encipher => KeyUsage::Encipher,
            source::KeyUsage::Decipher => KeyUsage::Decipher,
            source::KeyUsage::Cipher => KeyUsage::Cipher,
            source::KeyUsage::ComputeMac => KeyUsage::ComputeMac,
            source::KeyUsage::VerifyMac => KeyUsage::VerifyMac,
            source::KeyUsage::Mac => KeyUsage::Mac,
            source::KeyUsage::AuthenticateCard => KeyUsage::AuthenticateCard,
            source::KeyUsage::AuthenticateOther => KeyUsage::AuthenticateOther,
            source::KeyUsage::AuthenticateBoth => KeyUsage::AuthenticateBoth,
        };
        if !kind.allows(usage) {
            let cause = format!("a key of {} is never for \"{}\"", kind.name(), usage.name());
            return Err(self.place.error(&written.span(), cause));
        }
        let tries = match (usage.has_tries(), tries) {
            (true, Some(tries)) if (1..=15).contains(tries.get_ref()) => Some(*tries.get_ref()),
            (true, Some(tries)) => return Err(self.place.error(&tries.span(), "tries are 1 to 15")),
            (false, None) => None,
            (true, None) => {
                let cause = "others authenticate with this key, so its tries are counted: tries = 1 to 15";
                return Err(self.place.error(&reference.span(), cause));
            }
            (false, Some(tries)) => {
                let cause = "tries are counted only of a key that others authenticate with";
                return Err(self.place.error(&tries.span(), cause));
            }
        };
        let value = match value {
            None => None,
            Some(value) => {
                let bytes = Zeroizing::new(self.bytes(value)?);
                if bytes.len() != kind.secret_length() {
                    let cause = format!("a key of {} has {} bytes", kind.name(), kind.secret_length());
                    return Err(self.place.error(&value.span(), cause));
                }
                Some(bytes)
            }
        };
        let entry = KeyEntry {
            reference: self.reference(reference)?,
            kind,
            usage,
            tries,
            sealed: None,
            rule: self
                .rules
                .place(access, Subject::Key, &reference.span(), self.place)?,
            replace: replace(*on_replace),
        };
        Ok((entry, value))
    }

    fn reference(&self, reference: &Spanned<String>) -> Result<u8> {
        u8::from_str_radix(reference.get_ref(), 16)
            .ok()
            .filter(|byte| (LOCAL_FIRST..=LOCAL_LAST).contains(byte))
            .ok_or_else(|| {
                self.place
                    .error(&reference.span(), "a reference is \"81\" to \"8F\"")
            })
    }
}
