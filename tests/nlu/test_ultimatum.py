# SPDX-License-Identifier: AGPL-3.0-or-later
"""An ultimatum is a moment: "tomorrow at 8" is 8 o'clock, whatever the minute it is told at."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.understanding import heard

MOROCCO = ZoneInfo("Africa/Casablanca")
TOLD = datetime(2026, 11, 24, 18, 1, 37, tzinfo=MOROCCO)


@pytest.mark.parametrize(
    ("words", "then"),
    [
        ("il menace de publier si je ne paie pas avant demain 8h", datetime(2026, 11, 25, 8, 0)),  # noqa: DTZ001
        ("kayhddni ila ma khlltch 7ta l ghda m3a 8", datetime(2026, 11, 25, 8, 0)),  # noqa: DTZ001
        ("يهددني بالنشر إذا لم أدفع قبل الغد", datetime(2026, 11, 25, 0, 0)),  # noqa: DTZ001
    ],
)
def test_it_is_heard_to_the_minute(reader, words, then):
    told = heard(reader.read(words, now=TOLD), words)
    assert told.deadline_hours is not None
    assert TOLD + timedelta(hours=told.deadline_hours) == then.replace(tzinfo=MOROCCO)
