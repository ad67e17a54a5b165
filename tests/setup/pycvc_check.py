#!/usr/bin/env python3
"""Reads CV certificates with pycvc, an implementation that shares nothing with ours, and checks their signatures.

    target/venv/bin/python tests/setup/pycvc_check.py ROOT CERTIFICATE...

ROOT signs itself and carries the domain parameters. Every other file must be signed by one of the files
before it (found by its CAR), or be a request, which its own key signs. Prints one line of JSON for each file;
exits with 0 when all are valid, 1 when one is not, 2 on wrong usage. CHAT and dates are shown, not judged:
pycvc knows only the roles of identity documents.
"""

import json
import sys
from pathlib import Path

from cvc.asn1 import ASN1
from cvc.certificates import CVC
from cvc.ec_curves import EcCurve
from cvc.oid import oid2scheme


def field(data, *tags):
    """The value under a path of tags in the certificate's body, or None."""
    node = CVC().decode(data).body()
    for tag in tags:
        node = node and node.find(tag)
    return None if node is None else bytes(node.data())


def text(value):
    return None if value is None else value.decode("latin-1")


def date(value):
    """Six bytes with one digit each: YYMMDD."""
    if value is None:
        return None
    if len(value) != 6 or max(value) > 9:
        raise ValueError(f"date {value.hex()} is not six unpacked digits")
    digits = "".join(map(str, value))
    return f"20{digits[:2]}-{digits[2:4]}-{digits[4:]}"


def extensions(data):
    templates = ASN1().decode(field(data, 0x65) or b"").all()
    return [{format(tag, "02x"): bytes(value).hex() for tag, value in ASN1().decode(body).all()} for _, body in templates]


def describe(data):
    chat_oid, chat_bits = field(data, 0x7F4C, 0x06), field(data, 0x7F4C, 0x53)
    return {
        "request": field(data, 0x5F25) is None,
        "car": text(field(data, 0x42)),
        "chr": text(field(data, 0x5F20)),
        "scheme": oid2scheme(field(data, 0x7F49, 0x06)),
        "domain_parameters": field(data, 0x7F49, 0x81) is not None,
        "public_point": (field(data, 0x7F49, 0x86) or b"").hex(),
        "chat_oid": chat_oid and chat_oid.hex(),
        "chat": chat_bits and chat_bits.hex(),
        "effective": date(field(data, 0x5F25)),
        "expires": date(field(data, 0x5F24)),
        "extensions": extensions(data),
    }


def check(data, found, trusted, curve):
    """Verifies under the signer that CAR names; says which."""
    if found["request"] or not trusted:
        signer, name = data, found["chr"]
    elif found["car"] in trusted:
        signer, name = trusted[found["car"]], found["car"]
    else:
        raise ValueError(f"no file before this one is called {found['car']}")
    return name, CVC().decode(data).verify(dica=signer, curve=curve)


def main(files):
    if not files:
        sys.stderr.write(__doc__)
        return 2
    trusted, curve, all_valid = {}, None, True
    for path in files:
        result = {"file": path, "valid": False}
        try:
            data = Path(path).read_bytes()
            result |= describe(data)
            curve = curve or EcCurve.from_P(CVC().decode(data).pubkey().find(0x81).data()).to_crypto()
            result["signer"], result["valid"] = check(data, result, trusted, curve)
            if result["valid"] and not result["request"]:
                trusted[result["chr"]] = data
        except Exception as error:  # pycvc reports bad input by whatever happens to fail
            result["error"] = f"{type(error).__name__}: {error}"
        all_valid = all_valid and result["valid"]
        print(json.dumps(result))
    return 0 if all_valid else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
