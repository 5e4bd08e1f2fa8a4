"""Live feeds with many followers, beside a bare server that is posted the same frames, in turn in one run.

How soon a change reaches all of them, and what a follower costs in memory and processor time.
"""

import asyncio
import bisect
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import bodies
import psutil
from figures import quantile
from handoff import API, WORKER, furnish
from load import post
from machine import DEALER, KEY, Machine, Service, bare_feed
from open_loop import post_by_schedule
from sizes import Sizes

_RATE = 4.0
"""Events a second: few enough that one is told before the next."""
_PATIENCE = 60.0
_OPENED_AT_ONCE = 50
_SETTLED_AFTER = 1.0
"""Real seconds in which nothing more came."""
_FRAME = b"event: task\n"
_WHOLE_FRAME = re.compile(rb"event: task\nid: [^\n]*\ndata: [^\n]*\n\n")
_REQUEST = (
    f"GET /v1/tasks/feed?dealer_id={DEALER} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {KEY}\r\n\r\n".encode()
)


@dataclass(frozen=True, slots=True)
class Broadcast:
    """Milliseconds from the POST of an event, and from the first follower, to each follower; kB of memory for each.

    `microseconds`: of the server's processor time for each change that one follower was told, intake counted in.
    `frames`: the changes as they came.
    """

    followers: int
    changes: int
    from_post: float
    from_first: float
    kilobytes: float
    microseconds: float
    frames: Sequence[bytes] = ()


class FeedTurn(NamedTuple):
    """The same changes told to as many followers by Handoff, and by the bare server."""

    ours: Broadcast
    bare: Broadcast


@dataclass
class _Follower(asyncio.Protocol):
    """A client of the feed: when it had which change."""

    arrived: list[float] = field(default_factory=list)
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    kept: list[bytes] | None = None
    _rest: bytes = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the feed."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(_REQUEST)

    def data_received(self, data: bytes) -> None:
        """Note each change whose first line is whole."""
        self.opened.set()
        if self.kept is not None:
            self.kept.append(data)
        now, text = time.time(), self._rest + data
        self.arrived.extend([now] * text.count(_FRAME))
        self._rest = text[len(text) - len(_FRAME) + 1 :] if _FRAME not in text[-len(_FRAME) :] else b""


async def measure(machine: Machine, sizes: Sizes) -> list[FeedTurn]:
    """For each number of followers, on one process of the API, then on the bare server."""
    found, count = [], sizes.feed_events
    with machine.service(API) as api, machine.service(WORKER), bare_feed() as bare:
        furnish(api.port)
        for followers in sizes.followers:
            events = [bodies.fresh(f"F-{followers}-{number}") for number in range(count)]
            ours = await _broadcast(api, followers, events, _RATE)
            rate = _RATE * ours.changes / count
            found.append(FeedTurn(ours, await _broadcast(bare, followers, ours.frames, rate)))
    return found


async def _broadcast(server: Service, followers: int, posted: Sequence[bytes], rate: float) -> Broadcast:
    port, process = server.port, psutil.Process(server.pid)
    before = process.memory_info().rss
    clients = [_Follower() for _ in range(followers)]
    clients[0].kept = kept = []
    for start in range(0, followers, _OPENED_AT_ONCE):
        some = clients[start : start + _OPENED_AT_ONCE]
        await asyncio.gather(*(_connect(port, client) for client in some))
    kilobytes = (process.memory_info().rss - before) / followers / 1024
    worked = _worked(process)
    schedule = await post_by_schedule(
        port, rate, len(posted), lambda number: post("/v1/events", posted[number], bodies.SINGLE)
    )
    changes = await _all_told(clients, len(posted))
    worked = _worked(process) - worked
    for client in clients:
        client.transport.close()
    first = [min(client.arrived[index] for client in clients) for index in range(changes)]
    due = [schedule.due[max(0, bisect.bisect_right(schedule.due, at) - 1)] for at in first]
    return Broadcast(
        followers,
        changes,
        _p99(clients, due),
        _p99(clients, first),
        kilobytes,
        1e6 * worked / (followers * changes),
        _WHOLE_FRAME.findall(b"".join(kept)),
    )


def _worked(process: psutil.Process) -> float:
    """Seconds of processor time up to now."""
    times = process.cpu_times()
    return float(times.user + times.system)


async def _connect(port: int, client: _Follower) -> None:
    await asyncio.get_running_loop().create_connection(lambda: client, "127.0.0.1", port)
    async with asyncio.timeout(_PATIENCE):
        await client.opened.wait()


async def _all_told(clients: list[_Follower], events: int) -> int:
    """Wait until every follower has as many changes as the one that has most, and that no more come."""
    async with asyncio.timeout(_PATIENCE):
        while True:
            counts = {len(client.arrived) for client in clients}
            await asyncio.sleep(_SETTLED_AFTER)
            if len(counts) == 1 and counts == {len(client.arrived) for client in clients} and min(counts) >= events:
                return counts.pop()


def _p99(clients: list[_Follower], since: list[float]) -> float:
    return 1000 * quantile([at - since[n] for client in clients for n, at in enumerate(client.arrived)], 0.99)
