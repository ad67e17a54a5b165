//! `symbolon approval request`

use std::path::PathBuf;

use apdu_spec::aid::Aid;
use apdu_spec::certificate::{Certificate, Mnemonic, Role};
use apdu_spec::data;
use apdu_spec::date::Date;
use apdu_spec::object::{Mode, Operation, PackageDigests, ProviderId, Sdi};
use apdu_spec::reason::Reason;
use apdu_spec::reference::PinReference;
use apdu_spec::status::Status;
use clap::Args;
use host::card::Session;
use parties::approval::{self, Approval};
use parties::crypto::sha256;
use parties::evidence::ReadRequest;
use parties::file::{self, Existing};
use parties::package::Package;
use serde::Serialize;

use crate::card::CardArguments;
use crate::context::Context;
use crate::failure::{Doing, Failure, Result};
use crate::output::{Outcome, Show};
use crate::page::Page;
use crate::secret::{CONSENT_PIN_VARIABLE, PinArguments};

const FILE_MAX: usize = 4096;
/// How long a request is good unless told otherwise.
const DAYS: u32 = 30;
const STEP: &str = "request the operation";

/// Have a card ask for an application to be stored, replaced or deleted
///
/// The holder consents with the consent PIN, which allows this one request. The card checks space, owner and version,
/// numbers the request and signs it; the approval file goes to the issuer and then to the provider. While the same
/// request is open the card gives the same request again, without asking the holder.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon approval request --card card.img --package notes.pkg --provider-name DENOTIZ --output store-notes.json
  symbolon approval request --card card.img --replace --package notes2.pkg --provider-name DENOTIZ --output replace.json
  symbolon approval request --card card.img --delete F04E4F544901 --output delete.json")]
pub struct Request {
    #[command(flatten)]
    card: CardArguments,
    /// Store this package
    #[arg(long, value_name = "FILE", required_unless_present = "delete")]
    pub package: Option<PathBuf>,
    /// Replace the application that is there by the package
    #[arg(long, requires = "package")]
    pub replace: bool,
    /// Delete the application with this AID
    #[arg(long, value_name = "AID", conflicts_with_all = ["package", "replace"])]
    pub delete: Option<Aid>,
    /// Name of the provider, under the data registrar that the card is bound to
    #[arg(long, value_name = "NAME", conflicts_with = "delete")]
    pub provider_name: Option<Mnemonic>,
    /// The provider's certificate: names it, and lets the issuer look at it
    #[arg(long, value_name = "FILE", conflicts_with = "provider_name")]
    pub provider_certificate: Option<PathBuf>,
    /// Last day on which the card does it, by the card's date; 30 days from now unless given
    #[arg(long, value_name = "DATE")]
    pub until: Option<Date>,
    /// Approval file to write
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    #[command(flatten)]
    secret: PinArguments,
}

#[derive(Serialize)]
struct Requested {
    approval: Option<String>,
    /// Whether the request was open already.
    open_before: bool,
    operation: &'static str,
    aid: String,
    version: u32,
    /// What the card signed; none of a dry run.
    request: Option<approval::Status>,
}

/// What is wanted, before the card's part of it is known.
struct Wish {
    operation: Operation,
    aid: Aid,
    version: Option<u32>,
    package: Option<PackageDigests>,
    provider: Option<Mnemonic>,
    certificate: Option<Vec<u8>>,
}

impl Request {
    /// Does it.
    ///
    /// # Errors
    /// When the card refuses, the holder does not consent, or another approval is in the output file.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let wish = self.wish()?;
        let present = match self.output.exists() {
            true => Some(super::read(&self.output)?),
            false => None,
        };
        let mut card = self.card.open(context)?;
        let (sdi, open) = {
            let mut session = card.begin()?;
            let sdi = self.sdi(&wish, &mut session, context)?;
            let open = find_open(&mut session, &sdi, self.until.is_some())?;
            (sdi, open)
        };
        let open_before = open.is_some();
        if context.dry_run {
            return Ok(outcome(None, open_before, None, &sdi));
        }
        let request = match open {
            Some(request) => request,
            None => {
                // Nobody is kept from the card while the holder types.
                let pin = self.secret.pin("consent PIN", CONSENT_PIN_VARIABLE)?;
                let mut session = card.begin()?;
                session.verify_pin(PinReference::Consent, &pin, self.secret.last_try())?;
                session
                    .open_request(Mode::ViaIssuer, &sdi)
                    .map_err(|error| explain(error, &sdi))?
            }
        };
        let mut session = card.begin()?;
        let missing = || {
            Failure::refused(
                STEP,
                "card",
                Reason::NotRegistered,
                "the card has no issuer yet",
                REGISTER,
            )
        };
        let rc = session.certificate(data::CARD_CERTIFICATE)?.ok_or_else(missing)?;
        let irc = session
            .certificate(data::ISSUER_CERTIFICATE)?
            .ok_or_else(missing)?;
        let mut approval = Approval::new(&request, &rc, &irc).doing(STEP)?;
        if let Some(certificate) = &wish.certificate {
            approval.set_provider_certificate(certificate).doing(STEP)?;
        }
        match present {
            Some(present) if present.request() == approval.request() => approval = present,
            Some(_) => {
                return Err(Failure::usage(
                    "write the approval file",
                    format!("{} holds the approval of another request", self.output.display()),
                    "Choose another name and run the command again: the card gives the same request.",
                ));
            }
            None => approval
                .write(&self.output, Existing::Refuse)
                .doing("write the approval file")?,
        }
        let status = super::status_of(&approval)?;
        Ok(outcome(
            Some(self.output.display().to_string()),
            open_before,
            Some(status),
            &sdi,
        ))
    }

    fn wish(&self) -> Result<Wish> {
        let certificate = self
            .provider_certificate
            .as_ref()
            .map(|path| file::read(path, FILE_MAX).doing(STEP));
        let certificate = certificate.transpose()?;
        let named = certificate.as_deref().map(provider_of).transpose()?;
        let provider = self.provider_name.or(named);
        if let Some(aid) = self.delete {
            let operation = Operation::Delete;
            return Ok(Wish {
                operation,
                aid,
                version: None,
                package: None,
                provider,
                certificate,
            });
        }
        let Some(path) = &self.package else {
            return Err(Failure::usage(
                STEP,
                "no package is named",
                "Give --package FILE or --delete AID.",
            ));
        };
        if provider.is_none() {
            let remedy = "Give --provider-name NAME or --provider-certificate FILE.";
            return Err(Failure::usage(
                STEP,
                "the package's provider is not named",
                remedy,
            ));
        }
        let package = Package::read(path).doing("read the package")?;
        Ok(Wish {
            operation: if self.replace {
                Operation::Replace
            } else {
                Operation::Store
            },
            aid: package.aid(),
            version: Some(package.version()),
            package: Some(*package.digests()),
            provider,
            certificate,
        })
    }

    /// Completes the wish by what the card knows.
    fn sdi(&self, wish: &Wish, session: &mut Session<'_>, context: &Context) -> Result<Sdi> {
        let expiry = self.until.unwrap_or_else(|| context.today.add_days(DAYS));
        let root = session.certificate(data::DATA_REGISTRAR_ROOT)?.ok_or_else(|| {
            Failure::refused(
                STEP,
                "card",
                Reason::NotRegistered,
                "the card is bound to no data registrar yet",
                REGISTER,
            )
        })?;
        let (provider, version) = match (wish.provider, wish.version) {
            (Some(name), Some(version)) => (
                ProviderId {
                    root: sha256(&root),
                    name,
                },
                version,
            ),
            _ => {
                let applications = session.applications()?;
                let found = applications
                    .iter()
                    .find(|application| application.aid == wish.aid)
                    .ok_or_else(|| {
                        Failure::refused(
                            STEP,
                            "card",
                            Reason::NoSuchApplication,
                            format!("the card has no application {}", wish.aid),
                            "Look at which applications are on the card: \"symbolon card info\".",
                        )
                    })?;
                (found.provider, found.version)
            }
        };
        let Wish {
            operation,
            aid,
            package,
            ..
        } = *wish;
        Ok(Sdi {
            operation,
            aid,
            version,
            package,
            provider,
            expiry,
        })
    }
}

const REGISTER: &str = "Have its issuer register it first: \"symbolon issuer register\".";

fn provider_of(certificate: &[u8]) -> Result<Mnemonic> {
    let step = "read the provider's certificate";
    let malformed =
        |message: String| Failure::usage(step, message, "Give the certificate that its registrar made.");
    let view = Certificate::parse(certificate).map_err(|error| malformed(error.to_string()))?;
    if view.role != Role::Provider {
        return Err(malformed(format!("it is the certificate of a {}", view.role)));
    }
    Ok(view.holder.identity())
}

/// The card has no word of its own for what it does not find.
fn explain(error: host::Error, sdi: &Sdi) -> Failure {
    let failure = Failure::from(error);
    if failure.status != Some(Status::REFERENCED_DATA_NOT_FOUND) {
        return failure;
    }
    Failure {
        reason: Some(Reason::NoSuchApplication),
        message: format!("the card has no application {} of {}", sdi.aid, sdi.provider.name),
        remedy: "Look at which applications are on the card: \"symbolon card info\".".into(),
        ..failure
    }
}

/// The request for the same thing, if the card has one open. The day it ends matters only if somebody chose it: run again
/// on another day, the command goes on with what it began.
fn find_open(session: &mut Session<'_>, sdi: &Sdi, exact: bool) -> Result<Option<Vec<u8>>> {
    for entry in session.requests()? {
        if entry.aid != sdi.aid || entry.operation != sdi.operation || entry.mode != Mode::ViaIssuer {
            continue;
        }
        let object = session.storing_request(entry.number)?;
        let open = ReadRequest::parse(&object)
            .doing("read the open request")?
            .request;
        let wanted = Sdi {
            expiry: if exact { sdi.expiry } else { open.sdi.expiry },
            ..*sdi
        };
        if open.sdi == wanted {
            return Ok(Some(object));
        }
    }
    Ok(None)
}

fn outcome(
    approval: Option<String>,
    open_before: bool,
    status: Option<approval::Status>,
    sdi: &Sdi,
) -> Outcome {
    let (operation, aid, version) = (sdi.operation.name(), sdi.aid.to_string(), sdi.version);
    Outcome::new(
        "approval request",
        &Requested {
            approval,
            open_before,
            operation,
            aid,
            version,
            request: status,
        },
    )
}

impl Show for Requested {
    fn show(&self, page: &mut Page) {
        let what = format!("{} {} version {}", self.operation, self.aid, self.version);
        let Some(status) = &self.request else {
            return page.text(match self.open_before {
                true => format!("The card has this request open: {what}."),
                false => format!("The card would be asked: {what}."),
            });
        };
        page.done(format!("The card asks: {what}."));
        super::show_request(status, page);
        page.optional("approval file", self.approval.as_deref());
        page.text("Tell the signers the comparison code: the same code means the same request.");
        page.text(super::next_words(status));
    }
}
