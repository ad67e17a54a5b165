//! From a decoded command to its handler: the whole card on one screen.
//!
//! Handlers with buffers are marked `inline(never)`: drawn together into one function they would take the stack of all of them
//! at once, and the card image grows.

use apdu_spec::command::{BinaryAction, BinaryAddress, Command};
use apdu_spec::data::CARD_STATUS;
use apdu_spec::file::LifeCycle;
use apdu_spec::status::Status;
use apdu_spec::tlv::Writer;

use crate::content::{
    activity, authorization, floor, load, receipt, registration, remove, request, shared_key,
};
use crate::core::Core;
use crate::error::{Error, Result};
use crate::fs::{binary, create, manage, record, select};
use crate::operation::{self, Environment, authenticate, cipher, mac, signature};
use crate::platform::Platform;
use crate::session::Session;
use crate::trust::{party, revocation};
use crate::{data, key, pin, trust};

/// Carries a command out.
pub(crate) fn dispatch<P: Platform>(
    core: &mut Core<P>,
    session: &mut Session,
    command: &Command<'_>,
    reply: &mut Writer<'_>,
) -> Result<Status> {
    let status = matches!(command, Command::GetData { tag: CARD_STATUS, .. });
    if core.state.life_cycle == LifeCycle::Terminated && !status {
        return Err(Error::WrongState);
    }
    match *command {
        Command::Select {
            target,
            reply: form,
            next,
        } => return select::select(core, session, target, form, next, reply),
        // These two succeed with a warning at times: a file that ends before Le is met, an application that was switched off.
        Command::ReadBinary { file, offset, length } => {
            let (address, action) = (BinaryAddress::Offset(file), BinaryAction::Read { offset, length });
            return binary::act(core, session, address, action, reply);
        }
        Command::UpdateBinary { file, offset, data } => {
            let (address, action) = (BinaryAddress::Offset(file), BinaryAction::Update { offset, data });
            return binary::act(core, session, address, action, reply);
        }
        Command::Binary { address, action } => return binary::act(core, session, address, action, reply),
        Command::Record { file, action } => return record::act(core, session, file, action, reply),
        Command::CreateFile { ref fcp, rules_from } => create::create(core, session, fcp, rules_from),
        Command::ManageFile { change, id } => manage::manage(core, session, change, id),
        Command::ManageNamedFile { change, target } => manage::manage_named(core, session, change, target),
        Command::TerminateCardUsage => manage::terminate_card(core),
        Command::DeactivateFile { ref aid } => activity::set(core, session, aid, false),
        Command::ActivateFile { ref aid } => activity::set(core, session, aid, true),
        Command::GetData { tag, selector } => data::get(core, session, tag, selector, reply),
        Command::PutData { tag, value } => data::put(core, tag, value),
        Command::GetChallenge { length } => data::challenge(core, session, length, reply),
        Command::Verify { reference, pin } => pin::verify(core, session, reference, pin),
        Command::ChangeReferenceData { reference, data } => pin::change(core, session, reference, data),
        Command::ResetRetryCounter { reference, data } => pin::reset(core, session, reference, data),
        Command::ExternalAuthenticate { authentication } => {
            party::authenticate(core, session, authentication)
        }
        Command::GenerateKeyPair {
            reference,
            template,
            make,
        } => key::generate(core, session, reference, template, make, reply),
        Command::SetEnvironment { purpose, key } => operation::choose(core, session, purpose, key),
        Command::RestoreEnvironment => {
            session.environment = Environment::new();
            Ok(())
        }
        Command::Hash { data, answer } => signature::hash(core, session, data, answer, reply),
        Command::Sign { digest } => signature::sign(core, session, digest, reply),
        Command::VerifySignature { digest, signature } => signature::verify(core, session, digest, signature),
        Command::Encipher { data } => cipher::encipher(core, session, data, reply),
        Command::Decipher { data } => cipher::decipher(core, session, data, reply),
        Command::Agree { point } => cipher::agree(core, session, point, reply),
        Command::ComputeMac { data } => mac::compute(core, session, data, reply),
        Command::VerifyMac { data, mac } => mac::verify(core, session, data, mac),
        Command::InternalAuthenticate { key, challenge } => {
            authenticate::internal(core, session, key, challenge, reply)
        }
        Command::AuthenticateByKey { key, random, mac } => {
            authenticate::external(core, session, key, random, mac, reply)
        }
        Command::VerifyCertificate { body_and_signature } => {
            trust::verify_certificate(core, session, body_and_signature)
        }
        Command::RequestRegistration { ref nonce } => registration::request(core, nonce, reply),
        Command::Register { certificate, release } => {
            registration::register(core, session, certificate, release, reply)
        }
        Command::OpenRequest {
            mode,
            ref sdi,
            sdi_encoded: _,
        } => request::open(core, session, mode, sdi, reply),
        Command::Authorize {
            number,
            first,
            second,
        } => authorization::authorize(core, session, number, first, second),
        Command::DropRequest { number } => request::drop(core, session, number),
        Command::LowerFloor { number } => floor::lower(core, session, number, reply),
        Command::ProveReceipts { ref nonce } => receipt::prove(core, nonce, reply),
        Command::CollectReceipts { number, ref held } => receipt::collect(core, number, held),
        Command::LoadRevocationList { list } => revocation::load(core, list),
        Command::LoadSharedKey { key } => shared_key::load(core, session, key),
        Command::LoadBlock {
            index,
            last,
            number,
            block,
        } => load::load(core, session, number, index, last, block, reply),
        Command::RemoveApplication { number } => remove::remove(core, session, number, reply),
        // Answered by the card, which has the channels and holds what GET RESPONSE asks for.
        Command::OpenChannel { .. } | Command::CloseChannel { .. } | Command::GetResponse { .. } => {
            Err(Error::WrongState)
        }
    }?;
    Ok(Status::SUCCESS)
}
