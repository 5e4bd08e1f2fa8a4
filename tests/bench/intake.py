"""Intake beside the bare endpoint and beside raw PostgreSQL, round by round in one run."""

from collections.abc import Sequence

import bodies
from contest import CONNECTIONS
from figures import Rounds
from load import Load, drive, post
from machine import DEALER, Machine, bare_app, put
from raw_insert import insert_rate
from sizes import Sizes

MOST_A_SECOND = 10_000
"""So many requests are written before a round, so that the generator's own work stays out of it."""


async def measure(machine: Machine, sizes: Sizes) -> Rounds:
    """Events a second of every variant, interleaved."""
    rounds, seconds = Rounds(), sizes.intake_seconds
    with machine.service("journey_api") as api, bare_app() as bare:
        put(api.port, f"/v1/dealers/{DEALER}", {"name": "Bench", "time_zone": "Europe/Lisbon"})
        for _ in range(sizes.intake_rounds):
            rounds.add("bare", (await _drive(bare.port, _singles(bodies.BARE, seconds), seconds)).rate)
            single = await _drive(api.port, _singles(bodies.SINGLE, seconds), seconds)
            rounds.add("single", single.rate)
            rounds.add("single p99 ms", single.quantile(0.99))
            rounds.add("bare again", (await _drive(bare.port, _singles(bodies.BARE, seconds), seconds)).rate)
            batches = [post("/v1/events", bodies.batch(), bodies.BATCH) for _ in range(int(seconds * 120))]
            rounds.add("batches of 100", 100 * (await _drive(api.port, batches, seconds, connections=8)).rate)
            rounds.add("raw insert of 500", await insert_rate(machine.address()))
    return rounds


def _singles(headers: dict[str, str], seconds: float) -> list[bytes]:
    return [post("/v1/events", bodies.single(), headers) for _ in range(int(seconds * MOST_A_SECOND))]


async def _drive(port: int, requests: Sequence[bytes], seconds: float, connections: int = CONNECTIONS) -> Load:
    left = iter(requests)
    return await drive(port, connections, seconds, lambda: next(left, None))
