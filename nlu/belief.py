# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which risks are believed: by the lines over n-grams, by the network, where a pattern leans."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from nlu.features import Span
from nlu.labels import DANGER, DANGERS
from nlu.model import Judgement, danger_of
from nlu.patterns import CRY, HINT

LEANING: Final = -0.25
DOUBTED: Final = -0.5
DOUBTED_DANGER: Final = -0.5
DOUBTED_MINOR: Final = -0.8  # taken for an adult in error, a child loses more than the reverse

OPEN: Final = 0.5  # about a danger: farther off, the lines are rarely wrong
LONG: Final = 28  # words
OPEN_LONG: Final = 0.2  # the same of longer messages: the lines are surer, the network slower

_LEARNED: Final = DANGERS | {DANGER}
_FEW: Final = 6  # words
_FEW_MARGIN: Final = 0.3
_SHORT_MARGIN: Final = 0.45  # the same of so few that a farewell is only good manners
_TOLD: Final = 3  # words; in fewer, only a pattern says that somebody else is meant
_SHORT: Final = 3  # words
_OWN: Final = frozenset({"own_age"})  # "I am 17"
_CALM: Final = frozenset(
    {"safe", "ask_exposure", "no_parents", "ask_settlement", "ask_state", "remind_me"}
)
_CALM_MARGIN: Final = 0.8


def is_open(judged: Judgement, words: int) -> bool:
    """Tell whether the lines leave open that there is a danger: then the network is asked."""
    within = OPEN if words <= LONG else OPEN_LONG
    return DANGER in judged.risks and abs(danger_of(judged.risks)) < within


def suspect(judged: Judgement, parts: Sequence[Span], most: int) -> Span:
    """Return the *most* words around the part that the lines hold most for a danger.

    *parts* are those that were judged, the whole first; of a shorter message it is returned.
    """
    first, last = parts[0]
    if last - first <= most or len(parts) == 1:
        return first, min(last, first + most)
    start, end = parts[1 + int(danger_of(judged.told)[1:].argmax())]
    begin = min(max(first, (start + end - most) // 2), last - most)
    return begin, begin + most


def heard_together(judged: Judgement, added: float) -> Judgement:
    """Return *judged* with what the network *added* to dangers.

    A pattern stays doubted by the lines alone: the network often holds a danger told beside
    something else for the less likely.
    """
    # Half of what danger_of tells is this column's; which danger it is, the lines say.
    return replace(judged, risks={**judged.risks, DANGER: judged.risks[DANGER] + 2 * added})


def believed(found: frozenset[str], judged: Judgement, words: int) -> set[str]:
    """Return the risks that the classifier believes, or leans to where a pattern hints at them.

    A cry of the net is believed whatever it thinks. A few *words* are little to go by, and who
    says to be safe or asks a question that we know has said what it is about: then the
    classifier must be surer.
    """
    scores = judged.risks
    hinted = {risk for risk in DANGERS if risk + HINT in found}
    calm = _CALM_MARGIN if found & _CALM else 0
    short = calm + (_FEW_MARGIN if words <= _SHORT else 0)
    believed = {risk for risk, score in scores.items() if score > short and risk not in _LEARNED}
    believed |= {risk for risk in DANGERS if risk + CRY in found}
    # A relative is named by a pattern, not guessed from so little: "27 years".
    if words <= _TOLD or found & _OWN:
        believed -= {"for_someone_else"}
    danger = (danger_of(scores) if DANGER in scores else -1.0) - calm
    if words <= _FEW:
        danger -= _FEW_MARGIN if words > _SHORT else _SHORT_MARGIN
    if danger > 0 or (hinted and danger > LEANING):
        kinds = sorted(DANGERS, key=lambda risk: scores[risk])
        believed |= hinted | {kinds[-1]} | {risk for risk in kinds if scores[risk] > 0}
    return believed


def doubted(judged: Judgement) -> frozenset[str]:
    """Return the risks that no pattern makes the classifier believe, unless it is a cry."""
    others = frozenset(
        risk
        for risk, score in judged.risks.items()
        if score < (DOUBTED_MINOR if risk == "minor" else DOUBTED)
    )
    calm = DANGER in judged.beside and danger_of(judged.beside) < DOUBTED_DANGER
    return others - _LEARNED | (DANGERS if calm else frozenset())
