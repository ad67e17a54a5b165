//! The life of one card: registered, stored to in every way, released to another issuer.

use symbolon_apdu_spec::certificate::Role;
use symbolon_apdu_spec::object::{
    Authentication, Authorizers, CertifiedData, Consent, Digest, FLAG_KEY_MADE_BY_ISSUER, FLAG_MAC,
    FLAG_RESCUE, FirstAuthorization, Mode, NO_PREVIOUS, Operation, ProviderId, Receipt, ReceiptContent,
    ReceiptHead, ReceiptOperation, Refusal, RegistrarCertifiedData, Release, RevocationList, Sdi,
    SecondAuthorization, SharedKey,
};
use symbolon_apdu_spec::reason::Reason;

use super::shared_keys;
use super::story::{By, Party, Story, issuer, party, provider, sdi};
use super::world::{self, point, sha256};

fn certifier() -> Party {
    party(Role::DataCertifier, 7, world::certifier(), "data certifier")
}

/// Two parties authorize: SAR, then SA over it.
fn joint(story: &mut Story, name: &'static str, mode: Mode, sdi: Sdi, parties: [&Party; 2], flags: u8) {
    let request = story.request(name, mode, sdi);
    let names = [format!("SAR, {name}"), format!("SA, {name}")];
    let first = FirstAuthorization {
        header: parties[0].header(mode, sha256(&request.1)),
        card_certificate: sha256(&story.rc),
    };
    let sar = story.keep(&names[0], "SAR", parties[0].by, &first);
    let second = SecondAuthorization {
        header: parties[1].header(mode, sha256(&sar)),
    };
    story.keep(&names[1], "SA", parties[1].by, &second);
    story.carry_out(name, &request, &names, &parties, flags);
}

/// The provider alone authorizes this request.
fn alone(story: &mut Story, name: &'static str, sdi: Sdi) {
    let mode = Mode::ProviderAlone;
    let request = story.request(name, mode, sdi);
    let only = SecondAuthorization {
        header: provider().header(mode, sha256(&request.1)),
    };
    let names = [format!("SA, {name}")];
    story.keep(&names[0], "SA", provider().by, &only);
    story.carry_out(name, &request, &names, &[&provider()], 0);
}

/// The provider certified the data for every card; in mode 7 a data certifier did so too.
fn certified(story: &mut Story, name: &'static str, mode: Mode, sdi: Sdi) {
    let header = provider().header(mode, NO_PREVIOUS);
    let mut names = vec![format!("SDCI, {name}")];
    let sdci = story.keep(&names[0], "SDCI", provider().by, &CertifiedData { header, sdi });
    let request = story.request(name, mode, sdi);
    if mode == Mode::CertifiedData {
        return story.carry_out(name, &request, &names, &[&provider()], 0);
    }
    let again = RegistrarCertifiedData {
        header: certifier().header(mode, sha256(&sdci)),
    };
    names.push(format!("SDCI', {name}"));
    story.keep(&names[1], "SDCI'", certifier().by, &again);
    story.carry_out(name, &request, &names, &[&provider(), &certifier()], 0);
}

/// A party gives the card the key that it shares with it; from then on it may prove what it authorizes by MACs.
fn share(story: &mut Story, name: &str, party: &Party, which: &shared_keys::Sharing) -> Party {
    let key = SharedKey {
        header: party.header(Mode::Registration, sha256(&story.rc)),
        card: sha256(&point(5)),
        version: which.version,
        ephemeral: &point(which.ephemeral),
        sealed: &which.sealed(),
    };
    story.keep(name, "shared key", party.by, &key);
    Party {
        by: By::Mac(which.key()),
        ..party.clone()
    }
}

fn refused(story: &mut Story) {
    let mode = Mode::ViaProvider;
    let request = story.request("mode 3 delete, refused", mode, sdi(Operation::Delete, 1, 4));
    let first = FirstAuthorization {
        header: provider().header(mode, sha256(&request.1)),
        card_certificate: sha256(&story.rc),
    };
    let sar = story.keep("SAR, mode 3 delete, refused", "SAR", provider().by, &first);
    let refusal = Refusal {
        header: issuer().header(mode, sha256(&sar)),
        reason: Reason::PolicyForbids.code(),
        text: "Das Mus\u{e9}e bleibt.",
    };
    story.keep("refusal of the issuer", "refusal", issuer().by, &refusal);
    let silent = Refusal {
        reason: 0xFE,
        text: "",
        ..refusal
    };
    story.keep(
        "refusal with a reason of a later version",
        "refusal",
        issuer().by,
        &silent,
    );
}

/// The issuer lets the card go, the next one registers it.
fn released(story: &mut Story) {
    let next = party(Role::Issuer, 9, world::next_issuer(), "IRC of the next issuer");
    let release = Release {
        header: issuer().header(Mode::Registration, sha256(&story.rc)),
        card: sha256(&point(5)),
        issuer: ProviderId {
            root: sha256(&world::issuer_root()),
            name: "ATBANK".parse().unwrap(),
        },
    };
    story.keep("release of the issuer", "release", issuer().by, &release);
    story.rc = world::later_card();
    let authorizers = [sha256(&next.certificate), sha256(&issuer().certificate)];
    story.receipt(
        "registration by the next issuer",
        Mode::Registration,
        0,
        ReceiptOperation::Registration,
        None,
        &authorizers,
        0,
    );
    let head = ReceiptHead {
        header: story.card_header(Mode::Registration),
        receipts: story.receipts,
        nonce: *b"somebody's nonce",
        date: "2026-03-01".parse().unwrap(),
    };
    story.keep("receipt head", "receipt head", By::Key(5), &head);
}

/// Objects that stand for themselves.
fn others(story: &mut Story) {
    for (name, party) in [
        ("authentication of the issuer", issuer()),
        ("authentication of the provider", provider()),
    ] {
        let authentication = Authentication {
            header: party.header(Mode::Registration, NO_PREVIOUS),
            card: sha256(&point(5)),
            challenge: *b"card's challenge",
        };
        story.keep(name, "authentication", party.by, &authentication);
    }
    let mut many: Vec<Digest> = (0..48_u8).map(|byte| sha256(&[byte])).collect();
    many.sort_unstable();
    let registrar = party(Role::IssuerRegistrar, 1, world::issuer_root(), "");
    let second = party(Role::DataRegistrar, 12, world::data_link(), "");
    let one = vec![sha256(&world::successor_provider())];
    for (name, number, party, revoked) in [
        ("revocation list, empty", 1, &registrar, Vec::new()),
        (
            "revocation list, one certificate, by a second key",
            2,
            &second,
            one,
        ),
        ("revocation list, 48 certificates", u32::MAX, &registrar, many),
    ] {
        let header = party.header(Mode::RegisteredIssuer, NO_PREVIOUS);
        let mut buffer = [0; 48 * 34];
        let date = "2026-04-01".parse().unwrap();
        let list = RevocationList::new(header, number, date, &revoked, &mut buffer).unwrap();
        story.keep(name, "revocation list", party.by, &list);
    }
    let repudiable = Receipt {
        header: story.card_header(Mode::ViaIssuer),
        number: u32::MAX,
        request: u32::MAX,
        operation: ReceiptOperation::Storing(Operation::Delete),
        content: Some(ReceiptContent {
            aid: sdi(Operation::Delete, 1, 1).aid,
            version: 1,
            package: [5; 32],
            storing_request: [6; 32],
        }),
        authorizers: Authorizers::new(&[[1; 32], [2; 32], [3; 32], [4; 32]]).unwrap(),
        content_counter: 9,
        content_list: sha256(b""),
        date: "2026-03-01".parse().unwrap(),
        consent: Consent::Pin,
        flags: FLAG_KEY_MADE_BY_ISSUER | FLAG_RESCUE | FLAG_MAC,
        files: None,
    };
    story.keep(
        "receipt with every flag and four authorizers",
        "receipt",
        By::Key(5),
        &repudiable,
    );
}

/// All of it.
pub fn exchange() -> Story {
    use Operation::{Delete, LowerFloor, Replace, Store};
    let (issuer, provider) = (issuer(), provider());
    let story = &mut Story {
        rc: world::card(),
        ..Story::default()
    };
    story.receipt(
        "registration",
        Mode::Registration,
        0,
        ReceiptOperation::Registration,
        None,
        &[sha256(&issuer.certificate)],
        0,
    );
    let (via_issuer, via_provider) = ([&issuer, &provider], [&provider, &issuer]);
    joint(
        story,
        "mode 2 store",
        Mode::ViaIssuer,
        sdi(Store, 1, 1),
        via_issuer,
        0,
    );
    joint(
        story,
        "mode 3 replace",
        Mode::ViaProvider,
        sdi(Replace, 1, 2),
        via_provider,
        0,
    );
    alone(story, "mode 4 replace", sdi(Replace, 1, 3));
    certified(story, "mode 6 store", Mode::CertifiedData, sdi(Store, 2, 1));
    certified(
        story,
        "mode 7 replace",
        Mode::RegistrarCertified,
        sdi(Replace, 2, 2),
    );
    let [one, two] = shared_keys::ALL;
    let (issuer_mac, provider_mac) = (
        share(story, "shared key of the issuer", &issuer, &one),
        share(story, "shared key of the provider", &provider, &two),
    );
    let macs = [&issuer_mac, &provider_mac];
    joint(
        story,
        "mode 2 replace by MACs",
        Mode::ViaIssuer,
        sdi(Replace, 1, 4),
        macs,
        0,
    );
    refused(story);
    let successor = party(
        Role::Provider,
        10,
        world::successor_provider(),
        "DPR of a successor",
    );
    let rescue = [&successor, &issuer];
    joint(
        story,
        "mode 3 delete by a successor",
        Mode::ViaProvider,
        sdi(Delete, 1, 4),
        rescue,
        FLAG_RESCUE,
    );
    joint(
        story,
        "mode 2 lower floor",
        Mode::ViaIssuer,
        sdi(LowerFloor, 1, 2),
        via_issuer,
        0,
    );
    released(story);
    others(story);
    std::mem::take(story)
}
