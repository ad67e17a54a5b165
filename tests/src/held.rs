//! A program that is held by whoever reads its standard error: what is killed then is killed where the reader wants,
//! however busy the machine is.

use std::path::Path;
use std::process::Command;

/// The program, to be run with standard error piped: the pipe has room for one line if each is written at once (and has
/// 4,096 bytes at most). Who has read n lines of it knows that the program came as far as line n, and that it is not
/// beyond line n + 2, which waits until another one is read.
#[must_use]
pub fn held(program: &Path) -> Command {
    // What makes such a pipe is in no library that is here already; Debian's Python is.
    let mut command = Command::new("/usr/bin/python3");
    command.args(["-c", include_str!("held.py")]).arg(program);
    command
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::process::Stdio;

    use super::*;

    /// Writes as long as there is room and says how much there was, once for each line that it reads.
    const WRITER: &str = r#"
import fcntl, os, sys
fcntl.fcntl(2, fcntl.F_SETFL, fcntl.fcntl(2, fcntl.F_GETFL) | os.O_NONBLOCK)
for line in sys.stdin:
    room = 0
    try:
        while room < 100:
            os.write(2, b"%d\n" % room)
            room += 1
    except BlockingIOError:
        pass
    print(room, flush=True)
"#;

    /// Losing this makes it a matter of luck where the tests kill.
    #[test]
    fn a_line_waits_until_the_one_before_it_is_read() {
        let mut child = held(Path::new("/usr/bin/python3"))
            .args(["-c", WRITER])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut order = child.stdin.take().unwrap();
        let mut room = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut write = || {
            order.write_all(b"\n").unwrap();
            room.next().unwrap().unwrap()
        };
        for _ in 0..3 {
            assert_eq!((write(), write()), ("1".into(), "0".into()));
            assert_eq!(lines.next().unwrap().unwrap(), "0");
        }
        drop(order);
        assert!(child.wait().unwrap().success());
    }
}
