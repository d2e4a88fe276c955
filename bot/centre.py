# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whoever runs the bot: its name, hours, team and alarm targets, as it states them itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

KEYS = frozenset((
    "name", "hours", "rota", "contacts", "privacy", "team", "recovery", "alarms", "campaigns",
))  # fmt: skip
CAMPAIGN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")  # it stands in a link


class CentreError(ValueError):
    """The profile cannot be used; every fault is named."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Target:
    """Where an alarm goes: a channel and that channel's reference, or the operator's console."""

    channel: str
    to: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Centre:
    """The centre's profile; nothing is invented where a line is empty."""

    team: Mapping[str, str]  # a counsellor's name -> age recipient
    recovery: str  # age recipient of the key that lies in a drawer
    name: Mapping[str, str] = field(default_factory=dict)
    hours: Mapping[str, str] = field(default_factory=dict)
    contacts: Mapping[str, str] = field(default_factory=dict)
    privacy: Mapping[str, str] = field(default_factory=dict)
    alarms: tuple[Target, ...] = ()
    campaigns: tuple[str, ...] = ()  # what posters are counted by; nothing else is


def load(path: Path, *, demo: Callable[[str], bool]) -> Centre:
    """Read the profile; *demo* recognises the identities that everybody knows: refused."""
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        raise CentreError([f"{path.name}: cannot be read as YAML"]) from None
    if not isinstance(raw, dict):
        raise CentreError([f"{path.name}: a mapping is needed"])
    faults = [f"{path.name}: unknown line {key!r}" for key in raw if key not in KEYS]
    team = _team(raw.get("team"), faults)
    recovery = str(raw.get("recovery") or "")
    recipients = {**{f"team: {name}": r for name, r in team.items()}, "recovery": recovery}
    for where, recipient in recipients.items():
        if not recipient.startswith("age1"):
            faults.append(f"{where}: an age recipient (age1…) is needed")
        elif demo(recipient):
            faults.append(f"{where}: this identity is public, it belongs to sanad demo")
    alarms = tuple(_target(item, faults) for item in raw.get("alarms") or ())
    campaigns = _campaigns(raw.get("campaigns"), faults)
    if faults:
        raise CentreError(sorted(faults))
    texts = {key: _texts(raw.get(key)) for key in ("name", "hours", "contacts", "privacy")}
    return Centre(team=team, recovery=recovery, alarms=alarms, campaigns=campaigns, **texts)


def _team(raw: Any, faults: list[str]) -> dict[str, str]:
    if not isinstance(raw, dict) or not raw:
        faults.append("team: at least one counsellor with a recipient is needed")
        return {}
    return {str(name): str(recipient) for name, recipient in raw.items()}


def _target(item: Any, faults: list[str]) -> Target:
    channel, _, to = str(item).partition(":")
    if channel not in {"telegram", "console"} or (channel == "telegram" and not to):
        faults.append("alarms: write telegram:CHAT-ID or console")
    return Target(channel, to)


def _campaigns(raw: Any, faults: list[str]) -> tuple[str, ...]:
    names = tuple(map(str, raw)) if isinstance(raw, list) else ()
    if not isinstance(raw, list | None) or any(not CAMPAIGN.fullmatch(name) for name in names):
        faults.append("campaigns: a list of names of 1-32 of a-z 0-9 - is needed")
    return names


def _texts(raw: Any) -> dict[str, str]:
    return {str(k): str(v) for k, v in raw.items()} if isinstance(raw, dict) else {}
