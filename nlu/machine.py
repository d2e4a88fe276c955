# SPDX-License-Identifier: AGPL-3.0-or-later
"""Linear machines for training: weights, and how far their scores can be trusted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

STRENGTH: Final = 0.5  # how freely the classifier may follow its phrases
YES_STRENGTH: Final = 0.25  # the same where it only says yes or no, of ten times the phrases
HELD: Final = 5  # one phrase in so many is held out to learn how far scores can be trusted
TOLERANCE: Final = 1.0  # of the solver: a looser one lets a few new phrases move every edge
EXACT: Final = 1e-4  # the same where there are so few phrases that it costs nothing
CAUTION: Final = 0.85  # of the honest temperature: asking costs a question, guessing more
# A danger is believed from where at most this share of ordinary phrases, and of those written
# to look like one, would be taken for one too; of these the network beside the lines frees half.
ALARMS: Final = 0.08
NEAR_ALARMS: Final = 0.27
FALSE: Final = 1.2  # misses of another risk that a false alarm is worth

_TEMPERATURES: Final = np.geomspace(0.5, 20, 80)

MANY: Final = 10_000  # phrases: fewer are learned before other processes have begun

Matrix = Any  # scipy's sparse matrices have no types
Truth = NDArray[np.int64]
Name = tuple[str, str]
Call = tuple[Callable[..., Any], *tuple[Any, ...]]  # a function and what it is given


@dataclass(frozen=True, slots=True)
class Columns:
    """Weights and bias of some columns of the model."""

    weights: Any
    bias: Any

    def of(self, matrix: Matrix) -> Any:
        """Return the scores of the rows of *matrix*, row by column."""
        return matrix @ self.weights.T + self.bias


def fit(matrix: Matrix, truth: Truth, labels: int, strength: float = STRENGTH) -> Columns:
    """Return a row of weights for each label; labels that *truth* lacks are never chosen."""
    from sklearn.svm import LinearSVC  # noqa: PLC0415 - only training needs it

    tolerance = TOLERANCE if len(truth) > MANY else EXACT
    machine = LinearSVC(C=strength, tol=tolerance, random_state=0)
    machine.fit(matrix, truth)
    weights = np.zeros((labels, matrix.shape[1]), np.float64)
    bias = np.full(labels, -1.0)
    if len(machine.classes_) == 2:  # noqa: PLR2004 - scikit-learn keeps one row for two classes
        weights[machine.classes_] = np.vstack([-machine.coef_, machine.coef_])
        bias[machine.classes_] = np.concatenate([-machine.intercept_, machine.intercept_])
    else:
        weights[machine.classes_] = machine.coef_
        bias[machine.classes_] = machine.intercept_
    return Columns(weights, bias)


def yes(matrix: Matrix, truth: Truth, strength: float = YES_STRENGTH) -> Columns:
    """Return the one row of weights that is above zero for ones; all zero if nothing differs."""
    if len(np.unique(truth)) < 2:  # noqa: PLR2004 - phrases of one side alone say nothing
        return Columns(np.zeros((1, matrix.shape[1])), np.full(1, -1.0))
    both = fit(matrix, truth, 2, strength)
    return Columns(both.weights[1:], both.bias[1:])


def side_by_side(calls: Mapping[Name, Call], phrases: int) -> dict[Name, Any]:
    """Return what each of *calls* returns; on every core where there are many *phrases*.

    Each has a process of its own: the solver draws from one row of chances for a whole
    process, so two at once in one would not learn the same twice.
    """
    from joblib import Parallel, delayed  # type: ignore[import-untyped]  # noqa: PLC0415 - only training needs it

    jobs = -1 if phrases > MANY else 1
    answers = Parallel(n_jobs=jobs, backend="multiprocessing")(
        delayed(each)(*given) for each, *given in calls.values()
    )
    return dict(zip(calls, answers, strict=True))


def spread(work: Callable[[Sequence[str]], Any], texts: Sequence[str]) -> list[Any]:
    """Return what *work* makes of *texts*, a piece for each core where they are many."""
    from joblib import cpu_count  # noqa: PLC0415 - only training needs it

    pieces = cpu_count() if len(texts) > MANY else 1
    size = max(1, -(-len(texts) // pieces))
    calls: dict[Name, Call] = {
        ("from", str(at)): (work, texts[at : at + size]) for at in range(0, len(texts), size)
    }
    return list(side_by_side(calls, len(texts)).values())


def warmth(matrix: Matrix, truth: Truth, labels: int) -> float:
    """Return the temperature of the machine that *matrix* and *truth* teach."""
    learn, held = held_out(truth)
    scores = fit(matrix[learn], truth[learn], labels).of(matrix[held])
    return temperature(scores, truth[held])


def temperature(scores: Any, truth: Truth) -> float:
    """Return the factor under which held-out *scores* lose least as probabilities."""
    losses = [_loss(scores * factor, truth) for factor in _TEMPERATURES]
    return CAUTION * float(_TEMPERATURES[int(np.argmin(losses))])


def held_out(truth: Truth) -> tuple[Truth, Truth]:
    """Return the places to learn from, and those to try what was learned."""
    # Within a label, phrases are dealt out like cards: both sides hold every label.
    turn = np.zeros(len(truth), np.int64)
    for label in np.unique(truth):
        members = np.flatnonzero(truth == label)
        turn[members] = np.arange(len(members)) % HELD
    return np.flatnonzero(turn), np.flatnonzero(turn == 0)


def unseen(matrix: Matrix, truth: Truth, dealt: Any) -> Any:
    """Return the score of each row that is *dealt*, by a machine that saw only the others.

    The others have no score.
    """
    scores = np.full(len(truth), np.nan)
    scores[dealt] = yes(matrix[~dealt], truth[~dealt]).of(matrix[dealt]).ravel()
    return scores


def _loss(scores: Any, truth: Truth) -> float:
    top = scores.max(axis=1, keepdims=True)
    total = np.log(np.exp(scores - top).sum(axis=1)) + top[:, 0]
    return float((total - scores[np.arange(len(truth)), truth]).mean())


def edge(scores: Any, truth: Any, near: Any | None) -> float:
    """Return the score above which a risk is believed, read off held-out phrases.

    Of a danger by how many false alarms can be borne, among phrases that look like one
    (*near*) and among others; of another risk (None) where hits and false alarms balance best.
    """
    judged = np.isfinite(scores)
    if near is not None:
        return max(
            float(np.quantile(scores[judged & ~truth & near], 1 - NEAR_ALARMS)),
            float(np.quantile(scores[judged & ~truth & ~near], 1 - ALARMS)),
        )
    scores, truth = scores[judged], truth[judged]
    edges = np.quantile(scores, np.linspace(0.5, 0.999, 200))
    return float(max(edges, key=lambda each: _balance(scores > each, truth)))


def _balance(told: Any, truth: Any) -> float:
    """Return the F score in which a false alarm outweighs a miss: most messages have none."""
    right, false = int((told & truth).sum()), int((told & ~truth).sum())
    missed = int(truth.sum()) - right
    hits = (1 + FALSE) * right
    return hits / max(1, hits + missed + FALSE * false)
