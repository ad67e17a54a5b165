//! Our certificates, read and verified by pycvc, an implementation that shares nothing with ours.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use apdu_spec::certificate::{Certificate, Extension, Role};
use serde_json::{Value, json};
use simulator::card::SimulatedCard;
use simulator::randomness::Randomness;
use symbolon::scene::steps::{personalise, register};
use symbolon::scene::{Cast, Parties};
use symbolon_tests::program::{in_repository, python};

/// U of SPEC.md section 3, in hexadecimal: content bytes of the object identifier.
const ARC: &str = "6984a1f4d294dcdabdc79cc09cc592de8b9d32";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn check(files: &[PathBuf]) -> Output {
    let script = in_repository("tests/setup/pycvc_check.py");
    Command::new(python()).arg(script).args(files).output().unwrap()
}

/// One JSON object for each file.
fn findings(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!text.is_empty(), "{errors}");
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// What the script must say of a certificate, from what our own decoder says.
fn expected(file: &Path, encoded: &[u8]) -> Value {
    let certificate = Certificate::parse(encoded).unwrap();
    let content = match certificate.extension {
        Extension::None => None,
        Extension::Issuer(issuer) => Some((
            1,
            issuer
                .data_registrar_roots()
                .map(|root| format!("8120{}", hex(root)))
                .collect(),
        )),
        Extension::Provider(provider) => {
            let prefix =
                |aid: apdu_spec::aid::Aid| format!("81{:02x}{}", aid.as_bytes().len(), hex(aid.as_bytes()));
            Some((2, provider.prefixes().map(prefix).collect()))
        }
        Extension::Successor(_) => panic!("no successor in the scene"),
        Extension::Card(card) => Some((
            3,
            [
                format!("8004{:08x}", card.serial),
                format!("8120{}", hex(card.issuer_root)),
                format!("8220{}", hex(card.data_root)),
                format!("8302{:04x}", card.policy.bits()),
                format!("8401{:02x}", card.key_origin.code()),
                format!("8502{:04x}", card.platform_version),
                format!("8641{}", hex(card.key_agreement)),
                format!("8720{}", hex(card.user_information)),
            ]
            .concat(),
        )),
    };
    let extensions: Vec<Value> = content
        .into_iter()
        .map(|(number, content): (u8, String)| json!({"06": format!("{ARC}02{number:02x}"), "80": "ff", "a1": content}))
        .collect();
    json!({
        "file": file.to_str().unwrap(),
        "valid": true,
        "request": false,
        "car": certificate.authority.to_string(),
        "chr": certificate.holder.to_string(),
        "scheme": "ECDSA_SHA_256",
        "domain_parameters": certificate.has_parameters,
        "public_point": hex(certificate.point),
        "chat_oid": format!("{ARC}01"),
        "chat": format!("{:02x}{:08x}", certificate.role.code(), certificate.rights.bits()),
        "effective": certificate.effective.to_string(),
        "expires": certificate.expiration.to_string(),
        "extensions": extensions,
        "signer": certificate.authority.to_string(),
    })
}

/// Losing this means that our certificates are ours alone: nobody else could check what our cards and parties sign.
#[test]
fn every_certificate_is_read_and_verified() {
    let parties = Parties::new(&Cast::standard().unwrap()).unwrap();
    let mut card = SimulatedCard::in_memory(Randomness::seeded(3));
    let mut chip = |command: &[u8]| card.process(command).to_vec();
    personalise(&mut chip, &parties).unwrap();
    let registered = register(&mut chip, &parties).unwrap();
    let chains: [&[(&str, Role, &[u8])]; 2] = [
        &[
            (
                "issuer-registrar",
                Role::IssuerRegistrar,
                parties.issuer_registrar.root().encoded(),
            ),
            ("issuer", Role::Issuer, parties.issuer.certificate().encoded()),
            ("card", Role::Card, &registered.certificate),
        ],
        &[
            (
                "data-registrar",
                Role::DataRegistrar,
                parties.data_registrar.root().encoded(),
            ),
            (
                "provider",
                Role::Provider,
                parties.provider.certificate().encoded(),
            ),
        ],
    ];
    let folder = tempfile::tempdir().unwrap();
    for chain in chains {
        let files: Vec<PathBuf> = chain.iter().map(|(name, ..)| folder.path().join(name)).collect();
        for (file, (_, role, encoded)) in files.iter().zip(chain) {
            assert_eq!(Certificate::parse(encoded).unwrap().role, *role);
            fs::write(file, encoded).unwrap();
        }
        let output = check(&files);
        for (found, (file, (.., encoded))) in findings(&output).iter().zip(files.iter().zip(chain)) {
            assert_eq!(*found, expected(file, encoded));
        }
        assert_eq!(
            (findings(&output).len(), output.status.code()),
            (chain.len(), Some(0))
        );
        for (file, (name, _, encoded)) in files.iter().zip(chain) {
            flipped_bytes_are_refused(&files, file, name, encoded);
        }
    }
}

/// Flips a byte of each signed part of one file of a chain.
fn flipped_bytes_are_refused(files: &[PathBuf], file: &Path, name: &str, encoded: &[u8]) {
    let certificate = Certificate::parse(encoded).unwrap();
    let last = |part: &[u8]| part.as_ptr_range().end as usize - encoded.as_ptr() as usize - 1;
    let end_of_name =
        find(encoded, certificate.holder.to_string().as_bytes()) + certificate.holder.to_string().len() - 1;
    for (what, at) in [
        ("the end of the signature", last(certificate.signature)),
        ("the end of the body", last(certificate.body)),
        ("the end of the holder's name", end_of_name),
    ] {
        let mut flipped = encoded.to_vec();
        flipped[at] ^= 0x01;
        fs::write(file, &flipped).unwrap();
        let output = check(files);
        assert_eq!(output.status.code(), Some(1), "{name}: {what}");
        let found = findings(&output);
        let verdict = found
            .iter()
            .find(|found| found["file"] == file.to_str().unwrap())
            .unwrap();
        assert_eq!(verdict["valid"], false, "{name}: {what}");
    }
    fs::write(file, encoded).unwrap();
}

/// Where `part` last begins in `whole`: in a root, its name stands in CAR too.
fn find(whole: &[u8], part: &[u8]) -> usize {
    whole
        .windows(part.len())
        .rposition(|window| window == part)
        .unwrap()
}
