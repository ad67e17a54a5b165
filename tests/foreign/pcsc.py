"""A card in a PC/SC reader, by ctypes over libpcsclite: no package has to be built for it.

Here belongs what carries APDUs: readers, a transaction, chaining, GET RESPONSE. What they say does not.
"""

import ctypes
from ctypes import byref, c_char_p, c_long, c_ubyte, c_ulong

LIBRARY = "libpcsclite.so.1"
SCOPE_SYSTEM, SHARE_SHARED, PROTOCOL_ANY, RESET_CARD = 2, 2, 3, 1
PROTOCOL_T1 = 2
CHAINED = 0x10
SHORT, EXTENDED = 255, 2_048
REPLY = 65_538  # the longest reply that extended length can ask for, and its status word


class PcscError(Exception):
    """PC/SC refused a step."""


class Refused(Exception):
    """The card answered with another status word than the one wanted."""

    def __init__(self, step, status, reason):
        super().__init__(f"{step}: {status:04X}, reason {reason[2:].hex() or 'not told'}")
        self.status = status


class Reader:
    """The card in one reader, in one exclusive transaction (SPEC.md section 9, Transport)."""

    def __init__(self, name):
        self._library = ctypes.CDLL(LIBRARY)
        self._context, self._card, protocol = c_long(), c_long(), c_ulong()
        self._call("SCardEstablishContext", c_ulong(SCOPE_SYSTEM), None, None, byref(self._context))
        self._call("SCardConnect", self._context, c_char_p(name.encode()), c_ulong(SHARE_SHARED),
                   c_ulong(PROTOCOL_ANY), byref(self._card), byref(protocol))
        pci = "g_rgSCardT1Pci" if protocol.value == PROTOCOL_T1 else "g_rgSCardT0Pci"
        self._pci = ctypes.c_ulong.in_dll(self._library, pci)

    def __enter__(self):
        self._call("SCardBeginTransaction", self._card)
        return self

    def __exit__(self, *_):
        # The card is reset, so that nothing stays verified.
        self._call("SCardEndTransaction", self._card, c_ulong(RESET_CARD))
        self._call("SCardDisconnect", self._card, c_ulong(RESET_CARD))
        self._call("SCardReleaseContext", self._context)

    def _call(self, name, *arguments):
        code = getattr(self._library, name)(*arguments) & 0xFFFFFFFF
        if code:
            raise PcscError(f"{name}: {code:08X}")

    def transmit(self, apdu):
        """One APDU; its data and its status word."""
        answer, length = (c_ubyte * REPLY)(), c_ulong(REPLY)
        self._call("SCardTransmit", self._card, byref(self._pci), apdu, c_ulong(len(apdu)), None, answer, byref(length))
        whole = bytes(answer[: length.value])
        return whole[:-2], int.from_bytes(whole[-2:], "big")


class Channel:
    """Commands of any length over a reader: as extended APDUs, or in chains of short ones."""

    def __init__(self, reader, extended):
        self._reader, self._extended = reader, extended

    def send(self, step, ins, p1p2, data=b"", reply=False, wanted=(0x9000,)):
        """Sends a command; `reply` says whether its row in SPEC.md section 1 has one. Raises Refused."""
        limit = EXTENDED if self._extended else SHORT
        while len(data) > limit:
            piece, data = data[:limit], data[limit:]
            self._one(step, CHAINED, ins, p1p2, piece, False, (0x9000,))
        return self._one(step, 0x00, ins, p1p2, data, reply, wanted)

    def _one(self, step, cla, ins, p1p2, data, reply, wanted):
        head = bytes([cla, ins]) + p1p2.to_bytes(2, "big")
        if len(data) > SHORT:
            apdu = head + b"\0" + len(data).to_bytes(2, "big") + data + b"\0\0" * reply
        else:
            apdu = head + (bytes([len(data)]) + data if data else b"") + b"\0" * reply
        whole, status = self._reader.transmit(apdu)
        while status >> 8 == 0x61:
            more, status = self._reader.transmit(bytes([0x00, 0xC0, 0x00, 0x00, status & 0xFF]))
            whole += more
        if status not in wanted:
            reason, _ = self._reader.transmit(bytes.fromhex("00CA010F00"))
            raise Refused(step, status, reason)
        return whole
