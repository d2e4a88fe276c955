# SPDX-License-Identifier: AGPL-3.0-or-later
"""Keys and seals: the only room that holds them; every format is age v1 or a standard AEAD."""
