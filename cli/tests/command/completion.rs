//! The completion scripts, driven in the shells that they are for.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{SYMBOLON, World};

/// What is typed, and what every shell offers then. In the folder are two files: a card's, and one that a topic begins like.
const OFFERED: [(&str, &[&str]); 13] = [
    ("symbolon is", &["issuer"]),
    ("symbolon card re", &["read", "receipts"]),
    ("symbolon card tree --form", &["--format"]),
    ("symbolon card tree --format s", &["svg"]),
    ("symbolon card tree --card ca", &["card.img"]),
    (
        "symbolon party new --role data-",
        &["data-certifier", "data-registrar"],
    ),
    ("symbolon completion f", &["fish"]),
    ("symbolon approval apply --last", &["--last-try"]),
    ("symbolon help ex", &["exit-codes"]),
    ("symbolon help top", &["topics"]),
    ("symbolon help ca", &["card"]),
    ("symbolon help card tr", &["tree"]),
    ("symbolon --js", &["--json"]),
];

/// The script where the shell finds it, and the files.
fn world(shell: &str, script: &str) -> World {
    let world = World::empty();
    let text = world.run(&format!("completion {shell}")).done().out;
    std::fs::write(world.file(script), text).unwrap();
    for file in ["card.img", "exit-codes.txt"] {
        std::fs::write(world.file(file), "").unwrap();
    }
    world
}

/// What a shell prints, whose home is this folder and who finds the command.
fn printed(shell: &str, arguments: &[&str], folder: &Path) -> Vec<String> {
    let commands = Path::new(SYMBOLON).parent().unwrap();
    let path = std::env::var_os("PATH").unwrap();
    let path =
        std::env::join_paths(std::iter::once(commands.to_path_buf()).chain(std::env::split_paths(&path)));
    let output = Command::new(shell)
        .args(arguments)
        .current_dir(folder)
        .env("PATH", path.unwrap())
        .env("HOME", folder)
        .env("ZDOTDIR", folder)
        .env("XDG_CONFIG_HOME", folder)
        .env("XDG_DATA_HOME", folder)
        .env("TERM", "xterm")
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{shell}: {error}: tests/setup/packages shells"));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(complaint.is_empty(), "{shell}: {complaint}");
    let out = String::from_utf8(output.stdout).unwrap();
    let mut lines: Vec<_> = out.lines().map(str::to_owned).collect();
    lines.sort_unstable();
    lines
}

/// Losing this hands out a completion script that completes nothing in bash.
#[test]
fn bash_completes_with_the_script() {
    let world = world("bash", "symbolon.bash");
    for (line, offered) in OFFERED {
        // What bash does when somebody presses Tab behind the line.
        let words: Vec<&str> = line.split(' ').collect();
        let last = words.len() - 1;
        let tab = format!(
            "source symbolon.bash; COMP_WORDS=({line}); COMP_CWORD={last}; COMP_LINE='{line}'; COMP_POINT=${{#COMP_LINE}}\n\
             compopt() {{ :; }}\n\
             $(complete -p symbolon | sed 's/.*-F \\([^ ]*\\).*/\\1/') symbolon '{}' '{}'\n\
             printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            words[last],
            words[last - 1],
        );
        let found = printed("bash", &["--norc", "-c", &tab], world.path());
        assert_eq!(found, offered, "{line}");
    }
}

/// Losing this hands out a completion script that completes nothing in fish.
#[test]
fn fish_completes_with_the_script() {
    let world = world("fish", "symbolon.fish");
    for (line, offered) in OFFERED {
        let ask = format!("source symbolon.fish; complete -C '{line}'");
        let found = printed("fish", &["--no-config", "-c", &ask], world.path());
        // A description stands behind a tabulator.
        let words: Vec<_> = found
            .iter()
            .map(|line| line.split('\t').next().unwrap())
            .collect();
        assert_eq!(words, offered, "{line}");
    }
}

/// What zsh reads as it starts: everything that a completer adds goes to a file, and Ctrl-X says that all before it is done.
const INNER: &str = r#"
fpath=($HOME $fpath)
autoload -Uz compinit
compinit -u -d $HOME/dump
offered () {
  compadd () {
    # With these it fills an array for the completer, and nothing is offered.
    if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
      builtin compadd "$@"
      return
    fi
    local -a hits
    builtin compadd -A hits "$@"
    (( $#hits )) && print -rl -- $hits >>$HOME/hits
    builtin compadd "$@"
  }
  _main_complete
  unfunction compadd
  compstate[list]=
}
zle -C offered complete-word offered
bindkey '^I' offered
done-with-it () { print -rn -- '<<' 'done >>' }
zle -N done-with-it
bindkey '^X' done-with-it
print -rn -- '<<' 'ready >>'
"#;

/// Types a line and a tabulator into a zsh on a terminal of its own.
const OUTER: &str = r"
zmodload zsh/zpty
zpty inner zsh -f -i
zpty -w inner 'source $HOME/inner.zsh'
zpty -r inner seen '*<< ready >>*'
zpty -n -w inner $1$'\t\x18'
zpty -r inner seen '*<< done >>*'
zpty -d inner
[[ ! -e hits ]] || cat hits
";

/// Losing this hands out a completion script that completes nothing in zsh.
#[test]
fn zsh_completes_with_the_script() {
    let world = world("zsh", "_symbolon");
    std::fs::write(world.file("inner.zsh"), INNER).unwrap();
    std::fs::write(world.file("outer.zsh"), OUTER).unwrap();
    for (line, offered) in OFFERED {
        let _ = std::fs::remove_file(world.file("hits"));
        let found = printed("zsh", &["-f", "outer.zsh", line], world.path());
        assert_eq!(found, offered, "{line}");
    }
}
