# SPDX-License-Identifier: AGPL-3.0-or-later
"""The dialogue: flows as data and one pure function that steps through them."""

from flows.check import faults
from flows.engine import step
from flows.model import State, World
from flows.script import START, Script, ScriptError, load
from flows.view import urgency

__all__ = [
    "START",
    "Script",
    "ScriptError",
    "State",
    "World",
    "faults",
    "load",
    "step",
    "urgency",
]
