# SPDX-License-Identifier: AGPL-3.0-or-later
"""The whole way: told to the real bot, sealed, taken, read offline, answered, read by receipt."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
import time
from contextlib import closing

import pytest

from bot.app import build
from bot.channels import Address, Inbound
from bot.vault import receipt

STORY = {
    "ar": "wa7d kayhddedni bach ynchor tsawri f facebook, canary-zitouna",
    "fr": "quelqu'un menace de publier mes photos sur facebook, canary-zitouna",
}
ANSWER = {"ar": "حنا معاك، لا دفع ولا حذف.", "fr": "On est avec vous. On ne paie pas."}
WAY = ("send", "safe_yes")  # pressed where they are offered; "complaint" leads there from anywhere

LATER = """
import asyncio, sys, time
from pathlib import Path
from bot.app import build
from bot.centre import load
from bot.channels import Address, Inbound
from bot.vault.demo import is_demo
from bot.vault.service import ServiceKey

async def main(data, key, centre):
    app = build(Path(data), ServiceKey.read(Path(key).read_text()),
                load(Path(centre), demo=is_demo), {}, time.time)
    somebody = Address("terminal", "on another phone")
    typed = Inbound(somebody, "later 1", "text", sys.stdin.read())
    for inbound in (typed, Inbound(somebody, "later 2", "option", option="read")):
        await app.runtime.receive(inbound)
    for parcel in await app.mailbox.collect(somebody):
        print(parcel.message.text)
    app.close()

asyncio.run(main(*sys.argv[1:]))
"""


class Talk:
    """One person at a terminal, before the real bot."""

    def __init__(self, app):
        self.app, self.me, self.count = app, Address("terminal", "me"), itertools.count()

    async def says(self, text="", option=None):
        kind = "option" if option else "text"
        inbound = Inbound(self.me, f"{next(self.count)}", kind, text=text, option=option)
        await self.app.runtime.receive(inbound)
        return await self.hears()

    async def hears(self):
        parcels = await self.app.mailbox.collect(self.me)
        await self.app.mailbox.acknowledge(self.me, [parcel.id for parcel in parcels])
        return [parcel.message for parcel in parcels if parcel.message]


async def lodge(talk, story):
    """Tell it and press on until there is a receipt."""
    heard = await talk.says(story)
    for _ in range(8):
        digits = receipt.find("\n".join(message.text for message in heard))
        if digits:
            return digits
        offered = {o.id.partition("@")[0]: o.id for m in heard for o in m.options}
        wanted = next((option for option in WAY if option in offered), "complaint")
        heard = await talk.says(option=offered.get(wanted, wanted))
    raise AssertionError("no receipt")


@pytest.fixture
def app(house):
    built = build(house.data, house.key, house.centre, {}, time.time)
    with closing(built):
        yield built


@pytest.mark.parametrize("lang", ["ar", "fr"])
def test_the_whole_way(house, app, age_command, tmp_path, lang):
    talk = Talk(app)
    digits = asyncio.run(lodge(talk, STORY[lang]))
    (line,) = house.listed()
    assert line["situation"] == "threat_to_publish"
    house.done("cases", "take", line["id"], "--by", "Salma")
    folder, key = tmp_path / "dossier", tmp_path / "case.key"
    house.done("cases", "export", line["id"], "--to", folder)
    age = (age_command, "-d", "-i")
    opened = [*age, house.counsellor.file, folder / "identity.age"]
    key.write_bytes(subprocess.run(opened, capture_output=True, check=True).stdout)
    story = [*age, key, folder / "0001-story.age"]
    assert subprocess.run(story, capture_output=True, check=True).stdout.decode() == STORY[lang]
    out = tmp_path / "reply.age"
    args = ("--text", "-", "--out", out)
    house.done("cases", "reply", folder, *args, input=ANSWER[lang])
    house.done("cases", "import", out)
    assert any(ANSWER[lang] in message.text for message in asyncio.run(talk.hears()))
    back = subprocess.run(
        [sys.executable, "-c", LATER, house.data, house.env["SANAD_SERVICE_KEY_FILE"],
         house.env["SANAD_CENTRE"]],
        input=receipt.shown(digits), capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert back.returncode == 0, back.stderr
    assert ANSWER[lang] in back.stdout
    stored = b"".join(path.read_bytes() for path in house.data.rglob("*") if path.is_file())
    for canary in (b"canary-zitouna", ANSWER[lang].encode(), digits.encode()):
        assert canary not in stored
