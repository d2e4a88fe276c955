# SPDX-License-Identifier: AGPL-3.0-or-later
"""The one neutral message that a person asked for, at the hour they chose: a row like others."""

from __future__ import annotations

from bot.clock import at_hour
from bot.plan import Plan

TEXT = "remind.ping"  # betrays nothing, wherever it is seen
BUTTONS = (("menu", "label.menu"), ("unremind", "label.unremind"))


def set_reminder(plan: Plan, lang: str, days: int, hour: int) -> float:
    """Queue it and give its time in epoch seconds; an earlier one gives way."""
    drop_reminder(plan)
    due = at_hour(plan.now, days, hour)
    body = {"to": plan.address.to, "texts": [TEXT], "options": BUTTONS, "lang": lang}
    plan.queue("say", body, due, contact=plan.contact.id, channel=plan.address.channel)
    return due


def drop_reminder(plan: Plan) -> None:
    """Nothing of the kind is sent any more."""
    for row in plan.ledger.rows("contact = ? and kind = 'say'", (plan.contact.id,)):
        if row.body.get("texts") == [TEXT]:
            plan.add("delete from outbox where id = ?", (row.id,))
