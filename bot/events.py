# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a message is to the dialogue: words, a button, a file, a link, a receipt typed back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import flows
from bot import links
from bot.channels import Inbound
from bot.commands import bare
from bot.ledger import Case
from bot.understanding import Understanding, heard
from bot.vault import receipt
from flows.model import Chose, Event, Lang, Said, Sent, State, Unknown
from nlu import Reading

NEVER_A_RECEIPT = 400  # characters
LONGEST = 20_000  # characters read for understanding; all of them are kept
DANGERS = {"self_harm", "physical_danger"}


@dataclass(frozen=True, slots=True)
class Events:
    """Reads what somebody sent; nothing here writes or remembers."""

    script: flows.Script
    understanding: Understanding
    campaigns: Sequence[str]
    first_language: Lang | None  # of a first message that decides none

    def typed(self, text: str, state: State | None) -> str | None:
        """The receipt in a text; empty if a digit is wrong; None in a story or without one."""
        node = self.script.nodes.get(state.at) if state else None
        if len(text) > NEVER_A_RECEIPT or (node and node.text):
            return None
        return receipt.find(text) or ("" if receipt.looks_like(text) else None)

    def language(self, reading: Reading, state: State | None, case: Case | None) -> Lang:
        """The language of the words around a receipt, the conversation's, or the case's."""
        if reading.signal and reading.language != "other":
            return reading.language
        if state is not None:
            return state.lang
        lang = str(case.triage.get("lang")) if case else ""
        return lang if lang in self.script.languages else self.first_language or "ar"

    async def event(
        self, inbound: Inbound, state: State | None, now: float
    ) -> tuple[Event, Reading | None]:
        """The event, and the reading of its words if it has any."""
        lang = state.lang if state else self.first_language
        match inbound.kind:
            case "option":
                option, _, at = (inbound.option or "").partition("@")
                return Chose(option, at or None), None
            case "file":
                reading = (
                    await self.understanding.read_fully(inbound.text, now, lang)
                    if inbound.text
                    else None
                )
                caption = heard(reading, inbound.text, lang) if reading else None
                small = bool(inbound.file and inbound.file.compressed)
                kind = inbound.file.kind if inbound.file else "document"
                return Sent(kind, small, caption), reading
            case "text" | "edit":
                return await self._words(inbound, state, now, lang)
            case _:
                return Unknown(), None

    async def _words(
        self, inbound: Inbound, state: State | None, now: float, lang: str | None
    ) -> tuple[Event, Reading]:
        if inbound.link is not None:
            link = self.link(inbound)
            begun = "tips" if link.tips else "begin" if link.lang else "start"
            return Chose(begun), self.understanding.read("", now, lang)
        text = inbound.text[:LONGEST]
        reading = await self.understanding.read_fully(text, now, lang)
        option = self.understanding.option(text, self.script, state.at if state else None)
        calm = bare(text) or not set(reading.risks) & DANGERS
        if option and inbound.kind == "text" and calm:
            return Chose(option), reading
        return Said(heard(reading, text, lang), edited=inbound.kind == "edit"), reading

    def link(self, inbound: Inbound) -> links.Link:
        """What the link that was followed asks for."""
        return links.parse(inbound.link or "", self.script.languages, self.campaigns)
