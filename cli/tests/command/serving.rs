//! `sim serve`: a card for other processes, and a clean end.

use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::support::World;

/// A card that is served, and what the command said when it was ready.
fn serve(world: &World, options: &str) -> (Child, Value) {
    serve_slots(world, &format!("--card card.img {options}"))
}

fn serve_slots(world: &World, options: &str) -> (Child, Value) {
    let line = format!("--json sim serve {options}");
    let mut child = world
        .command(line.split_whitespace())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let ready = announced(&mut child);
    (child, serde_json::from_str(&ready).unwrap())
}

/// What it says when clients can come.
fn announced(child: &mut Child) -> String {
    let mut ready = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut ready)
        .unwrap();
    ready
}

fn signal(child: &Child, name: &str) {
    // The shell's own kill: the program of that name is in a package that a small Debian does not have.
    assert!(
        Command::new("sh")
            .args(["-c", "kill \"$0\" \"$1\"", name, &child.id().to_string()])
            .status()
            .unwrap()
            .success()
    );
}

/// Losing this leaves cards locked, sockets behind, or scripts that cannot tell a clean end.
#[test]
fn a_served_card_is_used_over_tcp_and_ends_cleanly_on_a_signal() {
    let world = World::registered();
    for name in ["-TERM", "-INT"] {
        let (mut child, ready) = serve(&world, "--tcp 127.0.0.1:0 --control socket");
        let address = ready["result"]["tcp"].as_str().unwrap();
        assert!(world.file("socket").exists());
        let over_tcp = world.json(&format!("card info --tcp {address}"));
        assert_eq!(over_tcp["life_cycle"], "operational");
        world.run("card info --card card.img").failed(3, &["in use"]);
        signal(&child, name);
        assert!(child.wait().unwrap().success(), "{name}");
        assert!(!world.file("socket").exists(), "{name}");
        assert_eq!(world.json("card info --card card.img"), over_tcp);
    }
}

/// Losing this leaves PINs and keys in a file beside the card when the program ends by a fault.
#[test]
fn a_fault_leaves_no_core_file_behind() {
    let world = World::registered();
    let plain = world.command("--json sim serve --card card.img --tcp 127.0.0.1:0".split(' '));
    let mut child = Command::new("sh")
        .args(["-c", "ulimit -c unlimited; exec \"$0\" \"$@\""])
        .arg(plain.get_program())
        .args(plain.get_args())
        .current_dir(world.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let ready = announced(&mut child);
    assert!(ready.contains("127.0.0.1"), "{ready}");
    signal(&child, "-ABRT");
    let status = child.wait().unwrap();
    assert_eq!((status.signal(), status.core_dumped()), (Some(6), false));
    let left = std::fs::read_dir(world.path()).unwrap();
    let cores: Vec<_> = left
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
        .filter(|name| name.starts_with("core"))
        .collect();
    assert_eq!(cores, Vec::<String>::new());
}

#[test]
fn a_card_that_waits_for_a_reader_ends_on_a_signal_too() {
    let world = World::registered();
    // Nobody listens at port 1: the card tries again and again.
    let (mut child, ready) = serve(&world, "--vpcd 127.0.0.1:1");
    assert_eq!(ready["result"]["vpcd"], "127.0.0.1:1");
    signal(&child, "-TERM");
    assert!(child.wait().unwrap().success());
}

/// Losing this serves one card where several were asked for, or lets the end of one be the end of all.
#[test]
fn several_cards_are_served_each_in_its_slot() {
    let world = World::registered();
    for other in ["b.img", "c.img"] {
        world.run(&format!("sim new {other}")).done();
    }
    let slots = "--vpcd 127.0.0.1:1 --slot card.img,tcp=127.0.0.1:0,control=a --slot b.img,tcp=127.0.0.1:0 --slot c.img";
    let (mut child, ready) = serve_slots(&world, slots);
    let served = ready["result"]["slots"].as_array().unwrap().clone();
    assert_eq!((served.len(), &ready["result"]["card"]), (3, &"card.img".into()));
    assert_eq!(served[2]["vpcd"], "127.0.0.1:1");
    let info = |slot: &Value| {
        let address = slot["tcp"].as_str().unwrap();
        world.run(&format!("card info --tcp {address} --json"))
    };
    let life_cycle = |slot: &Value| info(slot).done().document()["result"]["life_cycle"].clone();
    assert_eq!(
        (life_cycle(&served[0]), life_cycle(&served[1])),
        ("operational".into(), "initialisation".into())
    );
    let mut control = simulator::control::ControlClient::connect(world.file("a")).unwrap();
    control.stop().unwrap();
    while world.file("a").exists() {}
    assert_eq!(info(&served[0]).code, 3, "nobody listens any more");
    assert_eq!(life_cycle(&served[1]), "initialisation", "the other goes on");
    signal(&child, "-TERM");
    assert!(child.wait().unwrap().success());
    let taken = "--slot card.img,tcp=127.0.0.1:0 --slot card.img";
    world.run(&format!("sim serve {taken}")).failed(3, &["in use"]);
    world
        .run("sim serve --vpcd 127.0.0.1:65535 --slot card.img --slot b.img")
        .failed(2, &["no ports left"]);
    world
        .run("sim serve --slot card.img,port=1")
        .failed_usage(&["port"]);
}

#[test]
fn an_address_that_cannot_be_had_is_told_and_the_card_left_alone() {
    let world = World::registered();
    world
        .run("sim serve --card card.img --tcp nowhere")
        .failed(2, &["nowhere"]);
    let vpcd = world.run("sim serve --card card.img --vpcd nowhere");
    assert_eq!(vpcd.failed(2, &["nowhere", "vpcd"]).out, "", "nothing is served");
    world
        .run("sim serve --card card.img --tcp 127.0.0.1:0 --control nowhere/socket")
        .failed(2, &["control socket"]);
    world.run("card info --card card.img").done();
}
