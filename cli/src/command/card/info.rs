//! `symbolon card info`

use apdu_spec::file::LifeCycle;
use clap::Args;
use host::card::CardDescription;
use parties::crypto::sha256;
use parties::party::CertificateDescription;
use serde::Serialize;

use super::ShownPin;
use crate::card::CardArguments;
use crate::context::Context;
use crate::describe::{self, ShownParty, list, policy_modes, short};
use crate::failure::Result;
use crate::output::{Outcome, Show};
use crate::page::Page;

/// Tell everything a card says about itself
///
/// Needs no PIN and changes nothing. What the card says is not proven by this: "approval verify" checks signatures.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon card info --card card.img
  symbolon card info --reader \"Virtual PCD 00\" --json")]
pub struct Info {
    #[command(flatten)]
    card: CardArguments,
}

#[derive(Serialize)]
struct CardInfo {
    card: Option<String>,
    serial_number: String,
    life_cycle: &'static str,
    wire_format: String,
    platform_version: String,
    damaged: bool,
    date: String,
    content_policy: Vec<u8>,
    content_counter: u32,
    receipts: u32,
    requests_used: u32,
    free_bytes: u32,
    objects_max: u16,
    longest_command: u16,
    longest_reply: u16,
    user_pin: Option<ShownPin>,
    consent_pin: Option<ShownPin>,
    issuer_registrar: Option<CertificateDescription>,
    data_registrar: Option<CertificateDescription>,
    issuer: Option<CertificateDescription>,
    registration: Option<CertificateDescription>,
    applications: Vec<ShownApplication>,
    open_requests: Vec<ShownRequest>,
}

#[derive(Serialize)]
struct ShownApplication {
    aid: String,
    label: String,
    version: u32,
    package: String,
    provider: ShownParty,
}

#[derive(Serialize)]
struct ShownRequest {
    number: u32,
    mode: u8,
    operation: &'static str,
    aid: String,
    state: &'static str,
    next_block: u16,
}

impl Info {
    /// Does it.
    ///
    /// # Errors
    /// When the card cannot be reached or does not answer.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let mut card = self.card.open(context)?;
        let mut session = card.begin()?;
        let status = session.status()?;
        let info = if status.damaged {
            CardInfo::damaged(&status)
        } else {
            let description = session.description()?;
            let point = session
                .public_key(apdu_spec::reference::KeyReference::Registration)
                .ok();
            CardInfo::new(&description, point.map(|point| hex::encode(sha256(&point))))
        };
        Ok(Outcome::new("card info", &info))
    }
}

impl CardInfo {
    /// What a damaged card tells.
    fn damaged(status: &apdu_spec::data::CardStatus) -> Self {
        Self {
            card: None,
            serial_number: hex::encode_upper(status.serial_number),
            life_cycle: life_cycle(status.life_cycle),
            wire_format: version(status.wire_format),
            platform_version: version(status.platform_version),
            damaged: status.damaged,
            date: status.date.to_string(),
            content_policy: policy_modes(status.content_policy),
            content_counter: status.content_counter,
            receipts: status.receipts_written,
            requests_used: status.requests_used,
            free_bytes: status.free_bytes,
            objects_max: 0,
            longest_command: 0,
            longest_reply: 0,
            user_pin: None,
            consent_pin: None,
            issuer_registrar: None,
            data_registrar: None,
            issuer: None,
            registration: None,
            applications: vec![],
            open_requests: vec![],
        }
    }

    fn new(description: &CardDescription, card: Option<String>) -> Self {
        let certificate = |encoded: &Option<Vec<u8>>| encoded.as_deref().and_then(describe::certificate);
        let application = |entry: &host::card::Application| ShownApplication {
            aid: entry.aid.to_string(),
            label: entry.label.clone(),
            version: entry.version,
            package: hex::encode(entry.package),
            provider: (&entry.provider).into(),
        };
        let request = |entry: &apdu_spec::data::RequestEntry| ShownRequest {
            number: entry.number,
            mode: entry.mode.code(),
            operation: entry.operation.name(),
            aid: entry.aid.to_string(),
            state: entry.state.name(),
            next_block: entry.next_block,
        };
        Self {
            card,
            objects_max: description.information.objects,
            longest_command: description.information.command_length,
            longest_reply: description.information.reply_length,
            user_pin: description.user_pin.map(Into::into),
            consent_pin: description.consent_pin.map(Into::into),
            issuer_registrar: certificate(&description.issuer_registrar),
            data_registrar: certificate(&description.data_registrar),
            issuer: certificate(&description.issuer),
            registration: certificate(&description.registration),
            applications: description
                .applications
                .iter()
                .flatten()
                .map(application)
                .collect(),
            open_requests: description.requests.iter().map(request).collect(),
            ..Self::damaged(&description.status)
        }
    }
}

const fn life_cycle(state: LifeCycle) -> &'static str {
    match state {
        LifeCycle::Initialisation => "initialisation",
        LifeCycle::Operational => "operational",
        LifeCycle::Deactivated => "deactivated",
        LifeCycle::Terminated => "terminated",
    }
}

fn version(number: u16) -> String {
    let [major, minor] = number.to_be_bytes();
    format!("{major}.{minor}")
}

impl Show for CardInfo {
    fn show(&self, page: &mut Page) {
        page.heading(format!("Card {}", self.serial_number));
        if self.damaged {
            page.field("state", "damaged: nothing it holds can be trusted");
            return;
        }
        page.field("state", self.life_cycle);
        page.optional("identity", self.card.as_deref());
        page.field(
            "platform",
            format!("{}, wire format {}", self.platform_version, self.wire_format),
        );
        page.field("date", &self.date);
        page.field("content policy", format!("modes {}", list(&self.content_policy)));
        page.field("free", format!("{} bytes", self.free_bytes));
        page.field("receipts", self.receipts.to_string());
        page.optional("user PIN", self.user_pin.as_ref().map(ShownPin::words));
        page.optional("consent PIN", self.consent_pin.as_ref().map(ShownPin::words));
        let certificate =
            |certificate: &Option<CertificateDescription>| certificate.as_ref().map(describe::line);
        page.optional("issuer registrar", certificate(&self.issuer_registrar));
        page.optional("data registrar", certificate(&self.data_registrar));
        page.optional("issuer", certificate(&self.issuer));
        page.optional("registered as", certificate(&self.registration));
        page.heading("Applications");
        let row = |entry: &ShownApplication| {
            vec![
                entry.aid.clone(),
                entry.version.to_string(),
                entry.label.clone(),
                entry.provider.name.clone(),
                short(&entry.package),
            ]
        };
        let rows = self.applications.iter().map(row).collect();
        page.table(
            &["AID", "version", "label", "provider", "package digest"],
            rows,
            "  none",
        );
        if !self.open_requests.is_empty() {
            page.heading("Open requests");
            let row = |entry: &ShownRequest| {
                let state = match entry.state {
                    "loading" => format!("loading, block {} next", entry.next_block),
                    state => state.to_owned(),
                };
                vec![
                    entry.number.to_string(),
                    entry.operation.to_owned(),
                    entry.aid.clone(),
                    state,
                ]
            };
            page.table(
                &["number", "operation", "AID", "state"],
                self.open_requests.iter().map(row).collect(),
                "",
            );
        }
    }
}
