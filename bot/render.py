# SPDX-License-Identifier: AGPL-3.0-or-later
"""From content keys to a bubble: language, values, buttons, and promises kept to the row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.message import Attachment, Message, Option
from content import Catalog

LRI, PDI = "\u2066", "\u2069"  # digits and Latin keep their order inside an Arabic line
VOICE = "audio.ogg"  # what a phone shows of a recording: not what it says
ITEMS = (("•",), ("–",), ("✓", "○"))  # what the items of one list begin with
ORDER = ("stored", "queued", "delivered", "taken")


@dataclass(frozen=True, slots=True)
class Standing:
    """What is true of a case's rows now: a text may promise no more."""

    reached: frozenset[str] = frozenset()
    values: tuple[tuple[str, str], ...] = ()  # {time} it was taken, {until} of the backups


def render(catalog: Catalog, body: Mapping[str, Any], standing: Standing) -> Message:
    """Say a row's keys in its language; a promise not yet true is replaced by what is true."""
    told = str(body.get("lang"))
    lang = told if told in catalog.languages else catalog.languages[0]
    values = {**dict(standing.values), **_values(catalog, body, lang)}
    keys = [honest(catalog, key, standing) for key in body["texts"]]
    texts = [catalog.text(lang, key, **values) for key in dict.fromkeys(keys)]
    at = body.get("at") or ""
    options = tuple(
        Option(f"{option}@{at}" if at else option, catalog.text(lang, label))
        for option, label in body.get("options", ())
    )
    spoken = tuple(_voices(catalog, lang, dict.fromkeys(keys)))
    side: Literal["rtl", "ltr"] = "rtl" if catalog.rtl(lang) else "ltr"
    protect = bool(body.get("protect"))
    hidden = tuple(values[name] for name in body.get("hidden", ()) if values.get(name))
    pick = catalog.text(lang, "label.choose") if options else ""
    said = _together(texts)
    return Message(
        said, options, lang, side,
        protect=protect, attachments=spoken, hidden=hidden, pick=pick,
    )  # fmt: skip


def _voices(catalog: Catalog, lang: str, keys: Iterable[str]) -> Iterator[Attachment]:
    """The recordings of these texts, where somebody has spoken them."""
    for key in keys:
        if (data := catalog.voice(lang, key)) is not None:
            yield Attachment("voice", VOICE, "audio/ogg", data)


def _together(texts: list[str]) -> str:
    """A blank line between texts, none between the items of one list."""
    said = ""
    for text in texts:
        last = said.rpartition("\n")[2]
        item = any(text.startswith(m) and last.startswith(m) for m in ITEMS) or (
            last.endswith(":") and text.startswith(ITEMS[-1])
        )
        said += text if not said else f"\n{text}" if item else f"\n\n{text}"
    return said


def honest(catalog: Catalog, key: str, standing: Standing) -> str:
    """The first text of the chain that promises nothing beyond the rows."""
    while (promise := catalog.promise(key)) and promise.needs not in standing.reached:
        key = promise.otherwise
    return key


def _values(catalog: Catalog, body: Mapping[str, Any], lang: str) -> dict[str, str]:
    values = {}
    for name, value in dict(body.get("values", ())).items():
        if str(value).startswith("@"):
            values[name] = catalog.text(lang, str(value)[1:])
        else:
            said = catalog.money(lang, str(value)) if name == "amount" else str(value)
            values[name] = f"{LRI}{said}{PDI}" if catalog.rtl(lang) and said else said
    return values
