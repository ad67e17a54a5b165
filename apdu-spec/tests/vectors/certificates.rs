//! `vectors/certificates.json`.

use serde_json::{Value, json};
use symbolon_apdu_spec::certificate::{
    Certificate, CertificateBuilder, CertificateRequest, CertificateRequestBuilder, Extension, IssuerExtension,
    ProviderExtension, Role,
};

use super::tree::{Node, edited};
use super::world::{self, certify, complete, point, sha256, verifies, written};
use super::{broken, bytes, check_file, each, error, hex, keys, refused};

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
fn resigned(key: u8, certificate: &[u8], change: impl FnOnce(&mut Node)) -> Vec<u8> {
    let body = Certificate::parse(certificate).unwrap().body;
    complete(key, &edited(body, change))
}

fn unknown_extension(critical: u8) -> Node {
    let content = Node::parent(0xA1, &[Node::new(0x80, b"of a later version")]);
    // 2.999.1, an example arc.
    Node::parent(0x73, &[Node::new(0x06, &[0x88, 0x37, 0x01]), Node::new(0x80, &[critical]), content])
}

/// As large as certificates get: names, lists and dates at their ends.
fn largest() -> [Vec<u8>; 2] {
    let (mut roots, mut prefixes) = ([0; 136], [0; 144]);
    let list = [0x11, 0x22, 0x33, 0x44].map(|byte| [byte; 32]);
    let aids = [0xE1, 0xE2, 0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8]
        .map(|byte| symbolon_apdu_spec::aid::Aid::new(&[byte; 16]).unwrap());
    let builder = CertificateBuilder {
        authority: "DELONGEST1299999".parse().unwrap(),
        holder: "ZZ000000000".parse::<symbolon_apdu_spec::certificate::Mnemonic>()
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
    let provider = CertificateBuilder { role: Role::Provider, extension, ..builder };
    [certify(1, &builder), certify(2, &provider)]
}

fn good() -> Vec<(&'static str, u8, Vec<u8>)> {
    let [largest_issuer, largest_provider] = largest();
    let also = |critical| {
        resigned(2, &world::provider(), |body| body.at(&[0x65]).push(unknown_extension(critical)))
    };
    vec![
        ("root of the issuer registrar", 1, world::issuer_root()),
        ("root of the data registrar", 2, world::data_root()),
        ("IRC", 1, world::issuer()),
        ("DPR", 2, world::provider()),
        ("data certifier", 2, world::certifier()),
        ("RC", 3, world::card()),
        ("IRC, four data registrars, longest names", 1, largest_issuer),
        ("DPR, eight prefixes of 16 bytes", 2, largest_provider),
        ("DPR with an unknown extension that is not critical", 2, also(0x00)),
        ("DPR with an unknown critical extension: read, but no verifier accepts it", 2, also(0xFF)),
        ("DPR without its extension: read, but no verifier accepts it", 2, resigned(2, &world::provider(), |body| drop(body.remove(0x65)))),
    ]
}

/// Certificates under authorities: the reason why not, or none.
fn judged() -> Vec<(&'static str, Vec<u8>, Vec<u8>)> {
    let (issuer, provider, root) = (world::issuer(), world::provider(), world::data_root());
    let at = |change: fn(&mut Node)| resigned(2, &world::provider(), change);
    vec![
        ("DPR under its root", provider.clone(), root.clone()),
        ("RC under its IRC", world::card(), issuer.clone()),
        ("DPR under the wrong root", provider.clone(), world::issuer_root()),
        ("DPR under a root of the same name with another role", at(|body| body.at(&[0x42]).set(b"DEISSUREG00001")), world::issuer_root()),
        ("a root under a root", root.clone(), root.clone()),
        ("RC with more rights than its IRC", resigned(3, &world::card(), |body| body.at(&[0x7F4C, 0x53]).set(&[5, 0, 0, 0, 0x7F])), issuer),
        ("DPR without its extension", at(|body| drop(body.remove(0x65))), root.clone()),
        ("DPR with an unknown critical extension", at(|body| body.at(&[0x65]).push(unknown_extension(0xFF))), root.clone()),
        ("DPR with an unknown extension", at(|body| body.at(&[0x65]).push(unknown_extension(0x00))), root.clone()),
        ("DPR that ends before it begins", at(|body| body.at(&[0x5F24]).set(&[2, 6, 0, 2, 2, 8])), root),
    ]
}

fn bad() -> Vec<Value> {
    let good = world::provider();
    let certificate = |name: &str, encoded: &[u8]| refused(name, "certificate", encoded, |input| Certificate::parse(input).map(drop));
    let mut list: Vec<_> = broken(&good).iter().map(|(name, encoded)| certificate(name, encoded)).collect();
    let mut add = |name, change: &dyn Fn(&mut Node)| {
        list.push(certificate(name, &resigned(2, &good, change)));
    };
    add("profile 01", &|body| body.at(&[0x5F29]).set(&[1]));
    add("CAR in lower case", &|body| body.at(&[0x42]).set(b"frdatareg00001"));
    add("CAR of 17 bytes", &|body| body.at(&[0x42]).set(b"FRDATAREGIST00001"));
    add("CHR without mnemonic", &|body| body.at(&[0x5F20]).set(b"GB00002"));
    add("CHR with a letter in the sequence", &|body| body.at(&[0x5F20]).set(b"GBMUSEUM0000B"));
    add("no CHR", &|body| drop(body.remove(0x5F20)));
    add("CHR before the key", &|body| body.swap(0x7F49, 0x5F20));
    add("another algorithm", &|body| body.at(&[0x7F49, 0x06]).set(b"\x04\x00\x7F\x00\x07\x02\x02\x02\x02\x05"));
    add("a compressed point", &|body| body.at(&[0x7F49, 0x86]).set(&[&[2][..], &point(4)[1..33]].concat()));
    add("a point that begins with 06", &|body| body.at(&[0x7F49, 0x86]).set(&[&[6][..], &point(4)[1..]].concat()));
    add("domain parameters outside a root", &|body| {
        *body.at(&[0x7F49]) = {
            let root = world::data_root();
            let mut root = edited_node(&root);
            root.at(&[0x7F4E, 0x7F49]).clone()
        };
    });
    add("another role identifier", &|body| body.at(&[0x7F4C, 0x06]).set(b"\x04\x00\x7F\x00\x07\x03\x01\x02\x01"));
    add("role 00", &|body| body.at(&[0x7F4C, 0x53]).set(&[0, 0, 0, 0, 6]));
    add("role 07", &|body| body.at(&[0x7F4C, 0x53]).set(&[7, 0, 0, 0, 6]));
    add("a right for mode 8", &|body| body.at(&[0x7F4C, 0x53]).set(&[4, 0, 0, 0, 0x86]));
    add("rights of three bytes", &|body| body.at(&[0x7F4C, 0x53]).set(&[4, 0, 0, 6]));
    add("a date in packed digits", &|body| body.at(&[0x5F25]).set(&[0x26, 0x03, 0x01]));
    add("30 February", &|body| body.at(&[0x5F24]).set(&[3, 1, 0, 2, 3, 0]));
    add("a digit above 9", &|body| body.at(&[0x5F24]).set(&[3, 0, 1, 0, 0, 10]));
    add("dates exchanged", &|body| body.swap(0x5F25, 0x5F24));
    add("an empty list of extensions", &|body| body.at(&[0x65]).children().clear());
    add("the same extension twice", &|body| {
        let again = body.at(&[0x65, 0x73]).clone();
        body.at(&[0x65]).push(again);
    });
    add("critical 01", &|body| body.at(&[0x65, 0x73, 0x80]).set(&[1]));
    add("its extension not critical", &|body| body.at(&[0x65, 0x73, 0x80]).set(&[0]));
    add("a prefix of 4 bytes", &|body| body.at(&[0x65, 0x73, 0xA1, 0x81]).set(&[0xA0; 4]));
    add("no prefix", &|body| body.at(&[0x65, 0x73, 0xA1]).children().clear());
    add("nine prefixes", &|body| *body.at(&[0x65, 0x73, 0xA1]).children() = vec![Node::new(0x81, &[0xA0; 5]); 9]);
    add("an unknown element", &|body| body.push(Node::new(0x5F26, &[2, 6, 0, 1, 0, 1])));

    list.push(certificate("longer than 512 bytes", &resigned(2, &good, |body| {
        let mut large = unknown_extension(0);
        large.at(&[0xA1, 0x80]).set(&[0; 256]);
        body.at(&[0x65]).push(large);
    })));
    list.push(certificate("a signature of 63 bytes", &edited(&good, |whole| whole.at(&[0x5F37]).set(&[1; 63]))));
    list.push(certificate("no signature", &edited(&good, |whole| drop(whole.remove(0x5F37)))));
    list.push(certificate("a request", &world::party_request()));
    for (name, tag, value) in [
        ("a policy for mode 8", 0x83, &[0, 0x86][..]),
        ("key origin 03", 0x84, &[3]),
        ("a key-agreement point of 64 bytes", 0x86, &[4; 64]),
    ] {
        let encoded = resigned(3, &world::card(), |body| body.at(&[0x65, 0x73, 0xA1, tag]).set(value));
        list.push(certificate(name, &encoded));
    }
    let root = world::data_root();
    list.push(certificate("a root without domain parameters", &resigned(2, &root, |body| {
        let key = body.at(&[0x7F49]);
        key.children().retain(|child| matches!(child.encode()[0], 0x06 | 0x86));
    })));
    list.push(certificate("a root on another curve", &resigned(2, &root, |body| body.at(&[0x7F49, 0x83]).set(&[7; 32]))));
    list.push(certificate("a root without cofactor", &resigned(2, &root, |body| drop(body.at(&[0x7F49]).remove(0x87)))));
    list.extend(bad_requests());
    list
}

fn edited_node(bytes: &[u8]) -> Node {
    let mut found = None;
    edited(bytes, |node| found = Some(node.clone()));
    found.unwrap()
}

fn bad_requests() -> Vec<Value> {
    let request = |name: &str, encoded: &[u8]| refused(name, "request", encoded, |input| CertificateRequest::parse(input).map(drop));
    let again = |change: &dyn Fn(&mut Node)| {
        let good = world::request();
        complete(5, &edited(CertificateRequest::parse(&good).unwrap().body, change))
    };
    vec![
        request("a certificate", &world::provider()),
        request("a request with CAR", &again(&|body| body.children().insert(1, Node::new(0x42, b"DEBANK00007")))),
        request("a request without domain parameters", &again(&|body| {
            body.at(&[0x7F49]).children().retain(|child| matches!(child.encode()[0], 0x06 | 0x86));
        })),
        request("a request with another extension", &again(&|body| *body.at(&[0x65, 0x73]) = unknown_extension(0))),
        request("a request with two extensions", &again(&|body| body.at(&[0x65]).push(unknown_extension(0)))),
        request("a nonce of 15 bytes", &again(&|body| body.at(&[0x65, 0x73, 0xA1, 0x80]).set(&[0; 15]))),
        request("a serial number of 9 bytes", &again(&|body| body.at(&[0x65, 0x73, 0xA1, 0x83]).set(&[0; 9]))),
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
    let requests: Value = [("RI", world::request()), ("request of an issuer", world::party_request())]
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
    let judged: Value = judged()
        .iter()
        .map(|(name, certificate, authority)| {
            json!({
                "name": name,
                "certificate": hex(certificate),
                "authority": hex(authority),
                "reason": judge(certificate, authority),
            })
        })
        .collect();
    json!({
        "about": "Certificates and requests: SPEC.md section 3. Bytes in hexadecimal; signatures by RFC 6979.",
        "keys": keys(),
        "certificates": certificates,
        "requests": requests,
        "judged": judged,
        "refused": bad(),
    })
}

fn judge(certificate: &[u8], authority: &[u8]) -> Option<&'static str> {
    let authority = Certificate::parse(authority).unwrap();
    Certificate::parse(certificate).unwrap().check_under(&authority).err().map(|reason| reason.name())
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
        assert!(verifies(&signer, certificate.body, certificate.signature), "{name}");
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
    each(&vectors["judged"], |name, entry| {
        let reason = judge(&bytes(&entry["certificate"]), &bytes(&entry["authority"]));
        assert_eq!(json!(reason), entry["reason"], "{name}");
    });
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
    assert_eq!(Certificate::parse_body_and_signature(&value, &mut buffer), Ok(whole));
    let mut short = [0; 100];
    assert!(Certificate::parse_body_and_signature(&value, &mut short).is_err());
}
