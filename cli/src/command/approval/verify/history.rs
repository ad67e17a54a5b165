//! What there is of a card besides one approval: other receipts, certificates, and a receipt head.

use std::path::{Path, PathBuf};

use clap::Args;
use parties::approval::{Approval, FILE_MAX};
use parties::certificate::Roots;
use parties::chain::{Chain, ChainReport, verify_chain};
use parties::file;
use parties::receipt::{ReadHead, ReadReceipt};

use crate::command::card::prove_receipts::nonce;
use crate::context::Context;
use crate::failure::{Doing, Failure, Result};
use crate::party;

const STEP: &str = "verify the card's receipts";

/// Where the rest of the card's chain is.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct HistoryArguments {
    /// Check the receipt's place among these of the same card: receipts, folders of them ("card receipts --output"), other
    /// approval files
    #[arg(long, value_name = "PATH", num_args = 1..)]
    receipts: Vec<PathBuf>,
    /// Take in the receipts and certificates that this party keeps of the card
    #[arg(long, value_name = "DIR")]
    kept_by: Vec<PathBuf>,
    /// What the card signed of its newest receipt ("card prove-receipts --output")
    #[arg(long, value_name = "FILE", requires = "nonce")]
    head: Option<PathBuf>,
    /// The nonce over which it signed that, 32 hexadecimal digits
    #[arg(long, value_name = "HEX", value_parser = nonce, requires = "head")]
    nonce: Option<[u8; 16]>,
}

/// Everything that was named.
struct History {
    receipts: Vec<Vec<u8>>,
    cards: Vec<(Vec<u8>, Vec<u8>)>,
    roots: Roots,
}

impl HistoryArguments {
    /// Checks the chain that the approval's receipt is in; nothing if only the approval was named.
    ///
    /// # Errors
    /// When a file cannot be read, or a folder is no party's.
    pub(super) fn verify(
        &self,
        approval: &Approval,
        roots: &Roots,
        context: &Context,
    ) -> Result<Option<ChainReport>> {
        if self.receipts.is_empty() && self.kept_by.is_empty() && self.head.is_none() {
            return Ok(None);
        }
        let mut history = History {
            receipts: Vec::new(),
            cards: Vec::new(),
            roots: roots.clone(),
        };
        history.add_approval(approval);
        for path in &self.receipts {
            history.add_path(path)?;
        }
        let card = approval.storing_request().doing(STEP)?.card;
        for folder in &self.kept_by {
            let party = party::open(folder)?;
            let step = format!("read what {} keeps of the card", party::name(&party));
            for known in party.database().card(&card).doing(&step)? {
                history.add_card(&known.certificate, &known.issuer_certificate);
            }
            let receipts = party.database().receipts(&card).doing(&step)?;
            let objects = receipts.into_iter().map(|receipt| receipt.object);
            history.receipts.extend(objects);
        }
        let head = self.head.as_deref().map(read_head).transpose()?;
        let chain = Chain {
            receipts: &history.receipts,
            cards: &history.cards,
            head: head.as_deref().zip(self.nonce),
        };
        verify_chain(&chain, &history.roots, context.today)
            .doing(STEP)
            .map(Some)
    }
}

impl History {
    fn add_approval(&mut self, approval: &Approval) {
        self.add_card(approval.card_certificate(), approval.issuer_certificate());
        self.receipts.extend(approval.receipt().map(<[u8]>::to_vec));
        for link in approval.links() {
            // One that does not follow from what is trusted brings no trust; the approval's own report says so.
            let _ = self.roots.add_link("link certificate", link);
        }
    }

    fn add_card(&mut self, rc: &[u8], irc: &[u8]) {
        if !self.cards.iter().any(|(known, _)| known == rc) {
            self.cards.push((rc.to_vec(), irc.to_vec()));
        }
    }

    fn add_path(&mut self, path: &Path) -> Result<()> {
        if !path.is_dir() {
            return self.add_file(path);
        }
        let unreadable = |error: std::io::Error| Failure::file(STEP, path, &error);
        let mut files = Vec::new();
        for entry in std::fs::read_dir(path).map_err(unreadable)? {
            let file = entry.map_err(unreadable)?.path();
            if file.extension().is_some_and(|extension| extension == "f0") {
                files.push(file);
            }
        }
        if files.is_empty() {
            return Err(Failure::usage(
                STEP,
                format!("no receipt is in {}", path.display()),
                "Name a folder that \"symbolon card receipts --output\" wrote.",
            ));
        }
        files.sort();
        files.iter().try_for_each(|file| self.add_file(file))
    }

    fn add_file(&mut self, path: &Path) -> Result<()> {
        let step = format!("read {}", path.display());
        let bytes = file::read(path, FILE_MAX).doing(&step)?;
        // A receipt never begins as an approval file does.
        if bytes.trim_ascii_start().first() == Some(&b'{') {
            let approval = Approval::from_json(&path.display().to_string(), &bytes).doing(&step)?;
            self.add_approval(&approval);
        } else {
            ReadReceipt::parse(&bytes).doing(&step)?;
            self.receipts.push(bytes);
        }
        Ok(())
    }
}

fn read_head(path: &Path) -> Result<Vec<u8>> {
    let step = format!("read {}", path.display());
    let bytes = file::read(path, FILE_MAX).doing(&step)?;
    ReadHead::parse(&bytes).doing(&step)?;
    Ok(bytes)
}
