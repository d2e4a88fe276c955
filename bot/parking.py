# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the bot itself could not handle: sealed for the counsellors, apologised for, not lost."""

from __future__ import annotations

import json
import logging
from typing import Any

from bot.channels import Address, Inbound
from bot.clock import hour
from bot.plan import Plan
from bot.runtime import Runtime
from bot.turn import Carrier
from flows.model import Escalate, Keep, Say, State
from flows.script import START

log = logging.getLogger(__name__)

# Who wrote, from where, for whom: counsellors see words, never a name or a number.
NAMING = frozenset((
    "from", "chat", "sender_chat", "user", "via_bot", "forward_origin", "forward_from",
    "forward_from_chat", "forward_sender_name", "author_signature", "reply_to_message",
    "from_user_id", "from_parent_user_id", "id", "context", "referral", "contacts",
))  # fmt: skip


async def park(runtime: Runtime, inbound: Inbound | None, update: Any) -> None:
    """Seal a faulty update, alarm a human, and tell the person if there is one.

    Returns only when it is durable, so that the platform may forget it.
    """
    nobody = Address("nowhere", "")
    if inbound is not None and inbound.kind in {"take", "moved"}:
        inbound = None  # the team's own group is nobody's conversation
    sender = inbound.sender if inbound else nobody
    raw = json.dumps(_nameless(update), ensure_ascii=False, default=str)
    message, told = (inbound.message, inbound.id) if inbound else (None, "")
    ident = runtime.ledger.contact_id(sender, inbound.aliases if inbound else ())
    async with runtime.lane(ident):
        contact = runtime.ledger.contact(ident)
        case = runtime.ledger.case(contact.case)
        plan = Plan(
            runtime.ledger, runtime.clock(), contact, sender,
            case=case, aliases=inbound.aliases if inbound else (),
        )  # fmt: skip
        if inbound is not None:
            plan.add(
                "insert or ignore into seen (id, at) values (?, ?)",
                (runtime.ledger.key.seen(f"{sender.channel}:{inbound.id}"), hour(plan.now)),
            )
        state = State(**contact.state) if contact.state else State(START)
        carrier = Carrier(
            plan, Inbound(sender, told, "other", raw, message=message), state, "urgent",
            runtime.centre, runtime.lifetimes,
        )  # fmt: skip
        sorry = (Say(("talk.fault", "human.status_now")),) if inbound else ()
        carrier.carry((Keep("faulty"), Escalate("urgent"), *sorry))
        await runtime.commit(plan)
    log.error("an update was parked")


def _nameless(update: Any) -> Any:
    """The update without whoever is named in it."""
    match update:
        case dict():
            kept = {key: value for key, value in update.items() if key not in NAMING}
            return {key: _nameless(value) for key, value in kept.items()}
        case list():
            return [_nameless(value) for value in update]
        case _:
            return update
