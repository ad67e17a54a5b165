//! Commands as people see them, in traces and in failing tests: never with a PIN.

use core::fmt;

use super::{BinaryAction, Command, KeyName, RecordAction};

impl Command<'_> {
    /// Name of the command; that of the function for APPLICATION MANAGEMENT REQUEST.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        use super::Function;
        match self {
            Self::VerifyCertificate { .. } => "PSO VERIFY CERTIFICATE",
            Self::Hash { .. } => "PSO HASH",
            Self::Sign { .. } => "PSO COMPUTE DIGITAL SIGNATURE",
            Self::VerifySignature { .. } => "PSO VERIFY DIGITAL SIGNATURE",
            Self::Encipher { .. } => "PSO ENCIPHER",
            Self::Decipher { .. } | Self::Agree { .. } => "PSO DECIPHER",
            Self::ComputeMac { .. } => "PSO COMPUTE CRYPTOGRAPHIC CHECKSUM",
            Self::VerifyMac { .. } => "PSO VERIFY CRYPTOGRAPHIC CHECKSUM",
            Self::AuthenticateByKey { random: Some(_), .. } => "MUTUAL AUTHENTICATE",
            Self::RequestRegistration { .. } => Function::RequestRegistration.name(),
            Self::Register { .. } => Function::Register.name(),
            Self::OpenRequest { .. } => Function::OpenRequest.name(),
            Self::Authorize { .. } => Function::Authorize.name(),
            Self::DropRequest { .. } => Function::DropRequest.name(),
            Self::LowerFloor { .. } => Function::LowerFloor.name(),
            Self::ProveReceipts { .. } => Function::ProveReceipts.name(),
            Self::CollectReceipts { .. } => Function::CollectReceipts.name(),
            Self::LoadRevocationList { .. } => Function::LoadRevocationList.name(),
            Self::LoadSharedKey { .. } => Function::LoadSharedKey.name(),
            _ => self.instruction().name(),
        }
    }
}

/// Bytes in hexadecimal.
struct Hex<'a>(&'a [u8]);

impl fmt::Debug for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

/// What stands for a secret.
struct Hidden;

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

impl fmt::Debug for BinaryAction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read { offset, length } => f
                .debug_struct("Read")
                .field("offset", offset)
                .field("length", length)
                .finish(),
            Self::Update { offset, data } | Self::Write { offset, data } => f
                .debug_struct("Change")
                .field("offset", offset)
                .field("data", &Hex(data))
                .finish(),
            Self::Erase { from, to } => f
                .debug_struct("Erase")
                .field("from", from)
                .field("to", to)
                .finish(),
            Self::Search {
                offset,
                pattern,
                length,
            } => f
                .debug_struct("Search")
                .field("offset", offset)
                .field("pattern", &Hex(pattern))
                .field("length", length)
                .finish(),
        }
    }
}

impl fmt::Debug for RecordAction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show_action(self, &mut f.debug_struct(self.instruction().name())).finish()
    }
}

impl fmt::Debug for Command<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct(self.name());
        match self {
            Self::Select { target, reply, next } => shown
                .field("target", target)
                .field("reply", reply)
                .field("next", next),
            Self::ManageFile { id, .. } => shown.field("id", id),
            Self::ManageNamedFile { target, .. } => shown.field("target", target),
            Self::TerminateCardUsage => &mut shown,
            Self::OpenChannel { number } | Self::CloseChannel { number } => shown.field("number", number),
            Self::ReadBinary { file, offset, length } => shown
                .field("file", file)
                .field("offset", offset)
                .field("length", length),
            Self::UpdateBinary { file, offset, data } => shown
                .field("file", file)
                .field("offset", offset)
                .field("data", &Hex(data)),
            Self::Binary { address, action } => shown.field("address", address).field("action", action),
            Self::Record { file, action } => show_action(action, shown.field("file", file)),
            Self::CreateFile { fcp, rules_from } => shown.field("fcp", fcp).field("rules_from", rules_from),
            Self::DeactivateFile { aid } | Self::ActivateFile { aid } => shown.field("aid", aid),
            Self::GetData { tag, selector } => shown.field("tag", tag).field("selector", &Hex(selector)),
            Self::PutData { tag, .. } if self.sensitive() => shown.field("tag", tag).field("value", &Hidden),
            Self::PutData { tag, value } => shown.field("tag", tag).field("value", &Hex(value)),
            Self::GetChallenge { length } => shown.field("length", length),
            Self::Verify { reference, pin } => shown
                .field("reference", reference)
                .field("pin", &pin.map(|_| Hidden)),
            Self::ChangeReferenceData { reference, .. } | Self::ResetRetryCounter { reference, .. } => {
                shown.field("reference", reference).field("data", &Hidden)
            }
            Self::ExternalAuthenticate { authentication } => {
                shown.field("authentication", &Hex(authentication))
            }
            Self::GenerateKeyPair {
                reference,
                template,
                make,
            } => shown
                .field("reference", reference)
                .field("template", template)
                .field("make", make),
            Self::SetEnvironment { purpose, key } => {
                let shown = shown.field("purpose", purpose);
                match key {
                    KeyName::Local(reference) => shown.field("key", reference),
                    KeyName::Point(point) => shown.field("point", &Hex(point.as_slice())),
                    KeyName::Holder(holder) => shown.field("holder", &Hex(holder)),
                }
            }
            Self::RestoreEnvironment => &mut shown,
            Self::Hash { data, answer } => shown.field("data", &Hex(data)).field("answer", answer),
            Self::Sign { digest } => shown.field("digest", &digest.map(|digest| Hex(digest))),
            Self::VerifySignature { digest, signature } => shown
                .field("digest", &digest.map(|digest| Hex(digest)))
                .field("signature", &Hex(signature.as_slice())),
            Self::Encipher { data } | Self::Decipher { data } | Self::ComputeMac { data } => {
                shown.field("data", &Hex(data))
            }
            Self::Agree { point } => shown.field("point", &Hex(point.as_slice())),
            Self::VerifyMac { data, mac } => shown.field("data", &Hex(data)).field("mac", &Hex(mac)),
            Self::InternalAuthenticate { key, challenge } => {
                shown.field("key", key).field("challenge", &Hex(challenge))
            }
            Self::AuthenticateByKey { key, random, mac } => {
                let shown = shown.field("key", key);
                let random = random.map(|random| Hex(random));
                shown.field("random", &random).field("mac", &Hex(mac))
            }
            Self::VerifyCertificate { body_and_signature } => {
                shown.field("body_and_signature", &Hex(body_and_signature))
            }
            Self::RequestRegistration { nonce } | Self::ProveReceipts { nonce } => {
                shown.field("nonce", &Hex(nonce))
            }
            Self::Register { certificate, release } => shown
                .field("certificate", &Hex(certificate))
                .field("release", &release.map(Hex)),
            Self::OpenRequest {
                mode, sdi_encoded, ..
            } => shown.field("mode", mode).field("sdi", &Hex(sdi_encoded)),
            Self::Authorize {
                number,
                first,
                second,
            } => shown
                .field("number", number)
                .field("first", &Hex(first))
                .field("second", &second.map(Hex)),
            Self::DropRequest { number }
            | Self::LowerFloor { number }
            | Self::RemoveApplication { number } => shown.field("number", number),
            Self::CollectReceipts { number, held } => shown.field("number", number).field("held", &Hex(held)),
            Self::LoadRevocationList { list } => shown.field("list", &Hex(list)),
            Self::LoadSharedKey { key } => shown.field("key", &Hex(key)),
            Self::LoadBlock {
                index,
                last,
                number,
                block,
            } => {
                let shown = shown.field("index", index).field("last", last);
                shown.field("number", number).field("block", &Hex(block))
            }
            Self::GetResponse { length } => shown.field("length", length),
        };
        shown.finish()
    }
}

fn show_action<'d, 'f, 'x>(
    action: &RecordAction<'_>,
    shown: &'d mut fmt::DebugStruct<'f, 'x>,
) -> &'d mut fmt::DebugStruct<'f, 'x> {
    match action {
        RecordAction::Read { records, length } => shown.field("records", records).field("length", length),
        RecordAction::ReadPart {
            record,
            offset,
            length,
        } => {
            let shown = shown.field("record", record);
            shown.field("offset", offset).field("length", length)
        }
        RecordAction::Write { record, data } | RecordAction::Update { record, data } => {
            shown.field("record", record).field("data", &Hex(data))
        }
        RecordAction::UpdatePart {
            record,
            change,
            offset,
            data,
        } => {
            let shown = shown.field("record", record);
            let shown = shown.field("change", change).field("offset", offset);
            shown.field("data", &Hex(data))
        }
        RecordAction::Append { data } => shown.field("data", &Hex(data)),
        RecordAction::Search {
            record,
            backward,
            start,
            pattern,
            length,
        } => {
            let shown = shown.field("record", record);
            let shown = shown.field("backward", backward).field("start", start);
            shown.field("pattern", &Hex(pattern)).field("length", length)
        }
        RecordAction::Erase { records } => shown.field("records", records),
    }
}
