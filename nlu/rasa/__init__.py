# SPDX-License-Identifier: AGPL-3.0-or-later
"""A Rasa project on the same phrases, with our spelling; it runs in an environment of its own."""
