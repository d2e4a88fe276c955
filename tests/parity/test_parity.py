# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every golden conversation on every channel: the same words, buttons, effects and state."""

from __future__ import annotations

import pytest

from tests.golden.scenes import LANGS, scenes
from tests.parity.differences import Glass

SCENES = scenes()
CHANNELS = ("telegram", "whatsapp", "web")
EACH = [
    pytest.param(scene, lang, channel, id=f"{scene.name}-{lang}-{channel}")
    for scene in SCENES
    for lang in LANGS
    for channel in CHANNELS
]


@pytest.mark.parametrize(("scene", "lang", "channel"), EACH)
def test_a_person_reads_the_same_on_every_channel(tell, catalog, scene, lang, channel):
    there, here = tell(scene, lang, channel, channel), tell(scene, lang, "terminal", channel)
    glass = Glass(catalog, channel)
    for seen, wanted in glass.both(there, here):
        assert seen == wanted
