# SPDX-License-Identifier: AGPL-3.0-or-later
"""The embedded classifier at work: one table of weights, numpy alone, always the same answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nlu.features import BLOCKS, SIZE, Grams, Span
from nlu.labels import DANGER, DANGERS
from nlu.router import Tongue

Floats = NDArray[np.float32]
Bytes = NDArray[np.int8]
Rows = NDArray[np.int32]

FORMAT: Final = 7
TONGUES: Final = 2
PARTIAL: Final = np.float32(1.0)  # by how much one part must be surer than the whole
CLAUSE: Final = np.float32(0.65)  # the same where a pattern speaks as well
TINY: Final = np.float32(1e-6)


class Untrained(Exception):
    """There is no model where it should be: run ``sanad nlu train``."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the model makes of each span of a message.

    *chances* are calibrated probabilities, span by label; *risks* the score of each risk,
    above zero where it is believed; *beside* is the same for a pattern that it may doubt, where
    one clause counts for more; *told* are the scores of each span, by risk; *tongue* speaks of
    the first span.
    """

    chances: Floats
    risks: dict[str, float]
    beside: dict[str, float]
    told: dict[str, Floats]
    tongue: Tongue


@dataclass(frozen=True, slots=True)
class Added:
    """What something beside the n-grams adds to the scores of labels.

    *temperature* makes the sums honest, as the model's own does for its scores.
    """

    scores: Floats
    temperature: float


@dataclass(frozen=True, slots=True)
class Model:
    """Linear weights over hashed n-grams, and the temperature that makes their scores honest.

    *rows* maps a bucket to its row of *weights*; row 0 is all zero and stands for whatever
    training did not see, which still counts in the length: gibberish stays faint.
    *gains* is how much a row counts inside its block, before its length is brought to 1;
    *scales* turns the eight-bit weights of a column back into scores. The columns are the
    labels, the risks, French, and modern standard Arabic.
    """

    labels: tuple[str, ...]
    risks: tuple[str, ...]
    rows: Rows
    gains: Floats
    weights: Bytes
    scales: Floats
    bias: Floats
    temperature: float

    def judge(
        self, counted: Grams, spans: Sequence[Span], added: Added | None = None
    ) -> Judgement:
        """Return what each of *spans* says; n-grams are weighed once, however many share them.

        *added* speaks of the first span.
        """
        scores = self._scores(counted, spans)
        at, end = len(self.labels), len(self.labels) + len(self.risks)
        temperatures = np.full((len(spans), 1), self.temperature, np.float32)
        if added is not None:
            scores[0, :at] += added.scores
            temperatures[0] = added.temperature
        # The whole speaks; one part alone must be much surer of it.
        whole, surest = scores[0, at:end], scores[:, at:end].max(axis=0)
        believed, beside = (
            dict(zip(self.risks, np.maximum(whole, surest - more).tolist(), strict=True))
            for more in (PARTIAL, CLAUSE)
        )
        french, standard = scores[0, end:].tolist()
        return Judgement(
            _calibrated(scores[:, :at] * temperatures),
            believed,
            beside,
            dict(zip(self.risks, scores[:, at:end].T, strict=True)),
            Tongue(french, standard),
        )

    def _scores(self, counted: Grams, spans: Sequence[Span]) -> Floats:
        rows = self.rows[counted.buckets]
        gains = self.gains[rows] * (1 + np.log(counted.counts)) / counted.counts
        squares = gains * gains * counted.counts
        within = counted.within(spans)
        weighed = within * gains
        for here in counted.blocks():
            lengths = np.sqrt(np.maximum(within[:, here] @ squares[here], TINY))
            weighed[:, here] /= lengths[:, None]
        scores = weighed @ self.weights[rows].astype(np.float32)
        return np.asarray(scores * self.scales + self.bias)

    def save(self, path: Path) -> None:
        """Write the model to *path*, folders included; the same model gives the same arrays."""
        path.parent.mkdir(parents=True, exist_ok=True)
        buckets = np.flatnonzero(self.rows).astype(np.int32)
        with path.open("wb") as file:
            np.savez(
                file,
                format=np.int32(FORMAT),
                labels=np.array(self.labels),
                risks=np.array(self.risks, dtype=str),
                buckets=buckets,
                rows=self.rows[buckets],
                gains=self.gains,
                weights=self.weights,
                scales=self.scales,
                bias=self.bias,
                temperature=np.float32(self.temperature),
            )


def _calibrated(scores: Floats) -> Floats:
    np.exp(scores - scores.max(axis=1, keepdims=True), out=scores)
    return np.asarray(scores / scores.sum(axis=1, keepdims=True))


def danger_of(scores: Mapping[str, Any]) -> Any:
    """Return the score of danger: as such, and as the likeliest of its kinds."""
    kinds = [scores[kind] for kind in DANGERS if kind in scores]
    return (scores[DANGER] + reduce(np.maximum, kinds)) / 2 if kinds else scores[DANGER]


def packed(weights: Floats) -> tuple[Bytes, Floats]:
    """Return *weights* (rows by columns) in eight bits, and the scale of each column."""
    scales = np.maximum(np.abs(weights).max(axis=0), TINY) / np.float32(127)
    return np.round(weights / scales).astype(np.int8), scales.astype(np.float32)


def home() -> Traversable:
    """Return where the packaged model lies."""
    return files("nlu").joinpath("model", "model.npz")


def open_model(path: Path | None = None) -> Model:
    """Return the model at *path* (the packaged one by default); raise :class:`Untrained`.

    Nothing that a file holds is ever run: pickled objects are refused.
    """
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
        risks=tuple(map(str, arrays["risks"])),
        rows=rows,
        gains=arrays["gains"],
        weights=arrays["weights"],
        scales=arrays["scales"],
        bias=arrays["bias"],
        temperature=float(arrays["temperature"]),
    )
