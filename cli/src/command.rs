//! The commands, one file each: what may be typed, what it means, the call, the result.

pub mod approval;
pub mod card;
pub mod completion;
pub mod demo;
pub mod help;
pub mod issuer;
pub mod man;
pub mod package;
pub mod party;
pub mod provider;
pub mod registrar;
pub mod sim;
pub mod trace;

use clap::Subcommand;

use crate::context::Context;
use crate::failure::Result;
use crate::output::Outcome;

/// A command. One without words here describes itself.
#[derive(Subcommand, Debug)]
#[allow(
    missing_docs,
    reason = "a command describes itself, and clap would show these words instead"
)]
pub enum Command {
    /// Simulated cards in files
    #[command(subcommand)]
    Sim(sim::Sim),
    /// Look at a card, read and write its files, change its PINs
    #[command(subcommand)]
    Card(card::CardCommand),
    /// Registrars, issuers and providers: make them, certify them, say whom they trust
    #[command(subcommand)]
    Party(party::PartyCommand),
    /// What a registrar does: certify, revoke, change its key
    #[command(subcommand)]
    Registrar(registrar::RegistrarCommand),
    /// What an issuer does: personalize, register, renew, release and list cards
    #[command(subcommand)]
    Issuer(issuer::IssuerCommand),
    /// What a provider does: keep and certify packages, list who holds them
    #[command(subcommand)]
    Provider(provider::ProviderCommand),
    /// Build, show and check application packages
    #[command(subcommand)]
    Package(package::PackageCommand),
    /// Store, replace and delete applications by agreement: request, sign, sign, apply
    #[command(subcommand)]
    Approval(approval::ApprovalCommand),
    /// Explain what went over the wire
    #[command(subcommand)]
    Trace(trace::TraceCommand),
    Demo(demo::Demo),
    Completion(completion::Completion),
    Man(man::Man),
    Help(help::Help),
}

impl Command {
    /// Does it.
    ///
    /// # Errors
    /// Why it could not be done.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        match self {
            Self::Sim(command) => command.run(context),
            Self::Card(command) => command.run(context),
            Self::Party(command) => command.run(context),
            Self::Registrar(command) => command.run(context),
            Self::Issuer(command) => command.run(context),
            Self::Provider(command) => command.run(context),
            Self::Package(command) => command.run(context),
            Self::Approval(command) => command.run(context),
            Self::Trace(command) => command.run(context),
            Self::Demo(command) => command.run(context),
            Self::Completion(command) => command.run(),
            Self::Man(command) => command.run(context),
            Self::Help(command) => command.run(),
        }
    }
}

/// Names a group of commands, each with a `run` of its own. The words before a command are for who reads the source: its own
/// are what help shows, and clap would show these alone. A group in a group has `@group` and its words.
macro_rules! group {
    ($(#[$outer:meta])* $name:ident { $($(#[$inner:meta])* $(@group $about:literal)? $variant:ident($arguments:ty),)* }) => {
        $(#[$outer])*
        #[derive(Subcommand, Debug)]
        #[allow(missing_docs, reason = "each command describes itself")]
        pub enum $name {
            $($(#[command(subcommand, about = $about)])? $variant($arguments),)*
        }

        impl $name {
            /// Does it.
            ///
            /// # Errors
            /// Why it could not be done.
            pub fn run(self, context: &Context) -> Result<Outcome> {
                match self {
                    $(Self::$variant(command) => command.run(context),)*
                }
            }
        }
    };
}

pub(crate) use group;
