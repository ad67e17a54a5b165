//! The honest part: a card is issued, loaded by agreement of two strangers, updated and cleared.

use std::fs;
use std::path::Path;

use apdu_spec::aid::Aid;
use apdu_spec::command::Command;
use apdu_spec::data;
use apdu_spec::object::{Operation, Sdi};
use apdu_spec::reason::Reason;
use parties::approval::Approval;
use parties::evidence::comparison;
use parties::office::Manner;
use parties::package::Package;

use super::parties_at_work::Offices;
use super::report::{CardReport, Content, Report};
use super::stage::Stage;
use crate::scene::steps::{self, Registered, Signatures};
use crate::scene::wares::Ware;
use crate::scene::{Cast, Parties, Result, SceneError, granted};

/// The application of the story: F0 (proprietary), then "NOTES".
const NOTES: [u8; 6] = [0xF0, b'N', b'O', b'T', b'E', b'S'];
/// The file of it that the holder writes, after the user PIN.
const HOLDERS_FILE: u16 = 0x0102;
/// The file of it that says which version it is.
const TITLE_FILE: u16 = 0x0101;

/// What is left when the honest part has ended.
pub(super) struct Told {
    pub(super) cast: Cast,
    pub(super) parties: Parties,
    pub(super) offices: Offices,
    pub(super) registered: Registered,
    pub(super) card: [u8; 32],
}

/// Tells the honest part.
pub(super) fn tell(stage: &mut dyn Stage, folder: &Path, report: &mut Report) -> Result<Told> {
    let prefix = Aid::new(&NOTES).ok_or_else(|| SceneError::Coding("AID".into()))?;
    let cast = Cast {
        prefix,
        ..Cast::standard()?
    };
    let parties = Parties::new(&cast)?;
    introduce(&cast, stage, report);
    let offices = Offices::open(folder, &parties, cast.issuer, cast.provider)?;
    let (registered, card) = issue(stage, &parties, &offices, report)?;
    let mut told = Told {
        cast,
        parties,
        offices,
        registered,
        card,
    };
    told.store(stage, folder, report)?;
    told.replace(stage, folder, report)?;
    told.delete(stage, folder, report)?;
    Ok(told)
}

fn introduce(cast: &Cast, stage: &dyn Stage, report: &Report) {
    report.chapter("symbolon: a smart card whose content changes only when everyone concerned agrees");
    report.say(format!(
        "The card is {}. Four parties, each with a key of its own:",
        stage.place()
    ));
    report.say(format!(
        "{} vouches for issuers, {} for providers.",
        cast.issuer_registrar, cast.data_registrar
    ));
    report.say(format!(
        "{} issues the card. {} provides an application.",
        cast.issuer, cast.provider
    ));
    report.say("Issuer and provider have never met: each knows the other through its registrar only.");
}

fn issue(
    stage: &mut dyn Stage,
    parties: &Parties,
    offices: &Offices,
    report: &mut Report,
) -> Result<(Registered, [u8; 32])> {
    report.chapter("1. The card is personalised and registered");
    steps::personalise(stage, parties)?;
    report.say("The issuer puts both registrars' roots, transport PINs and a digest of the holder's data on the card;");
    report.say("the card makes its keys itself. Nobody ever sees their private parts.");
    let nonce = parties::crypto::random::<16>()?;
    let request = steps::done(
        stage,
        "request registration",
        &Command::RequestRegistration { nonce },
    )?;
    let terms = parties.terms(steps::user_information());
    let certificate = granted(
        offices
            .issuer
            .register(&request, &nonce, &terms, parties.today)?
            .decision,
    )?;
    report.say(format!(
        "The card asks for registration ({} bytes, signed), the issuer certifies it.",
        request.len()
    ));
    steps::verify_certificate(stage, parties.issuer.certificate().encoded())?;
    report.done(5, "registration");
    let receipt = steps::done(
        stage,
        "register",
        &Command::Register {
            certificate: &certificate,
            release: None,
        },
    )?;
    report.done(1, "registration");
    report.say(
        "The card checks the issuer's certificate under the issuer registrar's root, and its own under that:",
    );
    report.say("from now on it belongs to this issuer, and nothing on it changes but by agreement.");
    offices.issuer.record_receipt(&receipt, parties.today)?;
    report.check(
        "receipt 0: the card has signed that it is registered",
        steps::read_receipt(&receipt)?.number == 0,
    );
    steps::change_pins(stage)?;
    report
        .say("The holder replaces both transport PINs: one PIN opens files, the other consents to changes.");
    let card = parties::crypto::sha256(&steps::card_point(&certificate)?);
    Ok((Registered { certificate, receipt }, card))
}

impl Told {
    /// The storing data for a package, good for a month.
    pub(super) fn sdi(&self, package: &Ware, operation: Operation) -> Result<Sdi> {
        Ok(package.sdi(
            operation,
            self.parties.provider.identity()?,
            self.parties.today.add_days(30),
        ))
    }

    fn store(&mut self, stage: &mut dyn Stage, folder: &Path, report: &mut Report) -> Result<()> {
        report.chapter("2. An application is stored by agreement (mode 2, via the issuer)");
        let ware = build(folder, "notes.toml", report)?;
        self.offices
            .provider
            .add_package(ware.package(), self.parties.today)?;
        let sdi = self.sdi(&ware, Operation::Store)?;
        let signatures = self.agree(stage, &sdi, report)?;
        let receipt = self.apply(stage, &ware, &signatures, report)?;
        report.done(2, "store");
        self.accept(&receipt, report)?;
        let title = steps::read_file(stage, &NOTES, TITLE_FILE)?;
        report.say(format!("Read back from the card: \"{}\"", text(&title)));
        report.check(
            "the file reads back as version 1 has it",
            text(&title).starts_with("Notes 1"),
        );
        self.write_note(stage, report)?;
        self.show_lists(report)
    }

    fn replace(&mut self, stage: &mut dyn Stage, folder: &Path, report: &mut Report) -> Result<()> {
        report.chapter("3. A newer version replaces it");
        let ware = build(folder, "notes-2.toml", report)?;
        self.offices
            .provider
            .add_package(ware.package(), self.parties.today)?;
        let sdi = self.sdi(&ware, Operation::Replace)?;
        let signatures = self.agree(stage, &sdi, report)?;
        let receipt = self.apply(stage, &ware, &signatures, report)?;
        report.done(2, "replace");
        self.accept(&receipt, report)?;
        let title = steps::read_file(stage, &NOTES, TITLE_FILE)?;
        report.say(format!("Read back from the card: \"{}\"", text(&title)));
        report.check(
            "the file reads back as version 2 has it",
            text(&title).starts_with("Notes 2"),
        );
        verify_user(stage)?;
        let note = steps::read_file(stage, &NOTES, HOLDERS_FILE)?;
        report.check("the holder's own note was kept", note.starts_with(b"milk, bread"));
        self.show_lists(report)
    }

    fn delete(&mut self, stage: &mut dyn Stage, folder: &Path, report: &mut Report) -> Result<()> {
        report.chapter("4. The application is deleted");
        let ware = build(folder, "notes-2.toml", report)?;
        let sdi = self.sdi(&ware, Operation::Delete)?;
        let signatures = self.agree(stage, &sdi, report)?;
        steps::authorize(stage, &self.parties, &signatures)?;
        report.say("Deleting asks the holder once more, at the moment it happens.");
        steps::consent(stage)?;
        let number = signatures.number;
        let receipt = steps::done(stage, "remove", &Command::RemoveApplication { number })?;
        report.done(2, "delete");
        self.accept(&receipt, report)?;
        let gone = steps::read_file(stage, &NOTES, TITLE_FILE).is_err();
        report.check("the application is gone from the card", gone);
        self.show_lists(report)
    }

    /// Consent, request, and both signatures.
    pub(super) fn agree(&self, stage: &mut dyn Stage, sdi: &Sdi, report: &mut Report) -> Result<Signatures> {
        steps::consent(stage)?;
        let request = steps::open(stage, sdi)?;
        let number = steps::read_request(&request)?.number;
        report.say(format!(
            "The holder consents by PIN; the card makes and signs request {number}."
        ));
        report.say(format!(
            "Comparison code on every screen: {}",
            comparison(&request)
        ));
        let issuer = self.parties.issuer.certificate().encoded();
        let mut approval = Approval::new(&request, &self.registered.certificate, issuer)?;
        granted(
            self.offices
                .issuer
                .sign(&mut approval, Manner::Signature, self.parties.today)?
                .decision,
        )?;
        report.say("The issuer checks the request against its card's certificate and signs.");
        granted(
            self.offices
                .provider
                .sign(&mut approval, Manner::Signature, self.parties.today)?
                .decision,
        )?;
        report.say("The provider checks card, issuer and their registrar, compares the package with its own, and signs.");
        let (Some(first), Some(second)) = (approval.first(), approval.second()) else {
            return Err(SceneError::Refused("a signature is missing".into()));
        };
        Ok(Signatures {
            number,
            first: first.to_vec(),
            second: second.to_vec(),
        })
    }

    fn apply(
        &self,
        stage: &mut dyn Stage,
        ware: &Ware,
        signatures: &Signatures,
        report: &mut Report,
    ) -> Result<Vec<u8>> {
        steps::authorize(stage, &self.parties, signatures)?;
        report.say("The card checks both signatures, both certificates, its policy and the dates.");
        let blocks = ware.blocks().len();
        let receipt = match steps::load(stage, ware, 0, signatures.number) {
            Err(SceneError::Card {
                reason: Reason::ConsentMissing,
                ..
            }) => {
                report.say("This replacement drops files, so the card asks the holder once more; the holder consents.");
                steps::consent(stage)?;
                steps::load(stage, ware, blocks - 1, signatures.number)?
            }
            other => other?,
        };
        report.say(format!(
            "{blocks} blocks are loaded, each checked before it is written; then one commit."
        ));
        Ok(receipt)
    }

    fn accept(&self, receipt: &[u8], report: &mut Report) -> Result<()> {
        let read = steps::read_receipt(receipt)?;
        report.say(format!("The card answers with signed receipt {}.", read.number));
        self.offices.record(receipt, &self.parties, report)
    }

    fn write_note(&self, stage: &mut dyn Stage, report: &mut Report) -> Result<()> {
        use apdu_spec::command::BinaryFile;
        let denied = steps::read_file(stage, &NOTES, HOLDERS_FILE).is_err();
        report.check("the holder's file does not open without the user PIN", denied);
        verify_user(stage)?;
        steps::read_file(stage, &NOTES, HOLDERS_FILE)?;
        let data = b"milk, bread";
        let command = Command::UpdateBinary {
            file: BinaryFile::Current,
            offset: 0,
            data,
        };
        steps::done(stage, "write the note", &command)?;
        report.say("With the user PIN the holder writes a note of his own: \"milk, bread\".");
        Ok(())
    }

    fn show_lists(&self, report: &Report) -> Result<()> {
        let (issuer, provider) = self.offices.lists()?;
        report.say(format!(
            "By verified receipts, the issuer's list of this card: {}",
            show(&issuer)
        ));
        report.say(format!(
            "By verified receipts, the provider's list of holders: {}",
            show(&provider)
        ));
        Ok(())
    }

    /// Compares what the card says at the end with what both parties' databases say.
    pub(super) fn compare(&self, stage: &mut dyn Stage, report: &mut Report) -> Result<()> {
        report.chapter("Everybody's books at the end");
        let command = Command::GetData {
            tag: data::APPLICATIONS,
            selector: &[],
        };
        let bytes = steps::done(stage, "list applications", &command)?;
        let mut content: Vec<Content> = data::applications(&bytes)?
            .map(|entry| Content {
                aid: entry.aid.to_string(),
                version: entry.version,
            })
            .collect();
        content.sort();
        let (issuer_says, providers_say) = self.offices.lists()?;
        let agree = content == issuer_says && content == providers_say;
        report.say(format!("On the card: {}", show(&content)));
        report.say(format!("In the issuer's database: {}", show(&issuer_says)));
        report.say(format!("In the provider's database: {}", show(&providers_say)));
        report.check("card, issuer and provider agree", agree);
        let card = hex::encode(self.card.get(..8).unwrap_or_default());
        report.cards.push(CardReport {
            card,
            content,
            issuer_says,
            providers_say,
            agree,
        });
        Ok(())
    }
}

fn verify_user(stage: &mut dyn Stage) -> Result<()> {
    use apdu_spec::reference::PinReference;
    let command = Command::Verify {
        reference: PinReference::User,
        pin: Some(steps::pins::USER),
    };
    steps::done(stage, "verify the user PIN", &command).map(drop)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end_matches('\0').to_string()
}

fn show(list: &[Content]) -> String {
    if list.is_empty() {
        return "nothing".into();
    }
    list.iter()
        .map(|entry| format!("{} version {}", entry.aid, entry.version))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Builds one of our packages from its TOML, as a provider would.
pub(super) fn build(folder: &Path, name: &str, report: &Report) -> Result<Ware> {
    const SOURCES: [(&str, &str); 4] = [
        ("notes.toml", include_str!("../../../packages/notes.toml")),
        ("notes-2.toml", include_str!("../../../packages/notes-2.toml")),
        (
            "notes/guide-1.txt",
            include_str!("../../../packages/notes/guide-1.txt"),
        ),
        (
            "notes/guide-2.txt",
            include_str!("../../../packages/notes/guide-2.txt"),
        ),
    ];
    let fail = |error: std::io::Error| SceneError::Coding(error.to_string());
    fs::create_dir_all(folder.join("notes")).map_err(fail)?;
    for (file, source) in SOURCES {
        fs::write(folder.join(file), source).map_err(fail)?;
    }
    let package = Package::build_file(&folder.join(name))?;
    report.say(format!(
        "{name} becomes a package: {} version {}, {} bytes in {} blocks.",
        package.aid(),
        package.version(),
        package.bytes().len(),
        package.blocks().len()
    ));
    Ok(Ware::from(package))
}
