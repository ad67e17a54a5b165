#!/usr/bin/env python3
"""Issues a card to every name in a list, with an application on it, and writes a report.

    SYMBOLON_PASSPHRASE=... SYMBOLON_PIN=... SYMBOLON_CONSENT_PIN=... issue_cards.py NAMES FOLDER PACKAGE.toml

NAMES has one holder a line. In FOLDER there are then parties, card-1.img, letter-1/ and so on, and report.json. Nothing but
the `symbolon` command and its JSON form (schema 1) is used; every card is compared with the first one at the end.
"""

import json
import os
import pathlib
import subprocess
import sys

FAILURES_IN_A_ROW = 3


class Failed(Exception):
    """The command said no: what it was doing, and what to do about it."""

    def __init__(self, code, error):
        super().__init__(f"cannot {error['step']}: {error['message']}. {error['remedy']}")
        self.code = code


class Symbolon:
    """The command, in one folder."""

    def __init__(self, folder):
        self._folder = folder

    def __call__(self, *arguments, accept=(0,), **environment):
        """Runs one command and gives its result; the exit codes of `accept` are no failure."""
        done = subprocess.run(
            ["symbolon", "--json", *map(str, arguments)],
            cwd=self._folder, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False)
        document = json.loads(done.stdout)
        if document["schema"] != 1:
            raise SystemExit("another version of symbolon than this script was written for")
        if done.returncode not in accept:
            raise Failed(done.returncode, document["error"])
        return document["result"]


def make_parties(symbolon, source):
    """Two registrars, a bank, and a provider with its package."""
    for name, role, mnemonic in [("card-registrar", "issuer-registrar", "CHCARDREG"), ("data-registrar", "data-registrar", "DEDATAREG"),
                                 ("bank", "issuer", "CHBANK"), ("provider", "provider", "DENOTIZ")]:
        symbolon("party", "new", name, "--role", role, "--name", mnemonic)
    cards, data = "card-registrar/certificate.cvc", "data-registrar/certificate.cvc"
    built = symbolon("package", "build", source, "--output", "application.pkg")
    symbolon("registrar", "certify", "bank/request.cvr", "--registrar", "card-registrar", "--data-registrar", data, "--output", "bank.cvc")
    symbolon("registrar", "certify", "provider/request.cvr", "--registrar", "data-registrar", "--prefix", built["aid"][:10],
             "--output", "provider.cvc")
    symbolon("party", "accept", "bank", "--certificate", "bank.cvc", "--root", cards)
    symbolon("party", "accept", "provider", "--certificate", "provider.cvc", "--root", data)
    symbolon("party", "trust", "bank", data)
    symbolon("party", "trust", "provider", cards)
    symbolon("provider", "add-package", "application.pkg", "--provider", "provider")


def issue(symbolon, number, holder):
    """One card: issued, taken over by its holder, with the application. Gives its line of the report."""
    card, letter, approval = f"card-{number}.img", f"letter-{number}", f"approval-{number}.json"
    new = symbolon("sim", "new", card)
    symbolon("issuer", "personalize", "--issuer", "bank", "--card", card, "--user", holder, "--letter", letter)
    symbolon("issuer", "register", "--issuer", "bank", "--card", card)
    for pin, variable in [("consent", "SYMBOLON_CONSENT_PIN"), ("user", "SYMBOLON_PIN")]:
        symbolon("card", "change-pin", pin, "--card", card, "--pin-file", f"{letter}/{pin}-pin", SYMBOLON_NEW_PIN=os.environ[variable])
    symbolon("approval", "request", "--card", card, "--package", "application.pkg", "--provider-name", "DENOTIZ", "--output", approval)
    symbolon("approval", "sign", approval, "--party", "bank")
    symbolon("approval", "sign", approval, "--party", "provider")
    symbolon("approval", "apply", approval, "--card", card, "--package", "application.pkg")
    for party in ("bank", "provider"):
        symbolon("approval", "record", approval, "--party", party)
    return {"card": card, "holder": holder, "serial_number": new["serial_number"]}


def main(names, folder, source):
    folder = pathlib.Path(folder)
    folder.mkdir()
    symbolon = Symbolon(folder)
    make_parties(symbolon, pathlib.Path(source).resolve())
    report, failures = [], 0
    for number, holder in enumerate(pathlib.Path(names).read_text("utf-8").splitlines(), 1):
        try:
            report.append(issue(symbolon, number, holder))
            failures = 0
        except Failed as failed:
            print(f"card {number}: {failed}", file=sys.stderr)
            report.append({"card": None, "holder": holder, "error": str(failed)})
            failures += 1
            if failures == FAILURES_IN_A_ROW:
                break
    good = [line["card"] for line in report if line["card"]]
    # What is on them is the same: 0 says so, 1 that something differs.
    for card in good[1:]:
        compared = symbolon("card", "compare", "--card", good[0], "--with", card, "--only", "applications", accept=(0, 1))
        if not compared["same"]:
            print(f"{card} differs from {good[0]}: {compared['differences']}", file=sys.stderr)
            failures += 1
    known = symbolon("issuer", "cards", "--issuer", "bank")["cards"]
    (folder / "report.json").write_text(json.dumps({"cards": report, "known_to_the_bank": len(known)}, indent=1) + "\n")
    return 1 if failures or len(good) < len(report) else 0


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
