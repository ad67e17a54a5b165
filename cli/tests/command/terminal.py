#!/usr/bin/python3
"""Types on a terminal that a program has: terminal.py KEYS,KEYS,... PROGRAM ARGUMENT...

Each KEYS (Python's escapes) goes to the program when it asks, that is when what it wrote ends with ": ". Writes what it wrote, and
in the last line its exit code and whether the terminal is what it was.
"""

import os
import pty
import select
import sys
import termios

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
        if said.endswith(b": ") and typed:
            os.write(ours, typed.pop(0))
    elif ended in ready:
        break
_, status = os.waitpid(child, 0)
print(said.decode(errors="replace"))
print(os.waitstatus_to_exitcode(status), "as before" if before == termios.tcgetattr(theirs) else "changed")
