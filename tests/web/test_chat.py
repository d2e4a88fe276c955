# SPDX-License-Identifier: AGPL-3.0-or-later
"""The chat's interface over real HTTP: what it takes, what it refuses, and when it reads."""

from __future__ import annotations

import json
import socket
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

import pytest

from bot.channels import Address, Message, Option

TOKEN = "kq3Jx0_VtYw7-2uZbN9aRfLd8eHsGm5c"  # noqa: S105 - made up for the tests
TICKET = "T1cKeT-0123456789_abcdef"
VISITOR = Address("web", TOKEN)


@pytest.fixture
def ask(site):
    """Send one request; return status, headers and the JSON that came back."""

    def send(method: str, path: str, body: Any = None, token: str | None = TOKEN, raw=None):
        data = raw if raw is not None else (None if body is None else json.dumps(body))
        headers = {} if token is None else {"X-Sanad-Visitor": token}
        with closing(HTTPConnection("127.0.0.1", site.port, timeout=10)) as line:
            line.request(method, path, data, headers)
            answer = line.getresponse()
            text = answer.read()
        found = json.loads(text) if text.startswith(b"{") else None
        return answer.status, answer.headers, found

    return send


def raw_request(site, what: str, length: str, body: bytes = b"") -> bytes:
    """Send a request that never ends; return the first line of the answer."""
    head = f"{what} HTTP/1.1\r\nHost: x\r\nX-Sanad-Visitor: {TOKEN}\r\n{length}\r\n\r\n"
    with closing(socket.create_connection(("127.0.0.1", site.port), timeout=10)) as line:
        line.sendall(head.encode() + body)
        return line.makefile("rb").readline()


def test_what_is_said_reaches_the_runtime(ask, site):
    status, _, answer = ask("POST", "/chat/say", {"id": "11111111-aaaa", "text": "سلام"})
    assert (status, answer) == (202, {"screen": "keep"})
    [inbound] = site.bot.said
    assert (inbound.sender, inbound.kind, inbound.text) == (VISITOR, "text", "سلام")


def test_a_button_and_a_file_reach_the_runtime(ask, site):
    ask("POST", "/chat/say", {"id": "22222222", "option": "yes@safe"})
    file = {"kind": "photo", "size": 12, "ticket": TICKET}
    status, *_ = ask("POST", "/chat/say", {"id": "33333333", "file": file, "caption": "هو"})
    chosen, offered = site.bot.said
    assert (chosen.kind, chosen.option) == ("option", "yes@safe")
    assert (status, offered.kind, offered.text) == (202, "file", "هو")
    assert (offered.file.ref, offered.file.kind, offered.file.size) == (TICKET, "photo", 12)


def test_one_visitors_id_is_never_anothers(ask, site):
    said = {"id": "same-id-twice", "text": "a"}
    ask("POST", "/chat/say", said)
    ask("POST", "/chat/say", said)
    ask("POST", "/chat/say", said, token=TOKEN[::-1])
    assert (len(site.bot.said), site.bot.repeated) == (2, 1)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe\x00",
        b"[" * 60_000,
        b'{"id": ' + b"9" * 5000 + b"}",
        b"{}",
        b'{"id": "12345678"}',
        b'{"id": 12345678, "text": "a"}',
        b'{"id": "short", "text": "a"}',
        b'{"id": "12345678", "text": 5}',
        b'{"id": "12345678", "text": "a", "option": "b"}',
        b'{"id": "12345678", "option": ""}',
        b'{"id": "12345678", "option": "' + b"o" * 65 + b'"}',
        b'{"id": "12345678", "file": {"kind": "film", "size": 1, "ticket": "' + b"t" * 30 + b'"}}',
        b'{"id": "12345678", "file": {"kind": "photo", "size": true, "ticket": "'
        + b"t" * 30
        + b'"}}',
        b'{"id": "12345678", "file": {"kind": "photo", "size": -1, "ticket": "'
        + b"t" * 30
        + b'"}}',
        b'{"id": "12345678", "file": {"kind": "photo", "size": 1, "ticket": "../x"}}',
    ],
)
def test_what_cannot_be_read_is_answered_gently_in_both_languages(ask, site, raw):
    status, _, answer = ask("POST", "/chat/say", raw=raw)
    assert status == 400
    assert answer["error"] == "unreadable"
    assert answer["ar"]
    assert answer["fr"]
    assert site.bot.said == []


@pytest.mark.parametrize("token", [None, "", "short", "é" * 30, "a" * 129, "a b" * 10])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/chat/say"),
        ("GET", "/chat/next"),
        ("POST", "/chat/seen"),
        ("PUT", f"/chat/files/{TICKET}"),
        ("DELETE", f"/chat/files/{TICKET}"),
    ],
)
def test_nothing_without_a_token(ask, site, method, path, token):
    status, _, answer = ask(method, path, raw=b"{}" if method != "GET" else None, token=token)
    assert (status, answer["error"]) == (401, "no_visitor")
    assert (site.bot.said, site.bot.waits, site.bot.asked) == ([], [], [])


def test_a_hundred_kilobytes_are_heard(ask, site):
    text = "ش" * 50_000
    status, *_ = ask(
        "POST",
        "/chat/say",
        raw=json.dumps({"id": "long-one", "text": text}, ensure_ascii=False).encode(),
    )
    assert status == 202
    assert site.bot.said[0].text == text


def test_a_body_that_is_said_to_be_too_long_is_refused_before_it_comes(site):
    assert b" 413 " in raw_request(site, "POST /chat/say", "Content-Length: 131073")


def test_a_body_that_turns_out_too_long_is_refused_while_it_comes(site):
    # 160 kB of an unfinished body: the answer comes although the end never does.
    chunk = b"2000\r\n" + b"a" * 0x2000 + b"\r\n"
    answer = raw_request(site, "POST /chat/say", "Transfer-Encoding: chunked", chunk * 20)
    assert b" 413 " in answer


def test_half_characters_become_whole_ones(ask, site):
    status, *_ = ask(
        "POST", "/chat/say", raw=b'{"id": "12345678", "text": "a\\ud83d \\ud83d\\ude00"}'
    )
    assert status == 202
    assert site.bot.said[0].text == "a\ufffd \U0001f600"


def test_what_waits_is_fetched_until_it_is_acknowledged(ask, site):
    site.put(VISITOR, Message("مرحبا", (Option("yes", "نعم"),), "ar"))
    first = ask("GET", "/chat/next")[2]
    assert first == ask("GET", "/chat/next")[2]
    assert first["parcels"] == [
        {
            "id": 1,
            "text": "مرحبا",
            "options": [{"id": "yes", "label": "نعم"}],
            "lang": "ar",
            "dir": "rtl",
            "attachments": [],
        }
    ]
    assert ask("POST", "/chat/seen", {"ids": [1]})[0] == 204
    assert site.bot.acknowledged == [1]
    assert site.bot.waits == [25.0, 25.0]


@pytest.mark.parametrize(
    "ids", [None, 1, "1", ["1"], [True], [-1], [2**53 + 1], list(range(1001))]
)
def test_only_counts_are_acknowledged(ask, site, ids):
    assert ask("POST", "/chat/seen", {"ids": ids})[0] == 400
    assert site.bot.acknowledged == []


def test_a_file_nobody_asked_for_is_refused_before_a_byte_is_read(site):
    answer = raw_request(site, f"PUT /chat/files/{TICKET}", "Content-Length: 9000000")
    assert b" 403 " in answer
    assert site.bot.asked == [TICKET]
    assert site.bot.files == {}


def test_a_file_that_was_let_through_arrives_whole(ask, site, turn):
    site.bot.answer = lambda inbound: turn(lets_through=[inbound.file.ref])
    file = {"kind": "document", "size": 300_000, "ticket": TICKET}
    ask("POST", "/chat/say", {"id": "12345678", "file": file})
    assert ask("GET", "/chat/next")[2] == {"parcels": [{"id": 1, "upload": TICKET}]}
    assert ask("PUT", f"/chat/files/{TICKET}", raw=b"\x00\xff" * 150_000)[0] == 204
    assert site.bot.files == {TICKET: b"\x00\xff" * 150_000}


def test_a_page_that_lost_its_file_says_so(ask, site, turn):
    assert ask("DELETE", f"/chat/files/{TICKET}")[0] == 403
    site.bot.answer = lambda inbound: turn(lets_through=[inbound.file.ref])
    file = {"kind": "document", "size": 3, "ticket": TICKET}
    ask("POST", "/chat/say", {"id": "12345678", "file": file})
    assert ask("DELETE", f"/chat/files/{TICKET}", token=TOKEN[::-1])[0] == 403
    assert ask("DELETE", f"/chat/files/{TICKET}")[0] == 204
    assert site.bot.failed == [(TICKET, "gone")]


def test_a_strangers_ticket_opens_nothing(ask, site, turn):
    site.bot.answer = lambda inbound: turn(lets_through=[inbound.file.ref])
    file = {"kind": "document", "size": 3, "ticket": TICKET}
    ask("POST", "/chat/say", {"id": "12345678", "file": file})
    assert ask("PUT", f"/chat/files/{TICKET}", raw=b"abc", token=TOKEN[::-1])[0] == 403
    assert site.bot.files == {}


def test_a_fault_of_ours_is_said_gently_and_quotes_nothing(ask, site):
    def fails(inbound):
        raise LookupError(inbound.text)

    site.bot.answer = fails
    status, headers, answer = ask("POST", "/chat/say", {"id": "12345678", "text": "canary"})
    assert (status, answer["error"]) == (500, "fault")
    assert "canary" not in json.dumps(answer)
    assert headers["Cache-Control"] == "no-store"


def test_it_says_that_it_lives(ask):
    assert ask("GET", "/health", token=None)[::2] == (200, {"status": "ok"})


def test_a_messengers_webhook_lives_beside_the_chat(hooked_site):
    with closing(HTTPConnection("127.0.0.1", hooked_site.port, timeout=10)) as line:
        line.request("POST", "/hook", b"{}")
        answer = line.getresponse()
        assert (answer.status, answer.read()) == (200, b"heard")
        assert answer.headers["Cache-Control"] == "no-store"


def test_pages_that_were_never_built_are_missed_plainly(bare_site):
    with closing(HTTPConnection("127.0.0.1", bare_site.port, timeout=10)) as line:
        line.request("GET", "/")
        answer = line.getresponse()
        assert (answer.status, b"make pages" in answer.read()) == (503, True)


@pytest.mark.parametrize(
    ("effects", "screen"),
    [
        ((), "keep"),
        (("seal_text",), "keep"),
        (("erase",), "clear"),
        (("erase", "quick_exit"), "leave"),
    ],
)
def test_the_page_learns_what_to_do_with_its_screen(ask, site, turn, effects, screen):
    site.bot.answer = lambda _: turn(effects=effects)
    assert ask("POST", "/chat/say", {"id": "12345678", "text": "x"})[2] == {"screen": screen}


@pytest.mark.parametrize(
    "path", ["/", "/bye", "/health", "/chat/say", "/nothing", "/assets/nothing.js"]
)
def test_every_answer_is_discreet(ask, path):
    _, headers, _ = ask("GET", path)
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert not {"set-cookie", "etag", "last-modified", "access-control-allow-origin"} & {
        name.lower() for name in headers
    }
