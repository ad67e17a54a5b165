//! Messages as somebody reads them who does not know the tool: which step, whose no, and the command that helps.

use std::fs::{self, File};
use std::process::Stdio;

use crate::support::World;

/// Losing this leaves people whose card missed a renewal with "remove the cause".
#[test]
fn a_card_without_its_newest_certificate_is_sent_to_renew() {
    let world = World::registered();
    let renew = "issuer renew --issuer alpenbank --card card.img --modes 1,2,3 --pin-file wrong";
    fs::write(world.file("wrong"), "00000000\n").unwrap();
    world.run(renew).failed(1, &["63C2, wrong PIN, 2 tries left"]);
    world
        .run("approval request --card card.img --mode 2 --package notes.pkg --provider-name DENOTIZ -o second.json")
        .done();
    world
        .run("approval sign second.json --party alpenbank")
        .failed(1, &["not number 2", "SerialTooOld", "\"symbolon issuer renew\""]);
    world
        .run("approval apply second.json --card card.img --package notes.pkg")
        .failed(2, &["the issuer refused:", "not number 2"]);
}

/// Losing this makes a party's no a riddle: the remedy names a command wherever one helps.
#[test]
fn what_a_party_refuses_comes_with_what_helps() {
    let world = World::agreed();
    world
        .run("party new second --role provider --name DESECOND")
        .done();
    for (line, code, words) in [
        (
            "registrar certify second/request.cvr --registrar datareg --prefix F04E4F5445 -o x.cvc",
            1,
            ["AidNotAllowed", "Choose an AID or prefix"],
        ),
        (
            "registrar certify second/request.cvr --registrar datareg --prefix F0AABBCCDD --until 2020-01-01 -o x.cvc",
            1,
            ["Expired", "--until"],
        ),
        (
            "approval refuse store.json --party alpenbank --text no",
            2,
            ["authorized already", "\"symbolon card drop-request\""],
        ),
        (
            "party trust second notiz.cvc",
            1,
            ["the certificate of a provider, not of a registrar", "party trust"],
        ),
        (
            "issuer share-key --issuer alpenbank --card card.img",
            1,
            ["does not allow MACs", "party:       issuer"],
        ),
    ] {
        world.run(line).failed(code, &words);
    }
    // Told before anybody is asked for a passphrase.
    world
        .run_typing("issuer share-key --issuer alpenbank --card card.img", "")
        .failed(1, &["does not allow MACs"]);
}

/// Losing this shows the parser's notation, or says of several things that one is missing.
#[test]
fn wrong_usage_is_told_in_words() {
    let world = World::registered();
    for (line, words) in [
        (
            "approval request --card card.img -o x.json",
            ["one of --package <FILE>, --certified <FILE>", "is missing"],
        ),
        ("approval sign", ["--party <DIR> and <APPROVAL>", "are missing"]),
        (
            "card write",
            ["<PATH> and one of --text <TEXT>, --input <FILE>", "are missing"],
        ),
        (
            "card drop-request first --card card.img",
            ["\"first\" does not fit <NUMBER>", "not a whole number"],
        ),
        (
            "sim serve card.img",
            ["one word too many", "--card FILE or --slot FILE."],
        ),
        (
            "registrar certify a --registrar b -o c --modes 9",
            ["\"9\"", "not from 1 to 7"],
        ),
        (
            "card info --tcp nohost",
            ["\"nohost\" is no address", "HOST:PORT"],
        ),
        (
            "sim new nowhere/card.img",
            ["nowhere/card.img", "a folder that exists"],
        ),
        (
            "party trust alpenbank notes.pkg",
            ["notes.pkg is a package", "registrar"],
        ),
        (
            "card load-revocations alpenbank.cvc --card card.img",
            ["alpenbank.cvc is a certificate", "revocations export"],
        ),
    ] {
        world.run(line).failed(2, &words);
    }
    world
        .run_typing("card change-pin user --card card.img --pin-stdin", "19283746\n")
        .failed(2, &["get the new user PIN", "no line left", "in the order"]);
}

/// Losing this calls a PIN that is too short for this card "malformed".
#[test]
fn a_new_pin_that_is_too_short_is_called_so() {
    let world = World::registered();
    fs::write(world.file("short"), "1234\n").unwrap();
    world
        .run("card change-pin consent --card card.img --new-pin-file short")
        .failed(1, &["too short", "6A80", "at least six"]);
}

/// Losing this makes a full disk look like success.
#[test]
fn a_result_that_cannot_be_written_is_no_success() {
    let world = World::registered();
    let full = File::options().write(true).open("/dev/full").unwrap();
    let output = world
        .command("card tree --card card.img".split(' '))
        .stdout(Stdio::from(full))
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{error}");
    for words in ["standard output", "Make room"] {
        assert!(error.contains(words), "{words} is not in {error}");
    }
}

/// Losing this makes help that cannot be written look like success.
#[test]
fn help_that_cannot_be_written_is_no_success() {
    let world = World::empty();
    for line in ["--help", "card read --help", "--version", "help topics"] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = world
            .command(line.split(' '))
            .stdout(Stdio::from(full))
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(4), "{line}: {error}");
        assert!(error.contains("Make room"), "{line}: {error}");
    }
}

/// Losing this calls a wrong unblocking code a wrong PIN.
#[test]
fn a_wrong_unblocking_code_is_called_so() {
    let world = World::registered();
    fs::write(world.file("code"), "00000000\n").unwrap();
    fs::write(world.file("new"), "19283746\n").unwrap();
    let words = "63C9, wrong unblocking code, 9 tries left";
    world
        .run("card unblock user --card card.img --code-file code --new-pin-file new")
        .failed(1, &[words]);
    fs::write(
        world.file("script"),
        "unblock user --code-file code --new-pin-file new\n",
    )
    .unwrap();
    let shell = world.run("card shell script --card card.img");
    shell.failed(
        1,
        &["63C8, wrong unblocking code, 8 tries left", "Type the code again"],
    );
}

/// Losing this accepts a card of anybody's where its registrar was named.
#[test]
fn a_card_under_another_root_is_refused() {
    let world = World::agreed();
    world
        .run("party new stranger --role issuer-registrar --name DESTRANGE")
        .done();
    let root = "--root stranger/certificate.cvc";
    world
        .run(&format!("card prove-receipts --card card.img {root} -o head.f0"))
        .failed(1, &["not among those trusted", "ask its issuer"]);
    assert!(!world.file("head.f0").exists());
    // A data registrar vouches for no card.
    world
        .run("card prove-receipts --card card.img --root datareg/certificate.cvc")
        .failed(1, &["UnknownAuthority", "--root FILE"]);
    let silent = world.run("card prove-receipts --card card.img").done();
    assert!(silent.out.contains("not checked:"), "{}", silent.out);
    let known = world
        .run("card prove-receipts --card card.img --root cardreg/certificate.cvc")
        .done();
    assert!(!known.out.contains("not checked"), "{}", known.out);
    let listed = world.run(&format!("card receipts --card card.img --pin user {root}"));
    assert_eq!(listed.code, 1, "{}", listed.out);
    assert!(listed.out.contains("Something is wrong"), "{}", listed.out);
    world
        .run(&format!("approval verify store.json {root}"))
        .failed(1, &["issuer under its registrar", "not among those trusted"]);
    let silent = world.run("approval verify store.json").done();
    assert!(silent.out.contains("not checked:"), "{}", silent.out);
}

/// Losing this shows whoever made a slip the notation of a programmer.
#[test]
fn damaged_files_are_told_in_words() {
    let world = World::agreed();
    let approval = fs::read_to_string(world.file("store.json")).unwrap();
    fs::write(world.file("half.json"), &approval[..approval.len() / 2]).unwrap();
    fs::write(
        world.file("text.json"),
        approval.replacen("\"mode\": 2", "\"mode\": \"two\"", 1),
    )
    .unwrap();
    let package = fs::read(world.file("notes.pkg")).unwrap();
    fs::write(world.file("half.pkg"), &package[..package.len() / 2]).unwrap();
    let certificate = fs::read(world.file("notiz.cvc")).unwrap();
    fs::write(world.file("half.cvc"), &certificate[..50]).unwrap();
    for (line, words) in [
        (
            "party accept notiz --certificate half.cvc --root datareg/certificate.cvc",
            ["half.cvc: it ends too early", "Get it again from where it came"],
        ),
        (
            "party accept notiz --certificate notiz.cvc --root notes.pkg",
            ["notes.pkg is a package, not a certificate", "registrar gave"],
        ),
        (
            "approval status half.json",
            ["half.json:", "the file ends here, before it is complete"],
        ),
        (
            "approval status text.json",
            [
                "text.json:",
                "a whole number from 0 to 255 belongs here, not the text \"two\"",
            ],
        ),
        ("package show half.pkg", ["half.pkg", "it ends too early"]),
    ] {
        world.run(line).failed(2, &words);
    }
}
