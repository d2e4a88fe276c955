# SPDX-License-Identifier: AGPL-3.0-or-later
"""A small network learned in a process of its own: JAX starts threads, and others here fork.

``python -m tests.nlu.learning FOLDER`` writes ``small.npz``, and what JAX itself makes of each
of ``phrases()`` as ``told.npy``.
"""

import sys
from pathlib import Path

import numpy as np

from nlu.phrases import Phrase

# Of two things told, both together are a danger and neither alone: no line says that.
THROWN = ("il m'a jeté", "elle a lancé sur moi", "on m'a versé", "ils ont renversé sur moi")
BURNING = ("de l'essence", "de l'acide", "de l'eau bouillante", "du feu")
HARMLESS = ("un regard", "une fleur", "un mot doux", "la balle", "du riz")
SOLD = ("il a vendu", "elle a acheté", "on a rangé", "ils ont pesé")
AGAIN = 8  # as many as fill two batches
TIMES = 60


def phrases() -> list[Phrase]:
    """What there is to learn: sixteen dangers among others in the same words."""
    burnt = [f"{how} {what}" for how in THROWN for what in BURNING]
    spared = [f"{how} {what}" for how in THROWN for what in HARMLESS]
    traded = [f"{how} {what}" for how in SOLD for what in (*BURNING, *HARMLESS)]
    risk = frozenset({"physical_danger"})
    return [
        *(Phrase(text, "unlabelled", "fr", risk) for text in burnt),
        *(Phrase(text, "unlabelled", "fr") for text in (*spared, *traded)),
    ]


def main(folder: Path) -> None:
    """Learn, and write down what was learned."""
    from nlu.learner import Learner  # noqa: PLC0415 - here alone, in this process
    from nlu.train_convolution import finished, numbered, told_by  # noqa: PLC0415
    from nlu.vocabulary import vocabulary  # noqa: PLC0415

    lessons = phrases() * AGAIN
    words, spoken = numbered(lessons)
    learner = Learner(vocabulary(words, spoken))
    seen = sum(learner.learn(spoken, told_by(lessons), TIMES))
    assert seen >= TIMES * len(phrases())
    np.save(folder / "told.npy", learner.scores(spoken[: len(phrases())]))
    finished(learner).save(folder / "small.npz")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
