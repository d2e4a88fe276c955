# SPDX-License-Identifier: AGPL-3.0-or-later
"""What Telegram shows beside the text field before anybody has written a word; pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LONGEST = 256  # characters of a description (core.telegram.org/bots/api#botcommand)
BUTTON: Mapping[str, Any] = {"menu_button": {"type": "commands"}}


def commands(said: Mapping[str, str], lang: str = "") -> dict[str, Any]:
    """Return the body of setMyCommands; without ``lang`` for whoever speaks another language.

    Only in private chats: in a group a command would call for an answer there.
    """
    listed = [{"command": name, "description": text[:LONGEST]} for name, text in said.items()]
    body = {"commands": listed, "scope": {"type": "all_private_chats"}}
    return body | ({"language_code": lang} if lang else {})
