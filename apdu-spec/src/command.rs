//! The commands of a symbolon card: one enumeration, decoded by the card and encoded by the host. SPEC.md section 1.
//!
//! ISO/IEC 7816-4, 7816-8, 7816-9 and 7816-13. Decoding goes header first, then payload, and gives the exact status
//! word for what is wrong: class, INS, P1 and P2, lengths, content, in this order. What belongs here: the form of
//! commands. What does not: whether the card is in a state to do them; chaining and GET RESPONSE as a transport.

mod binary;
mod bytes;
mod case;
mod channel;
mod coding;
mod data;
mod error;
mod instruction;
mod management;
mod operation;
mod record;
mod security;
mod select;
mod show;
mod storing;

pub use binary::BinaryFile;
pub use bytes::{BinaryAction, BinaryAddress, write_offset};
pub use case::Expected;
pub use error::EncodeError;
pub use instruction::{CommandRow, Instruction, TABLE};
pub use management::FileChange;
pub use operation::{KeyName, Purpose};
pub use record::{RecordAction, RecordChange, RecordFile, RecordName, RecordRange, SearchStart};
pub use security::{KeyTemplate, read_public_key, write_public_key};
pub use select::{SelectReply, SelectTarget};
pub use storing::Function;

use crate::aid::Aid;
use crate::apdu::Header;
use crate::data::is_secret;
use crate::file::{FileControl, RuleReference};
use crate::object::{Digest, Mode, Sdi};
use crate::reference::{KeyReference, PinReference};

/// One command, with everything it says; data is borrowed from the APDU. `Debug` shows no PIN.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Command<'a> {
    /// SELECT: ISO/IEC 7816-4:2020, 11.2.2.
    Select {
        /// Which file.
        target: SelectTarget<'a>,
        /// Which description of it to answer.
        reply: SelectReply,
        /// The next application that matches a partial AID, rather than the first.
        next: bool,
    },
    /// MANAGE CHANNEL, open: ISO/IEC 7816-4:2020, 11.2.3.
    OpenChannel {
        /// Which channel, 1 to 3; `None`: the card chooses and answers the number.
        number: Option<u8>,
    },
    /// MANAGE CHANNEL, close.
    CloseChannel {
        /// Which channel, 1 to 3; `None`: the one on which the command comes.
        number: Option<u8>,
    },
    /// READ BINARY: ISO/IEC 7816-4:2020, 11.3.3.
    ReadBinary {
        /// Which EF.
        file: BinaryFile,
        /// Offset in bytes: at most 7FFF, with a short id FF.
        offset: u16,
        /// How much.
        length: Expected,
    },
    /// UPDATE BINARY: ISO/IEC 7816-4:2020, 11.3.5.
    UpdateBinary {
        /// Which EF.
        file: BinaryFile,
        /// Offset in bytes: at most 7FFF, with a short id FF.
        offset: u16,
        /// At least one byte.
        data: &'a [u8],
    },
    /// The other commands for the bytes of an EF: ISO/IEC 7816-4:2020, 11.3.
    Binary {
        /// Which EF, and whether offset and bytes come in data objects.
        address: BinaryAddress,
        /// What is done with its bytes. Reading and updating by [`BinaryAddress::Offset`] are commands of their own.
        action: BinaryAction<'a>,
    },
    /// The commands for EFs of records: ISO/IEC 7816-4:2020, 11.4.
    Record {
        /// Which EF.
        file: RecordFile,
        /// What is done with its records.
        action: RecordAction<'a>,
    },
    /// CREATE FILE: ISO/IEC 7816-9:2017, 6.2.
    CreateFile {
        /// What to create in the current DF.
        fcp: FileControl<'a>,
        /// Where its rules are written down, if `fcp` has none.
        rules_from: Option<RuleReference>,
    },
    /// DEACTIVATE FILE, by AID: ISO/IEC 7816-9:2017.
    DeactivateFile {
        /// Which application.
        aid: Aid,
    },
    /// ACTIVATE FILE, by AID: ISO/IEC 7816-9:2017.
    ActivateFile {
        /// Which application.
        aid: Aid,
    },
    /// ACTIVATE, DEACTIVATE, TERMINATE and DELETE FILE, of one file: ISO/IEC 7816-9:2017.
    ManageFile {
        /// What is done to it.
        change: FileChange,
        /// File id of a child of the current DF; `None`: the current EF, or without one (and for TERMINATE DF) the current DF.
        id: Option<u16>,
    },
    /// The same, of a file that is named as SELECT names it: child DF, child EF, parent, or a path.
    ManageNamedFile {
        /// What is done to it.
        change: FileChange,
        /// Which file; not by file id alone, nor by AID.
        target: SelectTarget<'a>,
    },
    /// TERMINATE CARD USAGE: ISO/IEC 7816-9:2017. Before registration only.
    TerminateCardUsage,
    /// GET DATA: ISO/IEC 7816-4:2020, 11.5.3.
    GetData {
        /// P1 and P2; see `data` for the tags.
        tag: u16,
        /// Which of several objects (INS CB); empty: the only one (INS CA).
        selector: &'a [u8],
    },
    /// PUT DATA: ISO/IEC 7816-4:2020, 11.5.5.
    PutData {
        /// P1 and P2; see `data` for the tags.
        tag: u16,
        /// At least one byte.
        value: &'a [u8],
    },
    /// GET CHALLENGE: ISO/IEC 7816-4:2020, 11.6.3.
    GetChallenge {
        /// Random bytes wanted, 1 to 256.
        length: usize,
    },
    /// VERIFY: ISO/IEC 7816-4:2020, 11.6.6.
    Verify {
        /// Which PIN.
        reference: PinReference,
        /// 4 to 16 bytes; `None` asks for the tries left.
        pin: Option<&'a [u8]>,
    },
    /// CHANGE REFERENCE DATA: ISO/IEC 7816-4:2020, 11.6.7.
    ChangeReferenceData {
        /// Which PIN.
        reference: PinReference,
        /// Old PIN, then new PIN, without separator: 8 to 32 bytes.
        data: &'a [u8],
    },
    /// RESET RETRY COUNTER: ISO/IEC 7816-4:2020, 11.6.10.
    ResetRetryCounter {
        /// Which PIN, one of the card's.
        reference: PinReference,
        /// Unblocking code, then new PIN, without separator: 12 to 28 bytes.
        data: &'a [u8],
    },
    /// EXTERNAL AUTHENTICATE: ISO/IEC 7816-4:2020, 11.6.4.
    ExternalAuthenticate {
        /// The party's answer to the last challenge, a complete F0.
        authentication: &'a [u8],
    },
    /// GENERATE ASYMMETRIC KEY PAIR: ISO/IEC 7816-8:2019, 5.2.
    GenerateKeyPair {
        /// Which key.
        reference: KeyReference,
        /// What it is for.
        template: KeyTemplate,
        /// Make a new key, rather than read the public part.
        make: bool,
    },
    /// MANAGE SECURITY ENVIRONMENT, SET: ISO/IEC 7816-4:2020, 11.5.11.
    SetEnvironment {
        /// What the key is chosen for.
        purpose: Purpose,
        /// Which key.
        key: KeyName<'a>,
    },
    /// MANAGE SECURITY ENVIRONMENT, RESTORE of environment 01, in which nothing is chosen.
    RestoreEnvironment,
    /// PERFORM SECURITY OPERATION, HASH: ISO/IEC 7816-8:2019, 5.6.
    Hash {
        /// What is hashed, at least one byte.
        data: &'a [u8],
        /// Whether the digest is answered, as well as kept.
        answer: bool,
    },
    /// PERFORM SECURITY OPERATION, COMPUTE DIGITAL SIGNATURE: ISO/IEC 7816-8:2019, 5.5.
    Sign {
        /// What is signed; `None`: the digest that HASH kept.
        digest: Option<&'a Digest>,
    },
    /// PERFORM SECURITY OPERATION, VERIFY DIGITAL SIGNATURE: ISO/IEC 7816-8:2019, 5.8.
    VerifySignature {
        /// What was signed; `None`: the digest that HASH kept.
        digest: Option<&'a Digest>,
        /// r `||` s.
        signature: &'a [u8; 64],
    },
    /// PERFORM SECURITY OPERATION, ENCIPHER: ISO/IEC 7816-8:2019, 5.10.
    Encipher {
        /// At least one byte.
        data: &'a [u8],
    },
    /// PERFORM SECURITY OPERATION, DECIPHER: ISO/IEC 7816-8:2019, 5.11.
    Decipher {
        /// What ENCIPHER answered.
        data: &'a [u8],
    },
    /// PERFORM SECURITY OPERATION, DECIPHER of a key agreement template: ECDH.
    Agree {
        /// The other's public key, 04 `||` X `||` Y.
        point: &'a [u8; 65],
    },
    /// PERFORM SECURITY OPERATION, COMPUTE CRYPTOGRAPHIC CHECKSUM: ISO/IEC 7816-8:2019, 5.4.
    ComputeMac {
        /// At least one byte.
        data: &'a [u8],
    },
    /// PERFORM SECURITY OPERATION, VERIFY CRYPTOGRAPHIC CHECKSUM: ISO/IEC 7816-8:2019, 5.7.
    VerifyMac {
        /// What was protected.
        data: &'a [u8],
        /// 16 bytes of CMAC, 32 of HMAC.
        mac: &'a [u8],
    },
    /// INTERNAL AUTHENTICATE: ISO/IEC 7816-4:2020, 11.6.2.
    InternalAuthenticate {
        /// 81 to 8F, or the key of the security environment.
        key: Option<u8>,
        /// 8 to 64 bytes.
        challenge: &'a [u8],
    },
    /// EXTERNAL AUTHENTICATE, or MUTUAL AUTHENTICATE, with a key of an application: ISO/IEC 7816-4:2020, 11.6.4 and 11.6.5.
    AuthenticateByKey {
        /// 81 to 8F, or the key of the security environment.
        key: Option<u8>,
        /// The other side's challenge: MUTUAL AUTHENTICATE.
        random: Option<&'a [u8; 16]>,
        /// Over the card's challenge, and the other's.
        mac: &'a [u8],
    },
    /// PERFORM SECURITY OPERATION, VERIFY CERTIFICATE: ISO/IEC 7816-8:2019, 5.9; BSI TR-03110-3, B.11.
    VerifyCertificate {
        /// The complete objects 7F4E and 5F37.
        body_and_signature: &'a [u8],
    },
    /// APPLICATION MANAGEMENT REQUEST 01: ISO/IEC 7816-13:2007; SPEC.md section 6.
    RequestRegistration {
        /// The issuer's nonce.
        nonce: [u8; 16],
    },
    /// APPLICATION MANAGEMENT REQUEST 02.
    Register {
        /// The card's registration certificate, a complete 7F21.
        certificate: &'a [u8],
        /// The present issuer's release, a complete F0, where the card goes to another issuer.
        release: Option<&'a [u8]>,
    },
    /// APPLICATION MANAGEMENT REQUEST 03.
    OpenRequest {
        /// Way to store.
        mode: Mode,
        /// What to store.
        sdi: Sdi,
        /// The encoding of `sdi`, a complete E1.
        sdi_encoded: &'a [u8],
    },
    /// APPLICATION MANAGEMENT REQUEST 04.
    Authorize {
        /// Request number.
        number: u32,
        /// SAR, or the only object of mode 4 or 6 (SA, SDCI), or SDCI of mode 7: a complete F0.
        first: &'a [u8],
        /// What the second party signed over it (SA, SDCI'), a complete F0.
        second: Option<&'a [u8]>,
    },
    /// APPLICATION MANAGEMENT REQUEST 05.
    DropRequest {
        /// Request number.
        number: u32,
    },
    /// APPLICATION MANAGEMENT REQUEST 06.
    LowerFloor {
        /// Request number.
        number: u32,
    },
    /// APPLICATION MANAGEMENT REQUEST 07.
    ProveReceipts {
        /// Whatever the answer shall be signed over.
        nonce: [u8; 16],
    },
    /// APPLICATION MANAGEMENT REQUEST 08.
    CollectReceipts {
        /// The last of the receipts that were collected.
        number: u32,
        /// SHA-256([`COLLECTION_PREFIX`](crate::object::COLLECTION_PREFIX) `||` that receipt): who has it can tell.
        held: Digest,
    },
    /// APPLICATION MANAGEMENT REQUEST 09.
    LoadRevocationList {
        /// The list, a complete F0.
        list: &'a [u8],
    },
    /// APPLICATION MANAGEMENT REQUEST 0A.
    LoadSharedKey {
        /// The sealed key, a complete F0.
        key: &'a [u8],
    },
    /// LOAD APPLICATION: ISO/IEC 7816-13:2007; SPEC.md section 6.
    LoadBlock {
        /// Position of the block, at most 7FFF.
        index: u16,
        /// Whether it is the last one: the card stores the package and answers the receipt.
        last: bool,
        /// Request number.
        number: u32,
        /// The block, a complete ED.
        block: &'a [u8],
    },
    /// REMOVE APPLICATION: ISO/IEC 7816-13:2007; SPEC.md section 6.
    RemoveApplication {
        /// Request number.
        number: u32,
    },
    /// GET RESPONSE: ISO/IEC 7816-4:2020, 11.8.1.
    GetResponse {
        /// How much.
        length: Expected,
    },
}

/// Whether the data field of a command with this header must not be shown, whatever else is right or wrong with it
/// and whichever part of a chain it is.
#[must_use]
pub const fn is_sensitive(header: &Header) -> bool {
    match Instruction::from_byte(header.instruction) {
        Some(Instruction::Verify | Instruction::ChangeReferenceData | Instruction::ResetRetryCounter) => true,
        Some(Instruction::PutData) => is_secret(u16::from_be_bytes([header.p1, header.p2])),
        _ => false,
    }
}
