//! `symbolon approval show`

use std::path::PathBuf;

use clap::Args;
use parties::approval::Status;
use parties::package::Package;
use parties::party::CertificateDescription;
use serde::Serialize;

use crate::context::Context;
use crate::describe;
use crate::failure::{Failure, Result};
use crate::kind;
use crate::output::{self, Outcome};
use crate::page::Page;

/// Show what is asked for, and its comparison code
///
/// Whoever is asked to sign compares the code with the one that the holder sees: the same code means the same request.
/// With --package it is checked that this package is the one asked for. Signatures are not checked here: "approval
/// verify" does.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon approval show store-notes.json
  symbolon approval show store-notes.json --package notes.pkg")]
pub struct Show {
    /// The approval file
    pub approval: PathBuf,
    /// Check that this package is the one asked for
    #[arg(long, value_name = "FILE")]
    pub package: Option<PathBuf>,
}

#[derive(Serialize)]
struct ShownApproval {
    #[serde(flatten)]
    status: Status,
    label: Option<String>,
    card_certificate: Option<CertificateDescription>,
    issuer_certificate: Option<CertificateDescription>,
    provider_certificate: Option<CertificateDescription>,
    certifier_certificate: Option<CertificateDescription>,
}

impl Show {
    /// Does it.
    ///
    /// # Errors
    /// When the file is damaged, or another package is asked for.
    pub fn run(self, _context: &Context) -> Result<Outcome> {
        let approval = super::read(&self.approval)?;
        let status = super::status_of(&approval)?;
        let package = self
            .package
            .as_ref()
            .map(|path| kind::package(path))
            .transpose()?;
        if let Some(package) = &package {
            check_package(&status, package)?;
        }
        let shown = ShownApproval {
            label: package.map(|package| package.label().to_owned()),
            card_certificate: describe::certificate(approval.card_certificate()),
            issuer_certificate: describe::certificate(approval.issuer_certificate()),
            provider_certificate: approval.provider_certificate().and_then(describe::certificate),
            certifier_certificate: approval.certifier_certificate().and_then(describe::certificate),
            status,
        };
        Ok(Outcome::new("approval show", &shown))
    }
}

/// The package is the one asked for.
pub(super) fn check_package(status: &Status, package: &Package) -> Result<()> {
    let step = "compare the package with the approval";
    let digest = hex::encode(package.digests().package);
    match &status.package_digest {
        Some(wanted) if *wanted == digest => Ok(()),
        Some(wanted) => Err(Failure::usage(
            step,
            format!(
                "{} version {} with digest {} is asked for; this is {} version {} with digest {}",
                status.aid,
                status.version,
                describe::short(wanted),
                package.aid(),
                package.version(),
                describe::short(&digest)
            ),
            "Use exactly the package the request was opened for.",
        )),
        None => Err(Failure::usage(
            step,
            "this operation has no package",
            "Leave --package away.",
        )),
    }
}

impl output::Show for ShownApproval {
    fn show(&self, page: &mut Page) {
        page.heading(match self.status.operation {
            "lower floor" => "Request to lower a version floor".to_owned(),
            operation => format!("Request to {operation} an application"),
        });
        super::show_request(&self.status, page);
        page.optional("label", self.label.as_deref());
        for (label, certificate) in [
            ("card is", &self.card_certificate),
            ("issuer is", &self.issuer_certificate),
            ("provider is", &self.provider_certificate),
            ("data certifier is", &self.certifier_certificate),
        ] {
            page.optional(label, certificate.as_ref().map(describe::line));
        }
        page.text(super::next_words(&self.status));
    }
}
