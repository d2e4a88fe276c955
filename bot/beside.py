# SPDX-License-Identifier: AGPL-3.0-or-later
"""Rasa beside us: asked for the labels of a message alone, and never waited for long.

Whatever goes wrong there, the embedded engine reads the message instead; dangers, risks,
entities and language are its own in any case.
"""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Self

import httpx

from nlu import INTENTS, SITUATIONS, Reader, Reading
from nlu.labels import Language

log = logging.getLogger(__name__)

LABELS: Final = frozenset((*SITUATIONS, *INTENTS))
PATIENCE: Final = 0.5  # seconds: then the embedded engine reads
REST: Final = 30.0  # seconds that it is left alone once it has failed
LONGEST: Final = 4_000  # characters that it is shown; of a longer story the two ends


@dataclass(slots=True)
class Rasa:
    """A served model that knows *known* labels; any number of threads may ask it."""

    url: str
    token: str = field(repr=False)
    known: AbstractSet[str] = LABELS
    patience: float = PATIENCE
    wire: httpx.BaseTransport | None = field(default=None, repr=False)
    clock: Callable[[], float] = time.monotonic
    _client: httpx.Client = field(init=False, repr=False)
    _rests_until: float = field(default=-math.inf, init=False)
    _fails: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self._client = httpx.Client(
            base_url=self.url, timeout=self.patience, trust_env=False, transport=self.wire
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def ranking(self, text: str) -> Mapping[str, float] | None:
        """The probability of each label; None when it does not answer, or not to the point."""
        if self.clock() < self._rests_until:
            return None
        try:
            told = self._ask("POST", "/model/parse", {"text": _shown(text)})
            found = _ranking(told, self.known)
        except httpx.HTTPError as fault:
            self._rests_until = self.clock() + REST
            self._failed(type(fault).__name__)
            return None
        except (ValueError, KeyError, TypeError):
            self._failed("not to the point")
            return None
        if self._fails:
            self._fails = False
            log.info("rasa answers again")
        return found

    def model(self) -> str | None:
        """The file name of the model that is served; None when nobody answers."""
        try:
            return str(self._ask("GET", "/status")["model_file"]).rsplit("/", 1)[-1]
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return None

    def _ask(self, method: str, path: str, body: Mapping[str, str] | None = None) -> Any:
        # Rasa takes its token in the address only; no address is ever logged (bot.journal).
        content = None if body is None else json.dumps(body).encode("ascii")
        answer = self._client.request(method, path, params={"token": self.token}, content=content)
        answer.raise_for_status()
        return answer.json()

    def _failed(self, why: str) -> None:
        if not self._fails:
            self._fails = True
            log.warning("rasa does not answer (%s): the embedded engine reads", why)


class Silent(Exception):
    """Rasa did not answer, where nobody else may answer in its place."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Reads with Rasa's labels; *alone* it is measured, and never helped out.

    Otherwise the embedded engine reads by itself whenever Rasa does not answer.
    """

    reader: Reader
    rasa: Rasa
    alone: bool = False

    def read(self, text: str, now: datetime, language: Language | None = None) -> Reading:
        """What *text* says; total like :meth:`nlu.Reader.read` unless *alone*."""
        ranking = self.rasa.ranking(text)
        if ranking is None and self.alone:
            raise Silent
        return self.reader.read(text, now, language, ranking)


def _shown(text: str) -> str:
    """What Rasa is given: valid Unicode, of a bounded length, and no command of its own.

    A text that begins with a slash names an intent to Rasa instead of being read.
    """
    text = text.replace("/", " ")
    if len(text) > LONGEST:
        text = f"{text[: LONGEST // 2]}\n{text[-LONGEST // 2 :]}"
    return text.encode("utf-8", "replace").decode("utf-8")


def _ranking(told: Any, known: AbstractSet[str]) -> Mapping[str, float]:
    found = {str(each["name"]): float(each["confidence"]) for each in told["intent_ranking"]}
    if len(found) < 2 or not found.keys() <= known:  # noqa: PLR2004 - a label and its runner-up
        raise ValueError("another model")
    if not all(0 <= chance <= 1 for chance in found.values()):
        raise ValueError("no probabilities")
    return found
