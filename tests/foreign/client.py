#!/usr/bin/env python3
"""Registers a fresh card, stores a package on it and verifies its receipts, from nothing but apdu-spec/SPEC.md.

    target/venv/bin/python tests/foreign/client.py READER

Shares no line with the rest: if this works, SPEC.md says all that a client in another language needs. It plays both
registrars, the issuer, the provider and the holder, with keys made on the spot, follows SPEC.md section 9 and prints
one JSON document: every certificate, signed object and receipt in hexadecimal, for somebody else to check.
Exits with 0 when everything came out as SPEC.md says, else with a traceback that names the step. Needs the package
`cryptography`.
"""

import hashlib
import json
import os
import sys

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pcsc import Channel, Reader

ZEROS = bytes(32)
ECDSA = ec.ECDSA(hashes.SHA256())
CARD_AID = bytes.fromhex("F053594D424F4C4F4E")
ISSUER_REGISTRAR, DATA_REGISTRAR, ISSUER, PROVIDER, CARD = 1, 2, 3, 4, 5
USER_PIN, CONSENT_PIN = 1, 2
STORE = 1
ALL_MODES = 0x7F


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


# TLV (SPEC.md, conventions): definite minimal lengths.


def tlv(tag, *parts):
    value = b"".join(parts)
    count = len(value)
    more = 0 if count < 0x80 else 1 if count < 0x100 else 2
    length = (bytes([0x80 + more]) if more else b"") + count.to_bytes(more or 1, "big")
    return tag.to_bytes(1 if tag < 0x100 else 2, "big") + length + value


def elements(encoded):
    """(tag, value, whole object) of each data object; anything but the one minimal encoding is refused."""
    found = []
    while encoded:
        wide = encoded[0] & 0x1F == 0x1F
        tag = int.from_bytes(encoded[: 1 + wide], "big")
        rest = encoded[1 + wide:]
        extra = rest[0] - 0x80 if rest[0] >= 0x80 else 0
        count = int.from_bytes(rest[1: 1 + extra], "big") if extra else rest[0]
        value = rest[1 + extra: 1 + extra + count]
        whole = tlv(tag, value)
        if len(value) != count or not encoded.startswith(whole):
            raise ValueError(f"not canonical: {encoded.hex()}")
        found.append((tag, value, whole))
        encoded = encoded[len(whole):]
    return found


def at(encoded, *path):
    """The value under a path of tags, the first one with each tag."""
    for wanted in path:
        encoded = next(value for tag, value, _ in elements(encoded) if tag == wanted)
    return encoded


# Keys


class Key:
    """A P-256 key of a party."""

    def __init__(self):
        self._private = ec.generate_private_key(ec.SECP256R1())
        self.point = self._private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def sign(self, message):
        r, s = decode_dss_signature(self._private.sign(message, ECDSA))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def verify(point, message, signature):
    """Raises InvalidSignature."""
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    key.verify(encode_dss_signature(r, s), message, ECDSA)


# Certificates (section 3)

OUR_ARC = bytes.fromhex("6984A1F4D294DCDABDC79CC09CC592DE8B9D32")
ROLE = OUR_ARC + b"\x01"
ECDSA_SHA_256 = bytes.fromhex("04007F00070202020203")
P256 = [
    (0x81, "FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF"),
    (0x82, "FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFC"),
    (0x83, "5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B"),
    (0x84, "046B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296"
           "4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5"),
    (0x85, "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551"),
]
FROM, UNTIL = "260301", "310228"


def date(digits):
    return bytes(int(digit) for digit in digits)


def certificate(signer, authority, holder, point, role, extension=None):
    """A certificate of `holder`; `extension` is its number and its content. A root, and it alone, has neither authority
    nor extension but the domain parameters."""
    parameters = [] if authority else [tlv(tag, bytes.fromhex(value)) for tag, value in P256]
    cofactor = [] if authority else [tlv(0x87, b"\x01")]
    body = [
        tlv(0x5F29, b"\x00"),
        tlv(0x42, (authority or holder).encode()),
        tlv(0x7F49, tlv(0x06, ECDSA_SHA_256), *parameters, tlv(0x86, point), *cofactor),
        tlv(0x5F20, holder.encode()),
        tlv(0x7F4C, tlv(0x06, ROLE), tlv(0x53, bytes([role]) + ALL_MODES.to_bytes(4, "big"))),
        tlv(0x5F25, date(FROM)),
        tlv(0x5F24, date(UNTIL)),
    ]
    if extension:
        number, *content = extension
        name = OUR_ARC + bytes([2, number])
        body.append(tlv(0x65, tlv(0x73, tlv(0x06, name), tlv(0x80, b"\xFF"), tlv(0xA1, *content))))
    body = tlv(0x7F4E, *body)
    return tlv(0x7F21, body, tlv(0x5F37, signer.sign(body)))


def identity(root, holder):
    """What a party is called in other objects: its root and its name without the sequence number."""
    return tlv(0xA6, tlv(0x80, sha256(root)), tlv(0x81, holder[:-5].encode()))


# Signed objects (section 4)


def header(mode, role, signer, previous):
    return tlv(0xA0, tlv(0x80, b"\x01"), tlv(0x81, bytes([mode])), tlv(0x82, bytes([role])), tlv(0x83, sha256(signer)),
               tlv(0x84, previous), tlv(0x85, b"\x01"))


def signed(tag, key, head, *rest):
    body = tlv(tag, head, *rest)
    return tlv(0xF0, body, tlv(0x5F37, key.sign(body)))


def by_card(point, encoded, tag, mode, rc, previous):
    """What stands behind the header of an object that the card with this RC signed; the rest is checked."""
    (_, body, whole), (_, signature, _) = elements(at(encoded, 0xF0))
    verify(point, whole, signature)
    assert at(encoded, 0xF0, tag) == body, "another object"
    first, *rest = elements(body)
    assert first[2] == header(mode, CARD, rc, previous), "another header"
    return {tag: value for tag, value, _ in rest}


def comparison_code(request):
    """What every screen shows where somebody consents to a request."""
    bits = int.from_bytes(sha256(b"symbolon comparison code 1", request)[:5], "big")
    digits = ["0123456789ABCDEFGHJKMNPQRSTVWXYZ"[bits >> 5 * place & 0x1F] for place in reversed(range(8))]
    return "".join(digits[:4]) + "-" + "".join(digits[4:])


# Packages (section 4.1)


class Package:
    """A package of transparent files that everybody may read; each is kept when it is replaced."""

    CHUNK, BLOCK = 256, 1_792

    def __init__(self, aid, version, label, files):
        everybody_reads = tlv(0xAB, tlv(0x80, b"\x01"), tlv(0x90))
        entries = [
            tlv(0xA0, tlv(0x82, b"\x01"), tlv(0x83, number.to_bytes(2, "big")), tlv(0x87, b"\x00"), tlv(0x85, b"\x00"),
                tlv(0x86, b"\x00"), *(tlv(tag, len(content).to_bytes(2, "big")) for tag in (0x80, 0x81)))
            for number, content in files.items()
        ]
        quota = sum(map(len, files.values()))
        self.aid, self.version, self.files = aid, version.to_bytes(4, "big"), files
        self.manifest = tlv(0xEB, tlv(0x80, b"\x01"), tlv(0x4F, aid), tlv(0x81, self.version),
                            tlv(0x50, label.encode()), tlv(0x82, quota.to_bytes(4, "big")),
                            tlv(0xA3, everybody_reads), tlv(0xA4, *entries))
        self.encoded = self.manifest + b"".join(files.values())
        self.blocks = self._cut()

    def _cut(self):
        """Blocks from the last to the first, since each has the digest of the next."""
        chunks = [content[start: start + self.CHUNK] for content in self.files.values()
                  for start in range(0, len(content), self.CHUNK)]
        parts = [b""]
        for chunk in chunks:
            if len(parts[-1]) + len(chunk) > self.BLOCK:
                parts.append(b"")
            parts[-1] += chunk
        blocks = []
        for index, data in reversed(list(enumerate([self.manifest, *parts]))):
            following = [tlv(0x82, sha256(blocks[0]))] if blocks else []
            blocks.insert(0, tlv(0xED, tlv(0x80, index.to_bytes(2, "big")), *following, tlv(0x83, data)))
        return blocks

    def storing_data(self, provider, expiry):
        """SDI to store it."""
        return tlv(0xE1, tlv(0x80, bytes([STORE])), tlv(0x4F, self.aid), tlv(0x81, self.version),
                   tlv(0x82, len(self.encoded).to_bytes(4, "big")), tlv(0x83, sha256(self.encoded)),
                   tlv(0x84, sha256(self.manifest)), tlv(0x85, sha256(self.blocks[0])),
                   provider, tlv(0x87, date(expiry)))


# The parties


class World:
    """Both registrars, an issuer and a provider, with keys nobody has seen before, and what they signed."""

    NAMES = {"issuer_root": "PTCARDREG00001", "irc": "PTISSUER00001",
             "data_root": "PTDATAREG00001", "dpr": "PTPROVID00001"}
    PREFIX = b"\xF0PYTH"

    def __init__(self):
        self.keys = {name: Key() for name in self.NAMES}
        for root, role in (("issuer_root", ISSUER_REGISTRAR), ("data_root", DATA_REGISTRAR)):
            setattr(self, root, certificate(self.keys[root], None, self.NAMES[root], self.keys[root].point, role))
        self.irc = self._certify("issuer_root", "irc", ISSUER, (1, tlv(0x81, sha256(self.data_root))))
        self.dpr = self._certify("data_root", "dpr", PROVIDER, (2, tlv(0x81, self.PREFIX)))
        self.provider = identity(self.data_root, self.NAMES["dpr"])

    def _certify(self, root, party, role, extension):
        point = self.keys[party].point
        return certificate(self.keys[root], self.NAMES[root], self.NAMES[party], point, role, extension)

    def certify_card(self, point, key_agreement, platform, user, policy):
        """RC, serial 1, of a card that made its key itself."""
        content = [(1).to_bytes(4, "big"), sha256(self.issuer_root), sha256(self.data_root), policy.to_bytes(2, "big"),
                   b"\x01", platform, key_agreement, user]
        extension = (3, *(tlv(0x80 + place, value) for place, value in enumerate(content)))
        return certificate(self.keys["irc"], self.NAMES["irc"], "PTC0000000100001", point, CARD, extension)


# The steps (section 9)


class Client:
    """A session with a card, and what is known of it."""

    TRANSPORT = {USER_PIN: b"0000", CONSENT_PIN: b"000000"}
    PINS = {USER_PIN: b"13579", CONSENT_PIN: b"246801"}

    def __init__(self, world):
        self.world, self.receipts, self.channel = world, [], None

    def open(self, channel):
        """A session begins: SELECT of the card."""
        self.channel = channel
        channel.send("select the card", 0xA4, 0x040C, CARD_AID)

    def put(self, tag, value):
        self.channel.send(f"PUT DATA {tag:04X}", 0xDA, tag, value)

    def get(self, tag, selector=b""):
        return self.channel.send(f"GET DATA {tag:04X}", 0xCB if selector else 0xCA, tag, selector, reply=True)

    def manage(self, step, function, data, reply=True):
        return self.channel.send(step, 0x40, function << 8, data, reply)

    def trust(self, encoded):
        """PSO VERIFY CERTIFICATE takes what is inside 7F21."""
        self.channel.send("verify a certificate", 0x2A, 0x00BE, at(encoded, 0x7F21))

    def consent(self):
        self.channel.send("consent", 0x20, CONSENT_PIN, self.PINS[CONSENT_PIN])

    def register(self, policy):
        """9.1: personalise, certify, register, replace the transport values."""
        self.user = sha256(os.urandom(16), b"Maria Exemplo")
        personal = {0x0102: self.world.issuer_root, 0x0103: self.world.data_root, 0x0120: self.TRANSPORT[CONSENT_PIN],
                    0x0121: self.TRANSPORT[USER_PIN], 0x0122: self.user, 0x0123: b"1234567890"}
        for tag, value in personal.items():
            self.put(tag, value)
        points = []
        for reference in (tlv(0xB6, tlv(0x83, b"\x01")), tlv(0xA6, tlv(0x83, b"\x02"))):
            made = self.channel.send("make a key", 0x46, 0x8000, reference, reply=True)
            points.append(at(made, 0x7F49, 0x86))
        self.point, self.key_agreement = points
        self.card, nonce = sha256(self.point), os.urandom(16)
        request = self.manage("request registration", 0x01, tlv(0x80, nonce))
        (_, body, whole), (_, signature, _) = elements(at(request, 0x7F21))
        verify(self.point, whole, signature)
        asked = {tag: value for tag, value, _ in elements(at(body, 0x65, 0x73, 0xA1))}
        assert (asked[0x80], asked[0x81]) == (nonce, self.key_agreement) and at(body, 0x7F49, 0x86) == self.point
        self.rc = self.world.certify_card(self.point, self.key_agreement, asked[0x82], self.user, policy)
        self.trust(self.world.irc)
        receipt = self.manage("register", 0x02, self.rc)
        self.check_receipt(receipt, 1, [self.world.irc], 0)
        for reference, old in self.TRANSPORT.items():
            self.channel.send("replace a transport PIN", 0x24, reference, old + self.PINS[reference])

    def store(self, package, expiry):
        """9.2: the request, the signatures, the blocks, the receipt."""
        world, keys = self.world, self.world.keys
        data = package.storing_data(world.provider, expiry)
        self.consent()
        self.request = self.manage("open a storing request", 0x03, tlv(0x81, b"\x02") + data)
        told = by_card(self.point, self.request, 0xE2, 2, self.rc, sha256(self.receipts[-1]))
        assert tlv(0xE1, told[0xE1]) == data and told[0x86] == self.card
        assert (told[0x87], told[0x88]) == (sha256(world.issuer_root), sha256(world.data_root))
        number = tlv(0x80, told[0x89])
        head = header(2, ISSUER, world.irc, sha256(self.request))
        self.first = signed(0xE3, keys["irc"], head, tlv(0x86, sha256(self.rc)))
        self.second = signed(0xE4, keys["dpr"], header(2, PROVIDER, world.dpr, sha256(self.first)))
        self.trust(world.dpr)
        self.manage("authorize", 0x04, number + self.first + self.second, reply=False)
        for index, block in enumerate(package.blocks):
            last = index + 1 == len(package.blocks)
            receipt = self.channel.send(f"load block {index}", 0xEA, index | last << 15, number + block, reply=last)
        self.check_receipt(receipt, 2, [world.irc, world.dpr], STORE, data)
        found = self.get(0x0109, tlv(0x90, sha256(self.request)))
        assert found == receipt, "whoever has the request finds its receipt"

    def check_receipt(self, receipt, mode, authorizers, operation, data=None):
        """9.4, steps 1 to 4; the certificates are this program's own."""
        previous = sha256(self.receipts[-1]) if self.receipts else ZEROS
        told = by_card(self.point, receipt, 0xE7, mode, self.rc, previous)
        assert told[0x86] == len(self.receipts).to_bytes(4, "big"), "a gap"
        # Nobody made a file on this card before it was registered.
        assert told.get(0x91) == (None if self.receipts else sha256(b"")), "the files found"
        assert told[0x88] == bytes([operation]) and told[0x8F] == b"\x00"
        assert told[0xA2] == b"".join(tlv(0x80, sha256(signer)) for signer in authorizers)
        if data:
            wanted = [at(data, 0xE1, tag) for tag in (0x4F, 0x81, 0x83)] + [sha256(self.request)]
            assert [told[tag] for tag in (0x4F, 0x89, 0x8A, 0x90)] == wanted
        self.receipts.append(receipt)
        self.content_list = told[0x8C]

    def check_newest(self):
        """9.4, steps 3 and 5: nobody holds back a later receipt, and the content list is the one on the card."""
        nonce = os.urandom(16)
        self.nonce, self.head = nonce, self.manage("prove the newest receipt", 0x07, tlv(0x80, nonce))
        told = by_card(self.point, self.head, 0xE9, 1, self.rc, sha256(self.receipts[-1]))
        assert (told[0x86], told[0x8A]) == (len(self.receipts).to_bytes(4, "big"), nonce)
        self.channel.send("verify the user PIN", 0x20, USER_PIN, self.PINS[USER_PIN])
        leaves = []
        for _, entry, _ in elements(self.get(0x010A)):
            listed = tlv(0x61, *(whole for tag, _, whole in elements(entry) if tag in (0x4F, 0x81, 0x83, 0xA6)))
            leaves.append(sha256(at(entry, 0x8C), listed))
        assert sha256(*leaves) == self.content_list, "the content list of the receipt"

    def collect(self):
        """9.2, step 6: everybody concerned has the receipt."""
        number = (len(self.receipts) - 1).to_bytes(4, "big")
        held = sha256(b"symbolon receipt collected 1", self.receipts[-1])
        self.manage("collect receipts", 0x08, tlv(0x86, number) + tlv(0x84, held), reply=False)


def main(reader):
    world = World()
    client = Client(world)
    files = {0x0001: b"Bom dia!", 0x0002: bytes(place * 7 & 0xFF for place in range(3_000))}
    package = Package(world.PREFIX + b"\x01", 1, "greeting", files)
    # One session with extended APDUs, the other in chains of short ones.
    with Reader(reader) as card:
        client.open(Channel(card, extended=True))
        client.register(policy=0x0002 | 0x0004)
    with Reader(reader) as card:
        client.open(Channel(card, extended=False))
        client.store(package, "270331")
        client.check_newest()
        client.collect()
    told = {name: getattr(world, name) for name in world.NAMES}
    told |= {name: getattr(client, name) for name in ("rc", "request", "first", "second", "nonce", "head")}
    told |= {"aid": package.aid, "package": package.encoded}
    told = {name: value.hex() for name, value in told.items()}
    told["receipts"] = [receipt.hex() for receipt in client.receipts]
    told["files"] = {f"{number:04x}": content.hex() for number, content in files.items()}
    told["comparison_code"] = comparison_code(client.request)
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
