# SPDX-License-Identifier: AGPL-3.0-or-later
"""The embedded classifier at work: one table of weights, numpy alone, always the same answer."""

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
    """Linear weights over hashed n-grams, and the temperature that makes their scores honest.

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

    def judge(self, counted: Sequence[Block], spans: Sequence[Span]) -> tuple[Floats, Tongue]:
        """Return a row of calibrated probabilities per span of words, and the first's tongue.

        The n-grams are weighed once, however many spans share them.
        """
        rows = self.rows[np.concatenate([block.buckets for block in counted])]
        gains = self.gains[rows]
        # One row more, of zeros: what is empty is summed there.
        weighed = np.zeros((len(rows) + 1, self.weights.shape[1] + 1), np.float32)
        np.multiply(self.weights[rows], gains[:, None], out=weighed[:-1, :-1])
        np.multiply(gains, gains, out=weighed[:-1, -1])
        scores = np.tile(self.bias, (len(spans), 1))
        offset = 0
        for block in counted:
            sums = _sums(weighed, block, spans, offset)
            scores += sums[:, :-1] / np.sqrt(np.maximum(sums[:, -1:], TINY))
            offset += len(block.buckets)
        french, standard = scores[0, -TONGUES:].tolist()
        return self._calibrated(scores[:, :-TONGUES]), Tongue(french, standard)

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


def _sums(weighed: Floats, block: Block, spans: Sequence[Span], offset: int) -> Floats:
    """Return the sum of *weighed* over what each span holds of *block*, which lies at *offset*."""
    edges = [
        (first + offset, last + offset) if first < last else (len(weighed) - 1, len(weighed) - 1)
        for span in spans
        for first, last in block.reach(span)
    ]
    if not edges:
        return np.zeros((len(spans), weighed.shape[1]), np.float32)
    sums = np.add.reduceat(weighed, np.array(edges).ravel(), axis=0)[::2]
    return np.asarray(sums.reshape(len(spans), -1, weighed.shape[1]).sum(axis=1))


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
