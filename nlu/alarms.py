# SPDX-License-Identifier: AGPL-3.0-or-later
"""How risks are learned: the weights of each, and the edge from which it is believed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nlu.labels import DANGER, DANGERS
from nlu.machine import Call, Columns, Matrix, Name, Truth, edge, held_out, unseen, yes
from nlu.model import danger_of

_WEIGHTS, _SCORES, _EDGE = "weights", "scores", "edge"


@dataclass(frozen=True, slots=True)
class Alarms:
    """What there is to learn risks from: phrases, which of them tell what, which are *near* one.

    Near are the phrases written for a risk, or to look like one.
    """

    phrases: Matrix
    told: Mapping[str, Truth]  # of each risk: 1 for a phrase that tells it, else 0
    near: Any

    def calls(self) -> dict[Name, Call]:
        """Return what is to be worked out, one call beside the other."""
        calls: dict[Name, Call] = {}
        for risk, truth in self.told.items():
            calls[_WEIGHTS, risk] = (yes, self.phrases, truth)
            if risk in {DANGER, *DANGERS}:
                calls[_SCORES, risk] = (unseen, self.phrases, truth)
            else:
                calls[_EDGE, risk] = (_edge, self.phrases, truth)
        return calls

    def columns(self, found: Mapping[Name, Any]) -> list[Columns]:
        """Return for each risk the weights that are above zero where it is believed."""
        edges = {risk: found[_EDGE, risk] for risk in self.told if (_EDGE, risk) in found}
        scores = {risk: found[_SCORES, risk] for risk in self.told if risk not in edges}
        for kind in DANGERS.intersection(scores):
            edges[kind] = edge(scores[kind], self.told[kind] == 1, None)
            scores[kind] = scores[kind] - edges[kind]
        if DANGER in scores:
            begins = edge(danger_of(scores), self.told[DANGER] == 1, self.near)
            edges[DANGER] = 2 * begins  # half of what danger_of tells is this column's
        weights = {risk: found[_WEIGHTS, risk] for risk in self.told}
        return [Columns(each.weights, each.bias - edges[risk]) for risk, each in weights.items()]


def _edge(phrases: Matrix, truth: Truth) -> float:
    learn, held = held_out(truth)
    scores = yes(phrases[learn], truth[learn]).of(phrases[held]).ravel()
    return edge(scores, truth[held] == 1, None)
