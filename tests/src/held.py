# Makes standard error, a pipe, one in which a single write waits to be read, and becomes the program that is named.
import fcntl
import os
import sys

fcntl.fcntl(2, fcntl.F_SETPIPE_SZ, 4096)  # a page: the least there is
fcntl.fcntl(2, fcntl.F_SETFL, fcntl.fcntl(2, fcntl.F_GETFL) | os.O_DIRECT)  # every write gets a page of its own
os.execv(sys.argv[1], sys.argv[1:])
