//! What every handler works on: the platform, the store, and the card's persistent state. What belongs here: loading,
//! signing, giving out numbers. What does not: rules of the protocol.

use apdu_spec::package::KeyType;
use apdu_spec::reason::Reason;
use apdu_spec::reference::KeyReference;

use crate::crypto::{Crypto, PrivateKey};
use crate::error::{Error, Result};
use crate::layout;
use crate::platform::Platform;
use crate::state::{CardState, STATE_MAX};
use crate::store::{Key, Secrecy, Store, Transaction};

/// Length of the record of a key pair: private scalar and public point. That of another key is the key itself.
pub(crate) const KEY_RECORD: usize = 32 + 65;

/// The persistent side of the card.
pub(crate) struct Core<P: Platform> {
    pub(crate) platform: P,
    pub(crate) store: Store<P::Flash, P::Index>,
    pub(crate) state: CardState,
}

/// The store's transaction over this platform's flash.
pub(crate) type Change<'s, P> = Transaction<'s, <P as Platform>::Flash, <P as Platform>::Index>;

impl<P: Platform> Core<P> {
    /// The value under `key`, read into `buffer`; `None` if there is none.
    pub(crate) fn load<'b>(&mut self, key: Key, buffer: &'b mut [u8]) -> Result<Option<&'b [u8]>> {
        let Some(extent) = self.store.locate(key)? else {
            return Ok(None);
        };
        let space = buffer.get_mut(..extent.length()).ok_or(Error::Memory)?;
        self.store.read_extent(&extent, 0, space)?;
        Ok(Some(space))
    }

    /// As [`Self::load`], for what a security decision rests on: the checksum is compared first, every time.
    pub(crate) fn load_checked<'b>(&mut self, key: Key, buffer: &'b mut [u8]) -> Result<Option<&'b [u8]>> {
        let Some(length) = self.store.read_checked(key, buffer)? else {
            return Ok(None);
        };
        Ok(buffer.get(..length))
    }

    /// SHA-256 of the concatenated parts.
    pub(crate) fn hash(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.platform.crypto().digest(parts)
    }

    /// Checks a signature over a message.
    pub(crate) fn verify(&self, point: &[u8; 65], message: &[u8], signature: &[u8; 64]) -> Result<()> {
        let digest = self.hash(&[message]);
        self.platform
            .crypto()
            .p256_verify(point, &digest, signature)
            .map_err(|_| Error::Refused(Reason::BadSignature))
    }

    /// Signs a message with a key of the store. The signature is verified before it leaves: a faulty one would tell the key.
    pub(crate) fn sign(&mut self, key: Key, message: &[u8]) -> Result<[u8; 64]> {
        let digest = self.hash(&[message]);
        self.sign_digest(key, &digest)
    }

    /// As [`Self::sign`], of a message whose digest this is.
    pub(crate) fn sign_digest(&mut self, key: Key, digest: &[u8; 32]) -> Result<[u8; 64]> {
        let (private, point) = self.key_pair(key)?.ok_or(Error::DataNotFound)?;
        let signature = self.platform.crypto().p256_sign(&private, digest)?;
        self.platform.crypto().p256_verify(&point, digest, &signature)?;
        Ok(signature)
    }

    /// A key pair of the store; `None` if it was not made yet.
    fn key_pair(&mut self, key: Key) -> Result<Option<(PrivateKey, [u8; 65])>> {
        let mut record = zeroize::Zeroizing::new([0; KEY_RECORD]);
        let Some(bytes) = self.load_checked(key, record.as_mut_slice())? else {
            return Ok(None);
        };
        let (private, point) = bytes.split_first_chunk::<32>().ok_or(Error::Memory)?;
        let point = <[u8; 65]>::try_from(point).map_err(|_| Error::Memory)?;
        Ok(Some((PrivateKey(*private), point)))
    }

    /// The public point of a key of the store.
    pub(crate) fn public_point(&mut self, key: Key) -> Result<Option<[u8; 65]>> {
        Ok(self.key_pair(key)?.map(|(_, point)| point))
    }

    /// What the card is called in signed objects: SHA-256 of its registration point.
    pub(crate) fn card(&mut self) -> Result<[u8; 32]> {
        let registration = layout::key(layout::CARD, KeyReference::Registration.to_byte());
        let point = self.public_point(registration)?.ok_or(Error::Memory)?;
        Ok(self.hash(&[&point]))
    }

    /// What the holder of `point` and a key of the store agree on.
    pub(crate) fn agree(&mut self, key: Key, point: &[u8; 65]) -> Result<zeroize::Zeroizing<[u8; 32]>> {
        let (private, _) = self.key_pair(key)?.ok_or(Error::DataNotFound)?;
        // Only the point comes from outside: it is not on the curve.
        self.platform
            .crypto()
            .p256_agree(&private, point)
            .map_err(|_| Error::IncorrectData)
    }

    /// Makes a key or key pair; the caller stores the record.
    pub(crate) fn make_key<'r>(
        &mut self,
        kind: KeyType,
        record: &'r mut [u8; KEY_RECORD],
    ) -> Result<&'r [u8]> {
        if kind != KeyType::P256 {
            let record = record.get_mut(..kind.secret_length()).ok_or(Error::Fault)?;
            self.platform.random(record)?;
            return Ok(record);
        }
        let (scalar, point) = record.split_first_chunk_mut::<32>().ok_or(Error::Fault)?;
        // A scalar out of range comes about once in 2^32 tries for P-256.
        for _ in 0..8 {
            self.platform.random(scalar)?;
            if let Ok(public) = self.platform.crypto().p256_public(&PrivateKey(*scalar)) {
                point.copy_from_slice(&public);
                return Ok(record);
            }
        }
        Err(Error::Fault)
    }

    /// The first of `count` consecutive numbers that nothing in the store uses.
    pub(crate) fn allocate(&mut self, count: u16) -> Result<u16> {
        let lowest = layout::MASTER_FILE + 1;
        let mut base = self.state.next_number.max(lowest);
        // Twice around all numbers at most: then there is no gap that large.
        for _ in 0..2 * u32::from(u16::MAX) {
            let Some(end) = base.checked_add(count) else {
                base = lowest;
                continue;
            };
            match self.store.first_at_or_after(layout::first_of(base))? {
                Some(key) if key.namespace() < end => base = key.namespace().saturating_add(1),
                _ => return Ok(base),
            }
        }
        Err(Error::Refused(Reason::NoSpace))
    }

    /// The next record of the kind of `like` with a slot above `after` (from the first when `None`).
    pub(crate) fn next_slot(&mut self, like: Key, after: Option<u16>) -> Result<Option<u16>> {
        let from = match after {
            None => 0,
            Some(u16::MAX) => return Ok(None),
            Some(slot) => slot + 1,
        };
        let from = Key::new(like.namespace(), like.kind(), from, 0);
        Ok(self
            .store
            .first_at_or_after(from)?
            .and_then(|key| layout::slot_like(key, like)))
    }

    /// The lowest slot of the kind of `like` that is not used.
    pub(crate) fn free_slot(&mut self, like: Key) -> Result<u16> {
        let mut free: u16 = 0;
        while let Some(slot) = self.next_slot(like, free.checked_sub(1))? {
            if slot != free {
                break;
            }
            free = slot.checked_add(1).ok_or(Error::NoMemory)?;
        }
        Ok(free)
    }

    /// Starts a transaction of at most `records` records with `bytes` of values together.
    pub(crate) fn begin(&mut self, records: usize, bytes: usize) -> Result<Change<'_, P>> {
        Ok(self.store.begin(Self::needed(records, bytes)?)?)
    }

    /// As [`Self::begin`], with the platform's cryptography beside it.
    pub(crate) fn begin_with_crypto(
        &mut self,
        records: usize,
        bytes: usize,
    ) -> Result<(Change<'_, P>, &P::Crypto)> {
        let change = self.store.begin(Self::needed(records, bytes)?)?;
        Ok((change, self.platform.crypto()))
    }

    /// As [`Self::begin`], for a transaction that takes away more than it adds, and whose values are shorter than the
    /// longest there is: there is room for it on a full card.
    pub(crate) fn begin_removal(&mut self, records: usize, bytes: usize) -> Result<Change<'_, P>> {
        Ok(self.store.begin_in_margin(Self::needed(records, bytes)?)?)
    }

    fn needed(records: usize, bytes: usize) -> Result<usize> {
        Store::<P::Flash, P::Index>::RECORD_OVERHEAD
            .checked_mul(records)
            .and_then(|overhead| overhead.checked_add(bytes))
            .ok_or(Error::NoMemory)
    }

    /// Writes one public value in a transaction of its own.
    pub(crate) fn put(&mut self, key: Key, value: &[u8]) -> Result<()> {
        Ok(self.store.put(key, &[value], Secrecy::Public)?)
    }

    /// Writes a new state in a transaction of its own.
    pub(crate) fn put_state(&mut self, state: CardState) -> Result<()> {
        let mut buffer = [0; STATE_MAX];
        self.put(layout::state(), state.write(&mut buffer)?)?;
        self.state = state;
        Ok(())
    }
}
