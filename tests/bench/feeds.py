"""Live feeds with many followers: how soon a change reaches all of them, and what a follower costs in memory."""

import asyncio
import bisect
import time
from dataclasses import dataclass, field

import bodies
import psutil
from figures import quantile
from handoff import API, WORKER, furnish
from load import post
from machine import DEALER, KEY, Machine
from open_loop import post_by_schedule
from sizes import Sizes

_RATE = 4.0
"""Events a second: few enough that one is told before the next."""
_PATIENCE = 60.0
_OPENED_AT_ONCE = 50
_SETTLED_AFTER = 1.0
"""Real seconds in which nothing more came."""
_FRAME = b"event: task\n"
_REQUEST = (
    f"GET /v1/tasks/feed?dealer_id={DEALER} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {KEY}\r\n\r\n".encode()
)


@dataclass(frozen=True, slots=True)
class Broadcast:
    """Milliseconds from the POST of an event, and from the first follower, to each follower; kB of memory for each.

    `microseconds`: of the API's processor time for each change that one follower was told, intake counted in.
    """

    followers: int
    changes: int
    from_post: float
    from_first: float
    kilobytes: float
    microseconds: float


@dataclass
class _Follower(asyncio.Protocol):
    """A client of the feed: when it had which change."""

    arrived: list[float] = field(default_factory=list)
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    _rest: bytes = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the feed."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(_REQUEST)

    def data_received(self, data: bytes) -> None:
        """Note each change whose first line is whole."""
        self.opened.set()
        now, text = time.time(), self._rest + data
        self.arrived.extend([now] * text.count(_FRAME))
        self._rest = text[len(text) - len(_FRAME) + 1 :] if _FRAME not in text[-len(_FRAME) :] else b""


async def measure(machine: Machine, sizes: Sizes) -> list[Broadcast]:
    """For each number of followers, on one process of the API."""
    found = []
    with machine.service(API) as api, machine.service(WORKER):
        furnish(api.port)
        for followers in sizes.followers:
            found.append(await _broadcast(api.port, psutil.Process(api.pid), followers, sizes.feed_events))
    return found


async def _broadcast(port: int, process: psutil.Process, followers: int, events: int) -> Broadcast:
    before = process.memory_info().rss
    clients = [_Follower() for _ in range(followers)]
    for start in range(0, followers, _OPENED_AT_ONCE):
        some = clients[start : start + _OPENED_AT_ONCE]
        await asyncio.gather(*(_connect(port, client) for client in some))
    kilobytes = (process.memory_info().rss - before) / followers / 1024
    worked = _worked(process)
    names = iter(f"F-{followers}-{number}" for number in range(events))
    schedule = await post_by_schedule(
        port, _RATE, events, lambda _: post("/v1/events", bodies.fresh(next(names)), bodies.SINGLE)
    )
    changes = await _all_told(clients, events)
    worked = _worked(process) - worked
    for client in clients:
        client.transport.close()
    first = [min(client.arrived[index] for client in clients) for index in range(changes)]
    posted = [schedule.due[max(0, bisect.bisect_right(schedule.due, at) - 1)] for at in first]
    return Broadcast(
        followers,
        changes,
        _p99(clients, posted),
        _p99(clients, first),
        kilobytes,
        1e6 * worked / (followers * changes),
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
