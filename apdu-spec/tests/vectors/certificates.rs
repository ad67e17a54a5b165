//! `vectors/certificates.json`.

use serde_json::{Value, json};
use symbolon_apdu_spec::certificate::{
    Certificate, CertificateBuilder, CertificateRequest, CertificateRequestBuilder, Extension,
    IssuerExtension, ProviderExtension, Role,
};
use symbolon_apdu_spec::reason::Reason;

use super::tree::{Node, edited};
use super::world::{self, certify, complete, point, sha256, verifies, written};
use super::{bad_certificates, bytes, check_file, each, error, hex, judged, keys};

/// The fields of a certificate.
fn fields(certificate: &Certificate<'_>) -> Value {
    let extension = match &certificate.extension {
        Extension::None => json!(null),
        Extension::Issuer(extension) => {
            json!({ "data_registrar_roots": extension.data_registrar_roots().map(|root| hex(root)).collect::<Vec<_>>() })
        }
        Extension::Provider(extension) => {
            json!({ "prefixes": extension.prefixes().map(|prefix| prefix.to_string()).collect::<Vec<_>>() })
        }
        Extension::Successor(extension) => json!({
            "predecessor": extension.predecessor.as_str(),
            "data_registrar_roots": extension.data_registrar_roots().map(|root| hex(root)).collect::<Vec<_>>(),
        }),
        Extension::Card(card) => json!({
            "serial": card.serial,
            "issuer_root": hex(card.issuer_root),
            "data_root": hex(card.data_root),
            "policy": card.policy.bits(),
            "key_origin": card.key_origin.name(),
            "platform_version": card.platform_version,
            "key_agreement": hex(card.key_agreement),
            "user_information": hex(card.user_information),
        }),
    };
    json!({
        "authority": certificate.authority.as_str(),
        "holder": certificate.holder.as_str(),
        "identity": certificate.holder.identity().as_str(),
        "point": hex(certificate.point),
        "has_parameters": certificate.has_parameters,
        "role": certificate.role.name(),
        "rights": certificate.rights.bits(),
        "effective": certificate.effective.to_string(),
        "expiration": certificate.expiration.to_string(),
        "extension": extension,
        "unknown_critical_extension": certificate.has_unknown_critical_extension(),
    })
}

fn request_fields(request: &CertificateRequest<'_>) -> Value {
    let card = request.card.map(|card| {
        json!({
            "nonce": hex(card.nonce),
            "key_agreement": hex(card.key_agreement),
            "platform_version": card.platform_version,
            "serial_number": hex(card.serial_number),
        })
    });
    json!({ "holder": request.holder.as_str(), "point": hex(request.point), "card": card })
}

/// Changes a certificate's body and signs it again.
pub fn resigned(key: u8, certificate: &[u8], change: impl FnOnce(&mut Node)) -> Vec<u8> {
    let body = Certificate::parse(certificate).unwrap().body;
    complete(key, &edited(body, change))
}

pub fn unknown_extension(critical: u8) -> Node {
    let content = Node::parent(0xA1, &[Node::new(0x80, b"of a later version")]);
    // 2.999.1, an example arc.
    Node::parent(
        0x73,
        &[
            Node::new(0x06, &[0x88, 0x37, 0x01]),
            Node::new(0x80, &[critical]),
            content,
        ],
    )
}

/// As large as certificates get: names, lists and dates at their ends.
fn largest() -> [Vec<u8>; 2] {
    let (mut roots, mut prefixes) = ([0; 136], [0; 144]);
    let list = [0x11, 0x22, 0x33, 0x44].map(|byte| [byte; 32]);
    let aids = [0xE1, 0xE2, 0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8]
        .map(|byte| symbolon_apdu_spec::aid::Aid::new(&[byte; 16]).unwrap());
    let builder = CertificateBuilder {
        authority: "DELONGEST1299999".parse().unwrap(),
        holder: "ZZ000000000"
            .parse::<symbolon_apdu_spec::certificate::Mnemonic>()
            .ok()
            .and_then(|name| symbolon_apdu_spec::certificate::Reference::from_parts(name, 0))
            .unwrap(),
        point: &point(3),
        role: Role::Issuer,
        rights: world::JOINT,
        effective: "2000-01-01".parse().unwrap(),
        expiration: "2099-12-31".parse().unwrap(),
        extension: Extension::Issuer(IssuerExtension::encode(&list, &mut roots).unwrap()),
    };
    let extension = Extension::Provider(ProviderExtension::encode(&aids, &mut prefixes).unwrap());
    let provider = CertificateBuilder {
        role: Role::Provider,
        extension,
        ..builder
    };
    [certify(1, &builder), certify(2, &provider)]
}

fn good() -> Vec<(&'static str, u8, Vec<u8>)> {
    let [largest_issuer, largest_provider] = largest();
    let also = |critical| {
        resigned(2, &world::provider(), |body| {
            body.at(&[0x65]).push(unknown_extension(critical))
        })
    };
    vec![
        ("root of the issuer registrar", 1, world::issuer_root()),
        ("root of the data registrar", 2, world::data_root()),
        ("IRC", 1, world::issuer()),
        ("DPR", 2, world::provider()),
        ("data certifier", 2, world::certifier()),
        ("RC", 3, world::card()),
        (
            "link, second key of the issuer registrar",
            1,
            world::issuer_link(),
        ),
        ("link, second key of the data registrar", 2, world::data_link()),
        ("IRC of the next issuer", 11, world::next_issuer()),
        ("RC of the next issuer", 9, world::later_card()),
        ("IRC of a successor", 1, world::successor_issuer()),
        ("DPR of a successor", 2, world::successor_provider()),
        (
            "RC of a card whose key its issuer made",
            3,
            world::card_with_issuers_key(),
        ),
        (
            "RC whose policy waives consent",
            3,
            resigned(3, &world::card(), |body| {
                body.at(&[0x65, 0x73, 0xA1, 0x83]).set(&[3, 0x7F])
            }),
        ),
        ("IRC, four data registrars, longest names", 1, largest_issuer),
        ("DPR, eight prefixes of 16 bytes", 2, largest_provider),
        (
            "DPR with an unknown extension that is not critical",
            2,
            also(0x00),
        ),
        (
            "DPR with an unknown critical extension: read, but no verifier accepts it",
            2,
            also(0xFF),
        ),
        (
            "DPR without its extension: read, but no verifier accepts it",
            2,
            resigned(2, &world::provider(), |body| drop(body.remove(0x65))),
        ),
    ]
}

fn made() -> Value {
    let certificates: Value = good()
        .iter()
        .map(|(name, key, encoded)| {
            let certificate = Certificate::parse(encoded).unwrap();
            json!({
                "name": name,
                "encoded": hex(encoded),
                "digest": hex(&sha256(encoded)),
                "signed": hex(certificate.body),
                "signer": hex(&point(*key)),
                "fields": fields(&certificate),
            })
        })
        .collect();
    let requests: Value = [
        ("RI", world::request()),
        ("request of an issuer", world::party_request()),
    ]
    .iter()
    .map(|(name, encoded)| {
        let request = CertificateRequest::parse(encoded).unwrap();
        json!({
            "name": name,
            "encoded": hex(encoded),
            "signed": hex(request.body),
            "signer": hex(request.point),
            "fields": request_fields(&request),
        })
    })
    .collect();
    let judge_all = |list: Vec<(&str, Vec<u8>, Vec<u8>)>, judge: Judge| -> Value {
        let entry = |(name, certificate, authority): &(&str, Vec<u8>, Vec<u8>)| {
            json!({
                "name": name,
                "certificate": hex(certificate),
                "authority": hex(authority),
                "reason": judged_by(judge, certificate, authority),
            })
        };
        list.iter().map(entry).collect()
    };
    json!({
        "about": "Certificates and requests: SPEC.md section 3. Bytes in hexadecimal; signatures by RFC 6979.",
        "keys": keys(),
        "certificates": certificates,
        "requests": requests,
        "judged": judge_all(judged::judged(), |certificate, authority| certificate.check_under(authority)),
        "judged_links": judge_all(judged::judged_links(), |certificate, root| certificate.check_link(root)),
        "refused": bad_certificates::bad(),
    })
}

type Judge = fn(&Certificate<'_>, &Certificate<'_>) -> Result<(), Reason>;

fn judged_by(judge: Judge, certificate: &[u8], authority: &[u8]) -> Option<&'static str> {
    let (certificate, authority) = (Certificate::parse(certificate), Certificate::parse(authority));
    judge(&certificate.unwrap(), &authority.unwrap())
        .err()
        .map(Reason::name)
}

/// Other implementations and the cards in the field would stop understanding our certificates.
#[test]
fn certificates_are_what_the_vectors_say() {
    let vectors = check_file("certificates.json", &made());
    each(&vectors["certificates"], |name, entry| {
        let encoded = bytes(&entry["encoded"]);
        let certificate = Certificate::parse(&encoded).unwrap();
        assert_eq!(fields(&certificate), entry["fields"], "{name}");
        let signer = bytes(&entry["signer"]).try_into().unwrap();
        assert!(
            verifies(&signer, certificate.body, certificate.signature),
            "{name}"
        );
        if !name.contains("unknown") {
            let body = written(|out| CertificateBuilder::from(&certificate).write_body(out));
            assert_eq!(body, certificate.body, "{name}");
        }
    });
    each(&vectors["requests"], |name, entry| {
        let encoded = bytes(&entry["encoded"]);
        let request = CertificateRequest::parse(&encoded).unwrap();
        assert_eq!(request_fields(&request), entry["fields"], "{name}");
        assert!(verifies(request.point, request.body, request.signature), "{name}");
        let body = written(|out| CertificateRequestBuilder::from(&request).write_body(out));
        assert_eq!(body, request.body, "{name}");
    });
    let lists: [(&str, Judge); 2] = [
        ("judged", |certificate, authority| {
            certificate.check_under(authority)
        }),
        ("judged_links", |certificate, root| certificate.check_link(root)),
    ];
    for (list, judge) in lists {
        each(&vectors[list], |name, entry| {
            let reason = judged_by(judge, &bytes(&entry["certificate"]), &bytes(&entry["authority"]));
            assert_eq!(json!(reason), entry["reason"], "{name}");
        });
    }
    each(&vectors["refused"], |name, entry| {
        let encoded = bytes(&entry["encoded"]);
        let found = match entry["as"].as_str().unwrap() {
            "certificate" => Certificate::parse(&encoded).unwrap_err(),
            _ => CertificateRequest::parse(&encoded).unwrap_err(),
        };
        assert_eq!(error(found), entry["error"], "{name}");
    });
}

/// A card would take 7F4E and 5F37 in a PSO VERIFY CERTIFICATE for another certificate than the one in its file.
#[test]
fn body_and_signature_make_the_same_certificate() {
    let encoded = world::issuer();
    let whole = Certificate::parse(&encoded).unwrap();
    let value = [whole.body, &[0x5F, 0x37, 0x40], whole.signature].concat();
    let mut buffer = [0; 512];
    assert_eq!(
        Certificate::parse_body_and_signature(&value, &mut buffer),
        Ok(whole)
    );
    let mut short = [0; 100];
    assert!(Certificate::parse_body_and_signature(&value, &mut short).is_err());
}
