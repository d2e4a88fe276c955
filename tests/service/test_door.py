# SPDX-License-Identifier: AGPL-3.0-or-later
"""The door keeps what a browser sealed, calls the team, and tells a stranger nothing."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace

import pyrage
import pytest

from bot.door import Door
from bot.vault import receipt
from bot.vault.faults import NoTeam
from bot.vault.padding import size_class
from bot.vault.seal import new_case, seal_many
from tests.service.house import RING
from tests.service.phone import Phone, sealed, text
from tests.service.stories import lodged

pytestmark = pytest.mark.anyio
STORY = "Il a mes photos et demande 3000 dh.\n  غادي ينشرهم ليلة الجمعة 😢"
ANSWER = "Nous avons lu. Gardez tout, ne payez rien."


@pytest.fixture
def phone(house):
    return Phone(house.app)


async def test_what_was_sealed_is_what_a_counsellor_reads(house, phone):
    done = await phone.files(STORY, situation="threat_to_publish", ticks=["deadline", "minor"])
    assert (done.status_code, done.json()) == (201, {"kept": True, "alarmed": True})
    case = house.case()
    assert (case.stage, case.open, case.door, case.taken) == ("filed", True, True, None)
    assert house.words("story") == [STORY]
    [summary] = house.words("summary")
    assert summary.splitlines() == [
        "urgency: urgent",
        "situation: threat_to_publish",
        "ticked: minor, deadline",
        "via: door",
    ]
    assert house.count("contact") == 0


@pytest.mark.parametrize(
    ("situation", "ticks", "urgency"),
    [
        (None, [], "normal"),
        ("harassment", [], "normal"),
        ("already_published", [], "urgent"),
        (None, ["deadline"], "urgent"),
        ("threat_to_publish", ["minor"], "urgent"),
        (None, ["danger"], "danger"),
        ("harassment", ["danger", "minor", "deadline"], "danger"),
    ],
)
async def test_the_team_is_called_by_what_was_ticked_and_hears_no_word(
    house, phone, situation, ticks, urgency
):
    await phone.files(STORY, situation=situation, ticks=ticks)
    await house.app.relay.drain()
    case = house.case()
    assert case.triage["urgency"] == urgency
    [alarm] = house.alarms_sent()
    assert house.text(f"human.level_{urgency}") in alarm
    assert case.id in alarm
    assert case.alarm == "delivered"
    assert (await phone.opens())["standing"] == "delivered"


async def test_without_a_target_nobody_is_said_to_be_called(idle):
    phone = Phone(idle().app)
    done = await phone.files(STORY)
    assert done.json() == {"kept": True, "alarmed": False}


async def test_one_case_however_often_it_arrives(house, phone):
    filing = await phone.filing(STORY)
    for _ in range(3):
        assert (await phone.post("keep", filing)).status_code == 201
    assert house.words("story") == [STORY]
    assert house.count("cases") == 1
    await house.app.relay.drain()
    assert len(house.alarms_sent()) == 1
    other = {**filing, **(await phone.filing("another"))}
    assert (await phone.post("keep", other)).status_code == 400
    assert house.words("story") == [STORY]


async def test_the_answer_is_read_with_the_receipt_and_by_nobody_else(house, phone):
    await phone.files(STORY)
    assert await phone.reads() == []
    assert house.answers(ANSWER) == "nobody"
    assert house.answers(ANSWER + " 2") == "nobody"
    assert await phone.reads() == [ANSWER, ANSWER + " 2"]
    found = await phone.opens()
    assert found["standing"] == "taken"
    assert re.fullmatch(r"\d\d:\d\d", found["time"])
    assert house.rows("select count(*) from answer where delivery is not null") == [(0,)]
    assert house.words("answer") == [ANSWER, ANSWER + " 2"]


async def test_more_words_are_kept_once_each_and_a_closed_case_takes_none(house, phone):
    await phone.files(STORY)
    ident = "0123456789abcdef" * 2
    for _ in range(2):
        assert (await phone.adds("Il a écrit encore.", ident)).json() == {"kept": True}
    await phone.adds("وزاد")
    assert house.words("message") == ["Il a écrit encore.", "وزاد"]
    house.closes()
    assert (await phone.opens())["standing"] == "closed"
    assert (await phone.adds("trop tard")).json() == {"kept": False}
    assert house.words("message") == ["Il a écrit encore.", "وزاد"]


async def test_a_withdrawn_case_is_gone_from_the_disk(house, phone):
    await phone.files(STORY)
    house.answers(ANSWER)
    case = house.case()
    secret = house.rows("select wrapped from cases")[0][0]
    assert secret in b"".join(path.read_bytes() for path in house.data.glob("sanad.db*"))
    assert (await phone.withdraws()).json() == {"gone": True}
    for table in ("cases", "entry", "answer"):
        assert house.count(table) == 0
    left = b"".join(path.read_bytes() for path in house.data.glob("sanad.db*"))
    assert secret[-64:] not in left
    assert case.id not in {
        row for (row,) in house.rows("select coalesce(case_id, '') from outbox")
    }
    assert (await phone.opens())["standing"] == "none"
    assert (await phone.withdraws()).json() == {"gone": True}  # said again, it is still true


async def test_a_hit_a_miss_and_an_erased_answer_look_alike(house, phone):
    """To whoever watches the line: one status, one length; what it says only the page reads."""
    await phone.files(STORY)
    hit = await phone.post("open", {"token": phone.token})
    stranger = Phone(house.app)
    miss = await stranger.post("open", {"token": stranger.token})
    await phone.withdraws()
    erased = await phone.post("open", {"token": phone.token})
    assert erased.content == miss.content
    assert {one.status_code for one in (hit, miss, erased)} == {200}
    assert len({len(one.content) for one in (hit, miss, erased)}) == 1
    assert len({tuple(sorted(one.headers.items())) for one in (hit, miss, erased)}) == 1
    assert hit.json().keys() == miss.json().keys()


async def test_a_hit_and_a_miss_ask_the_database_the_same(house, phone):
    await phone.files(STORY)
    asked: list[str] = []
    house.app.store._read.set_trace_callback(
        lambda sql: asked.append(re.sub(r"'[^']*'", "?", sql))
    )
    house.app.door.open(base64.b64decode(phone.token))
    hit, asked[:] = list(asked), []
    house.app.door.open(bytes(32))
    house.app.store._read.set_trace_callback(None)
    assert [re.sub("X\\?", "?", sql) for sql in hit] == [re.sub("X\\?", "?", sql) for sql in asked]


async def test_a_wrong_receipt_opens_nothing(house, phone):
    await phone.files(STORY)
    house.answers(ANSWER)
    thief = Phone(house.app)
    assert (await thief.opens()) == {
        "standing": "none",
        "time": "",
        "recipient": "",
        "answers": [],
    }
    assert (await thief.adds("faux")).json() == {"kept": False}
    await thief.withdraws()
    assert await phone.reads() == [ANSWER]
    [blob] = (await phone.opens())["answers"]
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(
            base64.b64decode(blob), [pyrage.x25519.Identity.from_str(thief.root.identity)]
        )


async def test_a_receipt_made_before_a_new_service_key_still_opens(idle):
    house = idle()
    phone = Phone(house.app)
    await phone.files(STORY)
    house.answers(ANSWER)
    house.rekeyed()
    assert await Phone(house.app, phone.digits).reads() == [ANSWER]


async def test_a_case_from_a_chat_is_opened_at_the_door_too(house):
    sara = house.visitor()
    digits = receipt.find(await lodged(sara))
    house.answers(ANSWER)
    phone = Phone(house.app, digits)
    assert await phone.reads() == [ANSWER]
    assert (await phone.adds("écrit à la page")).json() == {"kept": True}
    assert "écrit à la page" in house.words("message")
    assert (await phone.withdraws()).json() == {"gone": True}
    assert house.count("cases") == 0
    assert house.rows("select count(*) from contact where link is not null") == [(0,)]
    assert await sara.says("Bonjour")  # the chat goes on without a case


def damaged(filing, house):
    """Filings that a page never makes, by what is wrong with them."""
    team, recovery = tuple(house.centre.team.values()), house.centre.recovery
    stranger = str(pyrage.x25519.Identity.generate().to_public())
    identity = b"AGE-SECRET-KEY-1" + b"Q" * 58 + b"\n"
    longer = new_case((*team, stranger), recovery)
    wrapped = base64.b64decode(filing["wrapped"])
    words = base64.b64decode(filing["words"])
    passphrase = pyrage.passphrase.encrypt(b"words", "secret")
    twice = wrapped.replace(
        b"\n--- ", b"\n" + wrapped.split(b"\n", 1)[1].split(b"\n--- ")[0] + b"\n--- "
    )
    return {
        "a wrap too few": {"wrapped": text(seal_many(identity, (recovery,)))},
        "a wrap too many": {"wrapped": text(longer.wrapped)},
        "a wrap twice": {"wrapped": text(twice)},
        "another secret": {"wrapped": text(seal_many(b"no identity", (*team, recovery)))},
        "no age file": {"wrapped": text(b"age-encryption.org/v2\n" + wrapped[22:])},
        "a header cut": {"wrapped": text(wrapped[:60])},
        "a passphrase": {
            "words": text(passphrase + bytes(512 - len(passphrase))),
            "length": len(passphrase),
        },
        "words to two": sealed_to_two(filing["recipient"], stranger),
        "no words": sealed("", filing["recipient"]),
        "not padded": {"words": text(words[: filing["length"]])},
        "padded too far": {"words": text(words + bytes(512))},
        "a wrong length": {"length": len(words) + 1},
        "a length of none": {"length": 0},
        "a length less than all": {"length": 40},
        "a length that is true": {"length": True},
        "no number": {"length": "300"},
        "clear words": {"words": text(b"clear words".ljust(512)), "length": 11},
        "no base64": {"words": "ééé"},
        "bad base64": {"words": "a"},
        "a short token": {"token": text(b"short")},
        "no token": {"token": None},
        "no recipient": {"recipient": "age1nobody"},
        "a secret instead": {"recipient": str(pyrage.x25519.Identity.generate())},
        "one recipient for two": {"visitor": filing["recipient"]},
        "no visitor": {"visitor": ""},
        "a made-up subject": {"situation": "something_else"},
        "a made-up tick": {"ticks": ["urgent"]},
        "ticks of numbers": {"ticks": [1]},
        "another language": {"lang": "en"},
        "a team of numbers": {"team": [1]},
        "no team": {"team": None},
    }


def sealed_to_two(*recipients):
    blob = seal_many(b"words", recipients)
    return {"words": text(blob + bytes(size_class(len(blob)) - len(blob))), "length": len(blob)}


async def test_what_no_page_makes_is_refused_and_leaves_no_trace(house, phone, caplog):
    filing = await phone.filing(STORY)
    for name, wrong in damaged(filing, house).items():
        done = await phone.post("keep", {**filing, **wrong})
        assert done.status_code == 400, name
        assert done.json()["error"] == "unreadable"
    for missing in filing:
        if missing != "situation":
            body = {key: value for key, value in filing.items() if key != missing}
            assert (await phone.post("keep", body)).status_code in {400, 409}, missing
    assert [house.count(table) for table in ("cases", "entry", "outbox", "seen")] == [0] * 4
    # The client of a server that another test started may still be at work in this process.
    ours = [record for record in caplog.records if not record.name.startswith("httpcore.")]
    assert ours == []
    assert (await phone.post("keep", filing)).status_code == 201  # it was the damage


async def test_sealed_to_yesterdays_team_is_sent_back(house, phone):
    filing = await phone.filing(STORY)
    for team in ([], filing["team"][:1], [*filing["team"], "age1another"]):
        done = await phone.post("keep", {**filing, "team": team})
        assert (done.status_code, done.json()["error"]) == (409, "other_team")
    assert house.count("cases") == 0


@pytest.mark.parametrize("path", ["keep", "open", "add", "drop"])
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"{}", 400),
        (b'{"token": 7}', 400),
        (b"[" * 90_000, 400),
        (b" " * (128 * 1024 + 1), 413),
        (b"\xff", 400),
    ],
)
async def test_malformed_bodies_are_refused(phone, path, body, status):
    done = await phone.post(path, body)
    assert done.status_code == status
    assert done.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("ident", ["", "x" * 32, "0" * 31, 7, None])
async def test_words_need_an_id_that_the_page_made(house, phone, ident):
    await phone.files(STORY)
    body = {"token": phone.token, "id": ident, **sealed("more", house.case().recipient)}
    assert (await phone.post("add", body)).status_code == 400


async def test_larger_than_allowed_is_refused(house, phone):
    filing = await phone.filing("x" * 66_000)
    assert (await phone.post("keep", filing)).status_code == 400
    assert (await phone.post("keep", {**filing, "team": ["x"] * 40_000})).status_code == 413
    assert house.count("cases") == 0


async def test_a_flood_is_slowed_and_a_little_later_there_is_room_again(house, phone):
    filing = await phone.filing(STORY)
    codes = [(await phone.post("keep", filing)).status_code for _ in range(61)]
    assert codes == [201] * 60 + [429]
    assert (await phone.post("open", {"token": phone.token})).status_code == 200
    house.clock.now += 4
    assert (await phone.post("keep", filing)).status_code == 201
    for _ in range(300):
        done = await phone.post("open", {"token": phone.token})
    assert (done.status_code, done.json()["error"]) == (429, "too_many")


async def test_one_case_takes_a_persons_pace_of_words(house, phone):
    await phone.files(STORY)
    codes = {(await phone.adds(f"{n}")).status_code for n in range(30)}
    assert codes == {200}
    assert (await phone.adds("encore")).status_code == 429
    assert len(house.words("message")) == 30
    house.clock.now += 60
    assert (await phone.adds("encore")).json() == {"kept": True}


async def test_what_is_refused_takes_nobodys_place(phone):
    filing = await phone.filing(STORY)
    for _ in range(100):
        assert (await phone.post("keep", {**filing, "wrapped": "AAAA"})).status_code == 400
    assert (await phone.post("keep", filing)).status_code == 201


def test_there_is_no_door_without_somebody_behind_it(idle):
    runtime, catalog = idle().app.runtime, idle().app.catalog
    for centre in (replace(runtime.centre, team={}), replace(runtime.centre, recovery="")):
        runtime.centre = centre
        with pytest.raises(NoTeam):
            Door(runtime, catalog, lambda _: "")


async def test_the_page_learns_facts_and_public_keys_only(house, phone):
    start = (await phone.client.get("/notes/start")).json()
    assert start["team"] == [*house.centre.team.values(), house.centre.recovery]
    assert set(start["situations"]) == set(house.app.runtime.script.situations)
    for lang in ("ar", "fr"):
        for number in ("ORG-POLICE-19", "ORG-GENDARMERIE-177", "ORG-URGENCE-15", "ORG-2511"):
            fact = house.app.catalog.facts[number]
            assert fact.values[lang]["number"] in start["texts"][lang]["danger.short_minor"]
        assert start["words"][lang] == list(house.app.runtime.words[lang])
    assert str(house.key.pepper.hex()) not in json.dumps(start)


# A receipt of the door in a chat: how it stands, and not a word more.


@pytest.fixture
async def answered(house, phone):
    """A case of the door with an answer in it."""
    await phone.files(STORY, situation="harassment")
    await house.app.relay.drain()
    return phone


async def test_in_a_chat_a_door_receipt_tells_how_it_stands(house, answered):
    sara = house.visitor()
    said = "\n".join(await sara.says(receipt.shown(answered.digits)))
    assert house.text("receipt.status_delivered") in said
    assert house.text("receipt.door_only") in said
    house.takes()
    said = "\n".join(await sara.says(answered.digits))
    assert house.app.catalog.texts["fr"]["receipt.status_taken"].split("(")[0] in said
    house.closes()
    said = "\n".join(await sara.says(answered.digits))
    assert house.text("receipt.status_closed") in said


async def test_in_a_chat_a_door_receipt_gives_no_answer_and_no_hold_on_the_case(house, answered):
    house.answers(ANSWER)
    sara = house.visitor()
    await sara.says("Bonjour")
    await sara.says(answered.digits)
    shown = {b["callback_data"].partition("@")[0] for b in buttons(sara.bubbles()[-1])}
    assert not shown & {"read", "add", "withdraw"}
    for words in ("Lire la réponse", "oui", "retirer ma plainte", "oui", "ajouter", "nouveau"):
        await sara.says(words)
    for option in ("read", "withdraw", "withdraw_yes", "add"):
        await sara.presses(option)
    told = "\n".join(bubble.get("text", "") for bubble in sara.bubbles())
    assert ANSWER not in told
    assert house.rows("select count(*) from answer where delivery is not null") == [(0,)]
    assert house.app.ledger.contacts_of_case(answered_case(house).id) == []
    house.answers(ANSWER + " 2", answered_case(house))
    await house.app.relay.drain()
    assert not [call for call in house.control.calls("sendMessage") if ANSWER in call["text"]]
    assert await answered.reads() == [ANSWER, ANSWER + " 2"]
    assert house.words("message", answered_case(house)) == []


def answered_case(house):
    [case] = [case for case in house.cases() if case.door]
    return case


def buttons(bubble):
    rows = bubble.get("reply_markup", {}).get("inline_keyboard", ())
    return [button for row in rows for button in row if "callback_data" in button]


async def test_a_reply_written_for_a_chat_is_not_kept_for_the_server_at_the_door(idle):
    house = idle(alarms=(RING,))
    phone = Phone(house.app)
    await phone.files(STORY)
    old = replace(house.case(), door=False)  # as a counsellor's older program seals it
    assert house.answers(ANSWER, old) == "nobody"
    assert house.rows("select count(*) from answer where delivery is not null") == [(0,)]
    assert await phone.reads() == [ANSWER]
