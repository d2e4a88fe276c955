# SPDX-License-Identifier: AGPL-3.0-or-later
"""Rasa is asked, believed when it answers to the point, and otherwise not waited for."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from datetime import UTC, datetime

import httpx
import pyrage
import pytest

from bot import config, health
from bot.app import build
from bot.beside import LABELS, LONGEST, REST, Beside, Rasa, Silent
from bot.centre import Centre
from bot.channels import Address, Inbound
from bot.vault.service import ServiceKey

NOW = datetime(2026, 11, 23, 13, tzinfo=UTC)
TOKEN = "a-token-nobody-should-read"  # noqa: S105 - opens nothing
THREAT = "wa7ed kayhddni b tsawri"


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


class Engine:
    """The wire's other end: counts, remembers the last body, and answers what it is told to."""

    def __init__(self, answer=None):
        self.asked, self.last, self.answer = 0, None, answer or ranking()

    def __call__(self, request):
        self.asked += 1
        self.last = request
        answer = self.answer
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)


def ranking(first="deepfake", chance=0.9):
    rest = sorted(LABELS - {first})
    told = [{"name": first, "confidence": chance}]
    told += [{"name": name, "confidence": (1 - chance) / len(rest)} for name in rest]
    return {"text": "echo", "intent": told[0], "entities": [], "intent_ranking": told}


def rasa(engine, clock=time.monotonic):
    wire = httpx.MockTransport(engine)
    return Rasa("http://127.0.0.1:5005", TOKEN, wire=wire, clock=clock)


def test_its_label_is_taken_and_all_the_rest_is_ours(reader):
    engine = Engine()
    reading = Beside(reader, rasa(engine)).read("3ndi 16 3am, bgha 500 dh", NOW)
    assert reading.label == "deepfake"
    assert reading.confidence == pytest.approx(0.9)
    assert "minor" in reading.risks
    assert reading.entities.amount.value == 500
    assert engine.last.url.path == "/model/parse"
    assert json.loads(engine.last.content) == {"text": "3ndi 16 3am, bgha 500 dh"}


def test_its_doubt_is_a_doubt(reader):
    assert Beside(reader, rasa(Engine(ranking(chance=0.3)))).read(THREAT, NOW).doubt


def test_a_danger_needs_no_rasa(reader):
    reading = Beside(reader, rasa(Engine(ranking("greet", 0.99)))).read("je veux mourir", NOW)
    assert "self_harm" in reading.risks
    assert not reading.doubt


BROKEN = [
    httpx.ConnectError("nobody"),
    httpx.ReadTimeout("slow"),
    httpx.Response(401, json={"reason": "NotAuthenticated"}),
    httpx.Response(500, text="broken"),
    httpx.Response(200, text="no json"),
    httpx.Response(200, json=[]),
    httpx.Response(200, json={"intent_ranking": []}),
    httpx.Response(200, json={"intent_ranking": [{"name": "greet", "confidence": 1.0}]}),
    httpx.Response(200, json={"intent_ranking": [{"name": n, "confidence": 2} for n in LABELS]}),
    httpx.Response(200, json={"intent_ranking": [{"name": n, "confidence": 0} for n in "ab"]}),
    httpx.Response(200, content=b'{"intent_ranking": [{"name": "greet", "confidence": NaN},'
                                b' {"name": "thank", "confidence": NaN}]}'),
]  # fmt: skip


@pytest.mark.parametrize("answer", BROKEN, ids=range(len(BROKEN)))
def test_whatever_is_wrong_there_the_embedded_engine_reads(reader, answer):
    asked = rasa(Engine(answer))
    assert Beside(reader, asked).read(THREAT, NOW) == reader.read(THREAT, NOW)
    with pytest.raises(Silent):
        Beside(reader, asked, alone=True).read(THREAT, NOW)


def test_it_is_left_alone_for_a_while_and_then_asked_again():
    engine, clock = Engine(httpx.ConnectError("nobody")), Clock()
    asked = rasa(engine, clock)
    for _ in range(5):
        assert asked.ranking(THREAT) is None
    assert engine.asked == 1
    engine.answer, clock.now = ranking(), REST + 1
    assert asked.ranking(THREAT)
    assert asked.ranking(THREAT)
    assert engine.asked == 3


def test_the_log_says_it_once_and_neither_words_nor_token(caplog):
    caplog.set_level(logging.DEBUG, logger="bot")
    engine, clock = Engine(httpx.ConnectError(f"{THREAT} {TOKEN}")), Clock()
    asked = rasa(engine, clock)
    for minute in range(10):
        clock.now = 60.0 * minute
        asked.ranking(THREAT)
    assert engine.asked == 10
    engine.answer, clock.now = ranking(), 6000.0
    asked.ranking(THREAT)
    told = [record.getMessage() for record in caplog.records if record.name == "bot.beside"]
    assert told == [
        "rasa does not answer (ConnectError): the embedded engine reads",
        "rasa answers again",
    ]
    assert TOKEN not in repr(asked)


def test_an_answer_that_is_not_to_the_point_does_not_send_it_to_rest():
    engine = Engine({"intent_ranking": []})
    asked = rasa(engine, Clock())
    assert asked.ranking(THREAT) is None
    engine.answer = ranking()
    assert asked.ranking(THREAT)


@pytest.mark.parametrize("text", ["/restart", " /greet{}", "/deepfake"])
def test_nobody_can_name_a_label_to_it_instead_of_being_read(text):
    engine = Engine()
    assert rasa(engine).ranking(text)
    assert "/" not in json.loads(engine.last.content)["text"]


@pytest.mark.parametrize("text", ["\ud800 a", "a" * 100_000, "\x00", "ة" * 9000])
def test_it_is_shown_valid_text_of_a_bounded_length(text):
    engine = Engine()
    assert rasa(engine).ranking(text)
    shown = json.loads(engine.last.content)["text"]
    assert len(shown) <= LONGEST + 1
    assert shown.encode("utf-8")


def test_a_listener_that_never_answers_costs_its_patience_and_no_more(reader):
    import socket  # noqa: PLC0415 - the one test with a real wire

    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        began = time.perf_counter()
        with Rasa(url, TOKEN, patience=0.2) as asked:
            assert Beside(reader, asked).read(THREAT, NOW) == reader.read(THREAT, NOW)
        assert time.perf_counter() - began < 2


def test_the_doctor_says_whether_it_answers():
    well = health.rasa(rasa(Engine({"model_file": "models/light.tar.gz"})))
    assert (well.well, well.said) == (True, "serves light.tar.gz")
    ill = health.rasa(rasa(Engine(httpx.ConnectError("nobody"))))
    assert not ill.well
    assert "embedded" in ill.said


@pytest.fixture
def bot(tmp_path):
    """A bot with an engine beside it, which a test may break."""
    engine = Engine()
    team, recovery = (str(pyrage.x25519.Identity.generate().to_public()) for _ in range(2))
    app = build(
        tmp_path / "data", ServiceKey.read(ServiceKey.spell(ServiceKey.make())),
        Centre({"one": team}, recovery), {}, time.time, beside=rasa(engine),
    )  # fmt: skip
    yield app, engine
    app.close()


def say(app, text):
    inbound = Inbound(Address("web", "visitor"), str(time.time_ns()), "text", text)
    return asyncio.run(app.runtime.receive(inbound))


def test_a_turn_of_the_bot_takes_its_label(bot):
    app, engine = bot
    assert say(app, THREAT).reading.label == "deepfake"
    assert engine.asked == 1


def test_a_turn_of_the_bot_goes_on_without_it(bot):
    app, engine = bot
    engine.answer = httpx.ReadTimeout("slow")
    assert say(app, THREAT).reading.label == "threat_to_publish"
    turn = say(app, "bghit nmout")
    assert turn.urgency == "danger"


FAULTS = [
    ({"SANAD_NLU": "rasa"}, ["SANAD_RASA_TOKEN: a token is needed"]),
    ({"SANAD_NLU": "Rasa"}, ["SANAD_NLU: one of embedded, semantic, rasa is needed"]),
    *(
        ({"SANAD_NLU": "rasa", "SANAD_RASA_TOKEN": TOKEN, "SANAD_RASA_URL": url},
         ["SANAD_RASA_URL: an http address of this machine is needed"])
        for url in ("http://example.org:5005", "https://127.0.0.1", "127.0.0.1:5005", "http://[",
                    "http://127.0.0.1:x", "http://me@127.0.0.1", "http://127.0.0.1/?a=b")
    ),
]  # fmt: skip


@pytest.mark.parametrize(("env", "faults"), FAULTS)
def test_a_configuration_that_would_send_words_elsewhere_is_refused(env, faults):
    with pytest.raises(config.ConfigError) as caught:
        config.load(env)
    assert caught.value.faults == faults


def test_the_configuration_names_it_and_hides_the_token(tmp_path):
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n", encoding="ascii")
    told = config.load({"SANAD_NLU": "rasa", "SANAD_RASA_TOKEN_FILE": str(file)})
    assert told.rasa == config.Parser("http://127.0.0.1:5005", TOKEN)
    assert TOKEN not in repr(told)
    assert config.load({"SANAD_RASA_TOKEN": TOKEN}).rasa is None
