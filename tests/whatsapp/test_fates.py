# SPDX-License-Identifier: AGPL-3.0-or-later
"""What becomes of a bubble: cut connections, statuses in any order, every error code."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from bot.channels import Fate, Unsure
from bot.channels.whatsapp import WhatsApp
from bot.channels.whatsapp_wire import PATIENCE
from bot.sending import MORE
from tests.whatsapp.line import THREAT, Line, eventually

pytestmark = pytest.mark.anyio


def shown(caller):
    return [bubble["text"] for bubble in caller.bubbles()]


def message_id(line):
    """The platform's id of the newest message that it took."""
    return line.graph.until("messages", 1)[-1]["result"]["messages"][0]["id"]


async def told(line, caller, *words, code=None):
    """Meta tells what became of the newest message; it is taken."""
    ident = message_id(line)
    for word in words:
        line.graph.status(ident, word, code)
        line.written += 1
    await line.settled()


async def test_a_row_is_done_when_the_platform_says_so(line, caller):
    await caller.says(THREAT)
    assert line.outbox() == [("say", None, 1)]
    await told(line, caller, "sent")
    assert line.outbox() == []


@pytest.mark.parametrize("words", [("read",), ("delivered", "sent"), ("read", "read", "sent")])
async def test_statuses_come_in_any_order_twice_or_not_at_all(line, caller, words):
    await caller.says(THREAT)
    await told(line, caller, *words)
    assert line.outbox() == []
    assert len(shown(caller)) == 1


async def test_a_silent_platform_is_believed_after_an_hour(line, caller):
    await caller.says(THREAT)
    await line.later(1.1)
    assert line.outbox() == []
    assert len(shown(caller)) == 1


async def test_a_token_says_nothing_and_is_another_each_time(line, caller):
    await caller.says(THREAT)
    await caller.taps("safe_yes")
    tokens = [body["biz_opaque_callback_data"] for body in line.bodies()]
    assert len(set(tokens)) == len(tokens)
    everywhere = b"".join(path.read_bytes() for path in line.data.rglob("*") if path.is_file())
    for token in tokens:
        assert caller.contact not in token
        assert "2126" not in token
        assert MORE not in token
    assert b"wamid" not in everywhere
    assert b"MA.700001" not in everywhere


async def test_cut_after_acceptance_a_status_saves_it_from_being_said_twice(line, caller):
    line.graph.statuses("sent")
    line.graph.fault("messages", "lost")
    await caller.says(THREAT)
    line.written += 1
    await line.settled()
    assert line.outbox() == []
    await line.later(1)
    assert len(shown(caller)) == 1


async def test_cut_after_acceptance_without_a_status_it_is_said_again_once(line, caller):
    line.graph.fault("messages", "lost")
    await caller.says(THREAT)
    assert len(shown(caller)) == 1
    line.passes(60)
    await line.app.relay.drain()
    assert len(shown(caller)) == 1
    line.passes(30)
    await line.app.relay.drain()
    assert len(shown(caller)) == 2
    await line.later(1.1)
    assert len(shown(caller)) == 2
    assert line.outbox() == []


async def test_cut_before_acceptance_it_is_said_once(line, caller):
    line.graph.fault("messages", "cut")
    await caller.says(THREAT)
    assert shown(caller) == []
    line.passes(90)
    await line.app.relay.drain()
    assert len(shown(caller)) == 1


async def test_an_answer_that_cannot_be_read_is_waited_for_as_well(line, caller):
    line.graph.fault("messages", "odd", body="ok")
    await caller.says(THREAT)
    assert line.outbox() == [("say", None, 0)]
    line.passes(90)
    await line.app.relay.drain()
    assert len(shown(caller)) == 1


async def test_what_waits_behind_an_unsure_bubble_keeps_its_order(line, caller):
    line.graph.fault("messages", "cut")
    await caller.says(THREAT)
    await caller.says("bonjour")
    assert shown(caller) == []
    line.passes(90)
    await line.settled()
    assert line.text("threat_to_publish.now") in shown(caller)[0]


async def test_what_failed_a_moment_later_than_its_neighbour_is_not_overtaken(line, caller):
    other = line.caller()
    for said in (THREAT, "comment garder les preuves ?"):
        await other.says(said)
    line.graph.fault("messages", "error", code=131016)
    await caller.says(THREAT)
    tried = line.rows("select id from outbox where attempts > 0 and handed = 0 order by id")
    assert len(tried) > 1, "they were on their way as one bubble"
    later = "update outbox set due = due + 5 where id = ?"
    line.app.store.write_now(lambda run: run.execute(later, tried[-1]) and None)
    await caller.says("comment garder les preuves ?")
    line.passes(6)
    await line.app.relay.drain()
    line.passes(1)
    await line.settled()
    assert "\n\n".join(shown(caller)) == "\n\n".join(shown(other))


@pytest.mark.parametrize("code", [131056, 130429, 80007, 131000, 131016])
async def test_busy_is_tried_again_and_said_once(line, caller, code):
    line.graph.fault("messages", "error", code=code)
    await caller.says(THREAT)
    assert shown(caller) == []
    line.passes(7)
    await line.app.relay.drain()
    assert len(shown(caller)) == 1


@pytest.mark.parametrize("how", [{"kind": "html", "status": 502}, {"kind": "html", "status": 403}])
async def test_a_proxys_page_never_makes_us_forget_anybody(line, caller, how):
    line.graph.fault("messages", how["kind"], status=how["status"])
    await caller.says(THREAT)
    line.passes(7)
    await line.app.relay.drain()
    assert len(shown(caller)) == 1


@pytest.mark.parametrize(
    ("code", "reason"), [(131049, "capped"), (132001, "template"), (999, "failed")]
)
async def test_what_is_refused_is_parked_for_a_person_to_see(line, caller, code, reason, caplog):
    caplog.set_level(logging.DEBUG)
    line.graph.fault("messages", "error", code=code)
    await caller.says(THREAT)
    assert line.outbox() == [("say", reason, 0)]
    await line.later(1)
    assert shown(caller) == []
    for secret in (line.graph.token, "2126", "MA.7", "menace", "wamid"):
        assert secret not in caplog.text


@pytest.mark.parametrize("how", ["error", "fails"])
async def test_what_a_refused_token_kept_back_goes_when_there_is_another(line, caller, how):
    line.graph.fault("messages", how, code=190)
    await caller.says(THREAT)
    line.written += how == "fails"
    await line.settled()
    assert line.outbox() == [("say", None, 0)]
    assert shown(caller) == []
    line.passes(61)
    await line.app.relay.drain()
    assert len(shown(caller)) == 1


async def test_nothing_is_sent_to_somebody_who_is_not_there(line, caller):
    await caller.says(THREAT)
    line.graph.fault("messages", "error", code=131026)
    await caller.taps("safe_yes")
    assert line.outbox() == []
    assert line.count("contact") == 1


@pytest.mark.parametrize("late", [False, True])
async def test_a_stop_of_adverts_ends_tips_and_nothing_else(line, caller, late):
    await caller.says(THREAT)
    line.app.store.write_now(lambda run: run.execute("update contact set tips = 'fr'") and None)
    if late:
        line.graph.fault("messages", "fails", code=131050)
    else:
        line.graph.fault("messages", "error", code=131050)
    await caller.taps("safe_yes")
    line.written += late
    await line.settled()
    assert line.rows("select tips from contact") == [(None,)]
    assert await caller.says("bonjour")


async def test_the_platform_tells_by_itself_that_tips_are_unwanted(line, caller):
    await caller.says(THREAT)
    line.app.store.write_now(lambda run: run.execute("update contact set tips = 'fr'") and None)
    told = {"wa_id": "212600000001", "category": "marketing_messages", "value": "stop"}
    metadata = {"display_phone_number": "1", "phone_number_id": line.graph.number}
    value = {"metadata": metadata, "user_preferences": [told]}
    line.graph.change({"field": "user_preferences", "value": value})
    await eventually(lambda: line.rows("select tips from contact") == [(None,)])


@pytest.mark.parametrize(
    ("code", "parked"), [(131026, None), (131049, "capped"), (131047, "window")]
)
async def test_an_accepted_message_that_failed_is_dealt_with_alike(line, caller, code, parked):
    line.graph.fault("messages", "fails", code=code)
    await caller.says(THREAT)
    line.written += 1  # its status
    await line.settled()
    kinds = [(kind, reason) for kind, reason, _ in line.outbox()]
    assert kinds == ([("say", parked)] if parked else [])


async def test_an_accepted_message_that_the_platform_could_not_handle_goes_again(line, caller):
    line.graph.fault("messages", "fails", code=131000)
    await caller.says(THREAT)
    line.written += 1
    await line.settled()
    assert line.outbox() == [("say", None, 0)]
    line.passes(10)
    await line.app.relay.drain()
    assert len(shown(caller)) == 1


async def test_two_bubbles_to_one_person_are_six_seconds_apart(line, caller):
    line.graph.pair_rate(6)
    await caller.says(THREAT)
    caller.person.says("bonjour")
    caller.person.says("et maintenant")
    line.written += 1
    await caller.answer()
    assert line.graph.refused() == []
    assert len(shown(caller)) >= 2


async def test_danger_does_not_wait_for_its_turn(line, caller):
    await caller.says(THREAT)
    before = line.clock()
    heard = await caller.says("je veux mourir")
    assert line.clock() == before
    assert "15" in heard[0]


async def test_a_long_answer_comes_in_parts_each_once_and_in_order(line, caller):
    await caller.says(THREAT)
    await caller.taps("safe_yes", "adult")
    await caller.says("je veux parler à une personne")
    await caller.taps("ping_now")
    line.takes()
    words = " ".join(f"Phrase numéro {n} de la réponse." for n in range(300))
    assert line.answers(words) in {"told", "now"}
    line.graph.fault("messages", "error", times=1, code=131056, skip=1)
    await line.settled()
    for _ in range(6):
        line.passes(12)
        await line.settled()
    said = [text for text in shown(caller) if "Phrase" in text]
    assert len(said) >= 2
    found = " ".join(said)
    places = [found.index(f"numéro {n} de") for n in range(300)]
    assert places == sorted(places)
    assert all(found.count(f"numéro {n} de") == 1 for n in range(300))


async def test_a_thousand_statuses_in_one_body_close_what_they_are_of(line):
    callers = [line.caller() for _ in range(8)]
    for caller in callers:
        caller.person.says(THREAT)
    line.written += 8
    await line.settled()
    tokens = [body["biz_opaque_callback_data"] for body in line.bodies()]
    told = [
        Fate(token) for token in tokens for _ in range(125)
    ]  # each comes many times, as a body that is delivered again does
    await line.app.relay.tell(told)
    assert line.outbox() == []
    for caller in callers:
        assert len(shown(caller)) == 1


class Parted(WhatsApp):
    """Every answer takes two bubbles, whatever it is about."""

    def parts(self, message):
        first, gap, rest = message.text.partition("\n")
        if not gap:
            first, gap, rest = message.text.partition(" ")
        return [replace(message, text=first, options=()), replace(message, text=rest or first)]


class Quick(Parted):
    """Of the first bubble with more to come the fate is told, and only then no answer heard."""

    line: Line
    told = False

    async def send(self, to, message, token=""):
        await super().send(to, message, token)
        if token.endswith(MORE) and not self.told:
            self.told = True
            await self.line.app.relay.tell([Fate(token)])
            raise Unsure(PATIENCE, "unsure")
        return ()


async def test_a_fate_told_before_the_answer_is_missed_leaves_the_order_alone(line, caller):
    words = "voici mon histoire avec ce compte inconnu qui garde mes photos"
    other = line.caller()
    plain = Parted(line.graph.token, line.graph.number, base_url=line.graph.api)
    line.app.relay.channels["whatsapp"] = plain
    for said in (words, "la loi"):
        await other.says(said)
    await plain.close()
    quick = Quick(line.graph.token, line.graph.number, base_url=line.graph.api)
    quick.line = line
    line.app.relay.channels["whatsapp"] = quick
    caller.person.says(words)
    caller.person.says("la loi")
    line.written += 2
    await line.settled()
    line.passes(90)
    await line.settled()
    await quick.close()
    assert quick.told, "no reply takes several bubbles"
    assert "\n\n".join(shown(caller)) == "\n\n".join(shown(other))
