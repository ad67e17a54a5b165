#!/usr/bin/python3
"""Types on a terminal that a program has: terminal.py KEYS,KEYS,... PROGRAM ARGUMENT...

Each KEYS (Python's escapes) goes to the program when it asks, that is when what it wrote ends with ": ", or shows "> " and the
cursor; a name such as SIGTERM sends it that signal. Writes what it wrote, and in the last line its exit code (the number
of the signal that ended it, with a minus) and whether the terminal is what it was.
"""

import os
import pty
import re
import select
import signal
import sys
import termios

CURSOR = b"\x1b[6n"
LINE = re.compile(rb"> (\x1b[78])*\x1b\[\?25h$")
typed = [keys.encode().decode("unicode_escape").encode() for keys in sys.argv[1].split(",")]
ours, theirs = pty.openpty()
before = termios.tcgetattr(theirs)
# Ends when the program does, which alone holds its other end.
ended, held = os.pipe()
child = os.fork()
if child == 0:
    os.setsid()
    # The first terminal that a new session opens becomes its own.
    os.close(os.open(os.ttyname(theirs), os.O_RDWR))
    for number in (0, 1, 2):
        os.dup2(theirs, number)
    os.set_inheritable(held, True)
    os.execv(sys.argv[2], sys.argv[2:])
os.close(held)
said = b""
while True:
    ready, _, _ = select.select([ours, ended], [], [])
    if ours in ready:
        said += os.read(ours, 4096)
        if said.endswith(CURSOR):
            # Whoever edits a line asks where it begins.
            os.write(ours, b"\x1b[1;1R")
        if typed and (said.endswith(b": ") or LINE.search(said)):
            keys = typed.pop(0)
            if keys.startswith(b"SIG"):
                os.kill(child, signal.Signals[keys.decode()])
            else:
                os.write(ours, keys)
    elif ended in ready:
        break
_, status = os.waitpid(child, 0)
print(said.decode(errors="replace"))
print(os.waitstatus_to_exitcode(status), "as before" if before == termios.tcgetattr(theirs) else "changed")
