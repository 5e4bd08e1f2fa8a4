"""A small HTTP/1.1 load client: keep-alive connections, closed loop, raw sockets, so that it costs little itself."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from figures import quantile


@dataclass
class Load:
    """What one round saw: answers by status, and the latency of each in real seconds."""

    seconds: float = 0.0
    statuses: dict[int, int] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Answers of 2xx a second."""
        good = sum(count for status, count in self.statuses.items() if 200 <= status < 300)
        return good / self.seconds

    def quantile(self, q: float) -> float:
        """A latency quantile in milliseconds."""
        return quantile(self.latencies, q) * 1000


class _Connection(asyncio.Protocol):
    """One connection that sends the next request as soon as the answer to the last is whole."""

    def __init__(self, load: Load, next_request: Callable[[], bytes | None], done: asyncio.Event) -> None:
        self._load = load
        self._next = next_request
        self._done = done
        self._buffer = b""
        self._sent_at = 0.0
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        """Count an answer once its body is whole."""
        self._buffer += data
        head, separator, body = self._buffer.partition(b"\r\n\r\n")
        if not separator or len(body) < content_length(head):
            return
        status = int(head[9:12])
        self._load.statuses[status] = self._load.statuses.get(status, 0) + 1
        self._load.latencies.append(time.perf_counter() - self._sent_at)
        self._buffer = b""
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        """The round is over for this connection."""
        self._done.set()

    def _send(self) -> None:
        request = self._next()
        if request is None:
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)


def content_length(head: bytes) -> int:
    """The length of the body that follows a head."""
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def post(path: str, body: bytes, headers: dict[str, str], method: str = "POST") -> bytes:
    """A whole POST request as bytes, or one of another method."""
    lines = [f"{method} {path} HTTP/1.1", "Host: bench", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


async def drive(port: int, connections: int, seconds: float, make_request: Callable[[], bytes | None]) -> Load:
    """Closed loop on `connections` connections to loopback for so many real seconds."""
    load = Load()
    ends = time.perf_counter() + seconds
    started = time.perf_counter()

    def next_request() -> bytes | None:
        return make_request() if time.perf_counter() < ends else None

    loop = asyncio.get_running_loop()
    events = [asyncio.Event() for _ in range(connections)]
    for event in events:
        await loop.create_connection(partial(_Connection, load, next_request, event), "127.0.0.1", port)
    for event in events:
        await event.wait()
    load.seconds = time.perf_counter() - started
    return load
