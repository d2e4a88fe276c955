# SPDX-License-Identifier: AGPL-3.0-or-later
"""A real Rasa: the light pipeline, trained on the product's phrases and served to this machine."""

from __future__ import annotations

import secrets

import pytest

import nlu
from bot import workshop
from bot.beside import Beside, Rasa
from bot.cli.engine import PATIENCE, packaged


@pytest.fixture(scope="session")
def reader():
    return nlu.load()


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    if not workshop.PYTHON.is_file():
        pytest.skip("NO RASA HERE: its side of the contract is not tested (make workshop)")
    model = tmp_path_factory.mktemp("rasa") / "light.tar.gz"
    workshop.train(packaged(), "light", model)
    # One fresh token in 64 begins with a dash, as an option does.
    with workshop.serve(model, token=f"-{secrets.token_urlsafe(32)}") as parser:
        yield parser


@pytest.fixture(scope="session")
def rasa(served):
    with Rasa(served.url, served.token, patience=PATIENCE) as asked:
        yield asked


@pytest.fixture(scope="session", params=["embedded", "rasa"])
def engine(request, reader):
    """Either engine, as ``sanad read --engine`` would build it; Rasa gets no help."""
    if request.param == "embedded":
        return reader
    return Beside(reader, request.getfixturevalue("rasa"), alone=True)
