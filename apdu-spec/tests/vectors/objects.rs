//! `vectors/objects.json`.

use serde_json::{Value, json};
use symbolon_apdu_spec::object::{
    COMPARISON_PREFIX, ContentEntry, Header, Operation, Proof, ProviderId, Receipt, Refusal, Sdi, Signed,
    StoringRequest, comparison_code,
};
use symbolon_apdu_spec::tlv::Result;

use super::exchange::{SALT, entry, exchange, leaf, sdi};
use super::tree::{Node, edited};
use super::world::{point, sha256, verifies, written};
use super::{bad_objects, bytes, check_file, each, error, hex, keys};

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
pub fn read(kind: &str, input: &[u8]) -> Result<(Value, Vec<u8>)> {
    let object = |body: &[u8]| {
        written(|out| match Signed::parse(input).unwrap().proof {
            Proof::Signature(signature) => Signed::assemble(body, signature, out),
            Proof::Mac(mac) => Signed::assemble_mac(body, mac, out),
        })
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
            (
                request_fields(&request),
                object(&written(|out| request.write_body(out))),
            )
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
            (
                json!({ "header": header_fields(&second.header) }),
                object(&written(|out| second.write_body(out))),
            )
        }
        "receipt" => {
            let receipt = Signed::parse(input)?.receipt()?;
            (
                receipt_fields(&receipt),
                object(&written(|out| receipt.write_body(out))),
            )
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

fn longest() -> Vec<u8> {
    let sdi = Sdi {
        aid: symbolon_apdu_spec::aid::Aid::new(&[0xFF; 16]).unwrap(),
        version: u32::MAX,
        provider: ProviderId {
            root: [0xEE; 32],
            name: "ZZ999999999".parse().unwrap(),
        },
        expiry: "2099-12-31".parse().unwrap(),
        ..sdi(Operation::Replace, 2)
    };
    written(|out| sdi.write_body(out))
}

pub fn unsigned() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let plain = |operation| written(|out| sdi(operation, 1).write_body(out));
    vec![
        ("SDI, store", "SDI", plain(Operation::Store)),
        ("SDI, delete", "SDI", plain(Operation::Delete)),
        ("SDI, replace, as long as they get", "SDI", longest()),
        ("entry of the content list", "content entry", entry()),
    ]
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
        "refused": bad_objects::bad(),
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
        assert!(
            verifies(&signer, signed.body, signed.proof.signature().unwrap()),
            "{name}"
        );
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
    assert_eq!(
        (body, object),
        (StoringRequest::MAX, StoringRequest::MAX + Signed::OVERHEAD)
    );
    let (body, object) = longest_of(
        of("receipt of a card whose key its issuer made, four authorizers"),
        &|object| object.at(&[0xE7, 0x4F]).set(&[0xFF; 16]),
    );
    assert_eq!((body, object), (Receipt::MAX, Receipt::MAX + Signed::OVERHEAD));
    let (body, _) = longest_of(of("refusal of the issuer"), &|object| {
        object.at(&[0xE8, 0x87]).set(&[b'x'; 120])
    });
    assert_eq!(body, Refusal::MAX);
    assert!(of("SAR of the issuer").len() + of("SA of the provider").len() <= 1024);
}
