//! What is asked for: from options and files, completed by what the card knows.

use std::path::{Path, PathBuf};

use apdu_spec::aid::Aid;
use apdu_spec::certificate::{Certificate, Extension, Mnemonic, Role};
use apdu_spec::date::Date;
use apdu_spec::object::{Digest, Mode, Operation, PackageDigests, ProviderId, Sdi};
use apdu_spec::reason::Reason;
use apdu_spec::reference::PinReference;
use apdu_spec::status::Status;
use clap::Args;
use host::card::{Application, Floor, Session};
use parties::certified::Certified;
use parties::file;

use super::STEP;
use crate::card::{self, AnyCard};
use crate::context::Context;
use crate::failure::{Doing, Failure, Result};
use crate::kind;
use crate::party::with_article;
use crate::secret::{PIN_VARIABLE, PinArguments};

const FILE_MAX: usize = 4096;
/// How long a request is good unless told otherwise.
const DAYS: u32 = 30;

/// What may be typed about it.
#[derive(Args, Debug)]
pub(super) struct WishArguments {
    #[command(flatten)]
    what: WhatArguments,
    /// Replace the application that is there by the package
    #[arg(long, requires = "package")]
    replace: bool,
    /// The new floor
    #[arg(long, value_name = "VERSION", requires = "lower_floor")]
    version: Option<u32>,
    /// The way to store: who must agree; 2 unless given
    #[arg(long, value_name = "MODE", value_parser = mode)]
    mode: Option<Mode>,
    /// Name of the provider, under the data registrar that the card is bound to
    #[arg(long, value_name = "NAME", conflicts_with = "certified")]
    provider_name: Option<Mnemonic>,
    /// The provider's certificate: names it, and lets the issuer look at it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["provider_name", "certified"])]
    provider_certificate: Option<PathBuf>,
    /// Last day on which the card does it, by the card's date; 30 days from now unless given
    #[arg(long, value_name = "DATE", conflicts_with = "certified")]
    until: Option<Date>,
    /// Read the user PIN from the first line of FILE, where the card must be asked whose the application is
    #[arg(long, value_name = "FILE", help_heading = "PINs and passphrases")]
    user_pin_file: Option<PathBuf>,
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

/// What is wanted, before the card's part of it is known.
pub(super) struct Wish {
    pub(super) mode: Mode,
    operation: Operation,
    aid: Aid,
    version: Option<u32>,
    package: Option<PackageDigests>,
    provider: Option<Mnemonic>,
    pub(super) certificate: Option<Vec<u8>>,
    pub(super) certified: Option<Certified>,
}

impl WishArguments {
    /// Whether somebody chose the last day.
    pub(super) const fn names_day(&self) -> bool {
        self.until.is_some()
    }

    /// Reads the files that are named.
    pub(super) fn read(&self) -> Result<Wish> {
        if let Some(path) = &self.what.certified {
            return self.certified_wish(path);
        }
        let certificate = self
            .provider_certificate
            .as_ref()
            .map(|path| file::read(path, FILE_MAX).doing(STEP));
        let certificate = certificate.transpose()?;
        let named = match (&self.provider_certificate, &certificate) {
            (Some(path), Some(certificate)) => Some(provider_of(path, certificate)?),
            _ => None,
        };
        let mode = self.mode.unwrap_or(Mode::ViaIssuer);
        let provider = self.provider_name.or(named);
        let (operation, aid, version, package) =
            match (&self.what.package, self.what.delete, self.what.lower_floor) {
                (Some(path), ..) => {
                    let package = kind::package(path)?;
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

    fn certified_wish(&self, path: &Path) -> Result<Wish> {
        let step = "read the certified data";
        let certified = kind::certified(path)?;
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
    pub(super) fn owner(&self, wish: &Wish, card: &mut AnyCard, context: &Context) -> Result<Option<Owner>> {
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
            let why = "The card tells whose the application is after the user PIN only";
            context.output.note(&format!("{why}."));
            let pin = secret.pin("user PIN", PIN_VARIABLE).map_err(|failure| {
                failure.with_remedy(format!(
                    "{why}: give --user-pin-file FILE, or set {PIN_VARIABLE}."
                ))
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
    pub(super) fn sdi(
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
pub(super) struct Owner {
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
    let (rc, _) = card::certificates(session, STEP)?;
    let no_card = || Failure::internal(STEP, "the certificate that the card has is not a card's");
    let rc = Certificate::parse(&rc).map_err(|_| no_card())?;
    match rc.extension {
        Extension::Card(card) => Ok(*card.data_root),
        _ => Err(no_card()),
    }
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

fn provider_of(path: &Path, certificate: &[u8]) -> Result<Mnemonic> {
    let malformed = |cause: String| {
        Failure::usage(
            "read the provider's certificate",
            format!("{}: {cause}", path.display()),
            "Give the certificate that the provider's registrar made.",
        )
    };
    let view =
        Certificate::parse(certificate).map_err(|error| malformed(format!("not a certificate: {error}")))?;
    if view.role != Role::Provider {
        return Err(malformed(format!(
            "it is the certificate of {}, not of a provider",
            with_article(view.role)
        )));
    }
    Ok(view.holder.identity())
}
