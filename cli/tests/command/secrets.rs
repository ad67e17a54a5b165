//! What must stay secret is in no output and in no file that others can read.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::{CONSENT_PIN, PASSPHRASE, Ran, USER_PIN, World};

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02X}")).collect()
}

/// Losing this writes PINs into terminals, logs and bug reports.
#[test]
fn no_command_shows_a_secret_however_much_it_is_asked_to() {
    let world = World::empty();
    fs::write(world.file("user"), format!("{USER_PIN}\n")).unwrap();
    fs::write(world.file("consent"), format!("{CONSENT_PIN}\n")).unwrap();
    let mut said = Vec::new();
    for options in ["", "--trace", "--json --trace"] {
        for line in [
            "party new cardreg --role issuer-registrar --name CHCARDREG",
            "party new datareg --role data-registrar --name DEDATAREG",
            "party new alpenbank --role issuer --name CHALPENBK",
            "registrar certify alpenbank/request.cvr --registrar cardreg --data-registrar datareg/certificate.cvc -o a.cvc",
            "party accept alpenbank --certificate a.cvc --root cardreg/certificate.cvc",
            "party trust alpenbank datareg/certificate.cvc",
            "sim new card.img",
            "issuer personalize --issuer alpenbank --card card.img --user Ada --letter letter --key-made-by-issuer",
            "card verify-pin user --card card.img --pin-file letter/user-pin",
            "issuer register --issuer alpenbank --card card.img",
            "card change-pin consent --card card.img --pin-file letter/consent-pin --new-pin-file consent",
            "card change-pin user --card card.img --pin-file letter/user-pin --new-pin-file user",
            "card verify-pin user --card card.img",
            "card verify-pin consent --card card.img --pin-file user",
            "card change-pin user --card card.img --new-pin-file letter/user-pin",
            "card change-pin user --card card.img --pin-file letter/user-pin --new-pin-file user",
            "card unblock user --card card.img --code-file letter/unblocking-code --new-pin-file user",
            "card unblock user --card card.img --code-file consent --new-pin-file user",
            "card info --card card.img",
            "card info --card card.img --pin user",
            "party show alpenbank",
        ] {
            said.push((line, world.run(&format!("{line} {options}"))));
        }
        fs::remove_file(world.file("card.img")).unwrap();
    }
    let letter = |name: &str| {
        fs::read_to_string(world.file(name))
            .unwrap()
            .trim_end()
            .to_owned()
    };
    let pins = [
        letter("letter/user-pin"),
        letter("letter/consent-pin"),
        USER_PIN.into(),
        CONSENT_PIN.into(),
        letter("letter/unblocking-code"),
    ];
    for command in ["> 002C0001 **", "> 00DA0123 **", "> 00DA0124 **"] {
        assert!(
            said.iter().any(|(_, ran)| ran.err.contains(command)),
            "{command} was not traced"
        );
    }
    assert!(
        said.iter().any(|(_, ran)| ran.err.contains("> 00200001 **")),
        "nothing was traced"
    );
    for (line, Ran { out, err, .. }) in &said {
        for text in [out, err] {
            assert!(!text.contains(PASSPHRASE), "{line}: {text}");
            for pin in &pins {
                assert!(
                    !text.contains(pin.as_str()) && !text.contains(&hex(pin)),
                    "{line}: {text}"
                );
            }
        }
    }
}

#[test]
fn secrets_in_files_are_their_owners_alone() {
    let world = World::empty();
    world
        .run("party new cardreg --role issuer-registrar --name CHCARDREG")
        .done();
    let world = World::registered();
    let mode = |name: &str| fs::metadata(world.file(name)).unwrap().permissions().mode() & 0o777;
    // Copies of the prepared world do not have its permissions: look at what is made here.
    fs::remove_file(world.file("card.img")).unwrap();
    world.run("sim new card.img").done();
    world
        .run("issuer personalize --issuer alpenbank --card card.img --user Ada --letter post")
        .done();
    assert_eq!(
        [
            mode("post"),
            mode("post/user-pin"),
            mode("post/consent-pin"),
            mode("post/unblocking-code"),
        ],
        [0o700, 0o600, 0o600, 0o600]
    );
    world
        .run("card read 2F00 --card card.img --output content")
        .done();
    assert_eq!(mode("content"), 0o600);
    world.run("party new other --role provider --name DEOTHER").done();
    assert_eq!([mode("other/key.pem"), mode("other")], [0o600, 0o700]);
}

/// Losing this makes the holder's PINs differ from the card's after an interruption.
#[test]
fn personalizing_again_completes_and_keeps_the_letter() {
    let world = World::registered();
    fs::remove_file(world.file("card.img")).unwrap();
    world.run("sim new card.img").done();
    let line = "issuer personalize --issuer alpenbank --card card.img --user Ada --letter post";
    let read =
        || ["user-pin", "consent-pin"].map(|name| fs::read(world.file(&format!("post/{name}"))).unwrap());
    let first = world.json(line);
    let letter = read();
    let again = world.json(line);
    assert_eq!(first, again);
    assert_eq!(letter, read());
    let registered = world.json("issuer register --issuer alpenbank --card card.img");
    assert_eq!(registered["registered_before"], false);
    assert_eq!(registered["receipt"], 0);
    let again = world.json("issuer register --issuer alpenbank --card card.img");
    assert_eq!(again["registered_before"], true);
    world
        .run(line)
        .failed(1, &["AlreadyRegistered", "Use a new card"]);
}
