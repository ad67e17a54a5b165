//! `symbolon registrar certify`

use std::path::{Path, PathBuf};

use apdu_spec::aid::Aid;
use apdu_spec::certificate::{CertificateRequest, Mnemonic, Rights, Role};
use apdu_spec::date::Date;
use apdu_spec::object::Mode;
use clap::Args;
use parties::certificate::Roots;
use parties::decision::Decision;
use parties::file::{self, Existing};
use parties::party::{CertificateDescription, Party};
use parties::registrar::{Grant, Scope};
use parties::signer::Passphrase;
use serde::Serialize;

use crate::context::Context;
use crate::describe;
use crate::failure::{Doing, Failure, Result, refusal};
use crate::kind::{self, Kind};
use crate::output::{Outcome, Show};
use crate::page::Page;
use crate::party;
use crate::secret::PassphraseArguments;

const FILE_MAX: usize = 4096;
/// How long a certificate is good unless told otherwise.
const DAYS: u32 = 3 * 365;

/// Certify an issuer or a provider
///
/// An issuer registrar certifies issuers, and says which data registrars they may bind their cards to (--data-registrar,
/// one to four roots). A data registrar certifies providers, and says which AIDs they may use (--prefix, one to eight).
/// The same request with the same terms gets the same certificate again. A refusal is signed and kept.
///
/// With --succeeds the party becomes the successor of one that is gone for good: an issuer may then take over that one's
/// cards, a provider may help to delete that one's applications, and neither may do anything else with that certificate.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon registrar certify alpenbank/request.cvr --registrar cardreg --data-registrar datareg/certificate.cvc --output alpenbank.cvc
  symbolon registrar certify notiz/request.cvr --registrar datareg --prefix F04E4F5445 --output notiz.cvc
  symbolon registrar certify neubank/request.cvr --registrar cardreg --data-registrar datareg/certificate.cvc --succeeds CHALPENBK --output rescue.cvc")]
pub struct Certify {
    /// The party's request
    pub request: PathBuf,
    /// The registrar's folder
    #[arg(long, value_name = "DIR")]
    pub registrar: PathBuf,
    /// File to write the certificate to
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    /// Root of a data registrar that the issuer may bind its cards to
    #[arg(long, value_name = "ROOT", conflicts_with = "prefix")]
    pub data_registrar: Vec<PathBuf>,
    /// AID prefix of 5 to 16 bytes that the provider may use
    #[arg(long, value_name = "AID")]
    pub prefix: Vec<Aid>,
    /// Name of a party that is gone, whose successor this one becomes
    #[arg(long, value_name = "NAME", conflicts_with_all = ["prefix", "modes"])]
    pub succeeds: Option<Mnemonic>,
    /// Ways to store that the party may take part in, 1 to 7; all unless given
    #[arg(long, value_name = "MODES", value_delimiter = ',', value_parser = clap::value_parser!(u8).range(1..=7))]
    pub modes: Vec<u8>,
    /// Last day; three years from now unless given
    #[arg(long, value_name = "DATE")]
    pub until: Option<Date>,
    /// Certify a new key of a party that is registered already
    #[arg(long)]
    pub renew: bool,
    #[command(flatten)]
    secret: PassphraseArguments,
}

#[derive(Serialize)]
struct Certified {
    certificate: Option<CertificateDescription>,
    written_to: String,
}

impl Certify {
    /// Does it.
    ///
    /// # Errors
    /// When the registrar refuses, or a file cannot be read or written.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let party = party::open(&self.registrar)?;
        let scope = self.scope(&party)?;
        let terms = Terms {
            request: &self.request,
            output: &self.output,
            scope,
            modes: &self.modes,
            until: self.until,
            renew: self.renew,
        };
        let passphrase = self.secret.passphrase(&self.registrar)?;
        certify("registrar certify", party, &passphrase, terms, context)
    }

    fn scope(&self, party: &Party) -> Result<Scope> {
        match (party.role(), self.succeeds) {
            (Role::IssuerRegistrar, successor) if !self.data_registrar.is_empty() => {
                let mut roots = Roots::new();
                let digest = |path: &PathBuf| {
                    let name = path.display().to_string();
                    let step = format!("read the root {name}");
                    let encoded = file::read(path, FILE_MAX).doing(&step)?;
                    roots.add(&name, &encoded).doing(step)
                };
                let roots = self.data_registrar.iter().map(digest).collect::<Result<_>>()?;
                Ok(match successor {
                    Some(predecessor) => Scope::SuccessorIssuer { predecessor, roots },
                    None => Scope::DataRegistrars(roots),
                })
            }
            (Role::DataRegistrar, Some(predecessor)) if self.data_registrar.is_empty() => {
                Ok(Scope::SuccessorProvider { predecessor })
            }
            (Role::DataRegistrar, None) if !self.prefix.is_empty() => {
                Ok(Scope::Prefixes(self.prefix.clone()))
            }
            (role, _) => {
                let missing = match role {
                    Role::IssuerRegistrar => {
                        "name the data registrars that the issuer may bind with --data-registrar"
                    }
                    Role::DataRegistrar => "name the AIDs that the provider may use with --prefix",
                    _ => "name the folder of a registrar with --registrar",
                };
                Err(Failure::usage(
                    "say what to certify",
                    format!("{} is {}: {missing}", party.name(), party::with_article(role)),
                    "Run \"symbolon registrar certify --help\" for an example of each.",
                ))
            }
        }
    }
}

/// What a registrar is asked to certify.
pub(super) struct Terms<'a> {
    /// File with the party's request.
    pub(super) request: &'a Path,
    /// File for the certificate.
    pub(super) output: &'a Path,
    /// What the party becomes.
    pub(super) scope: Scope,
    /// Ways to store; none: all that it can have.
    pub(super) modes: &'a [u8],
    /// Last day.
    pub(super) until: Option<Date>,
    /// Whether another key may take the place of the one before.
    pub(super) renew: bool,
}

/// Has a registrar certify a party.
pub(super) fn certify(
    command: &'static str,
    party: Party,
    passphrase: &Passphrase,
    terms: Terms<'_>,
    context: &Context,
) -> Result<Outcome> {
    let registrar = party::name(&party);
    let step = format!("certify {}", terms.request.display());
    kind::spare(&step, terms.output, Some(Kind::Certificate))?;
    let request = file::read(terms.request, FILE_MAX)
        .doing(&step)
        .map_err(|failure| Kind::Request.explain_other(terms.request, failure))?;
    CertificateRequest::parse(&request).map_err(|error| {
        let failure = Failure::usage(
            &step,
            format!("{}: {error}", terms.request.display()),
            "Get it again from where it came.",
        );
        Kind::Request.explain(terms.request, failure)
    })?;
    let modes = terms.modes.iter().filter_map(|mode| Mode::from_code(*mode));
    let grant = Grant {
        rights: if terms.modes.is_empty() {
            terms.scope.rights()
        } else {
            modes.fold(Rights::NONE, Rights::with)
        },
        effective: context.today,
        expiration: terms.until.unwrap_or_else(|| context.today.add_days(DAYS)),
        scope: terms.scope,
    };
    let office = party
        .registrar(passphrase)
        .doing(format!("open the key of {registrar}"))?;
    let decision = if context.dry_run {
        office.registrar().certify(&request, &grant, 1, context.today)
    } else {
        office.certify(&request, &grant, terms.renew, context.today)
    };
    let certificate = match decision.doing(&step)? {
        Decision::Granted(certificate) => certificate,
        Decision::Refused(no) => return Err(refusal(step, registrar, &no)),
    };
    if !context.dry_run {
        file::write(terms.output, &certificate, 0o644, Existing::Replace).doing("write the certificate")?;
    }
    let root_ends = office
        .registrar()
        .newest()
        .view()
        .doing("read the root")?
        .expiration;
    if grant.expiration > root_ends {
        context.output.note(&format!(
            "The certificate is good until {root_ends} only, when the root of {registrar} ends: \"symbolon registrar rollover\" makes a later one."
        ));
    }
    let certified = Certified {
        certificate: describe::certificate(&certificate),
        written_to: terms.output.display().to_string(),
    };
    Ok(Outcome::new(command, &certified))
}

impl Show for Certified {
    fn show(&self, page: &mut Page) {
        page.done(format!("The certificate is in {}.", self.written_to));
        if let Some(certificate) = &self.certificate {
            describe::show_certificate(certificate, page, "Certificate");
        }
    }
}
