# SPDX-License-Identifier: AGPL-3.0-or-later
"""Nothing a person says or is can be found afterwards, during nor outside the seals."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import weakref
from base64 import b64encode

import pytest

from bot.channels import Address, Inbound
from tests.golden.scenes import LANGS, Scene, scenes
from tests.golden.stage import Stage
from tests.golden.traces import Needles, distinctive, places
from tests.golden.watch import DESTROYED, Watch, at_debug, carved, watched

SCENES = scenes()
EACH = [pytest.param(one, lang, id=f"{one.name}-{lang}") for one in SCENES for lang in LANGS]
LEFT = [pytest.param(one, lang, id=f"{one.name}-{lang}") for one in SCENES for lang in LANGS]
WORD = "Zanbqouqa"
TOLD = {"ar": f"salam smiyti {WORD}", "fr": f"je m'appelle {WORD}"}


@pytest.mark.parametrize(("scene", "lang"), EACH)
def test_no_word_address_receipt_or_key_is_left_anywhere(played, scene, lang):
    assert [hit for hit in played(scene, lang).traces if not hit.startswith(DESTROYED)] == []


@pytest.mark.parametrize(("scene", "lang"), LEFT)
def test_no_key_that_was_reported_destroyed_can_be_carved(played, scene, lang):
    assert [hit for hit in played(scene, lang).traces if hit.startswith(DESTROYED)] == []


def test_the_conversations_say_words_that_can_be_searched_for():
    for scene in SCENES:
        for lang in LANGS:
            said = " ".join(turn.get(lang, "") for turn in scene.turns)
            assert distinctive(said) or "visitor" in str(scene.turns), scene.name


@pytest.mark.parametrize(
    "written",
    [
        WORD.encode(),
        WORD.encode("utf-16-le"),
        WORD.encode("utf-16-be"),
        WORD.encode().hex().encode(),
        WORD.encode().hex().upper().encode(),
        b64encode(WORD.encode()),
        b64encode(b"." + WORD.encode() + b"."),
        b64encode(b".." + WORD.encode() + b"..."),
        b64encode(WORD.encode("utf-16-le")),
        b64encode(b"?" + "الدار البيضاء".encode()),
    ],
)
def test_the_search_knows_every_spelling(written):
    needles = Needles()
    needles.add([WORD, "البيضاء"])
    assert needles.found(os.urandom(70_001) + written + os.urandom(1_003))
    assert not needles.found(os.urandom(200_000))


def leak_into_a_file(stage):
    (stage.data / "notes.txt").write_text(stage.said[-1], encoding="utf-16")


def leak_into_a_temporary_file(stage):
    (stage.place / "tmp" / "x").write_bytes(b64encode(b"!" + stage.said[-1].encode()))


def leak_into_a_file_name(stage):
    (stage.place / "cwd" / f"{WORD}.log").touch()


def leak_into_the_database(stage):
    sql = "insert into mark (name, value) values ('last', ?)"
    stage.app.store.write_now(lambda run: run.execute(sql, (stage.said[-1].encode(),)))


def leak_by_printing(stage):
    sys.stdout.write(stage.said[-1])


def leak_into_the_log(stage):
    logging.getLogger("bot.somewhere").debug("said: %s", stage.said[-1])


def leak_the_address(stage):
    logging.getLogger("bot.somewhere").info("to %s", stage.address.to)


def leak_into_a_deleted_file(stage):
    path = stage.place / "gone"
    handle = os.open(path, os.O_RDWR | os.O_CREAT)
    weakref.finalize(stage, os.close, handle)
    os.write(handle, stage.said[-1].encode())
    path.unlink()


LEAKS = [
    leak_into_a_file, leak_into_a_temporary_file, leak_into_a_file_name, leak_into_the_database,
    leak_by_printing, leak_into_the_log, leak_the_address, leak_into_a_deleted_file,
]  # fmt: skip


@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: leak.__name__)
def test_a_bot_that_leaks_is_found_out(tmp_path, leak):
    assert watched(Scene("leak", "A mutant.", (TOLD,)), "fr", tmp_path, leak).traces


def test_a_bot_that_does_not_leak_is_not(tmp_path):
    assert watched(Scene("tight", "No mutant.", (TOLD,)), "fr", tmp_path).traces == []


@pytest.mark.parametrize("talker", ["httpx", "telegram.ext.Updater", "uvicorn.access", "h11"])
def test_libraries_that_log_addresses_are_silent_at_debug(talker):
    watch = Watch(())
    with at_debug(watch.printed):
        logging.getLogger(talker).warning("POST https://example.org/bot1:%s/getFile", WORD)
        try:
            int(WORD)
        except ValueError:
            logging.getLogger("bot.relay").exception("relay: say failed")
    assert "relay: say failed: ValueError" in watch.printed.getvalue()
    assert WORD not in watch.printed.getvalue()


async def erased(place, *, careless: bool) -> list[str]:
    """Where a draft's key can be carved after "erase" was answered; *careless*: no overwriting."""
    scene = Scene("erase", "A draft erased.", ())
    stage = Stage(scene, "fr", place)
    app, keys = stage.app, []
    if careless:
        app.store.write_now(lambda run: run.execute("pragma secure_delete=off") and None)
    visitor = Address("terminal", "v")
    for inbound in (
        Inbound(visitor, "1", "text", text="on me menace avec mes photos"),
        Inbound(visitor, "2", "option", option="erase"),
        Inbound(visitor, "3", "option", option="erase_yes"),
    ):
        turn = await app.runtime.receive(inbound)
        for case in map(app.ledger.case, (i for (i,) in app.store.read("select id from cases"))):
            keys += [case.wrapped, app.ledger.unwrap_draft(case)]
        await app.relay.drain()
    assert "erase" in turn.effects
    assert len(keys) >= 2
    found = [*carved(stage.data, keys)]
    app.close()
    return found


def test_after_erase_no_wrapped_key_can_be_carved(tmp_path):
    assert asyncio.run(erased(tmp_path, careless=False)) == []


def test_a_database_that_does_not_overwrite_is_found_out(tmp_path):
    assert asyncio.run(erased(tmp_path, careless=True))


def test_sealed_files_and_database_are_searched(tmp_path):
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "a").write_bytes(b"x")
    (tmp_path / "sanad.db-wal").write_bytes(b"y")
    assert {data.split(b"\n")[0] for _, data in places(tmp_path)} >= {b"a", b"sanad.db-wal"}
