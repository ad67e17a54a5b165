//! Authentication by keys of an application: SPEC.md section 5.1. What is signed or MACed is one of these words, then the
//! challenges. What does not belong here: authentication by certificate (`object`).

/// Before the challenge of INTERNAL AUTHENTICATE.
pub const INTERNAL_LABEL: &[u8] = b"symbolon internal 1";
/// Before the card's challenge, EXTERNAL AUTHENTICATE.
pub const EXTERNAL_LABEL: &[u8] = b"symbolon external 1";
/// Before the card's challenge and the other's: what the other shows in MUTUAL AUTHENTICATE.
pub const MUTUAL_OTHER_LABEL: &[u8] = b"symbolon mutual other 1";
/// Before the other's challenge and the card's: what the card shows in MUTUAL AUTHENTICATE.
pub const MUTUAL_CARD_LABEL: &[u8] = b"symbolon mutual card 1";
