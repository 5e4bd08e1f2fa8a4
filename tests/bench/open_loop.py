"""Requests by schedule, whatever the answers take: open loop, so that a slow server cannot slow its own load."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from load import content_length

_IDLE_AT_MOST = 2.0
"""Real seconds; the server waits longer."""
_CLEARED_EVERY = 1_000
"""Requests after which those that were answered are let go: there may be hundreds of thousands."""


@dataclass
class Schedule:
    """When each request was due (seconds since the epoch), and how long after that its answer was whole."""

    due: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    refused: int = 0


class _Line(asyncio.Protocol):
    """A keep-alive connection that carries one request at a time."""

    def __init__(self) -> None:
        self._buffer = b""
        self._answer: asyncio.Future[int] | None = None
        self.answered_at = 0.0
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ready."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer once the body is whole."""
        self._buffer += data
        head, separator, body = self._buffer.partition(b"\r\n\r\n")
        if separator and len(body) >= content_length(head) and self._answer is not None:
            self._buffer = b""
            self._answer.set_result(int(head[9:12]))

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever waits for an answer gets none."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionResetError())

    async def ask(self, request: bytes) -> int:
        """Send; the status of the answer."""
        self._answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await self._answer


def _open_line(idle: list[_Line]) -> _Line | None:
    """One that the server does not hang up just now, as it does when nothing was asked for some seconds."""
    while idle:
        line = idle.pop()
        if not line.transport.is_closing() and time.perf_counter() - line.answered_at < _IDLE_AT_MOST:
            return line
        line.transport.close()
    return None


async def post_by_schedule(port: int, rate: float, count: int, request_of: Callable[[int], bytes]) -> Schedule:
    """Send `count` requests to loopback, `rate` a second, each on a line of its own if need be.

    Requests are made when they are due. Raises OSError when the server hangs up.
    """
    schedule, idle, asked = Schedule(), list[_Line](), list[asyncio.Task[None]]()
    began, epoch = time.perf_counter(), time.time()

    async def ask(request: bytes, due: float) -> None:
        line = _open_line(idle) or await _connect(port)
        status = await line.ask(request)
        schedule.latencies.append(time.perf_counter() - due)
        schedule.refused += not 200 <= status < 300
        line.answered_at = time.perf_counter()
        idle.append(line)

    for number in range(count):
        due = number / rate
        await asyncio.sleep(max(0.0, began + due - time.perf_counter()))
        schedule.due.append(epoch + due)
        asked.append(asyncio.create_task(ask(request_of(number), began + due)))
        if number % _CLEARED_EVERY == 0:
            asked = [one for one in asked if not one.done() or one.exception()]
    await asyncio.gather(*asked)
    for line in idle:
        line.transport.close()
    return schedule


async def _connect(port: int) -> _Line:
    _, line = await asyncio.get_running_loop().create_connection(_Line, "127.0.0.1", port)
    return line
