# SPDX-License-Identifier: AGPL-3.0-or-later
"""What many people write in a gale: short lives, nobody erases, decided by a seed alone."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

import content
from tests.faults.cast import QUESTIONS, STORIES, Lang, mark

EACH = 8  # messages of one person: a crowd, and nobody faster than a person types
TOGETHER = 4  # of them at once, at most: else nothing could change places


@dataclass(frozen=True, slots=True)
class Burst:
    """A few messages that one person sends at once, in this order."""

    person: int
    words: tuple[str, ...] = field(repr=False)


def bursts(seed: str, messages: int) -> list[Burst]:
    """Everybody's messages in the order in which they are sent; the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311
    catalog = content.load()
    people = range(-(-messages // EACH))
    left = {who: list(_words(random.Random(f"{seed} {who}"), who, catalog)) for who in people}  # noqa: S311
    spare = len(people) * EACH - messages
    left[people[-1]] = left[people[-1]][: EACH - spare]
    sent = []
    while left:
        who = chance.choice([*left])
        some = chance.randint(1, TOGETHER)
        sent.append(Burst(who, tuple(left[who][:some])))
        left[who] = left[who][some:]
        left = {who: words for who, words in left.items() if words}
    return sent


def _words(chance: random.Random, person: int, catalog: content.Catalog) -> Iterator[str]:
    """Stories with a word that nobody else says, questions, and for many a complaint lodged."""
    lang: Lang = "fr" if person % 3 == 2 else "ar"
    lodges = chance.randrange(3, EACH) if chance.random() < 0.6 else EACH
    steps = iter(("complaint", "send", "noted"))
    for number in range(EACH):
        step = next(steps, None) if number >= lodges else None
        if step is not None:
            yield catalog.text(lang, f"label.{step}")
        elif number and chance.random() < 0.3:
            yield catalog.text(lang, f"label.{chance.choice(QUESTIONS)}")
        else:
            yield chance.choice(STORIES[lang]).format(mark=mark(person, number))
