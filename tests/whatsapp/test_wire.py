# SPDX-License-Identifier: AGPL-3.0-or-later
"""The channel before the stand-in: files both ways, what an answer means, where a token may go."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
from types import SimpleNamespace

import pytest

from bot.channels import (
    Attachment,
    Closed,
    FileRef,
    Gone,
    Message,
    Option,
    Refused,
    TryLater,
    Unsure,
    Unwanted,
)  # fmt: skip
from bot.channels.whatsapp import BASE, WhatsApp, signed, verify
from bot.channels.whatsapp_wire import Wire, unfetched, verdict

pytestmark = pytest.mark.anyio
PHONE = "212600000001"
AT = "@"  # an address that looks like one of a person


@pytest.fixture
async def whatsapp(graph):
    channel = WhatsApp(graph.token, graph.number, base_url=graph.api)
    yield channel
    await channel.close()


@pytest.fixture
def someone(graph):
    person = graph.person(1)
    person.says("salam")
    return person


async def read(channel, ref):
    return b"".join([chunk async for chunk in channel.fetch(ref)])


async def test_a_document_and_a_voice_arrive_whole(whatsapp, graph, someone):
    paper = Attachment("document", "note.pdf", "application/pdf", b"%PDF-1.4 " + b"x" * 5000)
    voice = Attachment("voice", "audio.ogg", "audio/ogg", b"OggS" + b"\0" * 60)
    message = Message("Voici.", lang="fr", dir="ltr", attachments=(paper, voice))
    for part in whatsapp.parts(message):
        assert await whatsapp.send(PHONE, part, "t") == ()
    sent = graph.calls("messages")
    assert [body["type"] for body in sent] == ["text", "document", "audio"]
    assert sent[1]["document"]["filename"] == "note.pdf"
    assert graph.uploaded(sent[1]["document"]["id"]) == paper.data
    assert graph.uploaded(sent[2]["audio"]["id"]) == voice.data
    assert [body["biz_opaque_callback_data"] for body in sent] == ["t", "t", "t"]


async def test_a_voice_that_is_not_taken_is_left_out(whatsapp, graph, someone):
    voice = Attachment("voice", "audio.ogg", "audio/ogg", b"OggS")
    graph.fault("media", "error", code=131053)
    assert await whatsapp.send(PHONE, Message("", attachments=(voice,))) == ()
    paper = Attachment("document", "note.pdf", "application/pdf", b"%PDF")
    graph.fault("media", "error", code=131053)
    with pytest.raises(Refused, match="media"):
        await whatsapp.send(PHONE, Message("", attachments=(paper,)))


async def test_a_cut_upload_is_no_message_and_may_be_repeated(whatsapp, graph, someone):
    paper = Attachment("document", "note.pdf", "application/pdf", b"%PDF")
    graph.fault("media", "lost")
    with pytest.raises(TryLater) as caught:
        await whatsapp.send(PHONE, Message("", attachments=(paper,)))
    assert not isinstance(caught.value, Unsure)


async def test_an_offered_file_is_fetched_in_two_hops(whatsapp, graph, someone):
    data = b"\x89PNG" + bytes(range(256)) * 900
    ref = someone.sends_file(data, "image")["media"]
    assert await read(whatsapp, FileRef(ref, "photo")) == data
    assert [event["event"] for event in graph.journal()].count("call") >= 2


async def test_a_file_that_is_too_large_is_refused_before_its_bytes(whatsapp, graph, someone):
    ref = someone.sends_file(b"\xff\xd8" + bytes(6 * 1024 * 1024), "document")["media"]
    with pytest.raises(Refused, match="too_large"):
        await read(whatsapp, FileRef(ref, "photo"))
    assert graph.calls("download") == []


async def test_an_expired_or_strange_id_is_gone(whatsapp, graph, someone):
    ref = someone.sends_file(b"\x89PNG data", "image")["media"]
    graph.forward(8 * 24 * 3600)
    for dead in (ref, "1", "../me", "12?fields=token", ""):
        with pytest.raises(Refused, match="file_gone"):
            await read(whatsapp, FileRef(dead, "photo"))


async def test_a_bad_token_does_not_cost_anybody_a_file(whatsapp, graph, someone):
    ref = someone.sends_file(b"\x89PNG data", "image")["media"]
    graph.fault("describe", "error", code=190)
    with pytest.raises(TryLater, match="token"):
        await read(whatsapp, FileRef(ref, "photo"))
    assert await read(whatsapp, FileRef(ref, "photo")) == b"\x89PNG data"


@pytest.mark.parametrize(
    ("url", "good"),
    [
        (f"{BASE}/123", True),
        ("https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1", True),
        ("https://mmg.whatsapp.net/v/1", True),
        ("https://lookaside.fbsbx.com:443/a", True),
        ("http://lookaside.fbsbx.com/a", False),
        ("https://lookaside.fbsbx.com:8443/a", False),
        ("https://lookaside.fbsbx.com.example.org/a", False),
        ("https://evil-whatsapp.net/a", False),
        ("https://whatsapp.net.example.org/a", False),
        (f"https://lookaside.fbsbx.com{AT}example.org/a", False),
        (f"https://user:word{AT}lookaside.fbsbx.com/a", False),
        ("http://graph.facebook.com/a", False),
        ("https://graph.facebook.com:8443/a", False),
        ("https://[::1/a", False),
        ("https://graph.facebook.com:99999/a", False),
        ("//example.org/a", False),
        ("", False),
    ],
)
def test_the_token_goes_to_the_platform_and_nowhere_else(url, good):
    assert Wire("t", BASE).trusted(url) is good


async def test_an_address_elsewhere_is_never_asked(whatsapp, graph, someone, free_tcp_server):
    ref = someone.sends_file(b"\x89PNG data", "image")["media"]
    url = free_tcp_server.url
    graph.fault("describe", "odd", body={"url": url, "file_size": 4}, status=200)
    with pytest.raises(Refused, match="foreign_host"):
        await read(whatsapp, FileRef(ref, "photo"))
    assert free_tcp_server.asked == []


@pytest.fixture
async def free_tcp_server():
    """A server that notes whoever asks anything of it."""
    noted = SimpleNamespace(asked=[], url="")

    async def note(reader, writer):
        noted.asked.append(await reader.read(100))
        writer.close()

    server = await asyncio.start_server(note, "127.0.0.1", 0)
    noted.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/a"
    async with server:
        yield noted


@pytest.mark.parametrize(
    ("status", "code", "kind", "text"),
    [
        (400, 131047, Closed, "window"),
        (400, 131026, Gone, "gone"),
        (400, 131050, Unwanted, "unwanted"),
        (400, 131049, Refused, "capped"),
        (400, 131056, TryLater, "pair"),
        (429, 130429, TryLater, "flood"),
        (400, 80007, TryLater, "flood"),
        (500, 131000, TryLater, "platform"),
        (500, 131016, TryLater, "platform"),
        (503, 424242, TryLater, "platform"),
        (401, 190, Refused, "token"),
        (400, 424242, Refused, "failed"),
    ],
)
def test_what_a_code_means(status, code, kind, text):
    found = verdict(status, {"error": {"code": code, "message": "quoted words"}}, sends=True)
    assert (type(found), str(found)) == (kind, text)


def test_the_pair_rate_says_how_long():
    assert verdict(400, {"error": {"code": 131056}}).after.total_seconds() >= 6


@pytest.mark.parametrize("status", [400, 403, 404, 500, 502, 503])
def test_a_page_that_is_not_graphs_refuses_nobody_for_good(status):
    assert type(verdict(status, None, sends=True)) is TryLater


def test_only_a_send_may_have_arrived():
    assert type(verdict(504, None, sends=True)) is Unsure
    assert type(verdict(504, None)) is TryLater
    assert type(verdict(200, None, sends=True)) is Unsure
    assert verdict(200, None, sends=True).after.total_seconds() > 60


def test_a_files_address_that_forgets_us_is_asked_for_again():
    assert type(unfetched(404)) is Refused
    assert type(unfetched(403)) is TryLater
    assert type(unfetched(500)) is TryLater


async def test_nobody_there_is_worth_another_try():
    channel = WhatsApp("t", "1", base_url="http://127.0.0.1:9/v25.0")
    with pytest.raises(TryLater) as caught:
        await channel.send(PHONE, Message("x"))
    assert not isinstance(caught.value, Unsure)
    await channel.saw("wamid.x")
    await channel.close()


async def test_a_text_without_ink_is_refused_and_nothing_can_be_deleted(whatsapp, graph, someone):
    with pytest.raises(Refused, match="empty"):
        await whatsapp.send(PHONE, Message(" \n"))
    await whatsapp.delete(PHONE, ["wamid.x"])
    assert graph.calls("messages") == []


async def test_no_library_says_a_word_at_debug(whatsapp, graph, someone, caplog):
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx").setLevel(logging.DEBUG)
    logging.getLogger("httpcore").setLevel(logging.DEBUG)
    option = Option("o", "Bouton")
    await whatsapp.send(PHONE, Message("Zmerroukech", (option,), "fr", "ltr"))
    ref = someone.sends_file(b"\x89PNG data", "image")["media"]
    caplog.clear()
    await read(whatsapp, FileRef(ref, "photo"))
    await whatsapp.send(PHONE, Message("Zmerroukech"))
    shown = "".join(f"{r.name} {r.getMessage()}" for r in caplog.records if r.name != "asyncio")
    for secret in (graph.token, "Zmerroukech", PHONE, graph.number, ref):
        assert secret not in shown


def test_no_repr_and_no_fault_shows_the_token():
    assert "secret-token" not in repr(Wire("secret-token", BASE))
    assert "secret-token" not in repr(vars(WhatsApp("secret-token", "1")))


def test_a_signature_is_over_the_bytes_and_needs_a_secret():
    good = "sha256=" + hmac.new(b"s" * 16, b"x", hashlib.sha256).hexdigest()
    assert signed("s" * 16, b"x", good)
    assert not signed("s" * 16, b"y", good)
    assert not signed("s" * 16, b"x", "sha256=x")
    assert not signed("", b"x", "sha256=" + "0" * 64)
    assert not verify("", "")
    assert verify("a word", "a word")
    assert not verify("a word", "mot \udcff")
