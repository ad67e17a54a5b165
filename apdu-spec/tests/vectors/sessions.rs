//! `vectors/sessions.json`: what a client sends and a card answers, from an empty card to an application in it.

use serde_json::{Value, json};
use symbolon_apdu_spec::aid::Aid;
use symbolon_apdu_spec::apdu::CommandApdu;
use symbolon_apdu_spec::command::{Command, KeyTemplate, SelectReply, SelectTarget, write_public_key};
use symbolon_apdu_spec::data::{ReceiptOfSelector, UNBLOCKING_CODE};
use symbolon_apdu_spec::object::{Mode, Operation, Sdi};
use symbolon_apdu_spec::reference::{KeyReference, PinReference};

use super::exchange::exchange;
use super::story::{Story, sdi};
use super::world::{self, point, sha256, written};
use super::{bytes, check_file, each, hex, packages};

/// The commands of one piece of work, in their order.
#[derive(Default)]
struct Session(Vec<Value>);

impl Session {
    fn send(&mut self, name: &str, command: Command<'_>, reply: &[u8]) {
        let mut out = vec![0; 2048];
        let apdu = command.encode(&mut out).unwrap();
        let wire = written(|out| apdu.write(out));
        let (name, reply) = (name.to_owned(), format!("{}9000", hex(reply)));
        self.0
            .push(json!({ "name": name, "command": command.name(), "apdu": hex(&wire), "reply": reply }));
    }

    fn verify_certificate(&mut self, name: &str, certificate: &[u8]) {
        // 7F21 and its length come off: the command carries what is inside.
        let mut reader = symbolon_apdu_spec::tlv::Reader::new(certificate);
        let body_and_signature = reader.any().unwrap().value;
        self.send(name, Command::VerifyCertificate { body_and_signature }, &[]);
    }

    fn consent(&mut self) {
        let (reference, pin) = (PinReference::Consent, Some(&b"654321"[..]));
        self.send(
            "VERIFY of the consent PIN",
            Command::Verify { reference, pin },
            &[],
        );
    }
}

fn registration(story: &Story) -> Vec<Value> {
    let mut session = Session::default();
    let user = sha256(b"sixteen byte saltMarie Muster");
    let select = Command::Select {
        target: SelectTarget::Aid(Aid::PLATFORM.as_bytes()),
        reply: SelectReply::Nothing,
        next: false,
    };
    session.send("SELECT of the card", select, &[]);
    for (name, tag, value) in [
        (
            "PUT DATA of the issuer registrar's root",
            0x0102,
            &world::issuer_root()[..],
        ),
        (
            "PUT DATA of the data registrar's root",
            0x0103,
            &world::data_root(),
        ),
        ("PUT DATA of the consent PIN's transport value", 0x0120, b"000000"),
        ("PUT DATA of the user PIN's transport value", 0x0121, b"0000"),
        ("PUT DATA of the user information's digest", 0x0122, &user),
        ("PUT DATA of the unblocking code", UNBLOCKING_CODE, b"1234567890"),
    ] {
        session.send(name, Command::PutData { tag, value }, &[]);
    }
    for (name, reference, template, key) in [
        (
            "GENERATE ASYMMETRIC KEY PAIR, registration",
            KeyReference::Registration,
            KeyTemplate::Signature,
            5,
        ),
        (
            "GENERATE ASYMMETRIC KEY PAIR, key agreement",
            KeyReference::KeyAgreement,
            KeyTemplate::Agreement,
            6,
        ),
    ] {
        let command = Command::GenerateKeyPair {
            reference,
            template,
            make: true,
        };
        session.send(name, command, &written(|out| write_public_key(&point(key), out)));
    }
    let nonce = *b"issuer's nonce 1";
    session.send(
        "request registration",
        Command::RequestRegistration { nonce },
        &world::request(),
    );
    session.verify_certificate("PSO VERIFY CERTIFICATE of IRC", &world::issuer());
    let (certificate, release) = (&world::card()[..], None);
    session.send(
        "register",
        Command::Register { certificate, release },
        story.encoded("receipt 0, registration"),
    );
    for (name, reference, data) in [
        (
            "CHANGE REFERENCE DATA of the consent PIN",
            PinReference::Consent,
            &b"000000654321"[..],
        ),
        (
            "CHANGE REFERENCE DATA of the user PIN",
            PinReference::User,
            b"00001234",
        ),
    ] {
        session.send(name, Command::ChangeReferenceData { reference, data }, &[]);
    }
    session.0
}

/// One of the exchanges of objects.json, between a client and the card.
fn storing(
    story: &Story,
    name: &'static str,
    mode: Mode,
    sdi: Sdi,
    number: u32,
    package: &[u8],
) -> Vec<Value> {
    let exchange = story
        .exchanges
        .iter()
        .find(|exchange| exchange.name == name)
        .unwrap();
    let request = story.encoded(&exchange.request);
    let receipt = story.encoded(&exchange.receipt);
    let mut session = Session::default();
    session.consent();
    let sdi_encoded = &written(|out| sdi.write_body(out))[..];
    let open = Command::OpenRequest {
        mode,
        sdi,
        sdi_encoded,
    };
    session.send("open a storing request", open, request);
    session.verify_certificate("PSO VERIFY CERTIFICATE of DPR", &world::provider());
    let evidence: Vec<_> = exchange.evidence.iter().map(|name| story.encoded(name)).collect();
    let authorize = Command::Authorize {
        number,
        first: evidence[0],
        second: evidence.get(1).copied(),
    };
    session.send("authorize", authorize, &[]);
    let blocks = packages::blocks(package);
    for (index, block) in blocks.iter().enumerate() {
        let last = index + 1 == blocks.len();
        let load = Command::LoadBlock {
            index: u16::try_from(index).unwrap(),
            last,
            number,
            block,
        };
        let reply = if last { receipt } else { &[] };
        session.send(&format!("LOAD APPLICATION, block {index}"), load, reply);
    }
    let selector = ReceiptOfSelector(sha256(request)).to_bytes();
    let read = Command::GetData {
        tag: 0x0109,
        selector: &selector,
    };
    session.send("GET DATA of the request's receipt", read, receipt);
    let collect = Command::CollectReceipts {
        number: exchange.receipt["receipt ".len()..exchange.receipt.find(',').unwrap()]
            .parse()
            .unwrap(),
        held: sha256(&[symbolon_apdu_spec::object::COLLECTION_PREFIX, receipt].concat()),
    };
    session.send("collect receipts", collect, &[]);
    session.0
}

fn made() -> Value {
    let story = exchange();
    let (guide, map) = (packages::guide(1, 1), packages::guide(2, 1));
    let two = storing(
        &story,
        "mode 2 store",
        Mode::ViaIssuer,
        sdi(Operation::Store, 1, 1),
        1,
        &guide,
    );
    let six = storing(
        &story,
        "mode 6 store",
        Mode::CertifiedData,
        sdi(Operation::Store, 2, 1),
        4,
        &map,
    );
    json!({
        "about": "Commands and replies with their status words: SPEC.md section 9. Objects are those of objects.json, \
                  certificates of certificates.json, packages of packages.json.",
        "sessions": [
            { "name": "registration", "commands": registration(&story) },
            { "name": "mode 2 store", "commands": two },
            { "name": "mode 6 store", "commands": six },
        ],
    })
}

/// Who follows SPEC.md section 9 would send something else than our own card understands.
#[test]
fn sessions_are_what_the_vectors_say() {
    let vectors = check_file("sessions.json", &made());
    each(&vectors["sessions"], |session, entry| {
        each(&entry["commands"], |name, step| {
            let wire = bytes(&step["apdu"]);
            let command = Command::decode(&CommandApdu::parse(&wire).unwrap());
            let name = format!("{session}: {name}");
            assert_eq!(
                command.map(|command| command.name()),
                Ok(step["command"].as_str().unwrap()),
                "{name}"
            );
            let expects = CommandApdu::parse(&wire).unwrap().expected.is_some();
            assert_eq!(step["reply"] != "9000", expects, "{name}");
        });
    });
}
