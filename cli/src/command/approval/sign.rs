//! `symbolon approval sign`

use std::path::PathBuf;

use apdu_spec::certificate::{Certificate, Mnemonic, Role};
use clap::Args;
use parties::approval::{Approval, Status};
use parties::decision::Decision;
use parties::evidence::slots;
use parties::file::Existing;
use parties::office::{Answer, Manner};
use parties::package::Package;
use parties::party::Party;
use serde::Serialize;

use super::show::check_package;
use crate::context::Context;
use crate::failure::{Doing, Failure, Result, refusal};
use crate::kind;
use crate::output::{Outcome, Show};
use crate::page::Page;
use crate::party::{self, Office, Opening};
use crate::secret::PassphraseArguments;

/// Sign as the card's issuer, as the package's provider or as the data certifier
///
/// The party checks the request against what it knows, keeps its decision in its database, and only then writes its
/// signature into the file. If it has a reason to refuse, the file gets a signed refusal instead and the exit code is 1. The
/// same request gets the same signature again, however often it is asked. "approval status" tells whose turn it is. With
/// --mac issuer and provider authenticate by a MAC under the key they share with the card ("share-key"), where its policy
/// allows that: the card has less to do, and nobody else can check it.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon approval sign store-notes.json --party alpenbank
  symbolon approval sign store-notes.json --party notiz --code 7GX2-M4QD
  symbolon approval sign store-notes.json --party notiz --mac
  symbolon approval sign store-notes.json --party certifier --package notes.pkg")]
pub struct Sign {
    /// The approval file
    pub approval: PathBuf,
    /// The folder of the issuer, provider or data certifier that signs
    #[arg(long, value_name = "DIR")]
    pub party: PathBuf,
    /// The comparison code that the holder sees: sign nothing else
    #[arg(long, value_name = "CODE")]
    pub code: Option<String>,
    /// The package: a data certifier signs only for what it has seen
    #[arg(long, value_name = "FILE")]
    pub package: Option<PathBuf>,
    /// By a MAC instead of a signature
    #[arg(long)]
    pub mac: bool,
    /// As the successor of this party, which is gone
    #[arg(long, value_name = "NAME", conflicts_with = "mac")]
    pub successor_of: Option<Mnemonic>,
    #[command(flatten)]
    secret: PassphraseArguments,
}

#[derive(Serialize)]
struct Signed {
    party: String,
    repeated: bool,
    warnings: Vec<String>,
    #[serde(flatten)]
    status: Status,
}

impl Sign {
    /// Does it.
    ///
    /// # Errors
    /// When the party refuses or cannot decide.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let mut approval = super::read(&self.approval)?;
        super::check_code(&approval, self.code.as_deref())?;
        let party = party::open(&self.party)?;
        let name = party::name(&party);
        let step = format!("sign {} as {name}", self.approval.display());
        let role = party.role();
        self.check_turn(&approval, role, &step)?;
        self.check_issuer(&approval, &party, &step)?;
        super::before_consent(&super::status_of(&approval)?, "You are asked to agree", context);
        let package = self.package(&approval, role)?;
        let opening = Opening {
            successor_of: self.successor_of.as_ref(),
            // The first time it would be made.
            master_key: self.mac && !context.dry_run,
        };
        let office = Office::open(party, &self.secret.passphrase(&self.party)?, opening)?;
        let manner = if self.mac { Manner::Mac } else { Manner::Signature };
        let answer = if context.dry_run {
            let decision = office.judge(&approval, package.as_ref(), context);
            decision.map(|decision| Answer {
                decision,
                repeated: false,
                warnings: vec![],
            })
        } else {
            office.sign(&mut approval, manner, package.as_ref(), context)
        };
        let Answer {
            decision,
            repeated,
            warnings,
        } = answer.doing(&step).map_err(|failure| failure.by(&name))?;
        if !context.dry_run {
            approval
                .write(&self.approval, Existing::Replace)
                .doing("write the approval file")?;
        }
        if let Decision::Refused(no) = &decision {
            return Err(refusal(step, name, no));
        }
        let status = super::status_of(&approval)?;
        Ok(Outcome::new(
            "approval sign",
            &Signed {
                party: name,
                repeated,
                warnings,
                status,
            },
        ))
    }

    /// Whoever signs second signs over what the first one signed.
    fn check_turn(&self, approval: &Approval, role: Role, step: &str) -> Result<()> {
        let mode = approval.storing_request().doing(step)?.header.mode;
        let slots = slots(mode);
        let Some(place) = slots.iter().position(|slot| slot.role == role) else {
            let who: Vec<&str> = slots.iter().map(|slot| slot.role.name()).collect();
            return Err(Failure::usage(
                step,
                format!("in mode {} the {role} has nothing to sign", mode.code()),
                format!("Ask the {}.", who.join(", then the ")),
            ));
        };
        if let Some(missing) = slots
            .get(approval.evidence().count())
            .filter(|_| place > approval.evidence().count())
        {
            let first = missing.role;
            return Err(Failure::usage(
                step,
                format!("the {first} has not signed yet"),
                format!("Ask the {first} to sign first."),
            ));
        }
        Ok(())
    }

    /// Another issuer has no say about this card, not even to refuse.
    fn check_issuer(&self, approval: &Approval, party: &Party, step: &str) -> Result<()> {
        let of_card = Certificate::parse(approval.issuer_certificate()).map(|irc| irc.holder.identity());
        match of_card {
            Ok(of_card) if party.role() == Role::Issuer && of_card != party.name() => Err(Failure::usage(
                step,
                format!("the card's issuer is {of_card}, not {}", party.name()),
                format!("Name the folder of {of_card}, or ask it to sign."),
            )),
            _ => Ok(()),
        }
    }

    fn package(&self, approval: &Approval, role: Role) -> Result<Option<Package>> {
        let Some(path) = &self.package else {
            if role == Role::DataCertifier {
                return Err(Failure::usage(
                    "look at the package",
                    "a data certifier signs only for a package it has seen",
                    "Give --package FILE.",
                ));
            }
            return Ok(None);
        };
        let package = kind::package(path)?;
        check_package(&super::status_of(approval)?, &package)?;
        Ok(Some(package))
    }
}

impl Show for Signed {
    fn show(&self, page: &mut Page) {
        let before = if self.repeated {
            " (it had signed before)"
        } else {
            ""
        };
        page.done(format!("The {} signed{before}.", self.party));
        super::show_request(&self.status, page);
        self.warnings
            .iter()
            .for_each(|warning| page.field("note", warning));
        page.text(super::next_words(&self.status));
    }
}
