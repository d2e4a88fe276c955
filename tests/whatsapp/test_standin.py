# SPDX-License-Identifier: AGPL-3.0-or-later
"""The stand-in itself is worth believing: as strict, as careless and as forgetful as Meta."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from kapso_whatsapp import types as kapso
from kapso_whatsapp.webhooks import normalize_webhook, verify_signature
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tests.standins.graph import StandIn
from tests.standins.graph_people import Control, Person
from tests.standins.graph_shapes import batch, written
from tests.standins.serving import listen, serving

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).parents[2]
VERIFY = "a word of ours"
DAY = 86400


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def graph_stand_in() -> Iterator[Control]:
    with StandIn() as control:
        yield control


@pytest.fixture
def graph(graph_stand_in: Control) -> Control:
    graph_stand_in.reset()
    graph_stand_in.retry_after(0.01)
    return graph_stand_in


@pytest.fixture
def someone(graph: Control) -> Person:
    """Somebody who has written, so that we may answer."""
    person = graph.person(1)
    person.says("salam")
    return person


def _call(graph: Control, body: Any, path: str = "", **more: Any) -> httpx.Response:
    url = f"{graph.api}/{path or graph.number + '/messages'}"
    headers = {"authorization": f"Bearer {more.pop('token', graph.token)}"}
    return httpx.post(url, json=body, headers=headers, trust_env=False, **more)


def _get(graph: Control, path: str) -> httpx.Response:
    headers = {"authorization": f"Bearer {graph.token}"}
    url = path if path.startswith("http") else f"{graph.api}/{path}"
    return httpx.get(url, headers=headers, trust_env=False)


def _text(text: str = "salam", **more: Any) -> dict[str, Any]:
    body = {"messaging_product": "whatsapp", "to": "212600000001", "type": "text"}
    return {**body, "text": {"body": text}, **more}


def _rich(action: dict[str, Any], kind: str = "button", body: str = "?", **more: Any) -> Any:
    content = {"type": kind, "body": {"text": body}, "action": action, **more}
    return _text(type="interactive", interactive=content) | {"text": None}


def _buttons(*titles: str, **more: Any) -> Any:
    made = [{"type": "reply", "reply": {"id": f"o{n}", "title": t}} for n, t in enumerate(titles)]
    return _clean(_rich({"buttons": made}, **more))


def _list(count: int, title: str = "row", button: str = "See", **more: Any) -> Any:
    rows = [{"id": f"r{n}", "title": f"{title}{n}", **more} for n in range(count)]
    return _clean(_rich({"button": button, "sections": [{"rows": rows}]}, "list"))


def _clean(body: Any) -> Any:
    return {name: value for name, value in body.items() if value is not None}


def _file(kind: str, **content: Any) -> Any:
    return _clean(_text(type=kind, **{kind: content}) | {"text": None})


GOOD = [
    _text(),
    _text("😭" * 4096),
    _text(biz_opaque_callback_data="x" * 512, recipient_type="individual"),
    _text(to="+212600000001"),
    _buttons("one", "two", "three"),
    _buttons("x" * 20, body="b" * 1024, footer={"text": "f" * 60}),
    _list(10, "t" * 23, description="d" * 72),
]


@pytest.mark.parametrize("body", GOOD, ids=range(len(GOOD)))
def test_a_right_request_is_accepted_and_shown(graph, someone, body):
    answer = _call(graph, body)
    assert answer.status_code == 200, answer.text
    [bubble] = graph.shown(someone.key)
    assert bubble["id"] == answer.json()["messages"][0]["id"]
    assert graph.calls("messages") == [body]


WRONG = [
    (_text(messaging_product="sms"), "messaging_product"),
    (_clean(_text() | {"to": None}), "to or recipient"),
    (_text(to="someone"), "not a phone number"),
    (_text(recipient="me", to="212600000001"), "business-scoped"),
    (_text(colour="red"), "unknown parameter"),
    (_text(""), "body"),
    (_text(" \n"), "empty"),
    (_text("x" * 4097), "4096"),
    (_text() | {"text": {"body": "x", "preview_url": "no"}}, "bool"),
    (_text() | {"text": {"body": "x", "color": 1}}, "unknown parameter"),
    (_text(type="poem", poem={}), "poem"),
    (_text(biz_opaque_callback_data="x" * 513), "512"),
    (_text(context={}), "message_id"),
    (_buttons("x" * 21), "20"),
    (_buttons("1", "2", "3", "4"), "3"),
    (_buttons(), "buttons"),
    (_buttons("same", "same"), "twice"),
    (_buttons(" "), "empty"),
    (_buttons("x", body="b" * 1025), "1024"),
    (_buttons("x", body=" "), "body"),
    (_list(11), "10"),
    (_list(1, "t" * 24), "24"),
    (_list(1, description="d" * 73), "72"),
    (_list(1, button="b" * 21), "20"),
    (_file("image"), "id or link"),
    (_file("image", id="1", link="http://x"), "id or link"),
    (_file("audio", id="1", caption="x"), "unknown parameter"),
    (_file("document", id="77", filename="a.pdf"), "no such object"),
    ({"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.no"}, "no such"),
    (
        {
            "messaging_product": "whatsapp",
            "status": "read",
            "message_id": "x",
            "typing_indicator": {"type": "dots"},
        },
        "typing_indicator",
    ),
    ("words", "messaging_product"),
]


@pytest.mark.parametrize("row", WRONG, ids=range(len(WRONG)))
def test_a_wrong_request_is_refused_and_reaches_nobody(graph, someone, row):
    body, why = row
    answer = _call(graph, body)
    assert answer.status_code == 400
    assert why in answer.json()["error"]["error_data"]["details"]
    assert graph.journal() == []
    assert graph.shown(someone.key) == []
    assert len(graph.refused()) == 1


def test_without_the_token_or_at_another_number_nothing_is_done(graph, someone):
    answers = [_call(graph, _text(), token="x"), _call(graph, _text(), "999/messages")]  # noqa: S106
    assert [answer.json()["error"]["code"] for answer in answers] == [190, 100]
    assert answers[0].status_code == 401
    graph.rotate("new")
    assert _call(graph, _text()).status_code == 200
    assert len(graph.calls("messages")) == 1


def test_after_24_hours_of_silence_only_an_approved_template_goes(graph, someone):
    _template(graph, "news")
    graph.forward(DAY - 60)
    assert _call(graph, _text()).status_code == 200
    graph.forward(61)
    assert _call(graph, _text()).json()["error"]["code"] == 131047
    sent = _send_template("news")
    assert _call(graph, sent).json()["error"]["code"] == 132001
    graph.review("news", "fr")
    assert _call(graph, sent).status_code == 200
    someone.says("I am here")
    assert _call(graph, _text()).status_code == 200


def test_somebody_who_never_wrote_gets_no_free_message(graph):
    graph.person(1)
    assert _call(graph, _text()).json()["error"]["code"] == 131047


def test_a_user_id_is_reached_by_recipient_and_shows_no_number(graph):
    hidden = graph.person(5, number=None, user_id="MA.abc123")
    hidden.says("salam")
    [seen] = [one["value"] for one in _pending(graph)]
    assert seen["messages"][0]["from_user_id"] == "MA.abc123"
    assert "from" not in seen["messages"][0]
    assert "wa_id" not in seen["contacts"][0]
    body = _clean(_text(recipient="MA.abc123") | {"to": None})
    assert _call(graph, body).json()["contacts"] == [
        {"input": "MA.abc123", "user_id": "MA.abc123"}
    ]
    unknown = _call(graph, {**body, "recipient": "MA.nobody"}).json()["error"]
    assert (unknown["code"], unknown["error_subcode"]) == (100, 33)


def _pending(graph: Control) -> list[Any]:
    return list(graph.act("waiting"))


def test_two_quick_messages_to_one_person_can_be_too_many(graph, someone):
    graph.pair_rate(6)
    other = graph.person(2)
    other.says("x")
    codes = [_call(graph, _text()).status_code for _ in range(2)]
    assert codes == [200, 400]
    assert _call(graph, _text(to="212600000002")).status_code == 200
    graph.forward(6)
    assert _call(graph, _text()).status_code == 200
    assert [one["code"] for one in graph.refused()] == [131056]


def test_a_number_change_is_a_system_message_without_contacts(graph):
    person = graph.person(3, user_id="MA.old")
    person.moves("212699999999", "MA.new")
    [seen] = [one["value"] for one in _pending(graph)]
    assert "contacts" not in seen
    [message] = seen["messages"]
    assert message["system"]["wa_id"] == "212699999999"
    assert message["system"]["previous_user_id"] == "MA.old"
    assert message["system"]["type"] == "user_changed_number"


def _template(graph: Control, name: str, text: str = "Bonjour", **more: Any) -> httpx.Response:
    body = {"name": name, "language": "fr", "category": more.pop("category", "UTILITY")}
    parts = [{"type": "BODY", "text": text, **more}]
    parts.append({"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Lire"}]})
    return _call(graph, {**body, "components": parts}, f"{graph.business}/message_templates")


def _send_template(name: str, *payloads: str) -> Any:
    buttons = [
        {
            "type": "button",
            "sub_type": "quick_reply",
            "index": str(n),
            "parameters": [{"type": "payload", "payload": payload}],
        }
        for n, payload in enumerate(payloads)
    ]
    content = {"name": name, "language": {"code": "fr"}, "components": buttons}
    return _clean(_text(type="template", template=content) | {"text": None})


def test_a_templates_button_sends_what_the_message_put_into_it(graph, someone):
    _template(graph, "news")
    graph.review("news", "fr")
    _call(graph, _send_template("news", "open@7"))
    assert someone.sees() == ["Bonjour"]
    assert someone.options() == {"open@7": "Lire"}
    someone.taps("open@7")
    said = _pending(graph)[-1]["value"]["messages"][0]
    assert said["button"] == {"payload": "open@7", "text": "Lire"}


def test_what_a_template_has_not_cannot_be_filled(graph, someone):
    _template(graph, "news", "Bonjour {{1}} !", example={"body_text": [["vous"]]})
    graph.review("news", "fr")
    assert _call(graph, _send_template("news")).json()["error"]["code"] == 132000
    _template(graph, "plain")
    graph.review("plain", "fr")
    assert _call(graph, _send_template("plain", "a", "b")).json()["error"]["code"] == 132000
    graph.review("plain", "fr", "PAUSED")
    assert _call(graph, _send_template("plain", "a")).json()["error"]["code"] == 132015
    assert someone.sees() == []


def test_who_stopped_marketing_gets_none_and_still_gets_answers(graph, someone):
    _template(graph, "tip", category="MARKETING")
    graph.review("tip", "fr")
    someone.stops_marketing()
    assert _call(graph, _send_template("tip")).status_code == 200
    assert _call(graph, _text()).status_code == 200
    failed = [c["value"]["statuses"][0] for c in _pending(graph) if "statuses" in c["value"]]
    assert failed[0]["errors"][0]["code"] == 131050
    assert someone.sees() == ["salam"]


def test_a_hidden_number_that_changes_is_told_by_ids_alone(graph):
    person = graph.person(4, number=None, user_id="MA.old")
    person.moves(None, "MA.new")
    [message] = _pending(graph)[0]["value"]["messages"]
    assert message["system"]["type"] == "user_changed_user_id"
    assert (message["system"]["previous_user_id"], message["system"]["user_id"]) == (
        "MA.old", "MA.new",
    )  # fmt: skip
    assert "wa_id" not in message["system"]


BAD_TEMPLATES = [
    ({"name": "No Spaces"}, "name"),
    ({"text": "{{1}} at the beginning", "example": {"body_text": [["x"]]}}, "beginning"),
    ({"text": "at the end {{1}}", "example": {"body_text": [["x"]]}}, "end"),
    ({"text": "no example of {{1}} here"}, "example"),
    ({"text": "x" * 1025}, "1024"),
]


@pytest.mark.parametrize("row", BAD_TEMPLATES, ids=[row[1] for row in BAD_TEMPLATES])
def test_a_bad_template_is_refused(graph, row):
    how, why = row
    answer = _template(graph, **{"name": "news", **how})
    assert answer.status_code == 400
    assert why in answer.json()["error"]["error_data"]["details"]
    assert graph.templates() == []


def test_a_template_exists_once_a_language_and_pages_end(graph):
    assert _template(graph, "n0").json()["status"] == "PENDING"
    assert _template(graph, "n0").json()["error"]["error_subcode"] == 2388024
    for n in range(1, 5):
        _template(graph, f"n{n}")
    path, seen = f"{graph.business}/message_templates?limit=2&fields=name,status", []
    while path:
        page = _get(graph, path).json()
        seen += [one["name"] for one in page["data"]]
        path = page["paging"].get("next")
    assert seen == [f"n{n}" for n in range(5)]


def test_a_file_takes_two_hops_a_token_and_the_time_it_has(graph, someone):
    sent = someone.sends_file(b"picture", "image", caption="look")
    found = _get(graph, sent["media"]).json()
    assert (found["mime_type"], found["file_size"]) == ("image/jpeg", 7)
    assert httpx.get(found["url"], trust_env=False).status_code == 401
    assert _get(graph, found["url"]).content == b"picture"
    graph.forward(301)
    assert _get(graph, found["url"]).status_code == 404
    assert len(graph.until("download", 1)) == 1
    graph.forward(7 * DAY)
    assert _get(graph, sent["media"]).json()["error"]["error_subcode"] == 33


def _upload(graph: Control, data: bytes, kind: str, **plain: str) -> httpx.Response:
    return httpx.post(
        f"{graph.api}/{graph.number}/media",
        headers={"authorization": f"Bearer {graph.token}"},
        data={"messaging_product": "whatsapp", "type": kind, **plain},
        files={"file": ("a.pdf", data, kind)},
        trust_env=False,
    )


def test_a_file_of_ours_is_uploaded_sent_and_forgotten(graph, someone):
    ref = _upload(graph, b"%PDF", "application/pdf").json()["id"]
    assert ref.isdigit()
    assert _call(graph, _file("document", id=ref, filename="a.pdf")).status_code == 200
    assert graph.uploaded(ref) == b"%PDF"
    headers = {"authorization": f"Bearer {graph.token}"}
    gone = httpx.delete(f"{graph.api}/{ref}", headers=headers, trust_env=False)
    assert gone.json() == {"success": True}
    assert _get(graph, ref).status_code == 400
    for bad in (_upload(graph, b"x", "text/html"), _upload(graph, b"", "application/pdf"),
                _upload(graph, b"x", "application/pdf", messaging_product="sms")):  # fmt: skip
        assert bad.status_code == 400


def test_the_number_tells_its_quality_and_its_tier(graph):
    graph.quality(quality_rating="YELLOW")
    asked = "fields=quality_rating,whatsapp_business_manager_messaging_limit,throughput"
    told = _get(graph, f"{graph.number}?{asked}").json()
    assert told["quality_rating"] == "YELLOW"
    assert told["whatsapp_business_manager_messaging_limit"] == "TIER_250"
    assert _get(graph, f"{graph.number}?fields=colour").status_code == 400


FAULTS = [("error", {"code": 130429}, 429), ("html", {}, 502), ("null", {}, 500),
          ("odd", {"body": {"messages": []}}, 200)]  # fmt: skip


@pytest.mark.parametrize("row", FAULTS, ids=[row[0] for row in FAULTS])
def test_a_fault_strikes_once_and_only_whom_it_is_for(graph, someone, row):
    kind, detail, status = row
    graph.fault("messages", kind, person=someone.key, **detail)
    graph.person(2).says("x")
    assert _call(graph, _text(to="212600000002")).status_code == 200
    assert _call(graph, _text()).status_code == status
    assert _call(graph, _text()).status_code == 200


def test_a_fault_can_say_when_to_come_back_and_leaves_read_marks_alone(graph, someone):
    graph.fault("messages", "error", code=80007, headers={"Retry-After": "7"}, skip=1)
    graph.fault("read", "error", code=131000)
    answers = [_call(graph, _text()) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[1].headers["retry-after"] == "7"
    message = someone.says("again")["id"]
    mark = {"messaging_product": "whatsapp", "status": "read", "message_id": message}
    assert [_call(graph, mark).status_code for _ in range(2)] == [500, 200]
    assert graph.calls("read") == [mark]
    graph.fault("*", "cut", times=9)
    graph.calm()
    assert _call(graph, _text()).status_code == 200


def test_an_answer_that_is_lost_was_an_act_and_a_cut_was_none(graph, someone):
    for kind in ("lost", "cut"):
        graph.fault("messages", kind)
        with pytest.raises(httpx.TransportError):
            _call(graph, _text(kind))
    assert someone.sees() == ["lost"]


# The webhook


@asynccontextmanager
async def _hook(answer: Callable[[Any], int], secret: str) -> AsyncIterator[str]:
    """Receive as the bot would; the signature is judged by somebody else's implementation."""

    async def receive(request: Request) -> Response:
        if request.method == "GET":
            asked = request.query_params
            if asked["hub.mode"] != "subscribe" or asked["hub.verify_token"] != VERIFY:
                return Response(status_code=403)
            return PlainTextResponse(asked["hub.challenge"])
        raw = await request.body()
        mark = request.headers.get("x-hub-signature-256")
        if not verify_signature(app_secret=secret, raw_body=raw, signature_header=mark):
            return Response(status_code=403)
        assert raw.isascii()
        return Response(status_code=answer(json.loads(raw)))

    app = Starlette(routes=[Route("/hook", receive, methods=["GET", "POST"])])
    with listen() as listener:
        async with serving(app, listener):
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/hook"


async def _off(call: Callable[..., Any], *args: Any, **how: Any) -> Any:
    return await asyncio.to_thread(call, *args, **how)


def _said(body: Any) -> list[str]:
    values = [change["value"] for entry in body["entry"] for change in entry["changes"]]
    said = [message["text"]["body"] for value in values for message in value.get("messages", ())]
    return said + [one["status"] for value in values for one in value.get("statuses", ())]


async def test_a_webhook_is_asked_for_its_word_before_it_gets_anything(graph, someone):
    seen: list[str] = []
    async with _hook(lambda body: seen.extend(_said(body)) or 200, graph.secret) as url:
        assert await _off(graph.subscribe, url, "another") == {"status": 403, "verified": False}
        assert await _off(graph.pending) == 1
        assert await _off(graph.subscribe, url, VERIFY) == {"status": 200, "verified": True}
        await _off(graph.until, "taken", 1)
        await _off(graph.unsubscribe)
    assert seen == ["salam"]


async def test_a_post_comes_again_until_a_200_and_holds_up_no_other(graph, someone):
    seen: list[str] = []

    def stubborn(body: Any) -> int:
        seen.extend(_said(body))
        return 200 if seen[-1] != "سلام" or Counter(seen)[seen[-1]] == 3 else 204

    async with _hook(stubborn, graph.secret) as url:
        await _off(someone.says, "سلام")
        await _off(someone.says, "b")
        await _off(graph.subscribe, url, VERIFY)
        await _off(graph.until, "taken", 3)
        await _off(graph.unsubscribe)
    assert Counter(seen) == {"salam": 1, "سلام": 3, "b": 1}
    assert seen[:3] == ["salam", "سلام", "b"]


async def test_a_wrong_signature_or_none_is_noticed_by_the_judge(graph):
    async with _hook(lambda _body: 200, graph.secret) as url:
        await _off(graph.subscribe, url, VERIFY)
        statuses = [
            await _off(graph.posts, {"entry": []}),
            await _off(graph.posts, {"entry": []}, signature="sha256=" + "0" * 64),
            await _off(graph.posts, {"entry": []}, signature=""),
        ]
        await _off(graph.unsubscribe)
    assert statuses == [200, 403, 403]


@pytest.mark.parametrize("spread", ["entries", "changes", "messages"])
async def test_a_thousand_come_in_one_post_whatever_they_are_wrapped_in(graph, spread):
    bodies: list[Any] = []
    graph.hold()
    people = [graph.person(n) for n in range(4)]
    for n in range(1000):
        people[n % 4].says(str(n))
    async with _hook(lambda body: bodies.append(body) or 200, graph.secret) as url:
        await _off(graph.subscribe, url, VERIFY)
        await _off(graph.release, 1000, spread)
        await _off(graph.until, "acknowledged", 1)
        await _off(graph.unsubscribe)
    assert len(bodies) == 1
    assert _said(bodies[0]) == [str(n) for n in range(1000)]
    entries = len(bodies[0]["entry"])
    changes = sum(len(entry["changes"]) for entry in bodies[0]["entry"])
    assert (entries, changes) == {"entries": (1000, 1000), "changes": (1, 1000),
                                  "messages": (1, 1)}[spread]  # fmt: skip


async def test_things_come_twice_and_in_disorder_when_asked(graph, someone):
    seen: list[str] = []
    graph.hold()
    for n in range(20):
        someone.says(str(n))
    graph.shuffle(3)
    graph.double(5)
    async with _hook(lambda body: seen.extend(_said(body)) or 200, graph.secret) as url:
        await _off(graph.subscribe, url, VERIFY)
        await _off(graph.release)
        await _off(graph.until, "taken", 21)
        await _off(graph.unsubscribe)
    assert len(seen) == 26
    assert set(seen) == {"salam", *map(str, range(20))}
    assert list(dict.fromkeys(seen)) != ["salam", *map(str, range(20))]


async def test_posts_can_come_late_and_several_at_once(graph, someone):
    under_way, most = 0, 0

    async def slow(_request: Request) -> Response:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.1)
        under_way -= 1
        return Response()

    async def confirm(request: Request) -> Response:
        return PlainTextResponse(request.query_params["hub.challenge"])

    graph.hold()
    for n in range(7):
        someone.says(str(n))
    graph.lanes(4)
    graph.delay(0.2)
    app = Starlette(routes=[Route("/hook", confirm), Route("/hook", slow, methods=["POST"])])
    with listen() as listener:
        async with serving(app, listener):
            url = f"http://127.0.0.1:{listener.getsockname()[1]}/hook"
            await _off(graph.subscribe, url, VERIFY)
            began = time.monotonic()
            await _off(graph.release)
            await _off(graph.until, "taken", 8)
            await _off(graph.unsubscribe)
    assert most == 4
    assert time.monotonic() - began >= 0.6


async def test_statuses_follow_by_themselves_or_by_hand_and_carry_what_we_gave(graph, someone):
    told: list[Any] = []

    def keep(body: Any) -> int:
        told.extend(body["entry"][0]["changes"][0]["value"].get("statuses", ()))
        return 200

    async with _hook(keep, graph.secret) as url:
        await _off(graph.subscribe, url, VERIFY)
        await _off(_call, graph, _text(biz_opaque_callback_data="row-1"))
        await _off(graph.until, "taken", 3)
        await _off(graph.statuses)
        answer = await _off(_call, graph, _text())
        message = answer.json()["messages"][0]["id"]
        await _off(graph.status, message, "failed", 131049)
        await _off(graph.status, message, "read")
        await _off(graph.until, "taken", 5)
        await _off(graph.unsubscribe)
    assert [one["status"] for one in told] == ["sent", "delivered", "failed", "read"]
    assert [one.get("biz_opaque_callback_data") for one in told] == ["row-1", "row-1", None, None]
    assert told[2]["errors"][0]["code"] == 131049


async def test_an_accepted_message_can_fail_later(graph, someone):
    told: list[Any] = []
    async with _hook(lambda body: told.append(body) or 200, graph.secret) as url:
        await _off(graph.subscribe, url, VERIFY)
        await _off(graph.fault, "messages", "fails", code=131026)
        assert (await _off(_call, graph, _text())).status_code == 200
        await _off(someone.leaves)
        assert (await _off(_call, graph, _text())).status_code == 200
        await _off(graph.until, "taken", 3)
        await _off(graph.unsubscribe)
    failed = [body["entry"][0]["changes"][0]["value"] for body in told[1:]]
    assert [one["statuses"][0]["errors"][0]["code"] for one in failed] == [131026, 131026]
    assert all("contacts" not in one for one in failed)
    assert someone.sees() == []


@pytest.mark.parametrize("spread", ["entries", "changes", "messages"])
def test_somebody_elses_reader_finds_in_our_posts_what_we_put_there(graph, someone, spread):
    """kapso's normaliser and models read every shape that they know."""
    _template(graph, "news")
    graph.review("news", "fr")
    for body in (_buttons("yes", "no"), _list(4), _send_template("news", "open")):
        assert _call(graph, body).status_code == 200
    for option in ("o0", "r3", "open"):
        someone.taps(option)
    for kind in ("image", "audio", "video", "document", "sticker"):
        someone.sends_file(b"x", kind, caption="look" if kind != "audio" else None)
    someone.sends({"type": "location", "location": {"latitude": 33.5, "longitude": -7.6}})
    sent = graph.calls("messages")
    graph.status(graph.shown(someone.key)[0]["id"], "failed", 131026)
    read = normalize_webhook(json.loads(written(batch(_pending(graph), spread))))
    messages = [kapso.WebhookMessage.model_validate(one) for one in read.messages]
    statuses = read.statuses
    assert (read.phone_number_id, len(sent)) == (graph.number, 3)
    assert [one.type.value for one in messages] == [
        "text", "interactive", "interactive", "button", "image", "audio", "video", "document",
        "sticker", "location",
    ]  # fmt: skip
    assert {one.from_ for one in messages} == {"212600000001"}
    assert messages[0].text.body == "salam"
    assert messages[1].interactive.button_reply.title == "yes"
    assert messages[2].interactive.list_reply.id == "r3"
    assert messages[3].button.payload == "open"
    assert messages[4].image.caption == "look"
    assert [one.status for one in statuses] == ["sent", "delivered"] * 3 + ["failed"]
    assert statuses[-1].errors[0]["code"] == 131026
    assert all(one["profile"] == {"name": "Unread Name"} for one in read.contacts)


def test_nobody_can_tap_what_was_not_shown(graph, someone):
    _call(graph, _buttons("yes", "no"))
    someone.taps("o1")
    said = _pending(graph)[-1]["value"]["messages"][0]
    assert said["interactive"]["button_reply"] == {"id": "o1", "title": "no"}
    with pytest.raises(httpx.HTTPStatusError):
        someone.taps("o9")
    _call(graph, _list(4))
    someone.taps("r3")
    said = _pending(graph)[-1]["value"]["messages"][0]
    assert said["interactive"]["list_reply"]["title"] == "row3"


def test_in_a_process_of_its_own_it_keeps_a_journal_that_outlives_it(tmp_path):
    journal = tmp_path / "journal.jsonl"
    command = [sys.executable, "-m", "tests.standins.graph", "--journal", str(journal)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            control = Control(**json.loads(process.stdout.readline()))
            control.person(1).says("x")
            assert _call(control, _text("labas")).status_code == 200
            control.close()
        finally:
            process.kill()
    [event] = [json.loads(line) for line in journal.read_text().splitlines()]
    assert (event["method"], event["params"]["text"]["body"]) == ("messages", "labas")
