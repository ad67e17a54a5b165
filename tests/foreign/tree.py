"""Walks a card's files with pyscard, knowing SPEC.md only, and prints them as JSON: path, kind, size, SHA-256 of what may be read.

Usage: tree.py READER
"""

import hashlib
import json
import sys

from smartcard.System import readers

CHILDREN, OWN_FILES = 0x010C, (0x2F00, 0x2F01, 0x2F02)


class Walk:
    """The files below the MF, each with what SELECT and READ BINARY answer."""

    def __init__(self, connection):
        self._connection = connection
        self.files = {}

    def send(self, ins, p1p2, data=b"", reply=True):
        """A command with its whole reply, and the status word."""
        apdu = [0x00, ins, p1p2 >> 8, p1p2 & 0xFF] + ([len(data), *data] if data else []) + ([0x00] if reply else [])
        answer, sw1, sw2 = self._connection.transmit(apdu)
        while sw1 == 0x61:
            more, sw1, sw2 = self._connection.transmit([0x00, 0xC0, 0x00, 0x00, sw2])
            answer += more
        return bytes(answer), sw1 << 8 | sw2

    def select(self, p1, data=b""):
        """What SELECT tells about a file (FCP), and the status word."""
        answer, status = self.send(0xA4, p1 << 8 | 0x04, data)
        return objects(objects(answer)[0x62]) if answer else {}, status

    def children(self):
        """The ids in the current DF."""
        ids, selector = [], b""
        while True:
            answer, status = self.send(0xCB if selector else 0xCA, CHILDREN, selector)
            assert status == 0x9000, f"{status:04X}"
            more = [int.from_bytes(value, "big") for _, value in sequence(answer)]
            if not more:
                return ids
            ids += more
            selector = bytes([0x83, 2]) + ids[-1].to_bytes(2, "big")

    def content(self, size):
        """The current EF; None where it may not be read."""
        content = b""
        while len(content) < size:
            piece, status = self.send(0xB0, len(content))
            if status == 0x6982:
                return None
            assert status == 0x9000 and piece, f"{status:04X}"
            content += piece
        return content

    def walk(self, path, ids):
        """Everything with these ids in the current DF, which is current again afterwards."""
        for identifier in ids:
            control, status = self.select(0x09, identifier.to_bytes(2, "big"))
            assert status == 0x9000, f"{path}/{identifier:04X}: {status:04X}"
            here = f"{path}/{identifier:04X}"
            if control[0x82][0] == 0x38:
                if 0x84 in control:
                    here = control[0x84].hex().upper()
                self.files[here] = {"kind": "application" if 0x84 in control else "folder"}
                self.walk(here, self.children())
                self.select(0x03)
            else:
                size = int.from_bytes(control[0x80], "big")
                content = self.content(size)
                digest = None if content is None else hashlib.sha256(content).hexdigest()
                self.files[here] = {"kind": "file", "size": size, "digest": digest}


def sequence(encoded):
    """Tags and values of simple TLV objects with tags of one byte and lengths below 65,536."""
    at = 0
    while at < len(encoded):
        tag, length, at = encoded[at], encoded[at + 1], at + 2
        if length > 0x80:
            count = length - 0x80
            length, at = int.from_bytes(encoded[at:at + count], "big"), at + count
        yield tag, encoded[at:at + length]
        at += length


def objects(encoded):
    """The same by tag."""
    return dict(sequence(encoded))


def main(name):
    [reader] = [reader for reader in readers() if str(reader) == name]
    connection = reader.createConnection()
    connection.connect()
    walk = Walk(connection)
    walk.select(0x00, b"\x3f\x00")
    walk.files["3F00"] = {"kind": "folder"}
    walk.walk("3F00", [*OWN_FILES, *walk.children()])
    print(json.dumps({"atr": bytes(connection.getATR()).hex(), "files": walk.files}))


if __name__ == "__main__":
    main(*sys.argv[1:])
