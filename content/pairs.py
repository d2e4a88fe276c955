# SPDX-License-Identifier: AGPL-3.0-or-later
"""What holds between texts: twins of the languages, and promises that end in the truth."""

from collections.abc import Iterator, Mapping

from content.pages import PROMISE_STATES, Entry
from content.wording import slots

Entries = Mapping[str, Mapping[str, Entry]]


def pair_faults(entries: Entries) -> Iterator[str]:
    """Name every key whose languages do not say the same thing in the same shape."""
    for key in sorted(set().union(*entries.values())):
        first, *others = (entries[lang][key] for lang in entries if key in entries[lang])
        for lang in entries:
            if key not in entries[lang]:
                yield f"{Entry(lang, key, '').where}: missing twin of {first.where}"
        for other in others:
            yield from _difference(first, other)


def promise_faults(texts: Mapping[str, Entry]) -> Iterator[str]:
    """Name every promise without a row state, or whose way down does not end in a plain text."""
    for entry in texts.values():
        if entry.promise is None:
            continue
        if entry.promise.needs not in PROMISE_STATES:
            yield f"{entry.where}: {entry.promise.needs!r} is no row state"
            continue
        below = texts.get(entry.promise.otherwise)
        if below is None:
            yield f"{entry.where}: otherwise {entry.promise.otherwise!r} does not exist"
        elif _rank(below) >= _rank(entry):
            yield f"{entry.where}: otherwise {below.key!r} needs no less than it does itself"


def _difference(one: Entry, other: Entry) -> Iterator[str]:
    holes = [_slots(one), _slots(other)]
    if None not in holes and holes[0] != holes[1]:
        names = ["{" + ", ".join(sorted(names or ())) + "}" for names in holes]
        yield f"{one.where}: placeholders differ: {one.lang} {names[0]}, {other.lang} {names[1]}"
    if one.promise != other.promise:
        yield f"{one.where}: promise differs from {other.lang}"


def _slots(entry: Entry) -> frozenset[str] | None:
    try:
        return slots(entry.written)
    except ValueError:  # named where the text itself is judged
        return None


def _rank(entry: Entry) -> int:
    """A plain text needs nothing; an unknown state is named elsewhere and stops the way down."""
    if entry.promise is None:
        return -1
    if entry.promise.needs in PROMISE_STATES:
        return PROMISE_STATES.index(entry.promise.needs)
    return len(PROMISE_STATES)
