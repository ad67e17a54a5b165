//! From an APDU to a command and back: which family an instruction belongs to.

use super::{
    Command, EncodeError, Expected, FileChange, Instruction, binary, bytes, channel, data, management,
    operation, record, security, select, storing,
};
use crate::apdu::{Class, CommandApdu, SHORT_DATA_MAX, SHORT_EXPECTED_MAX};
use crate::data::is_secret;
use crate::status::Status;
use crate::tlv::Writer;

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
            Instruction::ReadBinaryObjects
            | Instruction::UpdateBinaryObjects
            | Instruction::WriteBinary
            | Instruction::WriteBinaryObjects
            | Instruction::EraseBinary
            | Instruction::EraseBinaryObjects
            | Instruction::SearchBinary
            | Instruction::SearchBinaryObjects => bytes::decode(instruction, apdu),
            Instruction::ReadRecord
            | Instruction::ReadRecordPart
            | Instruction::WriteRecord
            | Instruction::UpdateRecord
            | Instruction::UpdateRecordPart
            | Instruction::AppendRecord
            | Instruction::SearchRecord
            | Instruction::EraseRecord => record::decode(instruction, apdu),
            Instruction::CreateFile => binary::decode_create(apdu),
            Instruction::DeactivateFile if apdu.p1 != 4 => management::decode(FileChange::Deactivate, apdu),
            Instruction::ActivateFile if apdu.p1 != 4 => management::decode(FileChange::Activate, apdu),
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
            Self::ManageFile { .. } | Self::ManageNamedFile { .. } | Self::TerminateCardUsage => {
                management::encode(self, &mut writer)?
            }
            Self::ReadBinary { .. }
            | Self::UpdateBinary { .. }
            | Self::CreateFile { .. }
            | Self::DeactivateFile { .. }
            | Self::ActivateFile { .. } => binary::encode(self, &mut writer)?,
            Self::Binary { address, action } => bytes::encode(address, action, &mut writer)?,
            Self::Record { file, action } => record::encode(file, action, &mut writer)?,
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
            Self::Binary { address, action } => bytes::instruction(address, action),
            Self::Record { action, .. } => action.instruction(),
            Self::CreateFile { .. } => Instruction::CreateFile,
            Self::ManageFile { change, .. } | Self::ManageNamedFile { change, .. } => change.instruction(),
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
