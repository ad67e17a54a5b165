//! `symbolon card info`

use apdu_spec::file::LifeCycle;
use apdu_spec::object::{RevocationList, Signed};
use clap::Args;
use host::card::{CardDescription, Floor, Listed};
use parties::crypto::sha256;
use parties::evidence::comparison;
use parties::party::CertificateDescription;
use serde::Serialize;

use super::{LookArguments, ShownPin};
use crate::card::CardArguments;
use crate::context::Context;
use crate::describe::{self, ShownParty, list, policy_modes, short};
use crate::failure::Result;
use crate::output::{Outcome, Show};
use crate::page::Page;

/// Tell everything a card says about itself
///
/// Changes nothing. To everybody the card tells the labels of its applications; whose they are, their versions and its
/// version floors it shows after the user PIN (--pin user). What the card says is not proven by this: "approval verify"
/// checks signatures, and "card prove-receipts" has the card sign.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon card info --card card.img
  symbolon card info --card card.img --pin user
  symbolon card info --reader \"Virtual PCD 00\" --json")]
pub struct Info {
    #[command(flatten)]
    card: CardArguments,
    #[command(flatten)]
    look: LookArguments,
}

/// Said where the card keeps something to itself.
pub(super) const HIDDEN: &str = "  Versions, providers and version floors are hidden: --pin user shows them.";

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
    receipts_uncollected: u8,
    key_origin: &'static str,
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
    /// Newer roots of the registrars.
    links: Vec<CertificateDescription>,
    revocation_lists: Vec<ShownList>,
    /// Whether the card did not tell whose the applications are.
    hidden: bool,
    applications: Vec<ShownApplication>,
    floors: Option<Vec<ShownFloor>>,
    open_requests: Vec<ShownRequest>,
}

#[derive(Serialize)]
struct ShownList {
    registrar: &'static str,
    number: u32,
    date: String,
    revoked: Vec<String>,
}

#[derive(Serialize)]
struct ShownFloor {
    aid: String,
    version: u32,
    package: Option<String>,
    provider: ShownParty,
}

#[derive(Serialize)]
struct ShownApplication {
    aid: String,
    label: String,
    deactivated: bool,
    version: Option<u32>,
    package: Option<String>,
    provider: Option<ShownParty>,
}

#[derive(Serialize)]
struct ShownRequest {
    number: u32,
    comparison_code: String,
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
        let pin = self.look.pin()?;
        let mut card = self.card.open(context)?;
        let mut session = card.begin()?;
        let status = session.status()?;
        let info = if status.damaged {
            CardInfo::damaged(&status)
        } else {
            self.look.verify(&mut session, pin.as_ref())?;
            let description = session.description()?;
            let point = session
                .public_key(apdu_spec::reference::KeyReference::Registration)
                .ok();
            let requests = description.requests.iter();
            let requests = requests.map(|entry| Ok(comparison(&session.storing_request(entry.number)?)));
            let codes = requests.collect::<Result<Vec<_>>>()?;
            let identity = point.map(|point| hex::encode(sha256(&point)));
            CardInfo::new(&description, &codes, identity)
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
            receipts_uncollected: status.receipts_uncollected,
            key_origin: status.key_origin.name(),
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
            links: vec![],
            revocation_lists: vec![],
            hidden: false,
            applications: vec![],
            floors: None,
            open_requests: vec![],
        }
    }

    fn new(description: &CardDescription, codes: &[String], card: Option<String>) -> Self {
        let certificate = |encoded: &Option<Vec<u8>>| encoded.as_deref().and_then(describe::certificate);
        let request = |(entry, code): (&apdu_spec::data::RequestEntry, &String)| ShownRequest {
            number: entry.number,
            comparison_code: code.clone(),
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
            links: description
                .links
                .iter()
                .filter_map(|link| describe::certificate(link))
                .collect(),
            revocation_lists: description
                .revocation_lists
                .iter()
                .filter_map(|list| shown_list(list))
                .collect(),
            hidden: description.applications.is_none() && !description.directory.is_empty(),
            applications: applications(description),
            floors: description
                .floors
                .as_ref()
                .map(|floors| floors.iter().map(ShownFloor::from).collect()),
            open_requests: description.requests.iter().zip(codes).map(request).collect(),
            ..Self::damaged(&description.status)
        }
    }
}

/// Everything that is known of each application: what EF.DIR tells, and what the card shows us besides.
fn applications(description: &CardDescription) -> Vec<ShownApplication> {
    let shown = |listed: &Listed| {
        let known = description.applications.iter().flatten();
        let known = known.clone().find(|application| application.aid == listed.aid);
        ShownApplication {
            aid: listed.aid.to_string(),
            label: listed.label.clone(),
            deactivated: listed.deactivated,
            version: known.map(|application| application.version),
            package: known.map(|application| hex::encode(application.package)),
            provider: known.map(|application| (&application.provider).into()),
        }
    };
    description.directory.iter().map(shown).collect()
}

fn shown_list(encoded: &[u8]) -> Option<ShownList> {
    let signed = Signed::parse(encoded).ok()?;
    let list: RevocationList<'_> = signed.read().ok()?;
    Some(ShownList {
        registrar: list.header.role.name(),
        number: list.number,
        date: list.date.to_string(),
        revoked: list.revoked().map(hex::encode).collect(),
    })
}

impl From<&Floor> for ShownFloor {
    fn from(floor: &Floor) -> Self {
        Self {
            aid: floor.aid.to_string(),
            version: floor.version,
            package: floor.package.map(hex::encode),
            provider: (&floor.provider).into(),
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
            page.text("Have its issuer replace it. If it is an image that was copied, copy it again: the copy may be damaged alone.");
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
        page.field(
            "receipts",
            format!("{}, {} not collected", self.receipts, self.receipts_uncollected),
        );
        page.field("key origin", format!("made by the {}", self.key_origin));
        page.optional("user PIN", self.user_pin.as_ref().map(ShownPin::words));
        page.optional("consent PIN", self.consent_pin.as_ref().map(ShownPin::words));
        let certificate =
            |certificate: &Option<CertificateDescription>| certificate.as_ref().map(describe::line);
        page.optional("issuer registrar", certificate(&self.issuer_registrar));
        page.optional("data registrar", certificate(&self.data_registrar));
        page.optional("issuer", certificate(&self.issuer));
        page.optional("registered as", certificate(&self.registration));
        for link in &self.links {
            page.field("newer root", describe::line(link));
        }
        for list in &self.revocation_lists {
            let ShownList {
                registrar,
                number,
                date,
                revoked,
            } = list;
            let count = match revoked.len() {
                1 => "1 certificate".to_owned(),
                count => format!("{count} certificates"),
            };
            page.field(
                "revocation list",
                format!("{registrar}, number {number} of {date}, {count}"),
            );
        }
        self.show_applications(page);
        self.show_requests(page);
    }
}

impl CardInfo {
    fn show_applications(&self, page: &mut Page) {
        page.heading("Applications");
        let row = |entry: &ShownApplication| {
            let state = if entry.deactivated { "deactivated" } else { "" };
            let provider = entry.provider.as_ref().map(|provider| provider.name.clone());
            vec![
                entry.aid.clone(),
                entry
                    .version
                    .map(|version| version.to_string())
                    .unwrap_or_default(),
                entry.label.clone(),
                provider.unwrap_or_default(),
                entry.package.as_deref().map(short).unwrap_or_default(),
                state.to_owned(),
            ]
        };
        let rows = self.applications.iter().map(row).collect();
        page.table(
            &["AID", "version", "label", "provider", "package digest", "state"],
            rows,
            "  none",
        );
        if self.hidden {
            page.text(HIDDEN);
        }
        if let Some(floors) = self.floors.as_ref().filter(|floors| !floors.is_empty()) {
            page.heading("Version floors");
            let row = |floor: &ShownFloor| {
                let package = floor.package.as_deref().map(short);
                vec![
                    floor.aid.clone(),
                    floor.version.to_string(),
                    floor.provider.name.clone(),
                    package.unwrap_or_else(|| "none: lowered".into()),
                ]
            };
            page.table(
                &["AID", "floor", "provider", "package digest"],
                floors.iter().map(row).collect(),
                "",
            );
        }
    }

    fn show_requests(&self, page: &mut Page) {
        if !self.open_requests.is_empty() {
            page.heading("Open requests");
            let row = |entry: &ShownRequest| {
                let state = match entry.state {
                    "loading" => format!("loading, block {} next", entry.next_block),
                    state => state.to_owned(),
                };
                vec![
                    entry.number.to_string(),
                    entry.comparison_code.clone(),
                    entry.mode.to_string(),
                    entry.operation.to_owned(),
                    entry.aid.clone(),
                    state,
                ]
            };
            page.table(
                &["number", "comparison code", "mode", "operation", "AID", "state"],
                self.open_requests.iter().map(row).collect(),
                "",
            );
        }
    }
}
