//! A card in a reader that PC/SC knows.
//!
//! The card is shared with other programs; [`Transport::begin`] is a PC/SC transaction and waits for theirs. When the
//! program ends the card is reset, so that nothing stays verified.

use std::ffi::{CStr, CString};
use std::fmt;
use std::time::{Duration, Instant};

use pcsc::{
    Card, Context, Disposition, Error, Protocol, Protocols, ReaderState, Scope, ShareMode, State, Transaction,
};

use super::{ANSWER_MAX, Exchange, Transport, TransportError};

/// How often a card that others keep resetting is taken up again.
const RECONNECTS: usize = 3;

/// A card in a PC/SC reader.
pub struct Pcsc {
    card: Card,
    reader: String,
    buffer: Vec<u8>,
    extended: bool,
}

impl Pcsc {
    /// The readers there are, in the service's order; none is not an error.
    ///
    /// # Errors
    /// [`TransportError::NoService`] and whatever else PC/SC reports.
    pub fn readers() -> Result<Vec<String>, TransportError> {
        let names = reader_names(&establish()?)?;
        Ok(names
            .iter()
            .map(|name| name.to_string_lossy().into_owned())
            .collect())
    }

    /// Connects to the card in the reader with this name, or in the only one whose name contains `name` in whatever case.
    ///
    /// # Errors
    /// When no or more than one reader is meant, it is empty or used by another program alone.
    pub fn connect(name: &str) -> Result<Self, TransportError> {
        let context = establish()?;
        let reader = choose(&reader_names(&context)?, name)?;
        Self::open(&context, &reader)
    }

    /// As [`Self::connect`], but waits for the reader and the card to appear.
    ///
    /// # Errors
    /// As [`Self::connect`], after `timeout`.
    pub fn connect_within(name: &str, timeout: Duration) -> Result<Self, TransportError> {
        let context = establish()?;
        let deadline = Instant::now() + timeout;
        loop {
            let (error, mut awaited) = match choose(&reader_names(&context)?, name) {
                Ok(reader) => match Self::open(&context, &reader) {
                    Ok(card) => return Ok(card),
                    Err(error) => (error, ReaderState::new(reader, State::EMPTY)),
                },
                Err(error) => (error, ReaderState::new(pcsc::PNP_NOTIFICATION(), State::UNAWARE)),
            };
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || !waiting_helps(&error) {
                return Err(error);
            }
            wait(&context, &mut awaited, left)?;
        }
    }

    fn open(context: &Context, reader: &CStr) -> Result<Self, TransportError> {
        let name = reader.to_string_lossy().into_owned();
        let card = context
            .connect(reader, ShareMode::Shared, Protocols::ANY)
            .map_err(|error| TransportError::from_pcsc(error, &name))?;
        let status = card
            .status2_owned()
            .map_err(|error| TransportError::from_pcsc(error, &name))?;
        // T=0 has no extended length fields; over T=1 the card says in its historical bytes whether it takes them.
        let extended = status.protocol2() == Some(Protocol::T1) && announces_extended(status.atr());
        Ok(Self {
            card,
            reader: name,
            buffer: vec![0; ANSWER_MAX],
            extended,
        })
    }

    fn error(&self, error: Error) -> TransportError {
        TransportError::from_pcsc(error, &self.reader)
    }
}

impl fmt::Debug for Pcsc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pcsc")
            .field("reader", &self.reader)
            .field("extended", &self.extended)
            .finish_non_exhaustive()
    }
}

impl Transport for Pcsc {
    fn begin(&mut self) -> Result<Box<dyn Exchange + '_>, TransportError> {
        let Self {
            card,
            reader,
            buffer,
            extended,
        } = self;
        let mut card = card;
        for _ in 0..RECONNECTS {
            match card.transaction2() {
                Ok(transaction) => {
                    return Ok(Box::new(PcscExchange {
                        transaction,
                        reader,
                        buffer,
                        extended: *extended,
                    }));
                }
                // Another program reset it between two operations: nothing of ours is lost, take it up again.
                Err((card_again, Error::ResetCard)) => {
                    card_again
                        .reconnect(ShareMode::Shared, Protocols::ANY, Disposition::LeaveCard)
                        .map_err(|error| TransportError::from_pcsc(error, reader))?;
                    card = card_again;
                }
                Err((_, error)) => return Err(TransportError::from_pcsc(error, reader)),
            }
        }
        Err(TransportError::Busy {
            reader: reader.clone(),
        })
    }

    fn reset(&mut self) -> Result<(), TransportError> {
        self.card
            .reconnect(ShareMode::Shared, Protocols::ANY, Disposition::ResetCard)
            .map_err(|error| self.error(error))
    }

    fn answer_to_reset(&mut self) -> Result<Vec<u8>, TransportError> {
        let status = self.card.status2_owned().map_err(|error| self.error(error))?;
        Ok(status.atr().to_vec())
    }

    fn name(&self) -> String {
        self.reader.clone()
    }
}

struct PcscExchange<'a> {
    transaction: Transaction<'a>,
    reader: &'a str,
    buffer: &'a mut [u8],
    extended: bool,
}

impl Exchange for PcscExchange<'_> {
    fn transmit(&mut self, command: &[u8], answer: &mut Vec<u8>) -> Result<(), TransportError> {
        let bytes = self
            .transaction
            .transmit(command, self.buffer)
            .map_err(|error| TransportError::from_pcsc(error, self.reader))?;
        answer.clear();
        answer.extend_from_slice(bytes);
        Ok(())
    }

    fn extended(&self) -> bool {
        self.extended
    }
}

fn establish() -> Result<Context, TransportError> {
    Context::establish(Scope::User).map_err(|error| TransportError::from_pcsc(error, ""))
}

fn reader_names(context: &Context) -> Result<Vec<CString>, TransportError> {
    match context.list_readers_owned() {
        Ok(names) => Ok(names),
        Err(Error::NoReadersAvailable) => Ok(Vec::new()),
        Err(error) => Err(TransportError::from_pcsc(error, "")),
    }
}

/// The reader called `wanted`, else the only one whose name contains it.
fn choose(names: &[CString], wanted: &str) -> Result<CString, TransportError> {
    let text = |name: &CString| name.to_string_lossy().into_owned();
    if names.is_empty() && wanted.is_empty() {
        return Err(TransportError::NoReader);
    }
    if let Some(name) = names.iter().find(|name| text(name) == wanted) {
        return Ok(name.clone());
    }
    let part = wanted.to_lowercase();
    let matching: Vec<&CString> = names
        .iter()
        .filter(|name| text(name).to_lowercase().contains(&part))
        .collect();
    match matching.as_slice() {
        [] => Err(TransportError::NoSuchReader {
            wanted: wanted.to_owned(),
            available: names.iter().map(text).collect(),
        }),
        [one] => Ok((*one).clone()),
        _ => Err(TransportError::AmbiguousReader {
            wanted: wanted.to_owned(),
            matching: matching.into_iter().map(text).collect(),
        }),
    }
}

const fn waiting_helps(error: &TransportError) -> bool {
    matches!(
        error,
        TransportError::NoCard { .. } | TransportError::NoReader | TransportError::NoSuchReader { .. }
    )
}

/// Waits until the reader changes, or a while.
fn wait(context: &Context, awaited: &mut ReaderState, left: Duration) -> Result<(), TransportError> {
    // In slices: a reader that appears between the look and the wait would be missed.
    let slice = left.min(Duration::from_millis(250));
    match context.get_status_change(slice, std::slice::from_mut(awaited)) {
        Ok(()) | Err(Error::Timeout | Error::UnknownReader) => Ok(()),
        Err(error) => Err(TransportError::from_pcsc(
            error,
            &awaited.name().to_string_lossy(),
        )),
    }
}

/// Whether the historical bytes of an answer to reset hold the card capabilities (tag 7 of the compact TLV) with the bit for
/// extended length fields. ISO/IEC 7816-3, 8.2, and 7816-4, 12.1.1.
fn announces_extended(answer_to_reset: &[u8]) -> bool {
    third_capability(answer_to_reset).is_some_and(|byte| byte & 0x40 != 0)
}

fn third_capability(answer_to_reset: &[u8]) -> Option<u8> {
    let mut bytes = answer_to_reset.iter().skip(1).copied();
    let format = bytes.next()?;
    let historical = usize::from(format & 0x0F);
    let mut interface = format >> 4;
    while interface != 0 {
        // TA, TB and TC, then TD, which says what follows it.
        for _ in 0..(interface & 0x07).count_ones() {
            bytes.next()?;
        }
        interface = if interface & 0x08 == 0 {
            0
        } else {
            bytes.next()? >> 4
        };
    }
    let mut historical = bytes.take(historical);
    if !matches!(historical.next()?, 0x00 | 0x80) {
        return None;
    }
    loop {
        let object = historical.next()?;
        let mut value = historical.by_ref().take(usize::from(object & 0x0F));
        if object >> 4 == 7 {
            return value.nth(2);
        }
        value.by_ref().for_each(drop);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<CString> {
        names.iter().map(|name| CString::new(*name).unwrap()).collect()
    }

    #[test]
    fn nobody_gets_a_reader_they_did_not_mean() {
        let two = names(&["symbolon 00 00", "symbolon 00 01"]);
        assert_eq!(choose(&two, "symbolon 00 00").unwrap(), two[0]);
        assert_eq!(choose(&two, "00 01").unwrap(), two[1]);
        assert_eq!(choose(&two, "SYMBOLON 00 01").unwrap(), two[1]);
        assert!(
            matches!(choose(&two, "symbolon"), Err(TransportError::AmbiguousReader { matching, .. }) if matching.len() == 2)
        );
        assert!(
            matches!(choose(&two, "other"), Err(TransportError::NoSuchReader { available, .. }) if available.len() == 2)
        );
        assert!(matches!(
            choose(&two, ""),
            Err(TransportError::AmbiguousReader { .. })
        ));
        assert_eq!(choose(&two[..1], "").unwrap(), two[0]);
        assert!(matches!(choose(&[], ""), Err(TransportError::NoReader)));
        let prefix = names(&["reader", "reader 2"]);
        assert_eq!(choose(&prefix, "reader").unwrap(), prefix[0]);
    }

    #[test]
    fn extended_lengths_are_used_only_where_announced() {
        // T=1, historical bytes 80, 31 C0, 73 C0 01 C0.
        let with = [0x3B, 0x87, 0x01, 0x80, 0x31, 0xC0, 0x73, 0xC0, 0x01, 0xC0, 0x00];
        assert!(announces_extended(&with));
        let mut without = with;
        without[9] = 0x80;
        assert!(!announces_extended(&without));
        for cut in 0..10 {
            assert!(!announces_extended(&with[..cut]), "{cut}");
        }
        // TESTBED.md's PIV card: historical bytes 80 FB ...
        assert!(!announces_extended(&[
            0x3B, 0x8D, 0x80, 0x01, 0x80, 0xFB, 0xA0, 0, 0, 3, 8, 0, 0, 0x10, 0, 1, 0, 0xCD
        ]));
        assert!(!announces_extended(&[0x3B, 0xFF, 0xFF]));
    }
}
