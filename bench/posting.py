# SPDX-License-Identifier: AGPL-3.0-or-later
"""An open-loop load: each post has its moment, and its latency counts from that moment.

A server that stalls does not slow the posts down, so nothing of its stall goes uncounted.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

LANES = 64  # connections that stay open


@dataclass(frozen=True, slots=True)
class Post:
    """A body for a path, with the header that vouches for it."""

    path: str
    header: str
    body: bytes = field(repr=False)

    def raw(self) -> bytes:
        """The request as it goes over the wire."""
        head = (
            f"POST {self.path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
            f"{self.header}\r\ncontent-length: {len(self.body)}\r\n\r\n"
        )
        return head.encode() + self.body


class Poster:
    """A few connections, each with one post under way at most; the others wait for one."""

    def __init__(self) -> None:
        self._free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = (
            asyncio.Queue()
        )

    @asynccontextmanager
    async def open(self, port: int) -> AsyncIterator[None]:
        """Connected as long as the block lasts."""
        lanes = [await asyncio.open_connection("127.0.0.1", port) for _ in range(LANES)]
        for lane in lanes:
            self._free.put_nowait(lane)
        try:
            yield
        finally:
            for _, writer in lanes:
                writer.close()

    async def send(self, post: Post) -> None:
        """Return when it was answered by 200."""
        lane = await self._free.get()
        reader, writer = lane
        writer.write(post.raw())
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head[:12])
        self._free.put_nowait(lane)

    async def load(self, posts: Sequence[Post], rate: float) -> list[float]:
        """Send them at *rate* a second; seconds from each one's moment to its answer."""
        clock = asyncio.get_running_loop().time
        began = clock() + 0.1

        async def one(number: int, post: Post) -> float:
            moment = began + number / rate
            await asyncio.sleep(moment - clock())
            await self.send(post)
            return clock() - moment

        return list(await asyncio.gather(*(one(n, post) for n, post in enumerate(posts))))
