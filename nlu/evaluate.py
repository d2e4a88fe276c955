# SPDX-License-Identifier: AGPL-3.0-or-later
"""How well and how fast messages are understood: figures, nothing printed, no clock of its own."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from nlu.labels import Language
from nlu.model import Model
from nlu.phrases import Phrase
from nlu.reader import Reader
from nlu.reading import Reading

Clock = Callable[[], float]  # seconds, of any origin, as time.perf_counter gives

_NOW: Final = datetime(2026, 1, 5, 12, tzinfo=UTC)


class Reads(Protocol):
    """Whatever reads a message: the embedded engine, or another one beside it."""

    def read(self, text: str, now: datetime, language: Language | None = None) -> Reading:
        """Return what *text* says."""


@dataclass(frozen=True, slots=True)
class LabelScore:
    """Precision, recall and F1 of one label over *support* phrases."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class Scores:
    """Figures of one evaluation.

    *accuracy*, *macro_f1*, *doubted* (share of readings in doubt) and *sure_and_wrong*
    (share that is wrong without doubt) lie in 0..1; times are microseconds per message;
    *model_bytes* is what the weights take in memory, None for another engine.
    """

    phrases: int
    accuracy: float
    macro_f1: float
    doubted: float
    sure_and_wrong: float
    per_label: dict[str, LabelScore]
    p50_us: float
    p99_us: float
    model_bytes: int | None

    def as_json(self) -> dict[str, Any]:
        """Return the figures as plain values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was made of one labelled phrase, and how many seconds it took."""

    phrase: Phrase
    reading: Reading
    seconds: float = 0.0

    @property
    def right(self) -> bool:
        """Tell whether the label is the phrase's own."""
        return self.reading.label == self.phrase.label


def evaluate(engine: Reads | Model, labelled: Sequence[Phrase], clock: Clock) -> Scores:
    """Return how *engine* reads *labelled*; raise ValueError when there is nothing to read."""
    reader: Reads = Reader(engine) if isinstance(engine, Model) else engine
    return summary(reader, outcomes(reader, labelled, clock))


def outcomes(reader: Reads, labelled: Sequence[Phrase], clock: Clock) -> tuple[Outcome, ...]:
    """Return what *reader* makes of each of *labelled*; raise ValueError when there are none."""
    if not labelled:
        raise ValueError("no phrases to evaluate")
    reader.read(labelled[0].text, _NOW)  # the first message pays for caches
    found = []
    for phrase in labelled:
        begun = clock()
        reading = reader.read(phrase.text, _NOW)
        found.append(Outcome(phrase, reading, clock() - begun))
    return tuple(found)


def summary(reader: Reads, found: Sequence[Outcome]) -> Scores:
    """Return the figures of what *reader* made of some phrases."""
    truth = [each.phrase.label for each in found]
    per_label = _per_label(truth, [each.reading.label for each in found])
    sure = [each for each in found if not each.reading.doubt]
    times = [each.seconds for each in found]
    return Scores(
        phrases=len(found),
        accuracy=sum(each.right for each in found) / len(found),
        macro_f1=sum(score.f1 for score in per_label.values()) / len(per_label),
        doubted=1 - len(sure) / len(found),
        sure_and_wrong=sum(not each.right for each in sure) / len(found),
        per_label=per_label,
        p50_us=_percentile(times, 50),
        p99_us=_percentile(times, 99),
        model_bytes=size(reader.model) if isinstance(reader, Reader) else None,
    )


def size(model: Model) -> int:
    """Return how many bytes the arrays of *model* take in memory."""
    arrays = (model.rows, model.gains, model.weights, model.bias)
    return sum(int(array.nbytes) for array in arrays)


def _per_label(truth: Sequence[str], told: Sequence[str]) -> dict[str, LabelScore]:
    right = Counter(label for label, other in zip(truth, told, strict=True) if label == other)
    support, claimed = Counter(truth), Counter(told)
    scores = {}
    for label in sorted(support):
        precision = right[label] / claimed[label] if claimed[label] else 0.0
        recall = right[label] / support[label]
        both = precision + recall
        f1 = 2 * precision * recall / both if both else 0.0
        scores[label] = LabelScore(precision, recall, f1, support[label])
    return scores


def _percentile(times: Sequence[float], percent: int) -> float:
    place = min(len(times) - 1, len(times) * percent // 100)
    return sorted(times)[place] * 1e6
