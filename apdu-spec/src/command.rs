//! The commands of a symbolon card: one enumeration, decoded by the card and encoded by the host. SPEC.md section 1.
//!
//! ISO/IEC 7816-4, 7816-8, 7816-9 and 7816-13. Decoding goes header first, then payload, and gives the exact status
//! word for what is wrong: class, INS, P1 and P2, lengths, content, in this order. What belongs here: the form of
//! commands. What does not: whether the card is in a state to do them; chaining and GET RESPONSE as a transport.

mod binary;
mod case;
mod channel;
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
pub use case::Expected;
pub use error::EncodeError;
pub use instruction::{CommandRow, Instruction, TABLE};
pub use management::FileChange;
pub use operation::{KeyName, Purpose};
pub use record::{RecordChange, RecordFile, RecordName, RecordRange, SearchStart};
pub use security::{KeyTemplate, read_public_key, write_public_key};
pub use select::{SelectReply, SelectTarget};
pub use storing::Function;

use crate::aid::Aid;
use crate::apdu::{Class, CommandApdu, Header, SHORT_DATA_MAX, SHORT_EXPECTED_MAX};
use crate::data::is_secret;
use crate::file::FileControl;
use crate::object::{Digest, Mode, Sdi};
use crate::reference::{KeyReference, PinReference};
use crate::status::Status;
use crate::tlv::Writer;

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
    /// READ RECORD: ISO/IEC 7816-4:2020, 11.4.3.
    ReadRecord {
        /// Which EF.
        file: RecordFile,
        /// Which of its records, one after the other.
        records: RecordRange,
        /// How much.
        length: Expected,
    },
    /// READ RECORD of a part (INS B3).
    ReadRecordPart {
        /// Which EF.
        file: RecordFile,
        /// Which record.
        record: RecordName,
        /// Offset in the record, in bytes.
        offset: u8,
        /// How much, with tag and length of the object that the bytes come in.
        length: Expected,
    },
    /// WRITE RECORD: ISO/IEC 7816-4:2020, 11.4.4. A logical OR.
    WriteRecord {
        /// Which EF.
        file: RecordFile,
        /// Which record.
        record: RecordName,
        /// At least one byte.
        data: &'a [u8],
    },
    /// UPDATE RECORD: ISO/IEC 7816-4:2020, 11.4.5.
    UpdateRecord {
        /// Which EF.
        file: RecordFile,
        /// Which record.
        record: RecordName,
        /// At least one byte.
        data: &'a [u8],
    },
    /// UPDATE RECORD of a part (INS DD).
    UpdateRecordPart {
        /// Which EF.
        file: RecordFile,
        /// Which record, current or by number.
        record: RecordName,
        /// What the bytes do to those of the record.
        change: RecordChange,
        /// Offset in the record, in bytes.
        offset: u8,
        /// At least one byte.
        data: &'a [u8],
    },
    /// APPEND RECORD: ISO/IEC 7816-4:2020, 11.4.6.
    AppendRecord {
        /// Which EF.
        file: RecordFile,
        /// At least one byte.
        data: &'a [u8],
    },
    /// SEARCH RECORD: ISO/IEC 7816-4:2020, 11.4.7.
    SearchRecord {
        /// Which EF.
        file: RecordFile,
        /// The record to begin with: current or by number, next (forward) or previous (backward).
        record: RecordName,
        /// Towards record 1.
        backward: bool,
        /// Where to begin in each record.
        start: SearchStart,
        /// What to look for, at least one byte.
        pattern: &'a [u8],
        /// How many record numbers.
        length: Expected,
    },
    /// ERASE RECORD: ISO/IEC 7816-4:2020, 11.4.8.
    EraseRecord {
        /// Which EF.
        file: RecordFile,
        /// One, or all from one to the last, named by number or current.
        records: RecordRange,
    },
    /// CREATE FILE: ISO/IEC 7816-9:2017, 6.2.
    CreateFile {
        /// What to create in the current DF.
        fcp: FileControl<'a>,
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
        /// 81 to 8F.
        key: u8,
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

impl<'a> Command<'a> {
    /// Understands an APDU whose chain, if there was one, has been put together. A set chaining bit is ignored.
    ///
    /// # Errors
    /// The status word a card answers: 6881, 6882 or 6E00 for the class, 6D00 for INS, 6A86 for P1 or P2, 6A81 for
    /// the function of APPLICATION MANAGEMENT REQUEST, 6A88 for a reference no PIN or key can have, 6700 where data
    /// or Le are missing, too many or not wanted, 6A80 for malformed data.
    pub fn decode(apdu: &CommandApdu<'a>) -> Result<Self, Status> {
        Class::from_byte(apdu.class)?;
        let instruction =
            Instruction::from_byte(apdu.instruction).ok_or(Status::INSTRUCTION_NOT_SUPPORTED)?;
        match instruction {
            Instruction::Select => select::decode(apdu),
            Instruction::ManageChannel => channel::decode(apdu),
            Instruction::ReadBinary => binary::decode_read(apdu),
            Instruction::UpdateBinary => binary::decode_update(apdu),
            Instruction::ReadRecord
            | Instruction::ReadRecordPart
            | Instruction::WriteRecord
            | Instruction::UpdateRecord
            | Instruction::UpdateRecordPart
            | Instruction::AppendRecord
            | Instruction::SearchRecord
            | Instruction::EraseRecord => record::decode(instruction, apdu),
            Instruction::CreateFile => binary::decode_create(apdu),
            Instruction::DeactivateFile if apdu.p1 == 0 => management::decode(FileChange::Deactivate, apdu),
            Instruction::ActivateFile if apdu.p1 == 0 => management::decode(FileChange::Activate, apdu),
            Instruction::DeactivateFile | Instruction::ActivateFile => {
                binary::decode_activity(instruction, apdu)
            }
            Instruction::TerminateEf => management::decode(FileChange::TerminateEf, apdu),
            Instruction::TerminateDf => management::decode(FileChange::TerminateDf, apdu),
            Instruction::DeleteFile => management::decode(FileChange::Delete, apdu),
            Instruction::TerminateCardUsage => management::decode_card(apdu),
            Instruction::GetData => data::decode_get(apdu),
            Instruction::GetDataSelected => data::decode_get_selected(apdu),
            Instruction::PutData => data::decode_put(apdu),
            Instruction::GetChallenge => data::decode_challenge(apdu),
            Instruction::GetResponse => data::decode_response(apdu),
            Instruction::Verify => security::decode_verify(apdu),
            Instruction::ChangeReferenceData => security::decode_change(apdu),
            Instruction::ResetRetryCounter => security::decode_reset(apdu),
            Instruction::ExternalAuthenticate => security::decode_authenticate(apdu),
            Instruction::InternalAuthenticate => operation::decode_internal(apdu),
            Instruction::GenerateKeyPair | Instruction::GenerateKeyPairObjects => {
                security::decode_generate(apdu)
            }
            Instruction::ManageSecurityEnvironment => operation::decode_environment(apdu),
            Instruction::SecurityOperation => operation::decode_operation(apdu),
            Instruction::ApplicationManagementRequest => storing::decode_request(apdu),
            Instruction::LoadApplication => storing::decode_load(apdu),
            Instruction::RemoveApplication => storing::decode_remove(apdu),
        }
    }

    /// Writes the data field to `out` and gives the APDU, in short form where that is possible. Whoever sends it may
    /// make it extended, raise Ne where the reply's length is open, or cut it into a chain.
    ///
    /// # Errors
    /// [`EncodeError`]; what is encoded without one, [`Self::decode`] turns into the same command.
    pub fn encode<'o>(&self, out: &'o mut [u8]) -> Result<CommandApdu<'o>, EncodeError> {
        let mut writer = Writer::new(out);
        let frame = match *self {
            Self::Select { target, reply, next } => select::encode(target, reply, next, &mut writer)?,
            Self::OpenChannel { .. } | Self::CloseChannel { .. } => channel::encode(self)?,
            Self::ManageFile { .. } | Self::TerminateCardUsage => management::encode(self, &mut writer)?,
            Self::ReadBinary { .. }
            | Self::UpdateBinary { .. }
            | Self::CreateFile { .. }
            | Self::DeactivateFile { .. }
            | Self::ActivateFile { .. } => binary::encode(self, &mut writer)?,
            Self::ReadRecord { .. }
            | Self::ReadRecordPart { .. }
            | Self::WriteRecord { .. }
            | Self::UpdateRecord { .. }
            | Self::UpdateRecordPart { .. }
            | Self::AppendRecord { .. }
            | Self::SearchRecord { .. }
            | Self::EraseRecord { .. } => record::encode(self, &mut writer)?,
            Self::GetData { .. }
            | Self::PutData { .. }
            | Self::GetChallenge { .. }
            | Self::GetResponse { .. } => data::encode(self, &mut writer)?,
            Self::Verify { .. }
            | Self::ChangeReferenceData { .. }
            | Self::ResetRetryCounter { .. }
            | Self::ExternalAuthenticate { .. }
            | Self::GenerateKeyPair { .. }
            | Self::VerifyCertificate { .. } => security::encode(self, &mut writer)?,
            Self::SetEnvironment { .. }
            | Self::RestoreEnvironment
            | Self::Hash { .. }
            | Self::Sign { .. }
            | Self::VerifySignature { .. }
            | Self::Encipher { .. }
            | Self::Decipher { .. }
            | Self::Agree { .. }
            | Self::ComputeMac { .. }
            | Self::VerifyMac { .. }
            | Self::InternalAuthenticate { .. }
            | Self::AuthenticateByKey { .. } => operation::encode(self, &mut writer)?,
            Self::RequestRegistration { .. }
            | Self::Register { .. }
            | Self::OpenRequest { .. }
            | Self::Authorize { .. }
            | Self::DropRequest { .. }
            | Self::LowerFloor { .. }
            | Self::ProveReceipts { .. }
            | Self::CollectReceipts { .. }
            | Self::LoadRevocationList { .. }
            | Self::LoadSharedKey { .. }
            | Self::LoadBlock { .. }
            | Self::RemoveApplication { .. } => storing::encode(self, &mut writer)?,
        };
        let data = writer.finish();
        let expected = frame.expected.map(Expected::maximum);
        let extended = data.len() > SHORT_DATA_MAX
            || expected.is_some_and(|length| length > SHORT_EXPECTED_MAX)
            || frame.expected.is_some_and(Expected::is_extended);
        let apdu = CommandApdu {
            class: Class::BASIC.to_byte(),
            instruction: frame.instruction.to_byte(),
            p1: frame.p1,
            p2: frame.p2,
            data,
            expected,
            extended,
        };
        match Command::decode(&apdu) {
            Ok(decoded) if decoded == *self => Ok(apdu),
            Ok(_) => Err(EncodeError::OutOfRange),
            Err(status) => Err(EncodeError::Refused(status)),
        }
    }

    /// Its instruction.
    #[must_use]
    pub const fn instruction(&self) -> Instruction {
        match self {
            Self::Select { .. } => Instruction::Select,
            Self::OpenChannel { .. } | Self::CloseChannel { .. } => Instruction::ManageChannel,
            Self::ReadBinary { .. } => Instruction::ReadBinary,
            Self::UpdateBinary { .. } => Instruction::UpdateBinary,
            Self::ReadRecord { .. } => Instruction::ReadRecord,
            Self::ReadRecordPart { .. } => Instruction::ReadRecordPart,
            Self::WriteRecord { .. } => Instruction::WriteRecord,
            Self::UpdateRecord { .. } => Instruction::UpdateRecord,
            Self::UpdateRecordPart { .. } => Instruction::UpdateRecordPart,
            Self::AppendRecord { .. } => Instruction::AppendRecord,
            Self::SearchRecord { .. } => Instruction::SearchRecord,
            Self::EraseRecord { .. } => Instruction::EraseRecord,
            Self::CreateFile { .. } => Instruction::CreateFile,
            Self::ManageFile { change, .. } => change.instruction(),
            Self::TerminateCardUsage => Instruction::TerminateCardUsage,
            Self::DeactivateFile { .. } => Instruction::DeactivateFile,
            Self::ActivateFile { .. } => Instruction::ActivateFile,
            Self::GetData { selector: [], .. } => Instruction::GetData,
            Self::GetData { .. } => Instruction::GetDataSelected,
            Self::PutData { .. } => Instruction::PutData,
            Self::GetChallenge { .. } => Instruction::GetChallenge,
            Self::Verify { .. } => Instruction::Verify,
            Self::ChangeReferenceData { .. } => Instruction::ChangeReferenceData,
            Self::ResetRetryCounter { .. } => Instruction::ResetRetryCounter,
            Self::ExternalAuthenticate { .. } | Self::AuthenticateByKey { .. } => {
                Instruction::ExternalAuthenticate
            }
            Self::InternalAuthenticate { .. } => Instruction::InternalAuthenticate,
            Self::SetEnvironment { .. } | Self::RestoreEnvironment => Instruction::ManageSecurityEnvironment,
            Self::GenerateKeyPair { .. } => Instruction::GenerateKeyPair,
            Self::VerifyCertificate { .. }
            | Self::Hash { .. }
            | Self::Sign { .. }
            | Self::VerifySignature { .. }
            | Self::Encipher { .. }
            | Self::Decipher { .. }
            | Self::Agree { .. }
            | Self::ComputeMac { .. }
            | Self::VerifyMac { .. } => Instruction::SecurityOperation,
            Self::RequestRegistration { .. }
            | Self::Register { .. }
            | Self::OpenRequest { .. }
            | Self::Authorize { .. }
            | Self::DropRequest { .. }
            | Self::LowerFloor { .. }
            | Self::ProveReceipts { .. }
            | Self::CollectReceipts { .. }
            | Self::LoadRevocationList { .. }
            | Self::LoadSharedKey { .. } => Instruction::ApplicationManagementRequest,
            Self::LoadBlock { .. } => Instruction::LoadApplication,
            Self::RemoveApplication { .. } => Instruction::RemoveApplication,
            Self::GetResponse { .. } => Instruction::GetResponse,
        }
    }

    /// Whether its data field must not be shown: a PIN or a key is in it.
    #[must_use]
    pub const fn sensitive(&self) -> bool {
        match self {
            Self::Verify { pin, .. } => pin.is_some(),
            Self::ChangeReferenceData { .. } | Self::ResetRetryCounter { .. } => true,
            Self::PutData { tag, .. } => is_secret(*tag),
            _ => false,
        }
    }
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
