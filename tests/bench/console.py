"""The console's board when it is full: what it costs API and database, goes over the wire, and how smooth it stays."""

import asyncio
import json
import time
from dataclasses import dataclass, field

import asyncpg
import bodies
import httpx
from figures import Rounds
from handoff import API, PEOPLE, WORKER, furnish
from machine import DEALER, KEY, Machine, postmaster, put, until
from processes import Meter
from sizes import Sizes
from smoothness import Frames, chromium, watch_frames

TASKS = 500
"""Open tasks of the person who looks: as many as a board shows."""
RATE = 50
"""Changes a second while frames are counted."""
GATHERED = RATE // 2
"""So many changes the page asks for at once then."""
WHOLE, CHANGED, AGAIN = "whole", "changed", "whole again"
_ROUNDS = 3
_PERSON = "S-0"
_ROLE = "product_specialist"
_BOARD = f"/board?dealer_id={DEALER}&role={_ROLE}&as={_PERSON}"
_PATIENCE = 120.0
_CHECK_EVERY = 0.05
_UNTOLD = """
    select exists (select from outbox o
                    where o.topic in ('handoff.tasks.v1', 'handoff.sla.v1')
                      and not exists (select from feed f where f.seq = o.seq))
"""


@dataclass
class Board:
    """Milliseconds of API and database of a whole board, of the rows of some changes and of a whole one again, in turn;
    kB of a whole one over the wire.

    `frames` None: there is no browser.
    """

    rounds: Rounds = field(default_factory=Rounds)
    kilobytes: float = 0.0
    frames: Frames | None = None


async def measure(machine: Machine, sizes: Sizes) -> Board:
    """A board of 500 offers of one person, on one process of the API."""
    with machine.service(API) as api, machine.service(WORKER):
        furnish(api.port)
        for number in range(1, PEOPLE):
            absent = {"name": "P", "roles": [_ROLE], "presence": "off"}
            put(api.port, f"/v1/dealers/{DEALER}/staff/S-{number}", absent)
        base = f"http://127.0.0.1:{api.port}"
        with httpx.Client(base_url=base, headers={"Accept-Encoding": "gzip"}, timeout=60, trust_env=False) as client:
            ids = _fill(client, base)
            found, serving = Board(), [api.pid, postmaster(machine.postgres)]
            await _all_told(machine)
            some = _BOARD.replace("?", "/changes?") + "".join(f"&id={one}" for one in ids[:GATHERED])
            for _ in range(_ROUNDS):
                for what, address in ((WHOLE, _BOARD), (CHANGED, some), (AGAIN, _BOARD)):
                    cost, kilobytes = _cost(serving, client, address, sizes.boards)
                    found.rounds.add(what, cost)
                    found.kilobytes = max(found.kilobytes, kilobytes)
            if chromium():
                found.frames = await _smoothness(base, ids, sizes.smooth_seconds)
            return found


def _fill(client: httpx.Client, base: str) -> list[str]:
    """Post events of as many customers, wait until each has its task, and sign in; the ids of the tasks."""
    for start in range(0, TASKS, 100):
        events = [bodies.event(f"B-{start + number}") for number in range(100)]
        client.post("/v1/events", content=json.dumps(events), headers=bodies.BATCH).raise_for_status()
    until(lambda: len(_tasks(client)) >= TASKS, "the tasks of the board", _PATIENCE)
    client.post("/sign-in", data={"key": KEY}, headers={"Origin": base})
    return _tasks(client)


async def _all_told(machine: Machine) -> None:
    """Wait until the feeds have all that was made: then the API has nothing to do."""
    connection = await asyncpg.connect(machine.address())
    try:
        async with asyncio.timeout(_PATIENCE):
            while await connection.fetchval(_UNTOLD):
                await asyncio.sleep(_CHECK_EVERY)
    finally:
        await connection.close()


def _tasks(client: httpx.Client) -> list[str]:
    found: list[str] = []
    query = {"dealer_id": DEALER, "role": _ROLE, "offered_to": _PERSON, "limit": 200}
    cursor: str | None = ""
    while cursor is not None:
        answer = client.get(
            "/v1/tasks", params={**query, **({"cursor": cursor} if cursor else {})}, headers=bodies.BARE
        )
        document = answer.raise_for_status().json()
        found += [one["task_id"] for one in document["items"]]
        cursor = document["next_cursor"]
    return found


def _cost(serving: list[int], client: httpx.Client, address: str, times: int) -> tuple[float, float]:
    """Mean of the processes' milliseconds over some requests after a first one, and the last one's kB as sent."""
    client.get(address)
    meter, size = Meter(serving), 0
    for _ in range(times):
        with client.stream("GET", address) as answer:
            size = sum(len(part) for part in answer.iter_raw())
        assert answer.status_code == 200, answer.status_code
    return 1000 * meter.read().cpu / times, size / 1000


async def _smoothness(base: str, ids: list[str], seconds: float) -> Frames:
    """The frames of a browser on the board while its tasks change."""
    async with httpx.AsyncClient(base_url=base, headers=bodies.BARE, timeout=60, trust_env=False) as client:
        changing = ids[: 2 * RATE]
        for task_id in changing:
            await _act(client, task_id, "accept")

        async def change() -> None:
            began, number = time.perf_counter(), 0
            while time.perf_counter() - began < seconds:
                turn, place = divmod(number, len(changing))
                await _act(client, changing[place], "resume" if turn % 2 else "wait")
                number += 1
                await asyncio.sleep(max(0.0, began + number / RATE - time.perf_counter()))

        return await watch_frames(base, _BOARD, KEY, change)


async def _act(client: httpx.AsyncClient, task_id: str, action: str) -> None:
    body = {"staff_id": _PERSON, **({"reason": "customer"} if action == "wait" else {})}
    (await client.post(f"/v1/tasks/{task_id}/{action}", json=body)).raise_for_status()
