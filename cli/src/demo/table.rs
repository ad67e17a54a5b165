//! One card and everybody who has to do with it at one table: they agree, the card does it, all of them keep the receipt.

use apdu_spec::certificate::{CardExtension, Certificate, Extension, KeyOrigin, Policy};
use apdu_spec::command::Command;
use apdu_spec::data;
use apdu_spec::date::Date;
use apdu_spec::object::{Mode, Operation, Receipt, Sdi};
use parties::approval::Approval;
use parties::certificate::Roots;
use parties::chain::{Chain, verify_chain};
use parties::crypto::{Digest, random};
use parties::database::Database;
use parties::issuer::CardTerms;
use parties::office::{CertifierOffice, IssuerOffice, Manner, ProviderOffice, check_head};
use parties::receipt::ReceiptAnswer;

use super::report::{CardReport, Content, Report};
use super::stage::Stage;
use crate::scene::evidence::Evidence;
use crate::scene::steps::{self, done};
use crate::scene::wares::Ware;
use crate::scene::world::card_digest;
use crate::scene::{Result, SceneError, Shared, granted};

/// A registered card and its parties.
pub(super) struct Table {
    pub(super) issuer: IssuerOffice<Shared>,
    pub(super) providers: Vec<ProviderOffice<Shared>>,
    pub(super) certifier: CertifierOffice<Shared>,
    /// Every RC that the card had with the IRC it is under, in their order.
    pub(super) cards: Vec<(Vec<u8>, Vec<u8>)>,
    /// Every receipt that it has written.
    pub(super) receipts: Vec<Vec<u8>>,
    /// The card's name.
    pub(super) card: Digest,
    pub(super) today: Date,
}

/// What an operation is: in which mode, what, of which of the providers, and how issuer and provider agree to it.
#[derive(Clone, Copy)]
pub(super) struct Deed<'a> {
    pub(super) mode: Mode,
    pub(super) operation: Operation,
    pub(super) ware: &'a Ware,
    pub(super) provider: usize,
    pub(super) manner: Manner,
}

/// What an issuer puts into a card's certificate in this story.
pub(super) fn terms(policy: Policy, key_origin: KeyOrigin, data_root: Digest, today: Date) -> CardTerms {
    CardTerms {
        policy,
        key_origin,
        data_root,
        user_information: steps::user_information(),
        effective: today,
        expiration: today.add_days(5 * 365),
    }
}

/// The issuer's answer to a card that asks to be registered: RC.
pub(super) fn certificate(
    stage: &mut dyn Stage,
    issuer: &IssuerOffice<Shared>,
    terms: &CardTerms,
    today: Date,
) -> Result<Vec<u8>> {
    let nonce = random::<16>()?;
    let request = done(
        stage,
        "request registration",
        &Command::RequestRegistration { nonce },
    )?;
    granted(issuer.register(&request, &nonce, terms, today)?.decision)
}

impl Table {
    /// The card's present RC.
    pub(super) fn rc(&self) -> &[u8] {
        self.cards.last().map(|(rc, _)| rc.as_slice()).unwrap_or_default()
    }

    fn irc(&self) -> &[u8] {
        self.cards
            .last()
            .map(|(_, irc)| irc.as_slice())
            .unwrap_or_default()
    }

    fn provider(&self, index: usize) -> Result<&ProviderOffice<Shared>> {
        self.providers
            .get(index)
            .ok_or_else(|| SceneError::Coding("no such provider".into()))
    }

    /// Storing data for a provider's package, good for a month.
    pub(super) fn sdi(&self, deed: &Deed<'_>) -> Result<Sdi> {
        let provider = self.provider(deed.provider)?.provider().identity()?;
        Ok(deed.ware.sdi(deed.operation, provider, self.today.add_days(30)))
    }

    /// Everybody whom the mode demands signs the card's request, by their own policy.
    pub(super) fn agree(&self, request: &[u8], deed: &Deed<'_>) -> Result<Evidence> {
        let (today, manner) = (self.today, deed.manner);
        let mut approval = Approval::new(request, self.rc(), self.irc())?;
        let provider = self.provider(deed.provider)?;
        match deed.mode {
            Mode::ViaIssuer => {
                granted(self.issuer.sign(&mut approval, manner, today)?.decision)?;
                granted(provider.sign(&mut approval, manner, today)?.decision)?;
            }
            Mode::ViaProvider => {
                granted(provider.sign(&mut approval, manner, today)?.decision)?;
                granted(self.issuer.sign(&mut approval, manner, today)?.decision)?;
            }
            _ => {
                granted(provider.sign(&mut approval, manner, today)?.decision)?;
            }
        }
        if deed.mode == Mode::RegistrarCertified {
            let package = deed.ware.package();
            granted(self.certifier.sign(&mut approval, package, today)?.decision)?;
        }
        let first = approval
            .first()
            .ok_or_else(|| SceneError::Refused("a signature is missing".into()))?;
        Ok(Evidence {
            number: steps::read_request(request)?.number,
            certificates: approval.certificates().map(<[u8]>::to_vec).collect(),
            first: first.to_vec(),
            second: approval.second().map(<[u8]>::to_vec),
        })
    }

    /// From the holder's consent to the receipt, which everybody concerned keeps.
    pub(super) fn carry_out(
        &mut self,
        stage: &mut dyn Stage,
        deed: &Deed<'_>,
        report: &mut Report,
    ) -> Result<Receipt> {
        let sdi = self.sdi(deed)?;
        self.carry_out_as(stage, deed, &sdi, report)
    }

    /// As [`Self::carry_out`], for storing data of their own making.
    pub(super) fn carry_out_as(
        &mut self,
        stage: &mut dyn Stage,
        deed: &Deed<'_>,
        sdi: &Sdi,
        report: &mut Report,
    ) -> Result<Receipt> {
        if matches!(deed.operation, Operation::Store | Operation::Replace) {
            self.provider(deed.provider)?
                .add_package(deed.ware.package(), self.today)?;
        }
        let receipt = steps::storing(stage, deed.mode, sdi, deed.ware, |request| {
            self.agree(request, deed)
        })?;
        report.done(deed.mode.code(), name(deed.operation));
        self.accept(stage, receipt, Some(deed.provider), report)
    }

    /// Everybody concerned verifies a receipt and keeps it; then the card need not.
    pub(super) fn accept(
        &mut self,
        stage: &mut dyn Stage,
        receipt: Vec<u8>,
        provider: Option<usize>,
        report: &mut Report,
    ) -> Result<Receipt> {
        let read = steps::read_receipt(&receipt)?;
        let recorded = |answer: ReceiptAnswer| matches!(answer, ReceiptAnswer::Recorded { .. });
        let issuer = recorded(self.issuer.record_receipt(&receipt, self.today)?);
        report.check("the issuer verifies the card's receipt and records it", issuer);
        if let Some(provider) = provider {
            let provider = self.provider(provider)?;
            if provider.database().card(&self.card)?.is_empty() {
                report.say(
                    "The provider, who certified for every card, does not know this one and is told nothing.",
                );
            } else {
                let provider = recorded(provider.record_receipt(&receipt, self.today)?);
                report.check(
                    "the provider verifies the card's receipt and records it",
                    provider,
                );
            }
        }
        steps::collect(stage, &receipt)?;
        self.receipts.push(receipt);
        Ok(read)
    }

    /// Issuer and providers give the card keys for their MACs.
    pub(super) fn share_keys(&self, stage: &mut dyn Stage) -> Result<()> {
        steps::share_key(stage, &self.issuer.share_key(self.rc(), self.today)?)?;
        for provider in &self.providers {
            steps::verify_certificate(stage, provider.provider().certificate().encoded())?;
            steps::share_key(stage, &provider.share_key(self.rc(), self.irc(), self.today)?)?;
        }
        Ok(())
    }

    /// Compares what the card says with what the parties' databases say.
    pub(super) fn compare(&self, stage: &mut dyn Stage, report: &mut Report) -> Result<()> {
        report.chapter(&format!("Card {}: everybody's books", report.card_name()));
        steps::verify_user(stage)?;
        let bytes = steps::get_data(stage, data::APPLICATIONS, &[])?;
        let mut content: Vec<Content> = data::applications(&bytes)?
            .map(|entry| Content {
                aid: entry.aid.to_string(),
                version: entry.version,
            })
            .collect();
        content.sort();
        let issuer_says = self.list(self.issuer.database(), false)?;
        let mut providers_say = Vec::new();
        for provider in &self.providers {
            providers_say.extend(self.list(provider.database(), true)?);
        }
        providers_say.sort();
        let agree = content == issuer_says && content == providers_say;
        report.say(format!("On the card: {}", show(&content)));
        report.say(format!("In the issuer's database: {}", show(&issuer_says)));
        report.say(format!("In the providers' databases: {}", show(&providers_say)));
        report.check("card, issuer and providers agree", agree);
        let name = report.card_name();
        report.cards.push(CardReport {
            card: hex::encode(self.card.get(..8).unwrap_or_default()),
            name,
            receipts: 0,
            content,
            issuer_says,
            providers_say,
            agree,
        });
        Ok(())
    }

    /// What a database says is on this card.
    fn list(&self, database: &Database, own: bool) -> Result<Vec<Content>> {
        let mut list: Vec<Content> = database
            .content(own)?
            .into_iter()
            .filter(|record| record.card == self.card)
            .map(|record| Content {
                aid: record.aid.to_string(),
                version: record.version,
            })
            .collect();
        list.sort();
        Ok(list)
    }

    /// Has the card prove which receipt is its newest, and verifies all of them as one chain up to that.
    pub(super) fn prove(&self, stage: &mut dyn Stage, roots: &Roots, report: &mut Report) -> Result<()> {
        let nonce = random::<16>()?;
        let head = steps::receipt_head(stage, nonce)?;
        let chain = Chain {
            receipts: &self.receipts,
            cards: &self.cards,
            head: Some((&head, nonce)),
        };
        let verified = verify_chain(&chain, roots, self.today)?;
        let whole = verified.gaps.is_empty() && verified.entries.len() == self.receipts.len();
        report.say(format!(
            "The card signs that receipt {} is its newest, over a nonce of the reader's.",
            self.receipts.len() - 1
        ));
        report.check(
            &format!(
                "all {} receipts are one chain, without a gap",
                self.receipts.len()
            ),
            whole,
        );
        report.check(
            "each is signed by the card, under certificates that its issuers gave it",
            verified.report.all_good(),
        );
        let known = check_head(self.issuer.database(), &head, &nonce)?;
        report.check(
            "the issuer's own database ends with the same receipt",
            known.newest_known,
        );
        let waiting = steps::status(stage)?.receipts_uncollected;
        report.check("the card has nothing left that was not collected", waiting == 0);
        if let Some(card) = report.cards.last_mut() {
            card.receipts = u32::try_from(verified.entries.len()).unwrap_or(u32::MAX);
        }
        Ok(())
    }

    /// The card was registered again: what follows is under this certificate.
    pub(super) fn renewed(&mut self, rc: Vec<u8>, irc: &[u8]) {
        self.cards.push((rc, irc.to_vec()));
    }
}

/// A card's name from its RC.
pub(super) fn named(rc: &[u8]) -> Result<Digest> {
    card_digest(rc)
}

/// What the card's certificate says it allows.
pub(super) fn policy(rc: &[u8]) -> Result<Policy> {
    Ok(extension(rc)?.policy)
}

/// The first root of the data registrar that the card is bound to.
pub(super) fn data_root(rc: &[u8]) -> Result<Digest> {
    Ok(*extension(rc)?.data_root)
}

fn extension(rc: &[u8]) -> Result<CardExtension<'_>> {
    match Certificate::parse(rc)?.extension {
        Extension::Card(card) => Ok(card),
        _ => Err(SceneError::Coding("not a card's certificate".into())),
    }
}

/// Wrong PINs until there is no try left.
pub(super) fn block_user_pin(stage: &mut dyn Stage) -> Result<()> {
    let command = Command::Verify {
        reference: apdu_spec::reference::PinReference::User,
        pin: Some(b"0815"),
    };
    let command = steps::encode(&command)?;
    for _ in 0..4 {
        steps::exchange(stage, &command)?;
    }
    Ok(())
}

const fn name(operation: Operation) -> &'static str {
    match operation {
        Operation::Store => "store",
        Operation::Replace => "replace",
        Operation::Delete => "delete",
        Operation::LowerFloor => "lower floor",
    }
}

pub(super) fn show(list: &[Content]) -> String {
    if list.is_empty() {
        return "nothing".into();
    }
    list.iter()
        .map(|entry| format!("{} version {}", entry.aid, entry.version))
        .collect::<Vec<_>>()
        .join(", ")
}
