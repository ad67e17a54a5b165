//! `symbolon approval request`

use std::path::PathBuf;

use apdu_spec::aid::Aid;
use apdu_spec::certificate::{Certificate, Extension, Mnemonic, Role};
use apdu_spec::data;
use apdu_spec::date::Date;
use apdu_spec::object::{Digest, Mode, Operation, PackageDigests, ProviderId, Sdi};
use apdu_spec::reason::Reason;
use apdu_spec::reference::PinReference;
use apdu_spec::status::Status;
use clap::Args;
use host::card::{Application, Floor, Session};
use parties::approval::{self, Approval};
use parties::certified::Certified;
use parties::evidence::ReadRequest;
use parties::file::{self, Existing};
use parties::package::Package;
use serde::Serialize;

use crate::card::{AnyCard, CardArguments};
use crate::consent::ConsentArguments;
use crate::context::Context;
use crate::failure::{Doing, Failure, Result};
use crate::output::{Outcome, Show};
use crate::page::Page;
use crate::secret::{PIN_VARIABLE, PinArguments};

const FILE_MAX: usize = 4096;
/// How long a request is good unless told otherwise.
const DAYS: u32 = 30;
const STEP: &str = "request the operation";

/// Have a card ask for an application to be stored, replaced or deleted, or for a version floor to be lowered
///
/// The holder consents with the consent PIN, which allows this one request. The card checks space, owner and version,
/// numbers the request and signs it; the approval file goes to whoever the mode names: 2 the issuer, then the provider;
/// 3 the provider, then the issuer; 4 the provider alone; 6 the provider, who certifies the package for every card;
/// 7 the provider, then the data certifier. Modes 6 and 7 take what was certified already from a file (--certified), and the
/// approval is complete at once. While the same request is open the card gives the same request again, without asking the
/// holder. Where the card's policy waives consent, its issuer or the provider may ask (--authenticate-as).
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon approval request --card card.img --package notes.pkg --provider-name DENOTIZ --output store-notes.json
  symbolon approval request --card card.img --mode 3 --package notes.pkg --provider-name DENOTIZ --output store.json
  symbolon approval request --card card.img --certified notes-certified.json --output store.json
  symbolon approval request --card card.img --replace --package notes2.pkg --provider-name DENOTIZ --output replace.json
  symbolon approval request --card card.img --delete F04E4F544901 --output delete.json
  symbolon approval request --card card.img --lower-floor F04E4F544901 --version 1 --output lower.json")]
pub struct Request {
    #[command(flatten)]
    card: CardArguments,
    #[command(flatten)]
    what: WhatArguments,
    /// Replace the application that is there by the package
    #[arg(long, requires = "package")]
    pub replace: bool,
    /// The new floor
    #[arg(long, value_name = "VERSION", requires = "lower_floor")]
    pub version: Option<u32>,
    /// The way to store: who must agree; 2 unless given
    #[arg(long, value_name = "MODE", value_parser = mode)]
    pub mode: Option<Mode>,
    /// Name of the provider, under the data registrar that the card is bound to
    #[arg(long, value_name = "NAME", conflicts_with = "certified")]
    pub provider_name: Option<Mnemonic>,
    /// The provider's certificate: names it, and lets the issuer look at it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["provider_name", "certified"])]
    pub provider_certificate: Option<PathBuf>,
    /// Last day on which the card does it, by the card's date; 30 days from now unless given
    #[arg(long, value_name = "DATE", conflicts_with = "certified")]
    pub until: Option<Date>,
    /// Approval file to write
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    /// Read the user PIN from the first line of FILE, where the card must be asked whose the application is
    #[arg(long, value_name = "FILE", help_heading = "PINs and passphrases")]
    user_pin_file: Option<PathBuf>,
    #[command(flatten)]
    consent: ConsentArguments,
}

/// What is asked for: one of these.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct WhatArguments {
    /// Store this package
    #[arg(long, value_name = "FILE")]
    package: Option<PathBuf>,
    /// Store or replace what was certified for every card, in mode 6 or 7
    #[arg(long, value_name = "FILE")]
    certified: Option<PathBuf>,
    /// Delete the application with this AID
    #[arg(long, value_name = "AID")]
    delete: Option<Aid>,
    /// Lower the version floor of this AID, so that an older version may be stored again
    #[arg(long, value_name = "AID", requires = "version")]
    lower_floor: Option<Aid>,
}

fn mode(text: &str) -> Result<Mode, &'static str> {
    let mode = text.parse().ok().and_then(Mode::from_code);
    mode.filter(|mode| !matches!(mode, Mode::Registration | Mode::RegisteredIssuer))
        .ok_or("not a way to store: write 2, 3, 4, 6 or 7")
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
    mode: Mode,
    operation: Operation,
    aid: Aid,
    version: Option<u32>,
    package: Option<PackageDigests>,
    provider: Option<Mnemonic>,
    certificate: Option<Vec<u8>>,
    certified: Option<Certified>,
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
        let owner = self.owner(&wish, &mut card)?;
        let (sdi, open) = {
            let mut session = card.begin()?;
            let sdi = self.sdi(&wish, owner, &mut session, context)?;
            let exact = self.until.is_some() || wish.certified.is_some();
            let open = find_open(&mut session, wish.mode, &sdi, exact)?;
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
                let agreement = self.consent.ask()?;
                let mut session = card.begin()?;
                agreement.give(&mut session)?;
                session
                    .open_request(wish.mode, &sdi)
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
            // With whatever was signed since.
            Some(present) if present.request() == approval.request() => approval = present,
            Some(_) => {
                return Err(Failure::usage(
                    "write the approval file",
                    format!("{} holds the approval of another request", self.output.display()),
                    "Choose another name and run the command again: the card gives the same request.",
                ));
            }
            None => {
                if let Some(certified) = &wish.certified {
                    approval.set_certified(certified).doing(STEP)?;
                }
                approval
                    .write(&self.output, Existing::Refuse)
                    .doing("write the approval file")?;
            }
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
        if let Some(path) = &self.what.certified {
            return self.certified_wish(path);
        }
        let certificate = self
            .provider_certificate
            .as_ref()
            .map(|path| file::read(path, FILE_MAX).doing(STEP));
        let certificate = certificate.transpose()?;
        let named = certificate.as_deref().map(provider_of).transpose()?;
        let mode = self.mode.unwrap_or(Mode::ViaIssuer);
        let provider = self.provider_name.or(named);
        let (operation, aid, version, package) =
            match (&self.what.package, self.what.delete, self.what.lower_floor) {
                (Some(path), ..) => {
                    let package = Package::read(path).doing("read the package")?;
                    let operation = if self.replace {
                        Operation::Replace
                    } else {
                        Operation::Store
                    };
                    let digests = Some(*package.digests());
                    (operation, package.aid(), Some(package.version()), digests)
                }
                (_, Some(aid), _) => (Operation::Delete, aid, None, None),
                (.., Some(aid)) => (Operation::LowerFloor, aid, self.version, None),
                _ => {
                    return Err(Failure::usage(
                        STEP,
                        "nothing is asked for",
                        "Give --package FILE, --certified FILE, --delete AID or --lower-floor AID.",
                    ));
                }
            };
        if package.is_some() && provider.is_none() {
            let remedy = "Give --provider-name NAME or --provider-certificate FILE.";
            return Err(Failure::usage(
                STEP,
                "the package's provider is not named",
                remedy,
            ));
        }
        suits(mode, operation)?;
        Ok(Wish {
            mode,
            operation,
            aid,
            version,
            package,
            provider,
            certificate,
            certified: None,
        })
    }

    fn certified_wish(&self, path: &std::path::Path) -> Result<Wish> {
        let step = "read the certified data";
        let certified = Certified::read(path).doing(step)?;
        let (mode, sdi) = (certified.mode().doing(step)?, certified.sdi().doing(step)?);
        if let Some(wanted) = self.mode.filter(|wanted| *wanted != mode) {
            return Err(Failure::usage(
                STEP,
                format!(
                    "{} is certified for mode {}, not {}",
                    path.display(),
                    mode.code(),
                    wanted.code()
                ),
                "Leave --mode away.",
            ));
        }
        if !certified.is_complete().doing(step)? {
            return Err(Failure::usage(
                STEP,
                format!(
                    "{} has no countersignature of the data certifier yet",
                    path.display()
                ),
                "Have it countersigned first: \"symbolon registrar certify-data\".",
            ));
        }
        Ok(Wish {
            mode,
            operation: sdi.operation,
            aid: sdi.aid,
            version: Some(sdi.version),
            package: sdi.package,
            provider: Some(sdi.provider.name),
            certificate: None,
            certified: Some(certified),
        })
    }

    /// Whose application it is and in which version, from the card, where nobody said it.
    fn owner(&self, wish: &Wish, card: &mut AnyCard) -> Result<Option<Owner>> {
        if wish.provider.is_some() && wish.version.is_some() {
            return Ok(None);
        }
        let mut entries = owners(&mut card.begin()?, wish.operation);
        if let Err(error) = &entries
            && error.status() == Some(Status::SECURITY_STATUS_NOT_SATISFIED)
        {
            let secret = PinArguments {
                pin_file: self.user_pin_file.clone(),
                ..PinArguments::default()
            };
            let pin = secret.pin("user PIN", PIN_VARIABLE).map_err(|failure| {
                let remedy = "The card tells whose the application is after the user PIN only: give --user-pin-file \
                              FILE, or set SYMBOLON_PIN.";
                failure.with_remedy(remedy)
            })?;
            let mut session = card.begin()?;
            session.verify_pin(PinReference::User, &pin, secret.last_try())?;
            entries = owners(&mut session, wish.operation);
        }
        let entries = entries?;
        let matches = |owner: &&Owner| {
            owner.aid == wish.aid && wish.provider.is_none_or(|name| name == owner.provider.name)
        };
        let found = entries.iter().find(matches).ok_or_else(|| {
            Failure::refused(
                STEP,
                "card",
                Reason::NoSuchApplication,
                format!("the card has no application or version floor {}", wish.aid),
                "Look at which applications are on the card: \"symbolon card info --pin user\".",
            )
        })?;
        Ok(Some(*found))
    }

    /// Completes the wish by what the card knows.
    fn sdi(
        &self,
        wish: &Wish,
        owner: Option<Owner>,
        session: &mut Session<'_>,
        context: &Context,
    ) -> Result<Sdi> {
        if let Some(certified) = &wish.certified {
            return certified.sdi().doing(STEP);
        }
        let expiry = self.until.unwrap_or_else(|| context.today.add_days(DAYS));
        let provider = match (owner, wish.provider) {
            (Some(owner), _) => owner.provider,
            (None, Some(name)) => ProviderId {
                root: data_root(session)?,
                name,
            },
            (None, None) => return Err(Failure::internal(STEP, "nobody owns the application")),
        };
        let known = owner.map(|owner| owner.version);
        let Wish {
            operation,
            aid,
            package,
            ..
        } = *wish;
        Ok(Sdi {
            operation,
            aid,
            version: wish.version.or(known).unwrap_or_default(),
            package,
            provider,
            expiry,
        })
    }
}

/// Whose an application, or a version floor, is.
#[derive(Clone, Copy)]
struct Owner {
    aid: Aid,
    version: u32,
    provider: ProviderId,
}

fn owners(session: &mut Session<'_>, operation: Operation) -> host::Result<Vec<Owner>> {
    if operation == Operation::LowerFloor {
        let owner = |floor: Floor| Owner {
            aid: floor.aid,
            version: floor.version,
            provider: floor.provider,
        };
        return Ok(session.floors()?.into_iter().map(owner).collect());
    }
    let owner = |application: Application| Owner {
        aid: application.aid,
        version: application.version,
        provider: application.provider,
    };
    Ok(session.applications()?.into_iter().map(owner).collect())
}

/// The first root of the data registrar that the card is bound to: its certificate names it for ever, even when the card
/// has newer roots only.
fn data_root(session: &mut Session<'_>) -> Result<Digest> {
    let registered = session.certificate(data::CARD_CERTIFICATE)?;
    if let Some(encoded) = &registered
        && let Ok(rc) = Certificate::parse(encoded)
        && let Extension::Card(card) = rc.extension
    {
        return Ok(*card.data_root);
    }
    Err(Failure::refused(
        STEP,
        "card",
        Reason::NotRegistered,
        "the card has no issuer yet",
        REGISTER,
    ))
}

/// Modes 6 and 7 bring something onto the card and never take anything off it; a floor is a matter of issuer and provider.
fn suits(mode: Mode, operation: Operation) -> Result<()> {
    let certified = matches!(mode, Mode::CertifiedData | Mode::RegistrarCertified);
    let suits = match operation {
        Operation::Store | Operation::Replace => true,
        Operation::Delete => !certified,
        Operation::LowerFloor => matches!(mode, Mode::ViaIssuer | Mode::ViaProvider),
    };
    if suits {
        return Ok(());
    }
    Err(Failure::usage(
        STEP,
        format!("mode {} cannot {operation}", mode.code()),
        "Use mode 2 or 3.",
    ))
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
fn find_open(session: &mut Session<'_>, mode: Mode, sdi: &Sdi, exact: bool) -> Result<Option<Vec<u8>>> {
    for entry in session.requests()? {
        if entry.aid != sdi.aid || entry.operation != sdi.operation || entry.mode != mode {
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
