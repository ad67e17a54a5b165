//! Commands of this card, by what they say.

use apdu_spec::command::Command;

use super::super::names::Context;
use super::super::object::{data_object, items, object};
use super::super::{Item, hexadecimal};
use super::{Reply, about_tag, files, keys};
use crate::card::words;

/// What a command says, and how to understand its reply; `apdu_data` is its data field.
pub(super) fn ours(command: &Command<'_>, apdu_data: &[u8], reply: Reply) -> (Item, Reply) {
    let mut inner = Vec::new();
    let mut add = |label: &str, value: String| inner.push(Item::new(label, value));
    let mut reply = reply;
    let mut objects = Vec::new();
    match *command {
        Command::Select {
            target,
            reply: asked,
            next,
        } => {
            add(files::target_label(&target), files::target_text(&target));
            if next {
                add("which", "the next that matches".to_owned());
            }
            add("answer", files::select_reply(asked).to_owned());
        }
        Command::ReadBinary { file, offset, length } => {
            add("file", files::binary_file(file));
            add("from byte", offset.to_string());
            add("length", files::expected(length));
            // Part of an object is none.
            if offset > 0 {
                reply = Reply::Bytes;
            }
        }
        Command::UpdateBinary { file, offset, data } => {
            add("file", files::binary_file(file));
            add("from byte", offset.to_string());
            add("length", data.len().to_string());
            objects = object(data);
        }
        Command::Binary { address, ref action } => {
            inner.extend(files::bytes(address, action));
            // Part of a file, or an offset.
            reply = Reply::Bytes;
        }
        Command::Record { file, ref action } => {
            inner.extend(files::records(file, action));
            // What comes back is records, or their numbers.
            reply = Reply::Bytes;
        }
        Command::OpenChannel { number } => {
            add(
                "channel",
                number.map_or("whichever is free".to_owned(), |number| number.to_string()),
            );
            reply = Reply::Bytes;
        }
        Command::CloseChannel { number } => {
            add(
                "channel",
                number.map_or("this one".to_owned(), |number| number.to_string()),
            );
        }
        Command::CreateFile { .. } => objects = object(apdu_data),
        Command::ManageFile { id, .. } => {
            add(
                "file",
                id.map_or("the current one".to_owned(), |id| format!("{id:04X}, here")),
            );
        }
        Command::ManageNamedFile { target, .. } => {
            add(files::target_label(&target), files::target_text(&target));
        }
        Command::TerminateCardUsage | Command::RestoreEnvironment => {}
        Command::DeactivateFile { aid } | Command::ActivateFile { aid } => {
            add("application", aid.to_string())
        }
        Command::GetData { tag, selector } => {
            inner.push(about_tag(tag));
            if !selector.is_empty() {
                inner.push(Item::new("which", hexadecimal(selector)));
            }
            reply = Reply::Data(tag);
        }
        Command::PutData { tag, value } => {
            inner.push(about_tag(tag));
            objects = data_object(tag, value);
        }
        Command::GetChallenge { length } => {
            add("bytes", length.to_string());
            reply = Reply::Bytes;
        }
        Command::Verify { reference, pin: None } => add("how it stands with", words(reference)),
        Command::ExternalAuthenticate { authentication } => objects = object(authentication),
        Command::GenerateKeyPair {
            reference,
            template,
            make,
        } => {
            add("key", keys::card_key(reference));
            add("for", format!("{template:?}").to_lowercase());
            add(
                "what",
                if make {
                    "make a new one"
                } else {
                    "read the public part"
                }
                .to_owned(),
            );
        }
        Command::SetEnvironment { purpose, ref key } => {
            add("for", keys::purpose(purpose).to_owned());
            add("key", keys::named(key));
        }
        Command::Hash { data, answer } => {
            add("length", data.len().to_string());
            add(
                "answer",
                if answer {
                    "the digest"
                } else {
                    "none: the card keeps it"
                }
                .to_owned(),
            );
            reply = Reply::Bytes;
        }
        Command::Sign { digest } => {
            add("digest", keys::digest(digest));
            reply = Reply::Bytes;
        }
        Command::VerifySignature { digest, signature } => {
            add("digest", keys::digest(digest));
            add("signature", hexadecimal(signature));
        }
        Command::Agree { point } => add("with the public key", hexadecimal(point)),
        Command::ComputeMac { data } => {
            add("length", data.len().to_string());
            reply = Reply::Bytes;
        }
        Command::VerifyMac { data, mac } => {
            add("length", data.len().to_string());
            add("MAC", hexadecimal(mac));
        }
        Command::Decipher { data } => add("length", data.len().to_string()),
        Command::InternalAuthenticate { key, challenge } => {
            add("key", keys::local(key));
            add("challenge", hexadecimal(challenge));
            reply = Reply::Bytes;
        }
        Command::AuthenticateByKey { key, random, mac } => {
            add("key", keys::local(key));
            if let Some(random) = random {
                add("challenge", hexadecimal(random));
            }
            add("MAC", hexadecimal(mac));
            reply = Reply::Bytes;
        }
        Command::VerifyCertificate { body_and_signature } => {
            objects = items(body_and_signature, Context::Certificate)
        }
        Command::RequestRegistration { nonce } | Command::ProveReceipts { nonce } => {
            add("nonce", hexadecimal(&nonce));
        }
        Command::Register { certificate, release } => {
            objects = object(certificate);
            objects.extend(release.map(object).unwrap_or_default());
        }
        Command::OpenRequest {
            mode, sdi_encoded, ..
        } => {
            add("mode", format!("{} ({})", mode.code(), mode.name()));
            objects = object(sdi_encoded);
        }
        Command::Authorize {
            number,
            first,
            second,
        } => {
            add("request", number.to_string());
            objects = object(first);
            objects.extend(second.map(object).unwrap_or_default());
        }
        Command::DropRequest { number }
        | Command::LowerFloor { number }
        | Command::RemoveApplication { number } => {
            add("request", number.to_string());
        }
        Command::CollectReceipts { number, held } => {
            add("up to receipt", number.to_string());
            add("digest", hexadecimal(&held));
        }
        Command::LoadRevocationList { list } => objects = object(list),
        Command::LoadSharedKey { key } => objects = object(key),
        Command::LoadBlock {
            index,
            last,
            number,
            block,
        } => {
            add("request", number.to_string());
            add(
                "block",
                format!("{index}{}", if last { ", the last" } else { "" }),
            );
            add("length", format!("{} bytes", block.len()));
        }
        Command::GetResponse { length } => add("length", files::expected(length)),
        // Shown as it stands in traces; no secret is in it.
        ref other => add("what", format!("{other:?}")),
    }
    inner.append(&mut objects);
    (Item::new(command.name(), "").with(inner), reply)
}
