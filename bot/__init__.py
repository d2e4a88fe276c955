# SPDX-License-Identifier: AGPL-3.0-or-later
"""Everything that waits, reads, writes or knows a secret."""
