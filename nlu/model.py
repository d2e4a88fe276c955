# SPDX-License-Identifier: AGPL-3.0-or-later
"""The embedded classifier at work: one table of weights, numpy alone, the same answer every time."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nlu.features import BLOCKS, SIZE, Counted, count

Floats = NDArray[np.float32]
Rows = NDArray[np.int32]

FORMAT: Final = 1


class Untrained(Exception):
    """There is no model where it should be: run ``sanad nlu train``."""


@dataclass(frozen=True, slots=True)
class Model:
    """
    Linear weights over hashed n-grams, and the temperature that makes their scores honest.

    *rows* maps a bucket to its row of *weights*; row 0 is all zero and stands for whatever
    training did not see, which still counts in the length: gibberish stays faint.
    *gains* is how much a row counts inside its block, before the block is brought to length 1.
    """

    labels: tuple[str, ...]
    rows: Rows
    gains: Floats
    weights: Floats
    bias: Floats
    temperature: float

    def probabilities(self, texts: Sequence[str]) -> Floats:
        """Return one row of calibrated probabilities per text in normal form."""
        scores = np.tile(self.bias, (len(texts), 1))
        for block in count(texts):
            self._add(scores, block)
        scores *= np.float32(self.temperature)
        scores -= scores.max(axis=1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=1, keepdims=True)
        return scores

    def _add(self, scores: Floats, block: Counted) -> None:
        for text in range(len(scores)):
            # A repeated n-gram says no more than once: long stories must not shout.
            buckets = np.unique(block.buckets[block.starts[text] : block.starts[text + 1]])
            rows = self.rows[buckets]
            gains = self.gains[rows]
            length = np.sqrt(gains @ gains)
            known = rows > 0
            if known.any():
                scores[text] += gains[known] @ self.weights[rows[known]] / length

    def save(self, path: Path) -> None:
        """Write the model to *path*, folders included; the same model gives the same arrays."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            np.savez_compressed(
                file,
                format=np.int32(FORMAT),
                labels=np.array(self.labels),
                buckets=np.flatnonzero(self.rows).astype(np.int32),
                rows=self.rows[np.flatnonzero(self.rows)],
                gains=self.gains,
                weights=self.weights,
                bias=self.bias,
                temperature=np.float32(self.temperature),
            )


def home() -> Traversable:
    """Return where the packaged model lies."""
    return files("nlu").joinpath("model", "model.npz")


def open_model(path: Path | None = None) -> Model:
    """Return the model at *path* (the packaged one by default); raise :class:`Untrained`."""
    source = path or home()
    try:
        with source.open("rb") as file, np.load(file, allow_pickle=False) as saved:
            arrays = {name: saved[name] for name in saved.files}
    except FileNotFoundError:
        raise Untrained("no model: run `sanad nlu train`") from None
    if arrays.get("format") != FORMAT:
        raise Untrained("a model of another version: run `sanad nlu train`")
    rows = np.zeros(BLOCKS * SIZE, np.int32)
    rows[arrays["buckets"]] = arrays["rows"]
    return Model(
        labels=tuple(map(str, arrays["labels"])),
        rows=rows,
        gains=arrays["gains"],
        weights=arrays["weights"],
        bias=arrays["bias"],
        temperature=float(arrays["temperature"]),
    )
