# SPDX-License-Identifier: AGPL-3.0-or-later
"""Training of the embedded classifier: the same files give the same model."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nlu.features import BLOCKS, SIZE, Counted, count
from nlu.model import Floats, Model, Rows
from nlu.normalize import normalize
from nlu.phrases import BadPhrases, Phrase, Source, packaged, read

FOLDS: Final = 5
STRENGTH: Final = 0.6  # how freely the classifier may follow its phrases
SHARES: Final = (1.0, 0.9, 0.7)  # letters, bones, words
RARE: Final = 2  # an n-gram of one phrase only teaches that phrase by heart
UNSEEN: Final = 0.5  # how much an unseen n-gram counts, beside a rare one

_TEMPERATURES: Final = np.geomspace(0.5, 20, 80)

Matrix = Any  # scipy's sparse matrices have no types


@dataclass(frozen=True, slots=True)
class _Table:
    """Phrases as a sparse table, and what inference needs to build the same rows."""

    matrix: Matrix
    rows: Rows
    gains: Floats
    shares: Floats


def train(sources: Sequence[Source] | None = None) -> Model:
    """
    Return a model of the phrases in *sources* (the product's own by default).

    Deterministic. Needs scikit-learn, which running the bot does not.
    """
    return train_on(read(packaged() if sources is None else sources))


def train_on(phrases: Sequence[Phrase]) -> Model:
    """Return a model of *phrases*; raise :class:`BadPhrases` for fewer than two labels."""
    labels = tuple(sorted({phrase.label for phrase in phrases}))
    if len(labels) < 2:  # noqa: PLR2004 - one label is nothing to tell apart
        raise BadPhrases("at least two labels are needed")
    truth = np.array([labels.index(phrase.label) for phrase in phrases])
    table = _tabulate([normalize(phrase.text) for phrase in phrases])
    weights, bias = _fit(table.matrix, truth, len(labels))
    stored = np.zeros((len(table.gains), len(labels)), np.float32)
    stored[1:] = weights.T * table.shares[:, None]
    return Model(
        labels=labels,
        rows=table.rows,
        gains=table.gains,
        weights=stored,
        bias=bias.astype(np.float32),
        temperature=_temperature(table.matrix, truth, len(labels)),
    )


def _tabulate(texts: Sequence[str]) -> _Table:
    blocks = [_owned(block) for block in count(texts)]
    frequency = np.bincount(
        np.concatenate([buckets for buckets, _ in blocks]), minlength=BLOCKS * SIZE
    )
    kept = np.flatnonzero(frequency >= min(RARE, len(texts)))
    rows = np.zeros(BLOCKS * SIZE, np.int32)
    rows[kept] = np.arange(1, len(kept) + 1)
    seen = np.concatenate([[1 / UNSEEN], frequency[kept]])
    gains = (np.log((1 + len(texts)) / (1 + seen)) + 1).astype(np.float32)
    gains[0] *= UNSEEN
    shares = np.array(SHARES, np.float32)[kept // SIZE]
    return _Table(_sparse(blocks, rows, gains, len(texts)), rows, gains, shares)


def _owned(block: Counted) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    owner = np.repeat(np.arange(len(block.starts) - 1), np.diff(block.starts))
    buckets, owners = np.unique(np.stack([block.buckets, owner]), axis=1)
    return buckets, owners


def _sparse(blocks: Sequence[Any], rows: Rows, gains: Floats, texts: int) -> Matrix:
    from scipy.sparse import csr_matrix  # noqa: PLC0415 - only training needs it

    parts = []
    for share, (buckets, owner) in zip(SHARES, blocks, strict=True):
        gain = gains[rows[buckets]]
        length = np.sqrt(np.bincount(owner, gain * gain, minlength=texts))
        known = rows[buckets] > 0
        values = (share * gain / np.maximum(length, 1e-9)[owner])[known]
        parts.append((values, owner[known], rows[buckets][known] - 1))
    values, owners, columns = (np.concatenate(part) for part in zip(*parts, strict=True))
    return csr_matrix((values, (owners, columns)), shape=(texts, len(gains) - 1))


def _fit(matrix: Matrix, truth: NDArray[np.int64], labels: int) -> tuple[Floats, Floats]:
    from sklearn.svm import LinearSVC  # noqa: PLC0415 - only training needs it

    machine = LinearSVC(C=STRENGTH, class_weight="balanced", random_state=0)
    machine.fit(matrix, truth)
    weights = np.zeros((labels, matrix.shape[1]), np.float64)
    bias = np.full(labels, -1.0)
    if len(machine.classes_) == 2:  # noqa: PLR2004 - scikit-learn keeps one row for two classes
        weights[machine.classes_] = np.vstack([-machine.coef_, machine.coef_])
        bias[machine.classes_] = np.concatenate([-machine.intercept_, machine.intercept_])
    else:
        weights[machine.classes_] = machine.coef_
        bias[machine.classes_] = machine.intercept_
    return weights, bias


def _temperature(matrix: Matrix, truth: NDArray[np.int64], labels: int) -> float:
    """Return the factor under which held-out scores lose least as probabilities."""
    scores = np.zeros((matrix.shape[0], labels))
    for learn, held in _folds(truth):
        weights, bias = _fit(matrix[learn], truth[learn], labels)
        scores[held] = matrix[held] @ weights.T + bias
    losses = [_loss(scores * factor, truth) for factor in _TEMPERATURES]
    return float(_TEMPERATURES[int(np.argmin(losses))])


def _folds(truth: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    # Within a label, phrases are dealt out like cards: every fold holds every label.
    turn = np.zeros(len(truth), np.int64)
    for label in np.unique(truth):
        members = np.flatnonzero(truth == label)
        turn[members] = np.arange(len(members)) % FOLDS
    for fold in range(FOLDS):
        learn = np.flatnonzero(turn != fold)
        if len(np.unique(truth[learn])) > 1 and (turn == fold).any():
            yield learn, np.flatnonzero(turn == fold)


def _loss(scores: Any, truth: NDArray[np.int64]) -> float:
    top = scores.max(axis=1, keepdims=True)
    total = np.log(np.exp(scores - top).sum(axis=1)) + top[:, 0]
    return float((total - scores[np.arange(len(truth)), truth]).mean())
