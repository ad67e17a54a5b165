//! What goes wrong ends with the right code and tells step, position, cause and remedy.

use std::fs;

use crate::support::{Ran, World};

fn edit(world: &World, file: &str, change: impl FnOnce(Vec<u8>) -> Vec<u8>) {
    let path = world.file(file);
    let content = change(fs::read(&path).unwrap());
    fs::write(path, content).unwrap();
}

#[test]
fn wrong_usage_is_2() {
    let world = World::registered();
    for line in [
        "card",
        "nonsense",
        "card info --card",
        "card verify-pin 07 --card card.img",
        "--nonsense",
    ] {
        assert_eq!(world.run(line).code, 2, "{line}");
    }
    world
        .run("card info")
        .failed(2, &["no card is named", "--card FILE", "SYMBOLON_READER"]);
    world
        .run("card info --card notes.pkg")
        .failed(2, &["notes.pkg", "not a card image"]);
    world
        .run("card verify-pin 81 --card card.img")
        .failed(2, &["PIN of an application", "--application"]);
    world
        .run("registrar certify notiz/request.cvr --registrar datareg -o x.cvc")
        .failed(2, &["--prefix"]);
    world
        .run("issuer cards --issuer notiz")
        .failed(2, &["provider DENOTIZ, not of the issuer"]);
    world
        .run("party show nowhere")
        .failed(2, &["nowhere", "symbolon party new"]);
    assert!(!world.file("x.cvc").exists());
}

/// Losing this leaves an author without the place of a mistake, or with half a package.
#[test]
fn a_toml_that_breaks_a_rule_is_named_with_line_and_column() {
    let world = World::empty();
    let packages = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../packages"));
    let good = fs::read_to_string(packages.join("notes-2.toml")).unwrap();
    fs::create_dir(world.file("notes")).unwrap();
    fs::copy(
        packages.join("notes/guide-2.txt"),
        world.file("notes/guide-2.txt"),
    )
    .unwrap();
    for (from, to, place) in [
        ("quota = 8192", "quota = \"much\"", "bad.toml:7:9:"),
        ("label = \"Notes\"", "label = \"Notes", "bad.toml:6:"),
        ("format = 1", "format = 9", "bad.toml:3:"),
        (
            "aid = \"F04E4F544553\"",
            "aid = \"A000000151\"",
            "the AID A000000151 is reserved",
        ),
    ] {
        assert!(good.contains(from), "{from}");
        fs::write(world.file("bad.toml"), good.replacen(from, to, 1)).unwrap();
        world
            .run("package build bad.toml -o bad.pkg")
            .failed(2, &["build the package", place]);
        assert!(!world.file("bad.pkg").exists());
    }
}

#[test]
fn damaged_files_are_named_with_position_and_cause() {
    let world = World::agreed();
    let whole = fs::read(world.file("store.json")).unwrap();
    for keep in [0, 1, 300, whole.len() - 3] {
        fs::write(world.file("cut.json"), &whole[..keep]).unwrap();
        for command in [
            "show",
            "status",
            "verify",
            "sign --party alpenbank",
            "apply --card card.img --package notes.pkg",
        ] {
            let (name, rest) = command.split_once(' ').unwrap_or((command, ""));
            world
                .run(&format!("approval {name} cut.json {rest}"))
                .failed(2, &["cut.json:", "the file ends here"]);
        }
        assert_eq!(fs::read(world.file("cut.json")).unwrap(), &whole[..keep]);
    }
    let digit = |whole: Vec<u8>| {
        String::from_utf8(whole)
            .unwrap()
            .replacen("\"sr\": \"f0", "\"sr\": \"fx", 1)
            .into_bytes()
    };
    edit(&world, "store.json", digit);
    world
        .run("approval show store.json")
        .failed(2, &["store.json, field sr"]);
    edit(&world, "notes.pkg", |mut bytes| {
        bytes.truncate(100);
        bytes
    });
    world
        .run("package show notes.pkg")
        .failed(2, &["notes.pkg, byte"]);
    edit(&world, "notiz/party.json", |_| b"{\"schema\":1,".to_vec());
    world.run("party show notiz").failed(2, &["party.json:1:"]);
    edit(&world, "alpenbank/party.db", |mut bytes| {
        bytes[..64].fill(0x5A);
        bytes
    });
    world
        .run("issuer cards --issuer alpenbank")
        .failed(2, &["alpenbank/party.db", "restore"]);
}

#[test]
fn no_card_reader_or_a_busy_one_is_3() {
    let world = World::registered();
    world
        .run("card info --card none.img")
        .failed(3, &["none.img", "symbolon sim new"]);
    let file = fs::File::options()
        .read(true)
        .write(true)
        .open(world.file("card.img"))
        .unwrap();
    file.lock().unwrap();
    world
        .run("card info --card card.img")
        .failed(3, &["in use by another process", "Wait until"]);
    world
        .run("sim serve --card card.img --tcp 127.0.0.1:0")
        .failed(3, &["in use"]);
    drop(file);
    world.run("card info --card card.img").done();
    let command = &mut world.command(["card", "info", "--reader", "nobody"]);
    command.env("PCSCLITE_CSOCK_NAME", world.file("no-pcscd"));
    Ran::new(&command.output().unwrap()).failed(3, &["no PC/SC service"]);
    world
        .run("card info --tcp 127.0.0.1:1")
        .failed(3, &["find the card"]);
}

#[test]
fn what_is_typed_counts_before_the_environment() {
    let world = World::registered();
    world.run("sim new other.img").done();
    let state = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = world.command(arguments);
        command
            .args(["card", "info", "--json"])
            .envs(variables.iter().copied());
        Ran::new(&command.output().unwrap()).done().document()["result"]["life_cycle"].clone()
    };
    let both = [("SYMBOLON_CARD", "other.img"), ("SYMBOLON_READER", "nobody")];
    assert_eq!(state(&[], &both), "initialisation");
    world
        .run("card info --card card.img --reader nobody --json")
        .document();
    let mut typed = world.command(["card", "info", "--json", "--card", "card.img"]);
    let typed = Ran::new(&typed.envs(both).output().unwrap()).done();
    assert_eq!(typed.document()["result"]["life_cycle"], "operational");
}

/// Losing this has somebody throw away a card that is only older than the program, as a damaged one.
#[test]
fn a_card_of_another_flash_format_is_refused_by_that_name_and_left_as_it_is() {
    let world = World::registered();
    edit(&world, "card.img", |mut image| {
        let pages = image.windows(3).enumerate();
        let versions =
            pages.filter_map(|(at, bytes)| (at % 0x1000 == 0 && bytes == b"SYM").then_some(at + 3));
        for at in versions.collect::<Vec<_>>() {
            image[at] -= 1;
        }
        image
    });
    let older = fs::read(world.file("card.img")).unwrap();
    let page = older.windows(3).position(|bytes| bytes == b"SYM").unwrap();
    let format = format!("a card of flash format {};", older[page + 3]);
    for line in [
        "card info --card card.img",
        "card tree --card card.img",
        "sim serve --card card.img --tcp 127.0.0.1:0",
    ] {
        world
            .run(line)
            .failed(2, &[&format, "Nothing was changed", "CHANGELOG.md"]);
    }
    assert_eq!(fs::read(world.file("card.img")).unwrap(), older);
}

/// Losing this answers with the content of a card whose memory cannot be trusted.
#[test]
fn a_damaged_card_says_so_and_nothing_else() {
    let world = World::registered();
    edit(&world, "card.img", |mut image| {
        let start = image.windows(3).position(|bytes| bytes == b"SYM").unwrap();
        image[start + 200..start + 260].fill(0x00);
        image
    });
    let info = world.json("card info --card card.img");
    assert_eq!(
        (&info["damaged"], &info["applications"]),
        (&true.into(), &serde_json::json!([]))
    );
    world
        .run("card read 2F00 --card card.img")
        .failed(1, &["6581", "damaged"]);
}

/// Losing this blocks people's cards.
#[test]
fn wrong_pins_tell_the_tries_left_and_the_last_is_kept() {
    let world = World::registered();
    let verify = |options: &str| {
        world.run_typing(
            &format!("card verify-pin user --card card.img --pin-stdin {options}"),
            "99999999\n",
        )
    };
    verify("").failed(1, &["verify the user PIN", "63C2", "2 tries left"]);
    verify("").failed(1, &["63C1", "1 try left"]);
    verify("").failed(2, &["one try is left", "--last-try"]);
    let state = world.json("card verify-pin user --card card.img --dry-run");
    assert_eq!(state["tries_left"], 1);
    verify("--last-try").failed(1, &["6983", "no tries left"]);
    verify("--last-try").failed(1, &["6983"]);
    world
        .run("card read 5F01 --card card.img --pin user")
        .failed(1, &["6983"]);
}

#[test]
fn secrets_that_nobody_can_give_are_asked_for_by_name() {
    let world = World::registered();
    let without = |line: &str, name: &str| {
        let ran = world.run_typing(line, "");
        ran.failed(2, &[name, "not a terminal"]);
    };
    without("card verify-pin user --card card.img", "SYMBOLON_PIN");
    without("card verify-pin consent --card card.img", "SYMBOLON_CONSENT_PIN");
    without(
        "issuer register --issuer alpenbank --card card.img",
        "SYMBOLON_PASSPHRASE",
    );
    world
        .run_typing("card verify-pin user --card card.img --pin-stdin", "")
        .failed(2, &["no line left for it"]);
    world
        .run_typing("card verify-pin user --card card.img --pin-stdin", "12\n")
        .failed(2, &["4 to 16"]);
    world
        .run("card verify-pin user --card card.img --pin-file none")
        .failed(2, &["none: No such file"]);
    fs::write(world.file("short"), "1234567\n").unwrap();
    let line = "party new short-one --role issuer --name CHSHORT --passphrase-file short";
    world.run(line).failed(2, &["fewer than 8 characters", "longer"]);
    fs::write(world.file("wrong"), "another passphrase\n").unwrap();
    world
        .run("issuer register --issuer alpenbank --card card.img --passphrase-file wrong")
        .failed(2, &["does not open this key"]);
}

#[test]
fn the_cards_own_refusals_are_1_and_name_the_status_word() {
    let world = World::registered();
    world
        .run("card read 5F01 --card card.img")
        .failed(1, &["read 3F00/5F01", "6982", "Add --pin user"]);
    world.run("card read 7777 --card card.img").failed(1, &["6A82"]);
    world
        .run("approval request --card card.img --delete F04E4F544553 -o x.json")
        .failed(1, &["NoSuchApplication"]);
    world
        .run("approval request --card card.img --replace --package notes.pkg --provider-name DENOTIZ -o x.json")
        .failed(1, &["open a storing request", "NoSuchApplication"]);
    assert!(!world.file("x.json").exists());
}
