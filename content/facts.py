# SPDX-License-Identifier: AGPL-3.0-or-later
"""Numbers, links and laws by id: nothing checkable is said that does not stand in facts.yaml."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib.resources.abc import Traversable
from typing import Any

from content.languages import FACTS
from content.pages import read_yaml

FILE = "facts.yaml"
KINDS = frozenset({"number", "link", "law", "tool", "guidance"})
ROLES = frozenset({"counsellor", "lawyer", "operator", "native speaker"})
"""Who may have checked: a role, never a name."""
TRIED = frozenset({"number", "link"})
"""Kinds that only a person can try."""

SHOWN = frozenset({"bot", "bot-with-care"})
"""The uses that may reach a person; ``internal`` and ``do-not-use`` may not."""

MARK = re.compile(r"<([A-Z0-9][A-Z0-9-]*)\.([a-z][a-z0-9_]*)>")
_FIELDS = frozenset(
    {
        *("kind", "values", "use", "sources", "checked_on", "check_every"),
        *("caution", "cautions", "human_check", "say_with", "after"),
    }
)


@dataclass(frozen=True, slots=True)
class HumanCheck:
    """What a person must try: not done yet, or done by a role on a day."""

    done: str = ""
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One checked fact: its values per language, when it was checked, what must go with it.

    ``say_with`` is wording a text that shows the fact must carry; ``after`` is the fact that must
    be shown before it in the same text; ``check_every`` counts days.
    """

    id: str
    kind: str
    use: str
    checked_on: date
    check_every: int
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    caution: str = ""
    cautions: Mapping[str, str] = field(default_factory=dict)  # the same, by language
    human_check: HumanCheck | None = None
    say_with: Mapping[str, str] = field(default_factory=dict)
    after: str = ""

    def value(self, lang: str, name: str) -> str | None:
        """Give one value in one language, or None when the fact has no such value."""
        return self.values.get(lang, {}).get(name)

    @property
    def waits(self) -> bool:
        """Tell whether a person has yet to phone, open or read it."""
        return self.human_check is not None and not self.human_check.done

    def stale(self, today: date) -> bool:
        """Tell whether the check, ours or a person's, is older than it may be."""
        human = self.human_check.on if self.human_check else None
        return min(self.checked_on, human or today) + timedelta(days=self.check_every) < today


def read_facts(root: Traversable, languages: Iterable[str], faults: list[str]) -> dict[str, Fact]:
    """Give id → fact; whatever cannot be believed is a fault and is left out."""
    facts: dict[str, Fact] = {}
    languages = tuple(languages)
    raw = read_yaml(root / FILE, FILE, faults)
    for lang in languages:
        _add_words(raw, root, lang, faults)
    for name, found in raw.items():
        problems = list(_problems(found, languages))
        faults += [f"{FILE}: {name}: {problem}" for problem in problems]
        if not problems:
            facts[name] = _fact(name, found, languages)
    for fact in facts.values():
        if fact.after and fact.after not in facts:
            faults.append(f"{FILE}: {fact.id}: stands after unknown fact {fact.after}")
    return facts


def _add_words(raw: dict[str, Any], root: Traversable, lang: str, faults: list[str]) -> None:
    """Add what a language's own folder says of facts: the value, or the words that go with it."""
    if not (root / lang / FACTS).is_file():
        return
    where = f"{lang}/{FACTS}"
    for ident, own in read_yaml(root / lang / FACTS, where, faults).items():
        fact = raw.get(ident)
        if not isinstance(fact, dict) or not isinstance(own, dict):
            faults.append(f"{where}: {ident}: no such fact")
            continue
        for name, value in own.items():
            if name == "caution" and fact.get("caution"):
                fact["cautions"] = {**fact.get("cautions", {}), lang: value}
                continue
            place = fact if name == "say_with" else fact.get("values", {})
            if isinstance(place.get(name), dict):
                place[name] = {**place[name], lang: value}
            else:
                faults.append(f"{where}: {ident}: {name} is not said differently by language")
    faults += [f"{where}: {ident}: no caution" for ident in _uncautioned(raw, lang)]


def _uncautioned(raw: Mapping[str, Any], lang: str) -> list[str]:
    """The facts whose caution is not said in this language, if it says any."""
    careful = {ident: fact for ident, fact in raw.items() if fact and "caution" in fact}
    said = {ident for ident, fact in careful.items() if lang in fact.get("cautions", {})}
    return sorted(careful.keys() - said) if said else []


def insert(written: str, lang: str, facts: Mapping[str, Fact]) -> str:
    """Replace every known mark by the fact's value; an unknown mark stays as it is."""

    def shown(mark: re.Match[str]) -> str:
        fact = facts.get(mark[1])
        return (fact.value(lang, mark[2]) if fact else None) or mark[0]

    return MARK.sub(shown, written)


def mark_faults(written: str, lang: str, facts: Mapping[str, Fact]) -> Iterator[str]:
    """Name what is wrong with the facts a text shows: unknown, or without their caution."""
    seen: list[str] = []
    for name, value in MARK.findall(written):
        fact = facts.get(name)
        if fact is None:
            yield f"unknown fact {name}"
        elif fact.value(lang, value) is None:
            yield f"fact {name} has no value {value}"
        else:
            if fact.after and fact.after not in seen:
                yield f"fact {name} only after {fact.after}"
            if fact.say_with and fact.say_with[lang] not in written:
                yield f"fact {name} only with the words {fact.say_with[lang]!r}"
        seen.append(name)
    if re.search(r"[<>]", MARK.sub("", written)):
        yield "malformed fact mark"


def stale_faults(facts: Mapping[str, Fact], today: date) -> Iterator[str]:
    """Name every fact whose check is due."""
    for fact in facts.values():
        if fact.stale(today):
            human = fact.human_check.on if fact.human_check else None
            on = f"{fact.checked_on} and by a person on {human}" if human else fact.checked_on
            yield f"{FILE}: {fact.id}: stale, checked on {on}, due every {fact.check_every} days"


def _problems(found: Any, languages: Sequence[str]) -> Iterator[str]:
    if not isinstance(found, dict):
        yield "not a mapping"
        return
    if unknown := sorted(set(found) - _FIELDS):
        yield f"unknown field {', '.join(unknown)}"
    if found.get("kind") not in KINDS:
        yield f"kind is none of {', '.join(sorted(KINDS))}"
    if (use := found.get("use")) not in SHOWN:
        yield f"use is {use!r}: this fact may not be shown"
    yield from _human_problems(found)
    yield from _source_problems(found.get("sources"))
    yield from _time_problems(found)
    yield from _value_problems(found.get("values") or {}, languages)
    if (with_ := found.get("say_with")) is not None and not _in_all(with_, languages):
        yield "say_with is not given in every language"


def _human_problems(found: Mapping[str, Any]) -> Iterator[str]:
    match found.get("human_check"):
        case None if found.get("kind") in TRIED:
            yield "a number or link nobody is asked to try: human_check is missing"
        case None | "required":
            pass
        case {"done": role, "on": on, **rest} if not rest:
            if role not in ROLES:
                yield f"human_check is done by none of {', '.join(sorted(ROLES))}"
            if not _is_date(on):
                yield "human_check: on is no date"
        case _:
            yield "human_check is neither 'required' nor {done: role, on: date}"


def _source_problems(sources: Any) -> Iterator[str]:
    if not isinstance(sources, list) or not sources:
        yield "no source"
    elif not all(isinstance(one, dict) and one.get("title") for one in sources):
        yield "a source without title"
    elif not all(one.get("url") or one.get("date") for one in sources):
        yield "a source with neither url nor date"


def _time_problems(found: Mapping[str, Any]) -> Iterator[str]:
    if not _is_date(found.get("checked_on", "")):
        yield "checked_on is no date"
    days = found.get("check_every", "")
    if not (isinstance(days, str) and days.isdecimal() and int(days)):
        yield "check_every is no number of days"


def _is_date(found: Any) -> bool:
    try:
        date.fromisoformat(found)
    except (TypeError, ValueError):
        return False
    return True


def _value_problems(values: Any, languages: Sequence[str]) -> Iterator[str]:
    if not isinstance(values, dict):
        yield "values is not a mapping"
        return
    for name, value in values.items():
        if not (isinstance(value, str) and value) and not _in_all(value, languages):
            yield f"value {name} is not given in every language"


def _in_all(value: Any, languages: Sequence[str]) -> bool:
    return isinstance(value, dict) and all(value.get(lang) for lang in languages)


def _fact(name: str, found: Mapping[str, Any], languages: Sequence[str]) -> Fact:
    values = found.get("values") or {}
    return Fact(
        id=name,
        kind=found["kind"],
        use=found["use"],
        checked_on=date.fromisoformat(found["checked_on"]),
        check_every=int(found["check_every"]),
        values={
            lang: {
                key: value if isinstance(value, str) else value[lang]
                for key, value in values.items()
            }
            for lang in languages
        },
        caution=found.get("caution", ""),
        cautions=found.get("cautions") or {},
        human_check=_human_check(found.get("human_check")),
        say_with=found.get("say_with") or {},
        after=found.get("after", ""),
    )


def _human_check(found: Any) -> HumanCheck | None:
    match found:
        case {"done": role, "on": on}:
            return HumanCheck(role, date.fromisoformat(on))
        case "required":
            return HumanCheck()
        case _:
            return None
