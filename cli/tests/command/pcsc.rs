//! A card in a reader of a real pcscd.

use host::private_pcscd::{PrivatePcscd, READER_ADDRESS};

use crate::support::{Ran, World};

/// Losing this leaves the command with simulated files only.
#[test]
fn an_application_is_stored_on_a_card_in_a_reader() {
    let world = World::agreed();
    let card = world.command(["sim", "serve", "--card", "card.img", "--vpcd", READER_ADDRESS]);
    let pcscd = PrivatePcscd::start(&card).unwrap();
    let run = |line: &str| {
        let mut command = world.command(line.split_whitespace());
        // The reader's socket is the one thing that a client must know.
        let client = pcscd.command("true");
        command.envs(client.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.args(["--reader", pcscd.reader_name()]);
        Ran::new(&command.output().unwrap())
    };
    // The card shows up a moment after pcscd does.
    let mut info = run("card info --json");
    while info.code == 3 {
        info = run("card info --json");
    }
    assert_eq!(info.done().document()["result"]["life_cycle"], "operational");
    let applied = run("approval apply store.json --package notes.pkg --json")
        .done()
        .document();
    assert_eq!(applied["result"]["receipt"], 1);
    let read = run("card read F04E4F544553/0101 --json").done().document();
    assert!(read["result"]["text"].as_str().unwrap().starts_with("Notes 1"));
    let ambiguous = world
        .command(["card", "info", "--reader", "symbolon"])
        .env(host::private_pcscd::SOCKET_VARIABLE, pcscd.socket())
        .output();
    Ran::new(&ambiguous.unwrap()).failed(2, &["could be any of"]);
}
