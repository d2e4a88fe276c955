# SPDX-License-Identifier: AGPL-3.0-or-later
"""The trained reader, opened once: `make` trains it before the tests run."""

from datetime import UTC, datetime
from functools import partial

import pytest

import nlu

NOW = datetime(2026, 11, 23, 13, tzinfo=UTC)  # a Monday, 14:00 in Casablanca


@pytest.fixture(scope="session")
def reader():
    return nlu.load()


@pytest.fixture(scope="session")
def read(reader):
    return partial(reader.read, now=NOW)
