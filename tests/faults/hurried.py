# SPDX-License-Identifier: AGPL-3.0-or-later
"""``sanad run`` with short pauses: between two bubbles, for a fate nobody tells, for an alarm.

Imported before anything else of the bot, it shortens them; run as ``python -m`` it is the bot.
Everything else is as it ships. The whole of a gale is run without it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot import fates
from bot.channels import whatsapp_shape, whatsapp_wire

whatsapp_shape.LIMITS = replace(whatsapp_shape.LIMITS, pace=0.2)
whatsapp_wire.PATIENCE = timedelta(seconds=4)
fates.ALARM_RETRY, fates.FIRST_PAUSE = 2.0, 0.3

if __name__ == "__main__":
    from bot.cli import main

    main(["run"])
