# SPDX-License-Identifier: AGPL-3.0-or-later
"""Figures, not tests: what the bot costs, on one core, in one run (``make bench``)."""
