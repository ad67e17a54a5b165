//! `vectors/objects.json`.

use serde_json::{Value, json};
use symbolon_apdu_spec::limits::{AUTHORIZATION_MAX, COMMAND_DATA_MAX};
use symbolon_apdu_spec::object::{
    Authentication, Body, COMPARISON_PREFIX, CertifiedData, ContentEntry, Digest, FirstAuthorization, Header,
    Operation, Proof, ProviderId, Receipt, ReceiptHead, Refusal, RegistrarCertifiedData, Release,
    RevocationList, Sdi, SecondAuthorization, SharedKey, Signed, StoringRequest, comparison_code,
};
use symbolon_apdu_spec::tlv::Result;

use super::exchange::exchange;
use super::story::{By, Exchange, Made, Story, list_fields, sdi};
use super::tree::{Node, edited};
use super::world::{self, point, sha256, verifies, written};
use super::{bad_objects, bytes, check_file, each, error, forged, hex, keys, shared_keys};

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
        json!({
            "aid": content.aid.to_string(),
            "version": content.version,
            "package": hex(&content.package),
            "storing_request": hex(&content.storing_request),
        })
    });
    json!({
        "number": receipt.number,
        "request": receipt.request,
        "operation": receipt.operation.code(),
        "content": content,
        "authorizers": list_of(receipt.authorizers.as_slice()),
        "content_counter": receipt.content_counter,
        "content_list": hex(&receipt.content_list),
        "date": receipt.date.to_string(),
        "consent": receipt.consent.name(),
        "flags": receipt.flags,
    })
}

fn list_of(digests: &[Digest]) -> Vec<String> {
    digests.iter().map(|digest| hex(digest)).collect()
}

/// The body of a signed object and what it is written as again.
fn opened<'a, T: Body<'a>>(
    signed: &Signed<'a>,
    fields: impl FnOnce(&T) -> Value,
) -> Result<(Value, Vec<u8>)> {
    let body: T = signed.read()?;
    let mut value = json!({ "header": header_fields(body.header()) });
    if let (Value::Object(all), Value::Object(more)) = (&mut value, fields(&body)) {
        all.extend(more);
    }
    let again = written(|out| body.write_complete(out));
    let encoded = written(|out| match signed.proof {
        Proof::Signature(signature) => Signed::assemble(&again, signature, out),
        Proof::Mac(mac) => Signed::assemble_mac(&again, mac, out),
    });
    Ok((value, encoded))
}

/// Reads an encoding as the object a vector says it is; gives its fields and what it is written as again.
pub fn read(kind: &str, input: &[u8]) -> Result<(Value, Vec<u8>)> {
    match kind {
        "SDI" => {
            let sdi = Sdi::read_body(input)?;
            return Ok((sdi_fields(&sdi), written(|out| sdi.write_body(out))));
        }
        "content entry" => {
            let entry = ContentEntry::read(input)?;
            let fields = json!({
                "aid": entry.aid.to_string(),
                "version": entry.version,
                "package": hex(&entry.package),
                "provider": provider_fields(&entry.provider),
            });
            return Ok((fields, written(|out| entry.write(out))));
        }
        _ => {}
    }
    let signed = &Signed::parse(input)?;
    match kind {
        "SR" => opened(signed, request_fields),
        "SAR" => opened(
            signed,
            |first: &FirstAuthorization| json!({ "card_certificate": hex(&first.card_certificate) }),
        ),
        "SA" => opened(signed, |_: &SecondAuthorization| json!({})),
        "SDCI" => opened(
            signed,
            |certified: &CertifiedData| json!({ "sdi": sdi_fields(&certified.sdi) }),
        ),
        "SDCI'" => opened(signed, |_: &RegistrarCertifiedData| json!({})),
        "receipt" => opened(signed, receipt_fields),
        "refusal" => opened(
            signed,
            |refusal: &Refusal<'_>| json!({ "reason": refusal.reason, "text": refusal.text }),
        ),
        "receipt head" => opened(
            signed,
            |head: &ReceiptHead| json!({ "receipts": head.receipts, "nonce": hex(&head.nonce), "date": head.date.to_string() }),
        ),
        "shared key" => opened(signed, |key: &SharedKey<'_>| {
            json!({
                "card": hex(&key.card),
                "version": key.version,
                "ephemeral": hex(key.ephemeral),
                "sealed": hex(key.sealed),
            })
        }),
        "authentication" => opened(
            signed,
            |own: &Authentication| json!({ "card": hex(&own.card), "challenge": hex(&own.challenge) }),
        ),
        "revocation list" => opened(signed, |list: &RevocationList<'_>| {
            let revoked: Vec<_> = list.revoked().copied().collect();
            json!({ "number": list.number, "date": list.date.to_string(), "revoked": list_of(&revoked) })
        }),
        "release" => opened(
            signed,
            |release: &Release| json!({ "card": hex(&release.card), "issuer": provider_fields(&release.issuer) }),
        ),
        other => panic!("no object is called {other}"),
    }
}

/// The longest name and AID there are.
fn longest() -> Vec<u8> {
    let sdi = Sdi {
        aid: symbolon_apdu_spec::aid::Aid::new(&[0xFF; 16]).unwrap(),
        version: u32::MAX,
        provider: ProviderId {
            root: [0xEE; 32],
            name: "ZZ999999999".parse().unwrap(),
        },
        expiry: "2099-12-31".parse().unwrap(),
        ..sdi(Operation::Replace, 1, 2)
    };
    written(|out| sdi.write_body(out))
}

pub fn unsigned(story: &Story) -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let plain = |operation| written(|out| sdi(operation, 1, 1).write_body(out));
    vec![
        ("SDI, store", "SDI", plain(Operation::Store)),
        ("SDI, delete", "SDI", plain(Operation::Delete)),
        ("SDI, lower floor", "SDI", plain(Operation::LowerFloor)),
        ("SDI, replace, as long as they get", "SDI", longest()),
        (
            "entry of the content list",
            "content entry",
            written(|out| story.lists[0][0].write(out)),
        ),
    ]
}

pub fn described(made: &Made) -> Value {
    let mut value = json!({
        "name": made.name,
        "as": made.kind,
        "encoded": hex(&made.encoded),
        "digest": hex(&sha256(&made.encoded)),
        "signed": hex(Signed::parse(&made.encoded).unwrap().body),
        "fields": read(made.kind, &made.encoded).unwrap().0,
    });
    match made.by {
        By::Key(key) => value["signer"] = json!(hex(&point(key))),
        By::Mac(key) => value["mac_key"] = json!(hex(&key)),
    }
    value
}

fn exchange_fields(exchange: &Exchange) -> Value {
    json!({
        "name": exchange.name,
        "mode": exchange.mode.code(),
        "verified": exchange.verified,
        "request": exchange.request,
        "evidence": exchange.evidence,
        "receipt": exchange.receipt,
        "authorizers": exchange.authorizers,
    })
}

fn made() -> Value {
    let story = exchange();
    let unsigned: Value = unsigned(&story)
        .iter()
        .map(|(name, kind, encoded)| {
            json!({ "name": name, "as": kind, "encoded": hex(encoded), "fields": read(kind, encoded).unwrap().0 })
        })
        .collect();
    let codes: Value = story
        .made
        .iter()
        .filter(|made| made.kind == "SR")
        .take(2)
        .map(|made| json!({ "name": made.name, "encoded": hex(&made.encoded), "code": code(&made.encoded) }))
        .collect();
    json!({
        "about": "Signed objects: SPEC.md section 4. The life of one card; certificates are those of certificates.json.",
        "keys": keys(),
        "signed": story.made.iter().map(described).collect::<Vec<_>>(),
        "unsigned": unsigned,
        "exchanges": story.exchanges.iter().map(exchange_fields).collect::<Vec<_>>(),
        "shared_keys": shared_keys::ALL.iter().map(shared_keys::Sharing::fields).collect::<Vec<_>>(),
        "content_lists": [
            list_fields("empty", &[]),
            list_fields("one application", &story.lists[0]),
            list_fields("two applications", &story.lists[3]),
        ],
        "files_found": super::found::all(),
        "comparison_codes": codes,
        "refused": bad_objects::bad(&story),
        "forged": forged::forged(&story),
    })
}

fn code(request: &[u8]) -> String {
    let digest = sha256(&[COMPARISON_PREFIX, request].concat());
    String::from_utf8(comparison_code(&digest).to_vec()).unwrap()
}

/// Whether an entry's proof is over its body.
pub fn is_authentic(entry: &Value) -> bool {
    let encoded = bytes(&entry["encoded"]);
    let signed = Signed::parse(&encoded).unwrap();
    match signed.proof {
        Proof::Signature(signature) => verifies(
            &bytes(&entry["signer"]).try_into().unwrap(),
            signed.body,
            signature,
        ),
        Proof::Mac(mac) => world::mac(&bytes(&entry["mac_key"]).try_into().unwrap(), signed.body) == *mac,
    }
}

/// Authorizations already signed, and receipts already kept, would lose their meaning.
#[test]
fn objects_are_what_the_vectors_say() {
    let vectors = check_file("objects.json", &made());
    for list in ["signed", "unsigned", "forged"] {
        each(&vectors[list], |name, entry| {
            let encoded = bytes(&entry["encoded"]);
            let (fields, again) = read(entry["as"].as_str().unwrap(), &encoded).unwrap();
            assert_eq!(fields, entry["fields"], "{name}");
            assert_eq!(again, encoded, "{name}");
        });
    }
    each(&vectors["signed"], |name, entry| {
        let encoded = bytes(&entry["encoded"]);
        assert!(is_authentic(entry), "{name}");
        assert_eq!(
            hex(Signed::parse(&encoded).unwrap().body),
            entry["signed"],
            "{name}"
        );
        assert_eq!(hex(&sha256(&encoded)), entry["digest"], "{name}");
    });
    each(&vectors["forged"], |name, entry| {
        assert!(!is_authentic(entry), "{name}");
    });
    each(&vectors["shared_keys"], shared_keys::check);
    each(&vectors["comparison_codes"], |name, entry| {
        assert_eq!(code(&bytes(&entry["encoded"])), entry["code"], "{name}");
    });
    each(&vectors["refused"], |name, entry| {
        let found = read(entry["as"].as_str().unwrap(), &bytes(&entry["encoded"])).unwrap_err();
        assert_eq!(error(found), entry["error"], "{name}");
    });
}

/// A buffer that is too small for the longest object would refuse an honest party, one too large costs a card its stack.
#[test]
fn nothing_is_longer_than_announced() {
    assert_eq!(longest().len(), Sdi::MAX);
    let story = exchange();
    let check = |name: &str, longest: usize, change: &dyn Fn(&mut Node)| {
        let object = edited(story.encoded(name), |object| change(&mut object.children()[0]));
        let signed = Signed::parse(&object).unwrap();
        assert_eq!(signed.body.len(), longest, "{name}");
        assert!(object.len() <= longest + Signed::OVERHEAD, "{name}");
        read(
            story.made.iter().find(|made| made.name == name).unwrap().kind,
            &object,
        )
        .unwrap();
        object.len()
    };
    let whole = check("SR, mode 2 store", StoringRequest::MAX, &|body| {
        body.at(&[0xE1, 0x4F]).set(&[0xFF; 16]);
        body.at(&[0xE1, 0xA6, 0x81]).set(b"ZZ999999999");
    });
    assert_eq!(whole, StoringRequest::MAX + Signed::OVERHEAD);
    check(
        "receipt with every flag and four authorizers",
        Receipt::MAX,
        &|body| {
            body.at(&[0x4F]).set(&[0xFF; 16]);
        },
    );
    check("refusal of the issuer", Refusal::MAX, &|body| {
        body.at(&[0x87]).set(&[b'x'; 120])
    });
    check("SDCI, mode 6 store", CertifiedData::MAX, &|body| {
        body.at(&[0xE1, 0x4F]).set(&[0xFF; 16]);
        body.at(&[0xE1, 0xA6, 0x81]).set(b"ZZ999999999");
    });
    check("receipt head", ReceiptHead::MAX, &|_| ());
    check("shared key of the issuer", SharedKey::MAX, &|_| ());
    check("authentication of the issuer", Authentication::MAX, &|_| ());
    check("release of the issuer", Release::MAX, &|body| {
        body.at(&[0xA6, 0x81]).set(b"ZZ999999999")
    });
    let list = check("revocation list, 48 certificates", RevocationList::MAX, &|_| ());
    assert!(list <= COMMAND_DATA_MAX);
    for exchange in &story.exchanges {
        let evidence = exchange.evidence.iter().map(|name| story.encoded(name).len());
        assert!(evidence.sum::<usize>() <= AUTHORIZATION_MAX, "{}", exchange.name);
    }
    // The longest evidence of all: SDCI and SDCI' over it.
    let second = story.encoded("SDCI', mode 7 replace").len();
    assert!(CertifiedData::MAX + Signed::OVERHEAD + second <= AUTHORIZATION_MAX);
}
