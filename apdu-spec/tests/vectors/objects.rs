//! `vectors/objects.json`.

use serde_json::{Value, json};
use symbolon_apdu_spec::object::{
    Algorithm, Authorizers, COMPARISON_PREFIX, Consent, ContentEntry, Digest, FLAG_KEY_MADE_BY_ISSUER,
    FirstAuthorization, Header, Mode, NO_PREVIOUS, Operation, PackageDigests, ProviderId, Receipt, ReceiptContent,
    ReceiptOperation, Refusal, SecondAuthorization, Sdi, Signed, StoringRequest, comparison_code,
};
use symbolon_apdu_spec::certificate::Role;
use symbolon_apdu_spec::reason::Reason;
use symbolon_apdu_spec::tlv::{Error, Result};

use super::tree::{Node, edited};
use super::world::{self, point, sha256, signed, verifies, written};
use super::{broken, bytes, check_file, each, error, hex, keys, refused};

fn header_fields(header: &Header) -> Value {
    json!({
        "mode": header.mode.code(),
        "role": header.role.name(),
        "certificate": hex(&header.certificate),
        "previous": hex(&header.previous),
        "algorithm": header.algorithm.code(),
    })
}

fn provider_fields(provider: &ProviderId) -> Value {
    json!({ "root": hex(&provider.root), "name": provider.name.as_str() })
}

fn sdi_fields(sdi: &Sdi) -> Value {
    let package = sdi.package.map(|package| {
        json!({
            "size": package.size,
            "package": hex(&package.package),
            "manifest": hex(&package.manifest),
            "first_block": hex(&package.first_block),
        })
    });
    json!({
        "operation": sdi.operation.name(),
        "aid": sdi.aid.to_string(),
        "version": sdi.version,
        "package": package,
        "provider": provider_fields(&sdi.provider),
        "expiry": sdi.expiry.to_string(),
    })
}

fn request_fields(request: &StoringRequest) -> Value {
    json!({
        "header": header_fields(&request.header),
        "sdi": sdi_fields(&request.sdi),
        "card": hex(&request.card),
        "issuer_root": hex(&request.issuer_root),
        "data_root": hex(&request.data_root),
        "number": request.number,
        "nonce": hex(&request.nonce),
        "consent": request.consent.name(),
        "date": request.date.to_string(),
        "content_counter": request.content_counter,
    })
}

fn receipt_fields(receipt: &Receipt) -> Value {
    let content = receipt.content.map(|content| {
        json!({ "aid": content.aid.to_string(), "version": content.version, "package": hex(&content.package) })
    });
    json!({
        "header": header_fields(&receipt.header),
        "number": receipt.number,
        "request": receipt.request,
        "operation": receipt.operation.code(),
        "content": content,
        "authorizers": receipt.authorizers.as_slice().iter().map(|digest| hex(digest)).collect::<Vec<_>>(),
        "content_counter": receipt.content_counter,
        "content_list": hex(&receipt.content_list),
        "date": receipt.date.to_string(),
        "consent": receipt.consent.name(),
        "flags": receipt.flags,
    })
}

/// Reads an encoding as the object a vector says it is; gives its fields and what it is written as again.
fn read(kind: &str, input: &[u8]) -> Result<(Value, Vec<u8>)> {
    let object = |body: &[u8]| {
        let signature = Signed::parse(input).unwrap().signature;
        written(|out| Signed::assemble(body, signature, out))
    };
    Ok(match kind {
        "SDI" => {
            let sdi = Sdi::read_body(input)?;
            (sdi_fields(&sdi), written(|out| sdi.write_body(out)))
        }
        "content entry" => {
            let entry = ContentEntry::read(input)?;
            let fields = json!({
                "aid": entry.aid.to_string(),
                "version": entry.version,
                "package": hex(&entry.package),
                "provider": provider_fields(&entry.provider),
            });
            (fields, written(|out| entry.write(out)))
        }
        "SR" => {
            let request = Signed::parse(input)?.storing_request()?;
            (request_fields(&request), object(&written(|out| request.write_body(out))))
        }
        "SAR" => {
            let first = Signed::parse(input)?.first_authorization()?;
            let fields = json!({
                "header": header_fields(&first.header),
                "card_certificate": hex(&first.card_certificate),
            });
            (fields, object(&written(|out| first.write_body(out))))
        }
        "SA" => {
            let second = Signed::parse(input)?.second_authorization()?;
            (json!({ "header": header_fields(&second.header) }), object(&written(|out| second.write_body(out))))
        }
        "receipt" => {
            let receipt = Signed::parse(input)?.receipt()?;
            (receipt_fields(&receipt), object(&written(|out| receipt.write_body(out))))
        }
        "refusal" => {
            let signed = Signed::parse(input)?;
            let refusal = signed.refusal()?;
            let fields = json!({
                "header": header_fields(&refusal.header),
                "reason": refusal.reason,
                "text": refusal.text,
            });
            (fields, object(&written(|out| refusal.write_body(out))))
        }
        other => panic!("no object is called {other}"),
    })
}

fn header(mode: Mode, role: Role, certificate: &[u8], previous: Digest) -> Header {
    let certificate = sha256(certificate);
    Header { mode, role, certificate, previous, algorithm: Algorithm::EcdsaP256Sha256 }
}

fn museum() -> ProviderId {
    ProviderId { root: sha256(&world::data_root()), name: "GBMUSEUM".parse().unwrap() }
}

fn sdi(operation: Operation, version: u32) -> Sdi {
    let digests = PackageDigests {
        size: 4321,
        package: sha256(b"the package"),
        manifest: sha256(b"its manifest"),
        first_block: sha256(b"its first block"),
    };
    Sdi {
        operation,
        aid: "A000000F5E01".parse().unwrap(),
        version,
        package: (operation != Operation::Delete).then_some(digests),
        provider: museum(),
        expiry: "2026-12-31".parse().unwrap(),
    }
}

/// An object of the exchange: name, kind, key that signed it, encoding.
type Made = (&'static str, &'static str, u8, Vec<u8>);

/// Registration, then an application stored in mode 2 and deleted in mode 3.
fn exchange() -> Vec<Made> {
    let (rc, irc, dpr) = (world::card(), world::issuer(), world::provider());
    let date = "2026-03-01".parse().unwrap();
    let list = sha256(&leaf());
    let registration = Receipt {
        header: header(Mode::Registration, Role::Card, &rc, NO_PREVIOUS),
        number: 0,
        request: 0,
        operation: ReceiptOperation::Registration,
        content: None,
        authorizers: Authorizers::new(&[sha256(&irc)]).unwrap(),
        content_counter: 0,
        content_list: sha256(b""),
        date,
        consent: Consent::None,
        flags: 0,
    };
    let receipt_0 = signed(5, &written(|out| registration.write_body(out)));
    let request = StoringRequest {
        header: header(Mode::ViaIssuer, Role::Card, &rc, sha256(&receipt_0)),
        sdi: sdi(Operation::Store, 1),
        card: sha256(&point(5)),
        issuer_root: sha256(&world::issuer_root()),
        data_root: sha256(&world::data_root()),
        number: 1,
        nonce: *b"the card's nonce",
        consent: Consent::Pin,
        date,
        content_counter: 0,
    };
    let sr = signed(5, &written(|out| request.write_body(out)));
    let card_certificate = sha256(&rc);
    let first = FirstAuthorization {
        header: header(Mode::ViaIssuer, Role::Issuer, &irc, sha256(&sr)),
        card_certificate,
    };
    let sar = signed(3, &written(|out| first.write_body(out)));
    let second = SecondAuthorization { header: header(Mode::ViaIssuer, Role::Provider, &dpr, sha256(&sar)) };
    let sa = signed(4, &written(|out| second.write_body(out)));
    let stored = Receipt {
        header: header(Mode::ViaIssuer, Role::Card, &rc, sha256(&receipt_0)),
        number: 1,
        request: 1,
        operation: ReceiptOperation::Storing(Operation::Store),
        content: Some(ReceiptContent {
            aid: request.sdi.aid,
            version: 1,
            package: sha256(b"the package"),
        }),
        authorizers: Authorizers::new(&[sha256(&irc), sha256(&dpr)]).unwrap(),
        content_counter: 1,
        content_list: list,
        date,
        consent: Consent::Pin,
        flags: 0,
    };
    let receipt_1 = signed(5, &written(|out| stored.write_body(out)));
    let deleting = StoringRequest {
        header: header(Mode::ViaProvider, Role::Card, &rc, sha256(&receipt_1)),
        sdi: sdi(Operation::Delete, 1),
        number: 2,
        content_counter: 1,
        ..request
    };
    let sr_2 = signed(5, &written(|out| deleting.write_body(out)));
    let sar_2 = FirstAuthorization {
        header: header(Mode::ViaProvider, Role::Provider, &dpr, sha256(&sr_2)),
        card_certificate,
    };
    let sar_2 = signed(4, &written(|out| sar_2.write_body(out)));
    let refusal = Refusal {
        header: header(Mode::ViaProvider, Role::Issuer, &irc, sha256(&sar_2)),
        reason: Reason::PolicyForbids.code(),
        text: "Das Mus\u{e9}e bleibt.",
    };
    let silent = Refusal { reason: 0xFE, text: "", ..refusal };
    let repudiable = Receipt {
        operation: ReceiptOperation::Storing(Operation::Delete),
        authorizers: Authorizers::new(&[[1; 32], [2; 32], [3; 32], [4; 32]]).unwrap(),
        number: u32::MAX,
        flags: FLAG_KEY_MADE_BY_ISSUER,
        ..stored
    };
    vec![
        ("receipt 0, of the registration", "receipt", 5, receipt_0),
        ("SR, store via the issuer", "SR", 5, sr),
        ("SAR of the issuer", "SAR", 3, sar),
        ("SA of the provider", "SA", 4, sa),
        ("receipt 1, of the storing", "receipt", 5, receipt_1),
        ("SR, delete via the provider", "SR", 5, sr_2),
        ("SAR of the provider", "SAR", 4, sar_2),
        ("refusal of the issuer", "refusal", 3, signed(3, &written(|out| refusal.write_body(out)))),
        ("refusal with a reason of a later version", "refusal", 3, signed(3, &written(|out| silent.write_body(out)))),
        ("receipt of a card whose key its issuer made, four authorizers", "receipt", 5, signed(5, &written(|out| repudiable.write_body(out)))),
    ]
}

const SALT: [u8; 16] = *b"sixteen byte slt";

fn entry() -> Vec<u8> {
    let entry = ContentEntry {
        aid: "A000000F5E01".parse().unwrap(),
        version: 1,
        package: sha256(b"the package"),
        provider: museum(),
    };
    written(|out| entry.write(out))
}

fn leaf() -> Digest {
    sha256(&[&SALT[..], &entry()].concat())
}

fn longest() -> Vec<u8> {
    let sdi = Sdi {
        aid: symbolon_apdu_spec::aid::Aid::new(&[0xFF; 16]).unwrap(),
        version: u32::MAX,
        provider: ProviderId { root: [0xEE; 32], name: "ZZ999999999".parse().unwrap() },
        expiry: "2099-12-31".parse().unwrap(),
        ..sdi(Operation::Replace, 2)
    };
    written(|out| sdi.write_body(out))
}

fn unsigned() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let plain = |operation| written(|out| sdi(operation, 1).write_body(out));
    vec![
        ("SDI, store", "SDI", plain(Operation::Store)),
        ("SDI, delete", "SDI", plain(Operation::Delete)),
        ("SDI, replace, as long as they get", "SDI", longest()),
        ("entry of the content list", "content entry", entry()),
    ]
}

fn bad() -> Vec<Value> {
    let mut list = Vec::new();
    let mut add = |name: &str, kind: &str, encoded: &[u8]| {
        list.push(refused(name, kind, encoded, |input| -> std::result::Result<_, Error> { read(kind, input) }));
    };
    let exchange = exchange();
    let good = |name: &str| &exchange.iter().find(|made| made.0 == name).unwrap().3;
    let sr = good("SR, store via the issuer");
    let sar = good("SAR of the issuer");
    let receipt = good("receipt 1, of the storing");
    let refusal = good("refusal of the issuer");
    for (name, encoded) in broken(sr) {
        add(name, "SR", &encoded);
    }
    let body = [0xE2];
    let sdi = [0xE2, 0xE1];
    let head = [0xE2, 0xA0];
    let mut edit = |name: &str, path: &[u16], tag: u16, value: &[u8]| {
        let encoded = edited(sr, |object| object.at(path).at(&[tag]).set(value));
        add(name, "SR", &encoded);
    };
    edit("format 02", &head, 0x80, &[2]);
    edit("mode 00", &head, 0x81, &[0]);
    edit("mode 08", &head, 0x81, &[8]);
    edit("SR by an issuer", &head, 0x82, &[3]);
    edit("role 07", &head, 0x82, &[7]);
    edit("certificate digest of 31 bytes", &head, 0x83, &[0; 31]);
    edit("algorithm 02", &head, 0x85, &[2]);
    edit("operation 00", &sdi, 0x80, &[0]);
    edit("operation 04", &sdi, 0x80, &[4]);
    edit("store that says delete", &sdi, 0x80, &[3]);
    edit("AID of 4 bytes", &sdi, 0x4F, &[0xA0; 4]);
    edit("AID of 17 bytes", &sdi, 0x4F, &[0xA0; 17]);
    edit("version of 3 bytes", &sdi, 0x81, &[0, 0, 1]);
    edit("expiry 2026-13-01", &sdi, 0x87, &[2, 6, 1, 3, 0, 1]);
    edit("provider's name in lower case", &[0xE2, 0xE1, 0xA6], 0x81, b"GBmuseum");
    edit("nonce of 8 bytes", &body, 0x8A, &[0; 8]);
    edit("consent 02", &body, 0x8B, &[2]);
    edit("request number of 5 bytes", &body, 0x89, &[0; 5]);
    let mut change = |name: &str, kind: &str, from: &[u8], change: &dyn Fn(&mut Node)| {
        add(name, kind, &edited(from, change));
    };
    change("no header", "SR", sr, &|object| drop(object.at(&body).remove(0xA0)));
    change("header behind SDI", "SR", sr, &|object| object.at(&body).swap(0xA0, 0xE1));
    change("an unknown element in the header", "SR", sr, &|object| object.at(&head).push(Node::new(0x86, &[1])));
    change("an unknown element at the end", "SR", sr, &|object| object.at(&body).push(Node::new(0x8E, &[1])));
    change("no signature", "SR", sr, &|object| drop(object.remove(0x5F37)));
    change("a signature of 65 bytes", "SR", sr, &|object| object.at(&[0x5F37]).set(&[1; 65]));
    change("two signatures", "SR", sr, &|object| object.push(Node::new(0x5F37, &[1; 64])));
    change("signature before the body", "SR", sr, &|object| object.swap(0xE2, 0x5F37));
    change("a body of unknown tag", "SR", sr, &|object| object.at(&body).rename(0xE5));
    change("a SAR in an SR's place", "SR", sar, &|_| ());
    change("a SAR that says it is an SA", "SA", sar, &|object| object.at(&[0xE3]).rename(0xE4));
    change("a SAR without RC", "SAR", sar, &|object| drop(object.at(&[0xE3]).remove(0x86)));
    change("receipt by an issuer", "receipt", receipt, &|object| object.at(&[0xE7, 0xA0, 0x82]).set(&[3]));
    change("receipt of a registration with an AID", "receipt", receipt, &|object| object.at(&[0xE7, 0x88]).set(&[0]));
    change("receipt of a storing without AID", "receipt", receipt, &|object| drop(object.at(&[0xE7]).remove(0x4F)));
    change("receipt that nobody authorized", "receipt", receipt, &|object| object.at(&[0xE7, 0xA2]).children().clear());
    change("receipt with five authorizers", "receipt", receipt, &|object| {
        *object.at(&[0xE7, 0xA2]).children() = vec![Node::new(0x80, &[1; 32]); 5];
    });
    change("receipt with an unknown flag", "receipt", receipt, &|object| object.at(&[0xE7, 0x8F]).set(&[2]));
    change("refusal with 121 bytes of text", "refusal", refusal, &|object| object.at(&[0xE8, 0x87]).set(&[b'a'; 121]));
    change("refusal with a line break", "refusal", refusal, &|object| object.at(&[0xE8, 0x87]).set(b"a\nb"));
    change("refusal that is not UTF-8", "refusal", refusal, &|object| object.at(&[0xE8, 0x87]).set(&[0xC3]));
    let delete = &unsigned()[1].2;
    change("delete that says store", "SDI", delete, &|sdi| sdi.at(&[0x80]).set(&[1]));
    change("content entry without provider", "content entry", &entry(), &|entry| drop(entry.remove(0xA6)));
    list
}

fn made() -> Value {
    let signed: Value = exchange()
        .iter()
        .map(|(name, kind, key, encoded)| {
            json!({
                "name": name,
                "as": kind,
                "encoded": hex(encoded),
                "digest": hex(&sha256(encoded)),
                "signed": hex(Signed::parse(encoded).unwrap().body),
                "signer": hex(&point(*key)),
                "fields": read(kind, encoded).unwrap().0,
            })
        })
        .collect();
    let unsigned: Value = unsigned()
        .iter()
        .map(|(name, kind, encoded)| {
            json!({ "name": name, "as": kind, "encoded": hex(encoded), "fields": read(kind, encoded).unwrap().0 })
        })
        .collect();
    let codes: Value = exchange()
        .iter()
        .filter(|made| made.1 == "SR")
        .map(|(name, _, _, encoded)| json!({ "name": name, "encoded": hex(encoded), "code": code(encoded) }))
        .collect();
    json!({
        "about": "Signed objects: SPEC.md section 4. One exchange; certificates are those of certificates.json.",
        "keys": keys(),
        "signed": signed,
        "unsigned": unsigned,
        "content_lists": [
            { "name": "empty", "leaves": [], "digest": hex(&sha256(b"")) },
            {
                "name": "one application",
                "leaves": [{ "salt": hex(&SALT), "entry": hex(&entry()), "leaf": hex(&leaf()) }],
                "digest": hex(&sha256(&leaf())),
            },
        ],
        "comparison_codes": codes,
        "refused": bad(),
    })
}

fn code(request: &[u8]) -> String {
    let digest = sha256(&[COMPARISON_PREFIX, request].concat());
    String::from_utf8(comparison_code(&digest).to_vec()).unwrap()
}

/// Authorizations already signed, and receipts already kept, would lose their meaning.
#[test]
fn objects_are_what_the_vectors_say() {
    let vectors = check_file("objects.json", &made());
    for list in ["signed", "unsigned"] {
        each(&vectors[list], |name, entry| {
            let encoded = bytes(&entry["encoded"]);
            let (fields, again) = read(entry["as"].as_str().unwrap(), &encoded).unwrap();
            assert_eq!(fields, entry["fields"], "{name}");
            assert_eq!(again, encoded, "{name}");
        });
    }
    each(&vectors["signed"], |name, entry| {
        let encoded = bytes(&entry["encoded"]);
        let signed = Signed::parse(&encoded).unwrap();
        let signer = bytes(&entry["signer"]).try_into().unwrap();
        assert!(verifies(&signer, signed.body, signed.signature), "{name}");
        assert_eq!(hex(&sha256(&encoded)), entry["digest"], "{name}");
    });
    each(&vectors["comparison_codes"], |name, entry| {
        assert_eq!(code(&bytes(&entry["encoded"])), entry["code"], "{name}");
    });
    each(&vectors["refused"], |name, entry| {
        let found = read(entry["as"].as_str().unwrap(), &bytes(&entry["encoded"])).unwrap_err();
        assert_eq!(error(found), entry["error"], "{name}");
    });
}

/// A buffer that is too small for the longest object would refuse an honest party.
#[test]
fn nothing_is_longer_than_announced() {
    assert_eq!(longest().len(), Sdi::MAX);
    let exchange = exchange();
    let of = |name: &str| &exchange.iter().find(|made| made.0 == name).unwrap().3;
    let longest_of = |object: &[u8], change: &dyn Fn(&mut Node)| {
        let object = edited(object, change);
        (Signed::parse(&object).unwrap().body.len(), object.len())
    };
    let (body, object) = longest_of(of("SR, store via the issuer"), &|object| {
        object.at(&[0xE2, 0xE1, 0x4F]).set(&[0xFF; 16]);
        object.at(&[0xE2, 0xE1, 0xA6, 0x81]).set(b"ZZ999999999");
    });
    assert_eq!((body, object), (StoringRequest::MAX, StoringRequest::MAX + Signed::OVERHEAD));
    let (body, object) = longest_of(
        of("receipt of a card whose key its issuer made, four authorizers"),
        &|object| object.at(&[0xE7, 0x4F]).set(&[0xFF; 16]),
    );
    assert_eq!((body, object), (Receipt::MAX, Receipt::MAX + Signed::OVERHEAD));
    let (body, _) =
        longest_of(of("refusal of the issuer"), &|object| object.at(&[0xE8, 0x87]).set(&[b'x'; 120]));
    assert_eq!(body, Refusal::MAX);
    assert!(of("SAR of the issuer").len() + of("SA of the provider").len() <= 1024);
}
