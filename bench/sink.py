# SPDX-License-Identifier: AGPL-3.0-or-later
"""Both platforms as cheaply as can be: every call is answered as done, nothing is looked at.

Run as ``python -m bench.sink``; prints its port. A GET of ``/sent`` tells which messages it
took since the last one: WhatsApp's statuses are made of that.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_TOKEN = re.compile(rb'"biz_opaque_callback_data": ?"([^"]+)"')
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"


class Sink:
    """One server for all calls; counts them."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._tokens: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer on one connection until it ends."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                found = _LENGTH.search(head)
                body = await reader.readexactly(int(found[1])) if found else b""
                answer = self._answer(head, body)
                writer.write(_HEAD % len(answer) + answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _answer(self, head: bytes, body: bytes) -> bytes:
        if head.startswith(b"GET /sent"):
            told, self._tokens = self._tokens, []
            return json.dumps(told).encode()
        if b"/messages " in head.split(b"\r\n", 1)[0]:
            self._tokens += [token.decode() for token in _TOKEN.findall(body)]
            return b'{"messages":[{"id":"wamid.sink"}]}'
        if b"sendMessage" in head:
            said = {"message_id": next(self._numbers), "date": 0, "chat": {"id": 1}}
            return json.dumps({"ok": True, "result": said}).encode()
        return b'{"ok":true,"result":true}'


async def _main() -> None:
    server = await asyncio.start_server(Sink().serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main())
