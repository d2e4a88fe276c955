# SPDX-License-Identifier: AGPL-3.0-or-later
"""How risks are learned: the weights of each, and the edge from which it is believed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nlu.labels import DANGER, DANGERS
from nlu.machine import Call, Columns, Matrix, Name, Truth, edge, unseen, yes
from nlu.model import danger_of

_WEIGHTS, _SCORES = "weights", "scores"


@dataclass(frozen=True, slots=True)
class Alarms:
    """What there is to learn risks from: phrases, which of them tell what, which are *near* one.

    Near are the phrases written for a risk, or to look like one. By *dealt* they are two halves,
    in which a phrase stays when others come: edges are read off one by what the other taught.
    """

    phrases: Matrix
    told: Mapping[str, Truth]  # of each risk: 1 for a phrase that tells it, else 0
    near: Any
    dealt: Any

    def calls(self) -> dict[Name, Call]:
        """Return what is to be worked out, one call beside the other."""
        weights: dict[Name, Call] = {
            (_WEIGHTS, risk): (yes, self.phrases, truth) for risk, truth in self.told.items()
        }
        scores: dict[Name, Call] = {
            (_SCORES, risk): (unseen, self.phrases, truth, self.dealt)
            for risk, truth in self.told.items()
        }
        return {**weights, **scores}

    def columns(self, found: Mapping[Name, Any]) -> list[Columns]:
        """Return for each risk the weights that are above zero where it is believed."""
        scores = {risk: found[_SCORES, risk] for risk in self.told}
        told = {risk: truth == 1 for risk, truth in self.told.items()}
        edges = {
            risk: edge(scores[risk], told[risk], None) for risk in self.told if risk != DANGER
        }
        if DANGER in scores:
            beside = {kind: scores[kind] - edges[kind] for kind in DANGERS.intersection(scores)}
            begins = edge(danger_of({DANGER: scores[DANGER], **beside}), told[DANGER], self.near)
            edges[DANGER] = 2 * begins  # half of what danger_of tells is this column's
        weights = {risk: found[_WEIGHTS, risk] for risk in self.told}
        return [Columns(each.weights, each.bias - edges[risk]) for risk, each in weights.items()]
