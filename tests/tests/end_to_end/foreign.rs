//! A client in another language, which knows nothing but `SPEC.md`, and our own programs agree on what happened on a
//! card in a reader.

use std::collections::BTreeMap;
use std::fs;
use std::process::Output;

use apdu_spec::date::Date;
use parties::approval::Approval;
use parties::certificate::Roots;
use parties::chain::{Chain, verify_chain};
use parties::evidence::comparison;
use parties::package::Package;
use serde::Deserialize;
use serde_json::Value;
use symbolon_tests::pcsc::{PrivatePcscd, READER_ADDRESS};
use symbolon_tests::program::{in_repository, path, python, symbolon};

/// What the client prints: everything is hexadecimal but the comparison code.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    issuer_root: String,
    data_root: String,
    irc: String,
    dpr: String,
    rc: String,
    request: String,
    first: String,
    second: String,
    receipts: Vec<String>,
    head: String,
    nonce: String,
    aid: String,
    package: String,
    files: BTreeMap<String, String>,
    comparison_code: String,
}

fn bytes(hex: &str) -> Vec<u8> {
    let byte = |place| u8::from_str_radix(&hex[place..place + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(byte).collect()
}

/// What a program printed that must have come to its end.
fn printed(output: Output) -> Vec<u8> {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    output.stdout
}

/// Losing this means that SPEC.md leaves out something that only our own code knows.
#[test]
fn a_client_in_another_language_registers_stores_and_verifies() {
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("card.img");
    printed(symbolon().args(["sim", "new"]).arg(&image).output().unwrap());
    let mut serve = symbolon();
    serve
        .args(["sim", "serve", "--vpcd", READER_ADDRESS, "--card"])
        .arg(&image);
    let pcscd = PrivatePcscd::start(&serve).unwrap();
    let mut client = pcscd.command(python());
    client
        .arg("-B")
        .arg(in_repository("tests/foreign/client.py"))
        .arg(pcscd.reader_name());
    let told: Told = serde_json::from_slice(&printed(client.output().unwrap())).unwrap();

    let ours = |arguments: &[&str]| {
        let mut program = pcscd.command(path());
        program.args(arguments).args(["--reader", pcscd.reader_name()]);
        printed(program.output().unwrap())
    };
    let info: Value = serde_json::from_slice(&ours(&["card", "info", "--json"])).unwrap();
    let info = &info["result"];
    assert_eq!(
        (&info["receipts"], &info["receipts_uncollected"], &info["damaged"]),
        (&2.into(), &0.into(), &false.into())
    );
    assert_eq!(info["applications"][0]["aid"], told.aid.to_uppercase().as_str());
    for (number, content) in &told.files {
        let read = folder.path().join(number);
        let file = format!("{}/{number}", told.aid);
        ours(&["card", "read", &file, "--output", read.to_str().unwrap()]);
        assert_eq!(fs::read(read).unwrap(), bytes(content), "file {number}");
    }
    the_parties_agree(&told);
}

/// Certificates, request, authorizations, package, receipts and head are what our parties would have made.
fn the_parties_agree(told: &Told) {
    let mut roots = Roots::new();
    roots.add("issuer registrar", &bytes(&told.issuer_root)).unwrap();
    roots.add("data registrar", &bytes(&told.data_root)).unwrap();
    let today = Date::new(26, 11, 1).unwrap();
    let (rc, irc, request) = (bytes(&told.rc), bytes(&told.irc), bytes(&told.request));

    let mut approval = Approval::new(&request, &rc, &irc).unwrap();
    approval.set_provider_certificate(&bytes(&told.dpr)).unwrap();
    approval.add_evidence(&bytes(&told.first)).unwrap();
    approval.add_evidence(&bytes(&told.second)).unwrap();
    let receipts: Vec<Vec<u8>> = told.receipts.iter().map(|receipt| bytes(receipt)).collect();
    approval.set_receipt(&receipts[1]).unwrap();
    let report = approval.verify(&roots, today).unwrap();
    assert!(report.all_good(), "{report:?}");
    assert_eq!(told.comparison_code, comparison(&request));

    let package = Package::parse("the client's package", &bytes(&told.package)).unwrap();
    assert_eq!(
        approval.storing_request().unwrap().sdi.package,
        Some(*package.digests())
    );

    let (head, nonce) = (bytes(&told.head), bytes(&told.nonce).try_into().unwrap());
    let chain = Chain {
        receipts: &receipts,
        cards: &[(rc, irc)],
        head: Some((&head, nonce)),
    };
    let checked = verify_chain(&chain, &roots, today).unwrap();
    assert!(checked.report.all_good(), "{:?}", checked.report);
    assert_eq!((checked.entries.len(), checked.gaps), (2, Vec::new()));

    // The check would notice: the same chain without its first receipt, and the same head over another nonce.
    let cut = Chain {
        receipts: &receipts[1..],
        ..chain
    };
    assert_eq!(verify_chain(&cut, &roots, today).unwrap().gaps, [(0, 0)]);
    let other = Chain {
        head: Some((&head, [0; 16])),
        ..chain
    };
    assert!(!verify_chain(&other, &roots, today).unwrap().report.nothing_bad());
}
