# SPDX-License-Identifier: AGPL-3.0-or-later
"""The commands of a messenger, at any moment, in any state; a danger beside one is heard first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from content import Catalog

FEW = 2  # words behind a command that change nothing; with more it is a message like others


@dataclass(frozen=True, slots=True)
class Command:
    """What one command leads to, and the words that mean the same."""

    option: str
    words: tuple[str, ...]


@cache
def commands() -> Mapping[str, Command]:
    """Every command by its name, as the menu lists them."""
    raw = yaml.safe_load((files("bot") / "commands.yaml").read_text(encoding="utf-8"))
    return {name: Command(spec["option"], tuple(spec["words"])) for name, spec in raw.items()}


def named(text: str) -> str | None:
    """The option of the command that a text is, "/human" or "/Human@our_bot please"."""
    if not text.startswith("/"):
        return None
    first, *rest = text[1:].split() or [""]
    command = commands().get(first.partition("@")[0].lower())
    return command.option if command and len(rest) <= FEW else None


def bare(text: str) -> bool:
    """Whether a text is a command and nothing else: the net for dangers reads no word in it."""
    word = text.strip().lower()
    alone = word.startswith("/") and not word[1:].split()[1:]
    return (alone and named(word) is not None) or word in {known for known, _ in spoken()}


def spoken() -> Iterator[tuple[str, str]]:
    """Each word that means a command, with its option."""
    for command in commands().values():
        yield from ((word, command.option) for word in command.words)


def menu(catalog: Catalog) -> dict[str, dict[str, str]]:
    """What a messenger shows of the commands, in each language; Arabic first."""
    return {
        lang: {name: catalog.text(lang, f"command.{name}") for name in commands()}
        for lang in catalog.languages
    }
