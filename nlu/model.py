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

from nlu.features import BLOCKS, SIZE, Block, Span
from nlu.router import Tongue

Floats = NDArray[np.float32]
Rows = NDArray[np.int32]

FORMAT: Final = 4
TONGUES: Final = 2
TINY: Final = np.float32(1e-6)


class Untrained(Exception):
    """There is no model where it should be: run ``sanad nlu train``."""


@dataclass(frozen=True, slots=True)
class Model:
    """
    Linear weights over hashed n-grams, and the temperature that makes their scores honest.

    *rows* maps a bucket to its row of *weights*; row 0 is all zero and stands for whatever
    training did not see, which still counts in the length: gibberish stays faint.
    *gains* is how much a row counts inside its block, before its length is brought to 1.
    *weights* has one column per label and two more: French, and modern standard Arabic.
    """

    labels: tuple[str, ...]
    rows: Rows
    gains: Floats
    weights: Floats
    bias: Floats
    temperature: float

    def judge(
        self, counted: Sequence[Block], spans: Sequence[Span]
    ) -> tuple[Floats, Tongue]:
        """
        Return a row of calibrated probabilities per span of words, and the first's tongue.

        The n-grams are weighed once, however many spans share them.
        """
        scores = np.tile(self.bias, (len(spans), 1))
        for block in counted:
            if len(block.buckets):
                scores += self._scores(block, spans)
        french, standard = scores[0, -TONGUES:].tolist()
        return self._calibrated(scores[:, :-TONGUES]), Tongue(french, standard)

    def _scores(self, block: Block, spans: Sequence[Span]) -> Floats:
        rows = self.rows[block.buckets]
        gains = self.gains[rows]
        weighed = self.weights[rows]
        weighed *= gains[:, None]
        totals = np.zeros((len(rows) + 1, weighed.shape[1] + 1), np.float32)
        np.cumsum(weighed, axis=0, out=totals[1:, :-1])
        np.cumsum(gains * gains, out=totals[1:, -1])
        sums = np.zeros((len(spans), totals.shape[1]), np.float32)
        for first, last in block.reach(spans):
            sums += totals[last] - totals[first]
        length = np.sqrt(np.maximum(sums[:, -1:], TINY))
        return np.asarray(sums[:, :-1] / length)

    def _calibrated(self, scores: Floats) -> Floats:
        scores = scores * np.float32(self.temperature)
        np.exp(scores - scores.max(axis=1, keepdims=True), out=scores)
        return np.asarray(scores / scores.sum(axis=1, keepdims=True))

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
