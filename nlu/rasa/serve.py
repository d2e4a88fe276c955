# SPDX-License-Identifier: AGPL-3.0-or-later
"""Serves one trained model to this machine alone, as a parser: ``serve.py MODEL PORT``.

The token is the first line of standard input: a command line is seen by everybody on the
machine. When standard input ends, whoever started this is gone, and so is this.
"""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path

from rasa.__main__ import main as rasa

CHANNELS = Path(__file__).with_name("credentials.yml")


def main() -> None:
    """Serve until the end of standard input; a model that is not there is never replaced."""
    model, port = sys.argv[1:]
    if not Path(model).is_file():
        sys.exit("no such model")
    token = sys.stdin.readline().strip()
    if not token:
        sys.exit("a token is needed")
    threading.Thread(target=_leave_with_the_other, daemon=True).start()
    served = ["--model", model, "--credentials", str(CHANNELS)]
    where = ["--interface", "127.0.0.1", "--port", port]
    # One word with its option: a token may begin with a dash.
    sys.argv = ["rasa", "run", *served, *where, "--enable-api", f"--auth-token={token}"]
    rasa()


def _leave_with_the_other() -> None:
    sys.stdin.read()
    signal.raise_signal(signal.SIGTERM)


if __name__ == "__main__":
    main()
