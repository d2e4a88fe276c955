# SPDX-License-Identifier: AGPL-3.0-or-later
"""The templates of the account: created, reviewed by a hand that the test moves, sent."""

from __future__ import annotations

import re
from typing import Any, Protocol

from tests.standins.graph_referee import Foul, judge_template
from tests.standins.graph_shapes import Json, change

_PAGE = 25


class House(Protocol):
    """What templates need of the platform."""

    async def post(self, what: Json) -> None: ...
    async def note(self, method: str, params: Json, result: Any) -> None: ...


class Templates:
    """By name and language."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.all: dict[tuple[str, str], Json] = {}

    async def create(self, raw: Any) -> Json:
        body = judge_template(raw)
        place = body["name"], body["language"]
        if place in self.all:
            raise Foul(100, "there is already content in this language", subcode=2388024)
        made = {**body, "id": f"{700000000000000 + len(self.all)}", "status": "PENDING"}
        made |= {"quality_score": {"score": "UNKNOWN"}}
        self.all[place] = made
        answer = {name: made[name] for name in ("id", "status", "category")}
        await self._house.note("templates", body, answer)
        return answer

    async def delete(self, name: str) -> Json:
        gone = [place for place in self.all if place[0] == name]
        if not gone:
            raise Foul(100, "no such template", 404, subcode=2593002)
        for place in gone:
            del self.all[place]
        await self._house.note("templates.delete", {"name": name}, {"success": True})
        return {"success": True}

    def page(self, asked: dict[str, str], here: str) -> Json:
        """Return a page of the list, with the address of the next one if there is one."""
        wanted = [
            one for one in self.all.values() if asked.get("name", one["name"]) == one["name"]
        ]
        start, size = int(asked.get("after", "0")), min(int(asked.get("limit", _PAGE)), 100)
        fields = {"id", "name", "language", "status", "category", "components"}
        if asked.get("fields"):
            fields = {"id", *asked["fields"].split(",")}
        data = [{k: v for k, v in one.items() if k in fields} for one in wanted]
        end = start + size
        paging: Json = {"cursors": {"before": str(start), "after": str(end)}}
        if end < len(wanted):
            rest = "&".join(f"{k}={v}" for k, v in {**asked, "after": str(end)}.items())
            paging["next"] = f"{here}?{rest}"
        return {"data": data[start:end], "paging": paging}

    async def review(self, name: str, language: str, status: str, reason: str | None) -> None:
        """Decide on a template, and tell the webhook."""
        one = self.all[name, language]
        one["status"] = status
        one |= {"rejected_reason": reason or "NONE"}
        told = {"event": status, "message_template_id": int(one["id"])}
        told |= {"message_template_name": name, "message_template_language": language}
        told |= {"reason": reason or "NONE", "message_template_category": one["category"]}
        await self._house.post(change(told, "message_template_status_update"))

    async def rate(self, name: str, language: str, score: str) -> None:
        """Change a template's quality, and tell the webhook."""
        one = self.all[name, language]
        before, one["quality_score"] = one["quality_score"]["score"], {"score": score}
        told = {"previous_quality_score": before, "new_quality_score": score}
        told |= {"message_template_id": int(one["id"]), "message_template_name": name}
        told |= {"message_template_language": language}
        await self._house.post(change(told, "message_template_quality_update"))

    def category(self, body: Json) -> str:
        """Return the category of a template that may be sent with these parameters."""
        sent = body["template"]
        one = self.all.get((sent["name"], sent["language"]["code"]))
        if one is None or one["status"] not in {"APPROVED", "PAUSED"}:
            raise Foul(132001, "no approved template of this name in this language")
        if one["status"] == "PAUSED":
            raise Foul(132015, "the template is paused for its quality")
        holes = re.findall(r"\{\{\w+\}\}", _part(one, "BODY")["text"])
        given = [part for part in sent.get("components", ()) if part["type"] == "body"]
        params = given[0].get("parameters", []) if given else []
        if len(params) != len(holes):
            raise Foul(132000, f"body: {len(params)} parameters, {len(holes)} are expected")
        _buttons(one, sent)
        return str(one["category"])

    def shown(self, body: Json) -> Json:
        """Return the message with what a person sees of it: its words and its buttons."""
        sent = body["template"]
        one = self.all[sent["name"], sent["language"]["code"]]
        parts = sent.get("components", ())
        words = _part(one, "BODY")["text"]
        for part in parts:
            for param in part.get("parameters", ()) if part["type"] == "body" else ():
                words = re.sub(r"\{\{\w+\}\}", lambda _, p=param: p["text"], words, count=1)
        labels = [button["text"] for button in _part(one, "BUTTONS").get("buttons", ())]
        payloads = list(labels)
        for part in parts:
            if part["type"] == "button":
                payloads[int(part["index"])] = part["parameters"][0]["payload"]
        shown = {"words": words, "payloads": dict(zip(payloads, labels, strict=True))}
        return {**body, **shown}


def _buttons(one: Json, sent: Json) -> None:
    """Refuse what is put into a button that the template has not."""
    there = len(_part(one, "BUTTONS").get("buttons", ()))
    for part in sent.get("components", ()):
        if part["type"] == "button" and not 0 <= int(part.get("index", -1)) < there:
            raise Foul(132000, f"button: {part.get('index')}, the template has {there}")


def _part(one: Json, kind: str) -> Json:
    return next((part for part in one["components"] if part["type"] == kind), {})
