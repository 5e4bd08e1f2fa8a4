"""The yardstick of feeds: a uvloop server that writes what is posted to all who follow, and knows nothing else."""

import asyncio
import sys
from typing import cast

import uvloop
from load import content_length

_FOLLOWING = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n: here\n\n"
_TAKEN = b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n"


class Line(asyncio.Protocol):
    """A connection: one that asks follows, one that posts tells all of them the body."""

    def __init__(self, followers: set[asyncio.Transport]) -> None:
        self._followers = followers
        self._buffer = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for a request."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Act on a request once it is whole."""
        self._buffer += data
        head, separator, body = self._buffer.partition(b"\r\n\r\n")
        if not separator or len(body) < content_length(head):
            return
        self._buffer = b""
        if head.startswith(b"GET "):
            self._transport.write(_FOLLOWING)
            self._followers.add(self._transport)
            return
        for follower in self._followers:
            follower.write(body)
        self._transport.write(_TAKEN)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell it nothing more."""
        self._followers.discard(self._transport)


async def _serve(port: int) -> None:
    followers: set[asyncio.Transport] = set()
    server = await asyncio.get_running_loop().create_server(lambda: Line(followers), "127.0.0.1", port, backlog=2048)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
