# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two streams that meet: what one function writes another reads, with nothing on a disk."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import IO, TypeVar

Made = TypeVar("Made")
Used = TypeVar("Used")


def through(
    produce: Callable[[IO[bytes]], Made], consume: Callable[[IO[bytes]], Used]
) -> tuple[Made, Used]:
    """Run both ends of a pipe, the producer in a thread of its own; return what both return.

    The fault that came first is the one raised: a consumer that stops half-way breaks the
    producer's pipe, and a producer that fails leaves the consumer with half a stream.
    """
    out, into = os.pipe()
    made: list[Made] = []
    faults: list[BaseException] = []
    thread = threading.Thread(target=_produce, args=(produce, into, made, faults))
    thread.start()
    try:
        with os.fdopen(out, "rb") as source:
            used = _consume(consume, source, faults)
    finally:  # the reading end is closed: the producer cannot be waiting for us
        thread.join()
    if faults:
        raise faults[0]
    return made[0], used


def _produce(
    produce: Callable[[IO[bytes]], Made], into: int, made: list[Made], faults: list[BaseException]
) -> None:
    sink = os.fdopen(into, "wb")
    try:
        made.append(produce(sink))
        sink.flush()
    except BaseException as fault:  # noqa: BLE001 - raised again by the caller's thread
        faults.append(fault)  # before the end of the stream can be seen
    finally:
        with suppress(OSError):
            sink.close()


def _consume(
    consume: Callable[[IO[bytes]], Used], source: IO[bytes], faults: list[BaseException]
) -> Used:
    try:
        return consume(source)
    except BaseException:
        if faults:
            raise faults[0] from None
        raise
