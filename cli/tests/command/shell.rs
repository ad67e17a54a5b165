//! The shell on a real simulated card, by scripts, and logs explained.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::support::{CONSENT_PIN, USER_PIN, World};

const APPLY: &str = "approval apply store.json --card card.img --package notes.pkg";

impl World {
    /// A card with the notes on it, and `script` in a file.
    fn with_script(script: &str) -> Self {
        let world = Self::agreed();
        world.run(APPLY).done();
        fs::write(world.file("script.sym"), script).unwrap();
        world
    }
}

const SCRIPT: &str = "card shell script.sym --card card.img";

/// Losing this makes the shell useless where nobody types.
#[test]
fn a_script_walks_through_a_card() {
    let world = World::with_script(
        "# What the holder sees.
         pwd
         ls
         cd notes
         pwd
         stat 0102
         cat 0102
         expect 6982
         verify user
         write 0102 'call Bob'
         cat 0102
         expect 9000 63616C6C20426F62* --text Bob
         set greeting ${data:0:4}
         echo $greeting $sw $path
         tree /
         hexdump ../EF.GDO
         expect 9000 5A08xxxxxxxxxxxxxxxx
         apdu 00 B0 00 00 00
         cd ..
         pins",
    );
    let ran = world.run(SCRIPT).done();
    for words in [
        "/  3F00\n",
        "/Notes  F04E4F544553\n",
        "Notes",
        "may read:",
        "user PIN (closed now)",
        "The user PIN is right.",
        "8 bytes are in /Notes/0102, read back and the same.",
        "call Bob\n",
        "63616C6C 9000 F04E4F544553\n",
        "└── ",
        "READ BINARY",
        "serial number: ",
        "user PIN:     verified",
    ] {
        assert!(ran.out.contains(words), "{words:?} is not in {}", ran.out);
    }
    assert_eq!(ran.err, "");
}

#[test]
fn a_script_ends_where_nobody_wanted_what_came() {
    for (script, code, words) in [
        ("cat 7777\necho never", 1, ["6A82", "script.sym line 1"]),
        ("cat 7777", 1, ["6A82", "script.sym line 1"]),
        (
            "cat 7777\nexpect 9000\necho never",
            1,
            ["9000 was wanted", "line 2"],
        ),
        (
            "\ncat EF.GDO\nexpect 9000 00*\necho never",
            1,
            ["this came: 5A08", "line 3"],
        ),
        (
            "cat EF.GDO\nexpect 9000 --text nothing",
            1,
            ["is not in", "line 2"],
        ),
        ("expect 90 00\necho never", 2, ["no status word", "help expect"]),
        ("nonsense\necho never", 2, ["nonsense", "\"help\""]),
        ("cat", 2, ["<PATH>", "help cat"]),
        ("cat nowhere", 2, ["label", "ls"]),
        ("echo $nothing", 2, ["no variable", "line 1"]),
        ("set data 00", 2, ["sets this itself", "line 1"]),
        ("verify user 13572468", 2, ["never part of a line", "line 1"]),
        ("put-data 0121 3133353732343638", 2, ["secret", "line 1"]),
        ("apdu 00A4\necho never", 2, ["APDU without header", "CLA INS"]),
        ("apdu zz", 2, ["hexadecimal", "line 1"]),
        ("source script.sym", 2, ["without end", "source"]),
        ("source nowhere.sym", 2, ["nowhere.sym", "line 1"]),
        ("verify 81", 2, ["application", "cd"]),
        ("cd 2F00", 2, ["not a folder", "cat"]),
        ("deactivate 2F00", 2, ["no application", "AID or label"]),
        ("deactivate Notes", 1, ["6982", "verify consent"]),
    ] {
        let world = World::with_script(script);
        let ran = world.run(SCRIPT);
        assert_eq!(ran.code, code, "{script}: {ran:?}");
        assert!(!ran.out.contains("never"), "{script}: {ran:?}");
        assert!(!format!("{ran:?}").contains("13572468"), "{ran:?}");
        for word in words {
            assert!(ran.err.contains(word), "{script}: {word:?} is not in {}", ran.err);
        }
    }
    let world = World::empty();
    world
        .run("card shell --card nowhere.img -c ls")
        .failed(3, &["nowhere.img"]);
    world
        .run("card shell nowhere.sym --card nowhere.img")
        .failed(2, &["nowhere.sym"]);
}

/// Losing this makes programs read what is meant for people.
#[test]
fn a_script_gives_json() {
    let world =
        World::with_script("cat EF.GDO\ncat Notes/0102\nexpect 6982\napdu 0020000108 3133353732343638");
    let result = world.json(SCRIPT);
    let commands = result["commands"].as_array().unwrap();
    assert_eq!(commands.len(), 4, "{result}");
    assert_eq!(commands[0]["status_word"], "9000");
    assert_eq!(commands[0]["place"], "script.sym line 1");
    assert!(commands[0]["text"].as_str().unwrap().contains("serial number"));
    assert_eq!(commands[1]["status_word"], "6982");
    assert_eq!(commands[3]["line"], "apdu (hidden)");
    assert!(!result.to_string().contains("31333537"), "{result}");
    let ran = world.run("card shell --card card.img --json -c 'cat 7777'");
    assert_eq!(ran.code, 2, "{ran:?}");
    fs::write(world.file("script.sym"), "cat 7777").unwrap();
    let ran = world.run(&format!("{SCRIPT} --json"));
    assert_eq!(
        (ran.code, &ran.document()["error"]["status_word"]),
        (1, &json!("6A82"))
    );
}

/// Losing this spends the holder's last try for a script.
#[test]
fn the_last_try_is_kept_and_pins_stay_out_of_sight() {
    let world = World::with_script(
        "verify consent --pin-file wrong\nexpect 63C2\nverify consent --pin-file wrong\nexpect 63C1
         verify consent --pin-file wrong",
    );
    fs::write(world.file("wrong"), "98765432\n").unwrap();
    let ran = world.run(&format!("{SCRIPT} --trace"));
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(
        ran.err.contains("--last-try") && ran.err.contains("one try is left"),
        "{ran:?}"
    );
    assert!(!format!("{ran:?}").contains("3938373635"), "{ran:?}");
    assert!(ran.err.contains("> 00200002 **  VERIFY"), "{ran:?}");
    fs::write(world.file("right"), CONSENT_PIN).unwrap();
    let line = "card shell --card card.img -c";
    let run = |words: &str| {
        let mut arguments: Vec<&str> = line.split_whitespace().collect();
        arguments.push(words);
        crate::support::Ran::new(&world.command(arguments).output().unwrap())
    };
    run("verify consent --last-try --pin-file right").done();
}

/// Losing this leaves consent standing, or says that it does.
#[test]
fn an_application_is_switched_with_consent_for_one_operation() {
    let world = World::with_script(
        "verify consent\ndeactivate Notes\ncat Notes/0101\nexpect 6985\nactivate Notes\nexpect 6982
         verify consent\nactivate Notes\ncat Notes/0101",
    );
    let ran = world.run(SCRIPT).done();
    assert!(
        ran.out.contains("/Notes is deactivated.\n") && ran.out.contains("/Notes is active.\n"),
        "{ran:?}"
    );
}

#[test]
fn files_are_copied_out_and_in() {
    let world = World::with_script(
        "verify user\nput letter.txt Notes/0102\nget Notes/0102 back.txt\nput long.txt Notes/0102",
    );
    fs::write(world.file("letter.txt"), "Dear Bob").unwrap();
    fs::write(world.file("long.txt"), vec![b'a'; 257]).unwrap();
    let ran = world.run(SCRIPT);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("byte 257"), "{ran:?}");
    let back = fs::read(world.file("back.txt")).unwrap();
    assert!(back.starts_with(b"Dear Bob\0") && back.len() == 256, "{back:?}");
    let mode = fs::metadata(world.file("back.txt")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

/// Losing this writes half-edited content, or leaves what the holder wrote in a folder for others.
#[test]
fn an_editor_changes_a_file() {
    let world = World::with_script(
        "edit Notes/0102\nexpect 6982\nverify user\nwrite Notes/0102 one\nedit Notes/0102\ncat Notes/0102
         edit Notes/0102\ncat Notes/0102",
    );
    let editor = world.file("editor");
    // It looks who may read the file, and adds a line.
    let program = "#!/bin/sh\nstat -c %a \"$1\" \"$(dirname \"$1\")\" >> modes\necho \"$1\" > name\nsed -i s/one/two/ \"$1\"\n";
    fs::write(&editor, program).unwrap();
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).unwrap();
    let ran = crate::support::Ran::new(
        &world
            .command(SCRIPT.split_whitespace())
            .env("EDITOR", &editor)
            .env("PATH", "/usr/bin:/bin")
            .output()
            .unwrap(),
    )
    .done();
    assert!(ran.out.ends_with("two\nNothing was changed.\ntwo\n"), "{ran:?}");
    assert_eq!(
        fs::read_to_string(world.file("modes")).unwrap(),
        "600\n700\n600\n700\n"
    );
    let name = fs::read_to_string(world.file("name")).unwrap();
    assert!(!std::path::Path::new(name.trim()).exists(), "{name}");
}

/// Losing this makes somebody who looks change the card.
#[test]
fn a_dry_run_changes_nothing_and_other_commands_get_the_card() {
    let world = World::with_script(
        "write Notes/0102 x\nverify consent\nsymbolon card info\nsymbolon card read EF.DIR\npwd",
    );
    fs::write(
        world.file("script.sym"),
        "write Notes/0102 x\nsymbolon card info\npwd",
    )
    .unwrap();
    let before = fs::read(world.file("card.img")).unwrap();
    let ran = world.run(&format!("{SCRIPT} --dry-run")).done();
    assert!(
        ran.out.contains("dry run: not done") && ran.out.contains("F04E4F544553"),
        "{ran:?}"
    );
    assert_eq!(fs::read(world.file("card.img")).unwrap(), before);
    fs::write(
        world.file("script.sym"),
        "verify user\ncat Notes/0102\nsymbolon card info\ncat Notes/0102\nexpect 6982\nreset\ncat Notes/0101",
    )
    .unwrap();
    world.run(SCRIPT).done();
    fs::write(world.file("script.sym"), "symbolon card read 7777\npwd").unwrap();
    let ran = world.run(SCRIPT);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("6A82") && !ran.out.contains('/'), "{ran:?}");
}

#[test]
fn lines_come_from_standard_input_too() {
    let world = World::with_script("");
    let ran = world
        .run_typing("card shell --card card.img", "cd Notes\npwd\n")
        .done();
    assert_eq!(ran.out, "/Notes  F04E4F544553\n");
    let ran = world
        .run_typing(
            "card shell - --card card.img",
            &format!("verify user --pin-stdin\n{USER_PIN}\ncat Notes/0102\nexit\nnonsense\n"),
        )
        .done();
    assert!(ran.out.contains("The user PIN is right."), "{ran:?}");
}

/// Losing this leaves a trace unexplained, or shows what it hides.
#[test]
fn a_trace_of_ours_is_explained() {
    let world = World::with_script("");
    fs::write(
        world.file("script.sym"),
        "verify user\nls\ncat EF.DIR\ndata 0105\ndata 0108\ncat 7777",
    )
    .unwrap();
    let traced = world.run(&format!("{SCRIPT} --trace"));
    fs::write(world.file("log.txt"), &traced.err).unwrap();
    let ran = world.run("trace decode log.txt").done();
    for words in [
        "VERIFY",
        "(hidden)",
        "user PIN",
        "file control information",
        "label: Notes",
        "holder (CHR): ",
        "role and modes: card",
        "receipt number: ",
        "6A82 no such file",
        "lines of the log are no APDUs.",
    ] {
        assert!(ran.out.contains(words), "{words:?} is not in {}", ran.out);
    }
    let result = world.json("trace decode log.txt");
    assert!(result["exchanges"].as_array().unwrap().len() > 5, "{result}");
    fs::write(world.file("pin.txt"), "00200001083133353732343638\n9000\n").unwrap();
    let result = world.json("trace decode pin.txt");
    assert!(!result.to_string().contains("3133"), "{result}");
    fs::write(world.file("empty.txt"), "nothing\n").unwrap();
    world.run("trace decode empty.txt").failed(2, &["no APDU"]);
    world.run("trace decode nowhere.txt").failed(2, &["nowhere.txt"]);
    let ran = world
        .run_typing("trace decode -", "> 00CA010F00\n< 80010B9000\n")
        .done();
    assert!(ran.out.contains("reason: "), "{ran:?}");
}

/// Losing this sends somebody who types "trace explain" away with nothing.
#[test]
fn traffic_is_shown_and_explained_in_the_shell() {
    let world = World::with_script("trace explain\ncat EF.GDO\ntrace on\ncat EF.GDO\ntrace off\ncat EF.GDO");
    let ran = world.run(SCRIPT).done();
    assert!(ran.err.contains("path from the MF: 2F02"), "{ran:?}");
    assert_eq!(
        ran.err.matches("> 00B00000 0A  READ BINARY").count(),
        1,
        "{ran:?}"
    );
}
