//! What to do about a refusal, in commands: the libraries know the cause, but not these.

use apdu_spec::reason::Reason;
use apdu_spec::status::Status;

/// What the card library calls its first question.
const STATUS_STEP: &str = "read data object 0101 (card status)";
const FOREIGN: &str = "Check that this is a symbolon card and that it is as new as this program.";

/// The commands that help, where some do.
pub(super) fn by_command(error: &host::Error) -> Option<&'static str> {
    match (error.reason(), error.status()) {
        (Some(reason), _) => for_reason(reason),
        // Every symbolon card tells its status, in any state, unless its memory fails.
        (None, Some(status)) if error.step() == STATUS_STEP && status != Status::MEMORY_FAILURE => {
            Some(FOREIGN)
        }
        (None, Some(status)) if status.meaning().is_none() => Some(FOREIGN),
        (None, Some(status)) => for_status(status),
        (None, None) => None,
    }
}

fn for_status(status: Status) -> Option<&'static str> {
    Some(match status {
        Status::REFERENCE_DATA_NOT_USABLE => {
            "Replace the transport PIN by one of your own first: \"symbolon card change-pin\"."
        }
        Status::AUTHENTICATION_BLOCKED => {
            "This PIN is blocked. \"symbolon card unblock\" gives user and consent PIN back by the unblocking code; \
             docs/rescue.md says what else helps."
        }
        Status::SECURITY_STATUS_NOT_SATISFIED => {
            "Verify the PIN that the file's access rule asks for (--pin); \"symbolon card tree\" shows the rules."
        }
        Status::RECORD_NOT_FOUND => {
            "The file has no such record: \"records\" in \"symbolon card shell\" lists those that it has."
        }
        Status::FILE_NOT_FOUND => "Look at what is there: \"symbolon card tree\".",
        Status::REFERENCED_DATA_NOT_FOUND => {
            "The card has no such thing; look at what it says about itself: \"symbolon card info\"."
        }
        // The card says why only where it is its memory.
        Status::NOT_ENOUGH_MEMORY => {
            "What is full is the file (\"records\" in \"symbolon card shell\" tells how many it has room for), the application, \
             whose package gives it a quota, or the card (\"symbolon card info\" tells what is free): make room there."
        }
        _ => return None,
    })
}

/// The commands that help where a party says no.
pub(super) fn by_party(reason: Reason) -> Option<&'static str> {
    Some(match reason {
        // A party judges by the receipts that it was given.
        Reason::AidTaken | Reason::NoSuchApplication | Reason::VersionTooOld | Reason::VersionNotLower => {
            "Where the card says otherwise, give the party the receipts that it does not have yet (\"symbolon approval record\") and \
             ask again."
        }
        Reason::SerialTooOld => {
            "Open a new request (\"symbolon approval request\"): one from before the card's newest certificate counts no more. If the card does \
             not have that certificate, have its issuer renew it first (\"symbolon issuer renew\")."
        }
        Reason::Expired => {
            "Open a request that ended again (\"symbolon approval request\"); have a certificate that ended made anew by its registrar \
             (\"symbolon registrar certify\"), a card's by its issuer (\"symbolon issuer renew\"); name a later day where one was typed \
             (--until)."
        }
        Reason::NotYetValid => "Check this computer's date; if it is right, wait until that day.",
        Reason::UnknownAuthority => {
            "If you trust that registrar, say so: \"symbolon party trust\" takes its root, and its newer ones."
        }
        Reason::BadSignature => "Get the file again from where it came: this one is damaged or forged.",
        Reason::CertificateRole => {
            "Use the certificate of the right party, or ask its registrar for the right that is missing."
        }
        Reason::AidNotAllowed => "Choose an AID or prefix that is free and the provider's own.",
        Reason::SameParty => "Two different parties are needed: name another one.",
        Reason::AlreadyRegistered => {
            "If it is the same party with a new key, certify it with --renew; else it needs another name."
        }
        Reason::PackageDigest => {
            "Compare with the package that was meant (\"symbolon package show\"), and give it to the provider: \"symbolon provider \
             add-package\"."
        }
        Reason::PolicyForbids => {
            "Use what the card's content policy allows (\"symbolon card info\"), or have its issuer allow more: \"symbolon issuer renew\"."
        }
        Reason::NotReleased | Reason::NoSharedKey | Reason::Revoked => {
            return for_reason(reason);
        }
        Reason::ConsentMissing => {
            "Have the holder open the request again, with the consent PIN: \"symbolon approval request\"."
        }
        Reason::KeyNotOfCard => {
            "Use another mode than 4, and say of the card's key what its certificate says: its issuer made it."
        }
        Reason::LinkTooOld | Reason::ListTooOld => {
            "Nothing to do if this one, or a newer one, is known already; else get the registrar's newest."
        }
        Reason::NoCertificate => {
            "Have the other party sign first (\"symbolon approval sign\"): its certificate comes with its signature."
        }
        Reason::NotSuccessor => {
            "A successor deletes what its predecessor left, or registers its cards, and nothing else: for that use an ordinary certificate."
        }
        Reason::NotThisCard => "Use what was made for this card: \"symbolon card info\" tells its identity.",
        Reason::OtherRequest => {
            "Use the files that belong to one request: \"symbolon approval show\" tells the comparison code. If it was opened anew, go on with \
             the new one."
        }
        Reason::RootMismatch => {
            "Card and parties must be under the same registrars: \"symbolon card info\" and \"symbolon party show\" tell which they are under."
        }
        Reason::UnknownExtension => {
            "Check that it is the right file: this certificate or request is of another kind."
        }
        Reason::WrongOperation => "Ask for what this mode can do: \"symbolon approval request --mode\".",
        Reason::WrongRole => {
            "Have it signed by the party that the mode asks for: \"symbolon approval status\" tells which."
        }
        Reason::WrongSigner => {
            "Have the party sign that is named. If the name is wrong, drop the request (\"symbolon card drop-request\") and open another with the \
             right one (--provider-name). A card that is under an earlier certificate of its issuer gets a new one by \"symbolon issuer renew\"."
        }
        _ => return None,
    })
}

const NO_ROOM: &str = "Make room: \"symbolon approval request --delete\" begins to delete an application.";

fn for_reason(reason: Reason) -> Option<&'static str> {
    Some(match reason {
        Reason::NotRegistered => "Have its issuer register it first: \"symbolon issuer register\".",
        Reason::Expired => {
            "Name a later day (--until), open a new request, or ask for a new certificate. What counts is the card's date: \
             \"symbolon card info\"."
        }
        Reason::NoSuchRequest => "Open a new request: \"symbolon approval request\".",
        Reason::RequestSlotsFull | Reason::ProviderSlotsFull => {
            "Drop one that is no longer wanted: \"symbolon card info\" lists them, \"symbolon card drop-request\" drops one."
        }
        Reason::AidTaken => {
            "Replace the application that is there (--replace), delete it (--delete), or choose another AID."
        }
        Reason::NoSuchApplication => "Look at which applications are on the card: \"symbolon card info\".",
        Reason::VersionTooOld => {
            "Use a package with a higher version; \"symbolon card info --pin user\" shows the floor, and --lower-floor \
             asks for another."
        }
        Reason::PolicyForbids => {
            "Use a mode that the card allows (\"symbolon card info\" shows them), or have its issuer allow more: \
             \"symbolon issuer renew --modes\"."
        }
        Reason::NoSpace => NO_ROOM,
        Reason::ReceiptsUncollected => {
            "Collect the card's receipts first, and keep them: \"symbolon card receipts --collect\"."
        }
        Reason::Deactivated => {
            "Activate the application first: \"symbolon card activate\", with the consent PIN."
        }
        Reason::NotReleased => {
            "Have the card released by its present issuer first: \"symbolon issuer release\"."
        }
        Reason::NoSharedKey => {
            "Share a key with the card first: \"symbolon issuer share-key\" or \"symbolon provider share-key\"."
        }
        Reason::Revoked => {
            "Its registrar has revoked the certificate: learn why, and have a new one made (\"symbolon registrar certify\")."
        }
        _ => return None,
    })
}
