# SPDX-License-Identifier: AGPL-3.0-or-later
"""From a row to a bubble: what is true now decides what is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.clock import Clock, hour, wall
from bot.ledger import PAPERS, RECEIPT, Case, Ledger, Row
from bot.message import Message, Option
from bot.papers import Papers
from bot.render import Standing, render
from bot.store import Run
from bot.sweep import Sweeper
from content import Catalog

VEILS = frozenset(("telegram",))  # messengers that show a passage only on a tap
# What a messenger reads, said there: beside it a page of ours can be opened.
OPENS = {"telegram": "answer.secret_telegram"}


@dataclass(frozen=True, slots=True)
class Delivery:
    """Renders rows and closes them once somebody has them."""

    catalog: Catalog
    ledger: Ledger
    clock: Clock
    papers: Papers | None = None
    page: str = ""  # https address of the page that seals; "" where a messenger cannot open it

    async def message(self, row: Row) -> Message | None:
        """The bubble of a person-facing row; None when what it named is gone."""
        if row.body.get("shred") and not await self.ledger.store.shredded():
            raise NotYet
        if row.kind == "answer":
            return self._answer(row)
        if row.kind == "papers":
            return await self._papers(row)
        standing = self.standing(row.body.get("case"))
        if row.body.get("receipt") and row.channel in VEILS:
            return render(self.catalog, veiled(row.body), standing)
        if self.page and OPENS.get(row.channel or "") in row.body["texts"]:
            return self._with_page(row, standing)
        return render(self.catalog, row.body, standing)

    def _with_page(self, row: Row, standing: Standing) -> Message:
        """The bubble with one more button, and what is true of the page it opens."""
        texts = list(row.body["texts"])
        texts.insert(texts.index(OPENS[row.channel or ""]) + 1, "answer.page")
        message = render(self.catalog, {**row.body, "texts": texts}, standing)
        button = Option("page", self.catalog.text(message.lang, "label.page"), self.page)
        return replace(message, options=(*message.options, button))

    def standing(self, case_id: str | None) -> Standing:
        """What is true of a case now."""
        case = self.ledger.case(case_id)
        if case is None:
            return Standing()
        reached = {"stored"}
        if case.alarm in {"queued", "delivered"}:
            reached.add("queued")
        if case.alarm == "delivered":
            reached.add("delivered")
        if case.taken is not None:
            reached |= {"queued", "delivered", "taken"}
        return Standing(frozenset(reached), (("time", taken_at(case, self.clock())),))

    def _answer(self, row: Row) -> Message | None:
        sql = "select delivery from answer where id = ?"
        rows = self.ledger.store.read(sql, (row.body["answer"],))
        if not rows or rows[0][0] is None:
            return None
        words = self.ledger.key.open_delivery(rows[0][0]).decode("utf-8", "replace").strip()
        veiled = row.channel in VEILS
        said = {
            "texts": ["human.answer_veiled" if veiled else "human.answer"],
            "lang": row.body.get("lang"),
        }
        head = render(self.catalog, said, Standing())
        hidden = (words,) if veiled else ()
        return replace(head, text=f"{head.text}\n\n{words}", protect=True, hidden=hidden)

    async def _papers(self, row: Row) -> Message:
        """The person's dossier, made now; a line that says so when there is nothing to make."""
        lang, paper = row.body.get("lang"), None
        if self.papers is not None:
            paper = await self.papers.paper(self.ledger.contact(row.contact or ""), str(lang))
        said = {"texts": ["papers.here" if paper else "papers.gone"], "lang": lang}
        message = render(self.catalog, said, Standing())
        return replace(message, attachments=(*message.attachments, paper)) if paper else message

    def alarm(self, level: str, case: str) -> str:
        """The alarm in both languages: that somebody waits, how urgently, and nothing else."""
        langs = self.catalog.languages
        levels = {lang: self.catalog.text(lang, f"human.level_{level}") for lang in langs}
        return "\n".join(
            self.catalog.text(lang, "human.alarm", level=levels[lang], case=case) for lang in langs
        )

    def both(self, key: str) -> str:
        """A button's words in every language of the team."""
        return " · ".join(self.catalog.text(x, key) for x in self.catalog.languages)

    def notice(self, key: str, values: Mapping[str, str]) -> str:
        """A word to the centre, in both languages."""
        return "\n".join(self.catalog.text(x, key, **values) for x in self.catalog.languages)

    def close(self, run: Run, row: Row, messages: Sequence[str]) -> None:
        """In a transaction: the row is done; what it became can still be wiped from the chat."""
        there = run.execute("delete from outbox where id = ?", (row.id,)).rowcount
        if row.kind == "answer":
            sql = "update answer set read = ?, delivery = null where id = ?"
            run.execute(sql, (hour(self.clock()), row.body["answer"]))
        known = run.execute("select 1 from contact where id = ?", (row.contact,)).fetchone()
        if not known:
            if messages and not there:  # they erased everything while it was on its way
                wipe = {"to": row.body["to"], "messages": messages}
                run.execute(*self.ledger.row("wipe", wipe, self.clock(), channel=row.channel))
            return
        for message in messages:
            number = self.ledger.numbers.next()
            body = self.ledger.seal({"m": message}, "sent", "body", number)
            run.execute(
                "insert into sent (id, contact, body, at, receipt) values (?, ?, ?, ?, ?)",
                (
                    number,
                    row.contact,
                    body,
                    hour(self.clock()),
                    _shows(row),
                ),
            )
        if messages:
            Sweeper(self.ledger, self.clock).later(run, row)


def veiled(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The receipt's bubble where a tap shows what a glance must not see: it says so."""
    texts = [*body["texts"], "complaint.filed_veiled"]
    return {**body, "texts": texts, "hidden": ["receipt", "words"]}


class NotYet(Exception):
    """What the row would say is not true yet; try again soon."""


def _shows(row: Row) -> int:
    if row.kind == "papers":
        return PAPERS
    return RECEIPT if row.body.get("receipt") else 0


def taken_at(case: Case, now: float) -> str:
    """When somebody took the case, as people say it; "" while nobody has."""
    if case.taken is None:
        return ""
    taken, today = wall(case.taken), wall(now)
    return taken.strftime("%H:%M" if taken.date() == today.date() else "%d/%m %H:%M")
