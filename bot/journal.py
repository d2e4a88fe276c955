# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is written to the log: codes and durations, at every level, and nothing else."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator

# These libraries put addresses, bodies or the bot's token into their messages.
TALKATIVE = (
    "httpx", "httpcore", "telegram", "uvicorn.access", "asyncio", "multipart", "hpack", "h11",
    "starlette", "uvicorn.asgi", "websockets",
)  # fmt: skip


class Own(logging.Filter):
    """Lets our own lines and the server's starting and stopping through, without tracebacks."""

    def filter(self, record: logging.LogRecord) -> bool:
        """A traceback shows values: only the kind of the fault is kept."""
        if record.exc_info and record.exc_info[0] is not None:
            record.msg = (
                f"{record.getMessage().splitlines()[0][:80]}: {record.exc_info[0].__name__}"
            )
            record.args, record.exc_info, record.exc_text = None, None, None
        return not record.name.startswith(TALKATIVE)


def start(level: str) -> None:
    """Log to standard error at *level*; libraries that talk too much stay silent at any level."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    handler.addFilter(Own())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for logger in _loggers():
        logger.setLevel(logging.CRITICAL)
        logger.propagate = False
        logger.handlers[:] = [logging.NullHandler()]


def quiet() -> None:
    """Nothing but errors, for commands whose output is the conversation itself."""
    start("error")


def _loggers() -> Iterator[logging.Logger]:
    return (logging.getLogger(name) for name in TALKATIVE)
