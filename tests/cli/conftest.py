# SPDX-License-Identifier: AGPL-3.0-or-later
"""A centre with keys of its own, people who wrote to it, and the operator's command line."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pyrage
import pytest
from click.testing import CliRunner

from bot.centre import Centre, Target
from bot.channels import Address, Inbound
from bot.cli import main
from bot.config import Lifetimes
from bot.ledger import Ledger
from bot.plan import Plan, about
from bot.store import Store
from bot.turn import Carrier
from bot.vault import receipt
from bot.vault.sealed_file import seal_stream
from bot.vault.service import ServiceKey
from flows.model import State

SALT = b"public, per site"
LIVES = Lifetimes()
WORDS = {"ar": ("نخلة", "بحر"), "fr": ("palmier", "mer")}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a key, in a file as age-keygen writes it."""

    recipient: str
    identity: str = field(repr=False)
    file: Path


@dataclass
class Visitor:
    """Somebody on a channel: what they want done goes the way every turn goes, at any hour."""

    house: House
    address: Address
    lang: str = "fr"
    digits: str = ""
    root: receipt.Root | None = None

    def does(self, *effects, text="", urgency="normal", hours_ago=0.0, **notes):
        """Carry effects out as one turn, some hours ago."""
        with self.house.opened() as ledger:
            now = time.time() - hours_ago * 3600
            ident = ledger.contact_id(self.address)
            contact = ledger.contact(ident)
            old = contact.state["notes"] if contact.state else {}
            state = State("guide.menu", self.lang, {**old, **notes})
            plan = Plan(ledger, now, contact, self.address, case=ledger.case(contact.case))
            if not self.digits:
                self.digits = receipt.new()
                self.root = receipt.root(self.digits, SALT)
            Carrier(
                plan, Inbound(self.address, str(time.time_ns()), "text", text), state, urgency,
                self.house.centre, LIVES, self.root, self.digits, WORDS,
            ).carry(effects)  # fmt: skip
            ledger.store.write_now(plan.job)
            return plan.case.id if plan.case else None

    def sends_file(self, data, mime="image/png"):
        """Seal a file into the case, with its note beside it, as the intake does."""
        with self.house.opened() as ledger:
            contact = ledger.contact(ledger.contact_id(self.address))
            case = ledger.case(contact.case)
            name = os.urandom(16).hex()
            files = self.house.data / "files"
            files.mkdir(exist_ok=True)

            async def chunks():
                yield data

            sealed = asyncio.run(seal_stream(chunks(), case.recipient, files / name, 10**8))
            plan = Plan(ledger, time.time(), contact, self.address, case=case)
            number = ledger.numbers.next()
            length = ledger.seal(sealed.ciphertext_length, "entry", "length", number)
            plan.add(
                "insert into entry (id, case_id, kind, file, length, at)"
                " values (?, ?, 'file', ?, ?, 0)",
                (number, case.id, name, length),
            )
            note = {"file": name, "reference": "F1", "sha256": sealed.sha256,
                    "bytes": sealed.size, "type": mime}  # fmt: skip
            plan.keep("about", about(**note))
            ledger.store.write_now(plan.job)
            return name


@dataclass
class House:
    """One server: its data folder, its key, its centre and its command line."""

    root: Path
    counsellor: Person
    recovery: Person
    key: ServiceKey
    env: dict[str, str]
    data: Path

    @property
    def centre(self):
        return Centre(
            {"salma": self.counsellor.recipient},
            self.recovery.recipient,
            alarms=(Target("console"), Target("telegram", "-100200300")),
        )

    @contextmanager
    def opened(self):
        store = Store(self.data / "sanad.db")
        try:
            yield Ledger(store, self.key)
        finally:
            store.close()

    def rows(self, sql, *values):
        with self.opened() as ledger:
            return ledger.store.read(sql, values)

    def outbox(self, *kinds):
        """The rows of these kinds, opened."""
        marks = ",".join("?" * len(kinds))
        with self.opened() as ledger:
            return list(ledger.rows(f"kind in ({marks})", kinds))

    def person(self, to="77001", channel="telegram", lang="fr"):
        return Visitor(self, Address(channel, to), lang)

    def sanad(self, *args, **more):
        return CliRunner().invoke(main, [str(arg) for arg in args], env=self.env, **more)

    def done(self, *args, **more):
        """Run a command that must succeed; return what it printed."""
        result = self.sanad(*args, **more)
        assert result.exit_code == 0, result.output
        return result.output

    def refused(self, *args, **more):
        """Run a command that must fail with one clear line; return it."""
        result = self.sanad(*args, **more)
        assert result.exit_code == 1, result.output
        assert isinstance(result.exception, SystemExit), result.exception
        assert result.stderr.startswith("Error: ")
        assert result.stderr.count("\n") == 1
        return result.stderr

    def listed(self):
        return [json.loads(line) for line in self.done("cases", "list", "--json").splitlines()]


def person(file: Path) -> Person:
    identity = pyrage.x25519.Identity.generate()
    file.write_text(f"# public key: {identity.to_public()}\n{identity}\n")
    return Person(str(identity.to_public()), str(identity), file)


@pytest.fixture
def stranger(tmp_path):
    return person(tmp_path / "stranger.txt")


@pytest.fixture
def house(tmp_path):
    """A server as an operator sets it up, with its profile and key in files."""
    key = ServiceKey.spell(ServiceKey.make())
    counsellor, recovery = person(tmp_path / "counsellor.txt"), person(tmp_path / "recovery.txt")
    (tmp_path / "service.key").write_text(key)
    (tmp_path / "centre.yaml").write_text(
        f"team: {{salma: {counsellor.recipient}}}\nrecovery: {recovery.recipient}\n"
        "alarms: [console, 'telegram:-100200300']\n"
    )
    env = {
        "SANAD_SERVICE_KEY_FILE": str(tmp_path / "service.key"),
        "SANAD_CENTRE": str(tmp_path / "centre.yaml"),
        "SANAD_DATA": str(tmp_path / "data"),
    }
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    return House(tmp_path, counsellor, recovery, ServiceKey.read(key), env, data)


@pytest.fixture(scope="session")
def age_command():
    found = shutil.which("age")
    if found is None:
        pytest.skip("NOT CHECKED against the age command: it is not installed (apt install age)")
    return found


WRITER = """
import sys
from pathlib import Path
from bot.store import Store
store = Store(Path(sys.argv[1]) / "sanad.db")
number = 0
while True:
    number += 1
    row = (f"busy {number}", number)
    store.write_now(lambda run: run.execute("insert into seen (id, at) values (?, ?)", row))
    if number == 1:
        print("writing", flush=True)
"""


@pytest.fixture
def busy(house):
    """Another process writes to the same database, one durable row after the other."""
    command = [sys.executable, "-c", WRITER, str(house.data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        assert writer.stdout.readline() == b"writing\n"
        try:
            yield writer
            assert writer.poll() in {None, -signal.SIGKILL}, "the other process must survive us"
        finally:
            writer.kill()


READER = """
import sys
from pathlib import Path
from bot.ledger import Ledger
from bot.store import Store
from bot.vault import receipt
from bot.vault.service import ServiceKey
data, key, salt = sys.argv[1:]
ledger = Ledger(Store(Path(data) / "sanad.db"), ServiceKey.read(Path(key).read_text()))
root = receipt.root(receipt.find(sys.stdin.read()), salt.encode())
case = ledger.case_of_receipt([root.lookup(pepper) for pepper in ledger.key.peppers])
if case is None:
    sys.exit("no case")
sql = "select visitor from answer where case_id = ? order by at, rowid"
for (blob,) in ledger.store.read(sql, (case.id,)):
    sys.stdout.buffer.write(root.open(blob) + b"\\n")
print(case.stage, case.id)
"""


@pytest.fixture
def by_receipt(house):
    """Come back in a new process, with a receipt and whatever key file the server has."""

    def read(digits, data=None, key=None):
        return subprocess.run(
            [sys.executable, "-c", READER, str(data or house.data),
             str(key or house.env["SANAD_SERVICE_KEY_FILE"]), SALT.decode()],
            input=receipt.shown(digits), capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

    return read
