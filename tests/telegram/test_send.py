# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sending, deleting and being polite, over real HTTP; every way to fail has its row."""

from __future__ import annotations

import logging
import time
import traceback
from datetime import timedelta

import pytest

from bot.channels import Gone, Message, Option, Refused, SendError, TryLater
from bot.channels.telegram import Conflict, Telegram, verify
from bot.channels.telegram_wire import verdict
from tests.telegram.conftest import KEPT_GROUP

pytestmark = pytest.mark.anyio
WORDS = "كلمات لا يعرفها أحد"
LONG = "Une phrase qui dit quelque chose. " * 200


async def test_a_bubble_arrives_as_it_was_shaped(telegram, control, person):
    bubble = Message(WORDS, (Option("yes", "نعم"), Option("no", "لا")), protect=True)
    [number] = await telegram.send("700001", bubble)
    [shown] = control.bubbles(person.chat)
    assert shown["text"] == WORDS
    assert str(shown["message_id"]) == number
    [asked] = control.calls("sendMessage")
    assert asked["protect_content"] is True
    assert asked["link_preview_options"] == {"is_disabled": True}
    assert control.refused() == []


async def test_a_long_bubble_becomes_several_and_all_ids_are_known(telegram, control, person):
    ids = await telegram.send("700001", Message(LONG, lang="fr", dir="ltr"))
    assert len(ids) == 2
    assert control.shown(person.chat) == [int(one) for one in ids]


FAULTS = [
    ("flood", ("error", {"status": 429, "retry_after": 7}), TryLater, "flood", 7),
    ("flood without a time", ("error", {"status": 429}), TryLater, "flood", None),
    ("flood told by a page", ("html", {"status": 429}), TryLater, "flood", None),
    ("blocked", ("error", {"status": 403}), Gone, "gone", None),
    ("a proxy's 403", ("html", {"status": 403}), TryLater, "platform", None),
    ("a proxy's 404", ("html", {"status": 404}), TryLater, "platform", None),
    ("wrong", ("error", {"status": 400}), Refused, "bad_request", None),
    (
        "no such chat",
        ("error", {"status": 400, "description": "Bad Request: chat not found"}),
        Refused,
        "chat_not_found",
        None,
    ),
    ("a revoked token", ("error", {"status": 401}), Refused, "token", None),
    ("a malformed token", ("error", {"status": 404}), Refused, "token", None),
    ("a second poller", ("error", {"status": 409}), Conflict, "conflict", None),
    ("a bad gateway", ("html", {"status": 502}), TryLater, "platform", None),
    ("an error of theirs", ("error", {"status": 500}), TryLater, "platform", None),
    ("null", ("null", {"status": 500}), TryLater, "platform", None),
    ("null and well", ("null", {"status": 200}), TryLater, "odd", None),
    ("a page and well", ("html", {"status": 200}), TryLater, "odd", None),
    ("a list", ("odd", {"body": []}), TryLater, "odd", None),
    ("no result", ("odd", {"body": {"ok": True}}), TryLater, "odd", None),
    ("a result of null", ("odd", {"body": {"ok": True, "result": None}}), TryLater, "odd", None),
    ("not ok, and well", ("odd", {"body": {"ok": False}}), TryLater, "odd", None),
    ("elsewhere", ("html", {"status": 302}), TryLater, "platform", None),
    ("a cut", ("cut", {}), TryLater, "network", None),
    ("an answer that is lost", ("lost", {}), TryLater, "network", None),
]


@pytest.mark.parametrize("row", FAULTS, ids=[row[0] for row in FAULTS])
async def test_every_failure_says_what_to_do(telegram, control, person, row):
    _, fault, kind, code, after = row
    control.fault("sendMessage", fault[0], **fault[1])
    with pytest.raises(SendError) as raised:
        await telegram.send("700001", Message(WORDS))
    assert type(raised.value) is kind
    assert str(raised.value) == code
    wait = getattr(raised.value, "after", None)
    assert wait == (None if after is None else timedelta(seconds=after))
    assert await telegram.send("700001", Message(WORDS))  # and afterwards all is well


async def test_nobody_there(control):
    telegram = Telegram(control.token, base_url="http://127.0.0.1:1/bot")
    with pytest.raises(TryLater):
        await telegram.send("7", Message(WORDS))
    await telegram.close()


async def test_a_person_who_blocked_us_is_gone(telegram, person):
    person.blocks()
    with pytest.raises(Gone):
        await telegram.send("700001", Message(WORDS))


async def test_a_text_without_ink_is_refused_before_it_goes_out(telegram, control, person):
    with pytest.raises(Refused, match="empty"):
        await telegram.send("700001", Message("  "))
    assert control.calls("sendMessage") == []


async def test_half_a_bubble_does_not_stay(telegram, control, person):
    control.fault("sendMessage", "html", skip=1)
    with pytest.raises(TryLater):
        await telegram.send("700001", Message(LONG, lang="fr", dir="ltr"))
    assert len(control.calls("sendMessage")) == 1
    assert control.shown(person.chat) == []


@pytest.mark.parametrize("fault", ["cut", "html", "null", "error"])
async def test_neither_error_nor_log_tells_token_or_words(
    telegram, control, person, caplog, fault
):
    caplog.set_level(logging.DEBUG)
    secret = control.token.partition(":")[2]
    control.fault("sendMessage", fault, status=500, description=f"{WORDS} {secret}")
    with pytest.raises(SendError) as raised:
        await telegram.send("700001", Message(WORDS))
    await telegram.send("700001", Message(WORDS))
    told = "".join(traceback.format_exception(raised.value, chain=True)) + caplog.text
    assert raised.value.__context__ is None
    assert secret not in told
    assert WORDS not in told
    assert secret not in repr(telegram._wire)


async def test_deleting_takes_a_hundred_at_a_time(telegram, control, person):
    ids = [str(person.says("x")["message_id"]) for _ in range(130)]
    await telegram.delete("700001", [*ids, "999999"])
    assert control.shown(person.chat) == []
    assert [len(call["message_ids"]) for call in control.calls("deleteMessages")] == [100, 31]


async def test_one_message_too_old_does_not_keep_the_others(telegram, control, person):
    old = person.sends({"text": "x", "date": int(time.time()) - 49 * 3600})["message_id"]
    new = person.says("y")["message_id"]
    await telegram.delete("700001", [str(old), str(new)])
    assert control.shown(person.chat) == [old]


async def test_what_cannot_be_deleted_now_is_said(telegram, control, person):
    number = str(person.says("x")["message_id"])
    control.fault("deleteMessages", "html")
    with pytest.raises(TryLater):
        await telegram.delete("700001", [number])
    control.fault("deleteMessages", "error", status=401)
    with pytest.raises(Refused, match="token"):
        await telegram.delete("700001", [number])


async def test_a_pressed_button_is_answered_and_manners_never_fail(telegram, control, person):
    await telegram.send("700001", Message("?", (Option("yes", "نعم"),)))
    person.presses("yes")
    [update] = await telegram.updates(None, 0)
    assert telegram.read(update).option == "yes"
    await telegram.settle(update)
    await telegram.settle(update)  # the second time Telegram says that it is too late
    assert len(control.calls("answerCallbackQuery")) == 1
    assert len(control.refused()) == 1
    await telegram.typing("700001")
    assert control.calls("sendChatAction") == [{"chat_id": "700001", "action": "typing"}]
    control.fault("*", "cut", times=2)
    await telegram.settle(update)
    await telegram.typing("700001")


async def test_groups_are_left_and_the_centres_is_not(telegram, control):
    for chat in (-1009000000001, KEPT_GROUP):
        control.group(chat)
        place = {"id": chat, "type": "supergroup"}
        control.update({"message": {"message_id": 1, "date": 1, "chat": place, "text": "x"}})
    for update in await telegram.updates(None, 0):
        assert telegram.read(update) is None
        await telegram.settle(update)
    assert control.calls("leaveChat") == [{"chat_id": "-1009000000001"}]


@pytest.mark.parametrize(
    ("secret", "header", "good"),
    [
        ("s3cret_A", "s3cret_A", True),
        ("s3cret_A", "s3cret_B", False),
        ("s3cret_A", "s3cret_", False),
        ("s3cret_A", None, False),
        ("s3cret_A", "é\udcff", False),
        ("", "", False),
        ("", None, False),
    ],
)
def test_only_our_own_secret_opens_the_webhook(secret, header, good):
    assert verify(secret, header) is good


@pytest.mark.parametrize(
    "body", [b"", b"\xff", b"[" * 5000, b"5", b'{"ok":false,"parameters":[]}']
)
@pytest.mark.parametrize("status", [300, 400, 429, 500, 599])
def test_any_body_gets_a_verdict(status, body):
    assert isinstance(verdict(status, body), SendError)


def test_a_platform_cannot_make_us_wait_for_years():
    said = b'{"ok":false,"parameters":{"retry_after":1e300}}'
    assert verdict(429, said).after == timedelta(days=1)
