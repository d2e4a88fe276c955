# SPDX-License-Identifier: AGPL-3.0-or-later
"""The media gate: no byte is fetched before it may be, and none stays that must not."""

from __future__ import annotations

import asyncio
import hashlib
import json

import pytest

from bot.fates import TRIES
from bot.intake import LIMIT, Intake
from tests.service.house import HOUR, picture, plain
from tests.service.stories import DANGER, THREAT, guided, lodged

pytestmark = pytest.mark.anyio
SECOND = 1 / HOUR
MINOR = "en fait j'ai 15 ans"


def fetched(house):
    """How often Telegram was asked for a file, or for its bytes."""
    asked = [event.get("method", event["event"]) for event in house.control.journal()]
    return sum(name in {"getFile", "download"} for name in asked)


async def gate(visitor, *files):
    """An adult sends files that show nothing intimate; gives what they hear last."""
    for data, kind in files:
        await visitor.sends(data, kind)
    return await visitor.presses("file_clean")


async def test_nothing_is_fetched_before_the_age_is_known(house):
    for kind in ("photo", "document", "voice"):
        sara = house.visitor()
        await sara.sends(picture(), kind, caption=THREAT)
        await sara.says("pourquoi cette question ?")
        assert house.count("waiting") == 1
        heard = await sara.presses("under18")
        assert house.text("media.minor") in "\n".join(heard)
        assert house.count("waiting") == 0
        await sara.sends(picture(), kind)
        assert house.words("caption", house.cases()[-1]) == [THREAT]
    assert fetched(house) == 0


async def test_nothing_is_fetched_that_may_be_intimate(house):
    sara = house.visitor()
    await sara.sends(picture(), caption=THREAT)
    await sara.presses("adult")
    assert fetched(house) == 0
    heard = await sara.presses("file_intimate")
    assert house.text("media.intimate") in "\n".join(heard)
    assert (house.count("waiting"), fetched(house)) == (0, 0)


async def test_nothing_is_fetched_in_danger(house):
    sara = house.visitor()
    await sara.says(DANGER)
    heard = await sara.sends(picture())
    assert house.text("media.danger") in "\n".join(heard)
    assert (house.count("waiting"), fetched(house)) == (0, 0)


async def test_a_file_let_through_is_fetched_once_and_sealed_whole(house):
    sara, data = house.visitor(), picture("Zmerroukech") + bytes(range(256)) * 2000
    await guided(sara)
    heard = await gate(sara, (data, "document"))
    assert plain(house.text("media.kept", reference="F1")) in heard
    assert len(house.control.calls("getFile")) == 1
    assert [body for kind, body in house.sealed() if kind == "file"] == [data]
    [about] = house.words("about")
    told = json.loads(about)
    digest = hashlib.sha256(data).hexdigest()
    assert told["sha256"] == digest
    assert (told["reference"], told["type"], told["bytes"]) == ("F1", "image/png", len(data))
    everywhere = b"".join(path.read_bytes() for path in house.data.rglob("*") if path.is_file())
    for trace in (digest.encode(), bytes.fromhex(digest), b"Zmerroukech", b"image/png"):
        assert trace not in everywhere


async def test_an_album_is_one_question_and_three_references(house):
    sara, album = house.visitor(), [picture(name) for name in "abc"]
    await guided(sara)
    heard = await gate(sara, *((data, "photo") for data in album))
    kept = [text for text in heard if "F1" in text or "F2" in text or "F3" in text]
    assert len(kept) == 3
    assert house.text("media.compressed") in kept[0]
    assert [body for kind, body in house.sealed() if kind == "file"] == album
    assert len(house.control.calls("getFile")) == 3


async def test_minority_learned_later_destroys_what_was_sealed(house):
    sara = house.visitor()
    await guided(sara)
    await gate(sara, (picture(), "photo"))
    assert len(house.files()) == 1
    await sara.says(MINOR)
    assert house.files() == []
    assert {kind for kind, _ in house.sealed()}.isdisjoint({"file", "about"})
    assert house.words("story")[0] == THREAT
    assert "minor" in str(house.app.ledger.contact(sara.id).state["notes"])


async def test_minority_learned_after_filing_destroys_the_media_of_the_lodged_case(house):
    sara = house.visitor()
    await guided(sara)
    await gate(sara, (picture(), "photo"))
    await sara.presses("complaint", "send", "noted")
    await sara.says(MINOR)
    assert house.case().stage == "filed"
    assert house.files() == []
    assert {kind for kind, _ in house.sealed()}.isdisjoint({"file", "about"})


async def test_minority_learned_before_the_bytes_came_keeps_them_away(house):
    sara = house.visitor()
    await guided(sara)
    house.control.fault("getFile", "error", status=429, retry_after=60)
    await gate(sara, (picture(), "photo"))
    await sara.says(MINOR)
    await house.later(120 * SECOND)
    assert fetched(house) == 0
    assert house.files() == []
    assert house.rows("select count(*) from outbox where kind = 'fetch'") == [(0,)]


async def test_minority_learned_while_the_bytes_come_leaves_nothing(house):
    sara = house.visitor()
    await guided(sara)
    house.control.fault("download", "delay", seconds=0.5)
    await sara.sends(picture())
    sara.presses_on("file_clean")
    await house.taken()
    coming = asyncio.create_task(house.app.relay.drain())
    await asyncio.to_thread(house.control.until, "getFile")
    sara.writes(MINOR)
    await house.taken()
    await coming
    assert house.files() == []
    assert {kind for kind, _ in house.sealed()}.isdisjoint({"file", "about"})


REFUSED = [
    (b"", {}, "failed_empty"),
    (b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0" * 9, {}, "failed_type"),
    (b"PK\x03\x04" + b"\0" * 60, {}, "failed_type"),
    (b"\x7fELF" + b"\0" * 60, {}, "failed_type"),
    (b"#!\0binary", {}, "failed_type"),
    (b"x", {"size": LIMIT + 1}, "failed_too_large"),
]


async def test_what_cannot_be_kept_is_said_so_and_its_caption_stays(house):
    sara = house.visitor()
    await guided(sara)
    for number, (data, more, reason) in enumerate(REFUSED):
        kind = "photo" if number % 2 else "document"
        await sara.sends(data, kind, caption=f"{THREAT} {number}", **more)
        heard = await sara.presses("file_clean")
        assert house.text(f"media.{reason}") in heard, number
    assert house.files() == []
    assert house.words("caption") == [f"{THREAT} {number}" for number in range(len(REFUSED))]
    assert "file" not in {kind for kind, _ in house.sealed()}
    assert house.count("outbox") == 0


async def test_a_file_that_never_comes_is_said_so(house):
    sara = house.visitor()
    await guided(sara)
    house.control.fault("getFile", "html", times=TRIES, status=502)
    heard = await gate(sara, (picture(), "photo"))
    for _ in range(TRIES):
        await house.later(0.2)
    heard += sara.heard()
    assert house.text("media.failed_gone") in heard
    assert house.rows("select count(*) from outbox where kind = 'fetch'") == [(0,)]


class Falling(Intake):
    """The machine falls, once, between the file on the disk and its row."""

    fell = False

    async def _keep(self, row, name, sealed, mime):
        if not self.fell:
            self.fell = True
            raise OSError("the power is gone")
        return await super()._keep(row, name, sealed, mime)


async def test_a_fall_between_the_file_and_its_row_leaves_no_orphan(house):
    house.app.relay.intake = Falling(house.app.runtime)
    await house.app.retention.schedule()
    sara = house.visitor()
    await guided(sara)
    await gate(sara, (picture(), "photo"))
    assert len(house.files()) == 1  # nobody's
    await house.later(10 * SECOND)
    assert len(house.files()) == 2
    await house.later(1.1)
    assert [(name,) for name in house.files()] == house.rows(
        "select file from entry where file is not null"
    )
    assert [body for kind, body in house.sealed() if kind == "file"] == [picture()]


async def test_nobody_fetches_for_a_case_that_was_erased_meanwhile(house):
    sara = house.visitor()
    await lodged(sara)
    house.control.fault("getFile", "error", status=429, retry_after=60)
    await gate(sara, (picture(), "photo"))
    await sara.presses("erase", "erase_yes")
    await house.later(120 * SECOND)
    assert fetched(house) == 0
    assert house.files() == []
