# SPDX-License-Identifier: AGPL-3.0-or-later
"""Training of the embedded classifier: the same files give the same model."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nlu.features import BLOCKS, SIZE, Block, blocks, split
from nlu.labels import Variety
from nlu.model import Floats, Model, Rows
from nlu.normalize import normalize
from nlu.patterns import net
from nlu.phrases import BadPhrases, Phrase, Source, packaged, read
from nlu.router import document
from nlu.skeleton import skeletons

FOLDS: Final = 5
STRENGTH: Final = 1.0  # how freely the classifier may follow its phrases
SHARES: Final = (1.0, 1.0, 1.0, 1.0)  # letters, consonants, words, meanings
RARE: Final = 2  # an n-gram of one phrase only teaches that phrase by heart
UNSEEN: Final = 0.5  # how much an unseen n-gram counts, beside a rare one

_TEMPERATURES: Final = np.geomspace(0.5, 20, 80)

_ARABIC: Final = re.compile(r"[\u0621-\u064a]")

Matrix = Any  # scipy's sparse matrices have no types


@dataclass(frozen=True, slots=True)
class _Table:
    """Phrases as a sparse table, and what inference needs to build the same rows."""

    matrix: Matrix
    rows: Rows
    gains: Floats
    shares: Floats


def train(sources: Sequence[Source] | None = None) -> Model:
    """Return a model of the phrases in *sources* (the product's own by default).

    Deterministic. Needs scikit-learn, which running the bot does not.
    """
    return train_on(read(packaged() if sources is None else sources))


def train_on(phrases: Sequence[Phrase]) -> Model:
    """Return a model of *phrases*; raise :class:`BadPhrases` for fewer than two labels."""
    labels = tuple(sorted({phrase.label for phrase in phrases}))
    if len(labels) < 2:  # noqa: PLR2004 - one label is nothing to tell apart
        raise BadPhrases("at least two labels are needed")
    truth = np.array([labels.index(phrase.label) for phrase in phrases])
    tongues = _tongue_texts()
    mine = [normalize(phrase.text) for phrase in phrases]
    place = {text: at for at, text in enumerate(dict.fromkeys([*mine, *dict(tongues)]))}
    table = _tabulate(list(place))
    labelled = table.matrix[[place[text] for text in mine]]
    spoken = table.matrix[[place[text] for text, _ in tongues]]
    kinds = [variety for _, variety in tongues]
    columns = [
        _fit(labelled, truth, len(labels)),
        _apart(spoken, kinds, "fr", ("arabizi", "mixed")),
        _apart(spoken, kinds, "msa", ("darija",)),
    ]
    weights = np.vstack([each for each, _ in columns])
    stored = np.zeros((len(table.gains), len(weights)), np.float32)
    stored[1:] = weights.T * table.shares[:, None]
    return Model(
        labels=labels,
        rows=table.rows,
        gains=table.gains,
        weights=stored,
        bias=np.concatenate([each for _, each in columns]).astype(np.float32),
        temperature=_temperature(labelled, truth, len(labels)),
    )


def _tongue_texts() -> list[tuple[str, Variety]]:
    """Return what teaches the languages, in normal form: our phrases and everyday sentences."""
    texts: dict[tuple[str, Variety], None] = {}
    for phrase in read(packaged()):
        text = normalize(phrase.text)
        # Arabic script says itself what it is: of the mixed phrases only Latin ones teach.
        if phrase.variety and not (phrase.variety == "mixed" and _ARABIC.search(text)):
            texts[text, phrase.variety] = None
    for variety, lines in document()["examples"].items():
        texts |= dict.fromkeys((normalize(line), variety) for line in lines.splitlines())
    return list(texts)


def _apart(
    matrix: Matrix, kinds: Sequence[Variety], wanted: Variety, others: Sequence[Variety]
) -> tuple[Any, Any]:
    """Return the weights that are above zero for *wanted* and below for *others*."""
    known = np.array([kind == wanted or kind in others for kind in kinds])
    truth = np.array([int(kind == wanted) for kind in kinds])[known]
    if len(np.unique(truth)) < 2:  # noqa: PLR2004 - no phrases of one side: say nothing
        return np.zeros((1, matrix.shape[1])), np.zeros(1)
    weights, bias = _fit(matrix[known], truth, 2)
    return weights[1:], bias[1:]


def _tabulate(texts: Sequence[str]) -> _Table:
    counted = [[each.buckets for each in counted_text(text)] for text in texts]
    frequency = np.zeros(BLOCKS * SIZE, np.int64)
    for parts in counted:
        frequency[np.unique(np.concatenate(parts))] += 1
    kept = np.flatnonzero(frequency >= min(RARE, len(texts)))
    rows = np.zeros(BLOCKS * SIZE, np.int32)
    rows[kept] = np.arange(1, len(kept) + 1)
    seen = np.concatenate([[1 / UNSEEN], frequency[kept]])
    gains = (np.log((1 + len(texts)) / (1 + seen)) + 1).astype(np.float32)
    gains[0] *= UNSEEN
    shares = np.array(SHARES, np.float32)[kept // SIZE]
    return _Table(_sparse(counted, rows, gains), rows, gains, shares)


def counted_text(text: str) -> tuple[Block, ...]:
    """Return the features of *text* in normal form, as the reader makes them."""
    words = split(text)
    bones = skeletons(words)
    return blocks(words, bones, net().hear(words, bones).concepts)


def _sparse(counted: Sequence[Sequence[Any]], rows: Rows, gains: Floats) -> Matrix:
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped]  # noqa: PLC0415 - only training needs it

    values, columns, owners = [], [], []
    for owner, parts in enumerate(counted):
        for share, buckets in zip(SHARES, parts, strict=True):
            row = rows[buckets]
            gain = gains[row]
            length = max(float(np.sqrt(gain @ gain)), 1e-3)
            known = row > 0
            values.append(share * gain[known] / length)
            columns.append(row[known] - 1)
            owners.append(np.full(int(known.sum()), owner))
    shape = (len(counted), len(gains) - 1)
    triple = (np.concatenate(values), (np.concatenate(owners), np.concatenate(columns)))
    return csr_matrix(triple, shape=shape)


def _fit(matrix: Matrix, truth: NDArray[np.int64], labels: int) -> tuple[Any, Any]:
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
