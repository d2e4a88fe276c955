# SPDX-License-Identifier: AGPL-3.0-or-later
"""``python -m bot`` in a checkout; in production start the ``sanad`` command."""

from bot.cli import main

main()
