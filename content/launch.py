# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a person must still phone, open, try or read: written from the facts, never by hand."""

from collections.abc import Iterable, Iterator, Mapping

from content.facts import Fact

TITLE = """# Before launch

Written by `make launch` from `content/facts.yaml`; a test holds it to the facts. Each line is work
for a person, before the first visitor and again after the days in the last column. Whoever did it
writes into the fact `human_check: {done: counsellor, on: 2026-12-01}`, with a role and never a
name; the line then leaves this list, and `sanad check` names the fact when its days are over.

Besides these: a lawyer who practises in Morocco reads every fact of kind `law`; native speakers of
Darija and French read the golden conversations; the keepers of the recovery key restore a backup.
"""
TASKS = {
    "phone": ("To phone", "Does somebody answer, at any hour, and is it still the right line?"),
    "open": ("To open", "Does it open from Morocco, in both languages, and still do what we say?"),
    "read": ("To read, by a lawyer", "Is it the law of today, and is our sentence true to it?"),
    "try": ("To try or to ask", "Is it still so? Menus on an Android phone and on an iPhone."),
}
HEAD = "| fact | shown | care | in how many texts | again after |\n|---|---|---|---|---|\n"


def before_launch(facts: Mapping[str, Fact], grounds: Mapping[str, frozenset[str]]) -> str:
    """Give the page of everything that waits for a person, by the kind of work."""
    pages = [TITLE]
    for task, (title, question) in TASKS.items():
        rows = [_row(fact, grounds) for fact in waiting(facts.values()) if _task(fact) == task]
        if rows:
            pages.append(f"## {title}\n{question}\n\n{HEAD}{''.join(rows)}")
    return "\n".join(pages)


def waiting(facts: Iterable[Fact]) -> Iterator[Fact]:
    """Give the facts that no person has tried yet."""
    return (fact for fact in facts if fact.waits)


def _task(fact: Fact) -> str:
    if fact.kind == "law":
        return "read"
    if fact.kind == "number":
        return "phone"
    return "open" if fact.values["fr"] else "try"


def _row(fact: Fact, grounds: Mapping[str, frozenset[str]]) -> str:
    values = dict.fromkeys(v for lang in fact.values.values() for v in lang.values())
    texts = sum(fact.id in ids for ids in grounds.values())
    shown, care = ", ".join(f"`{value}`" for value in values), " ".join(fact.caution.split())
    return f"| {fact.id} | {shown} | {care} | {texts} | {fact.check_every} days |\n"
