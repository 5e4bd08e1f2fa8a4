"""Intake beside the bare endpoint and beside raw PostgreSQL, round by round in one run."""

from collections.abc import Sequence
from functools import partial

import bodies
from contest import CONNECTIONS
from figures import Rounds, there_and_back
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
        yardstick = partial(_bare, bare.port, seconds)
        turns = [
            partial(yardstick, "bare"),
            partial(_single, api.port, seconds),
            partial(yardstick, "bare again"),
            partial(_batches, api.port, seconds),
            partial(_raw, machine.address()),
        ]
        for turn in there_and_back(turns, sizes.intake_rounds):
            await turn(rounds)
    return rounds


async def _bare(port: int, seconds: float, name: str, rounds: Rounds) -> None:
    rounds.add(name, (await _drive(port, _singles(bodies.BARE, seconds), seconds)).rate)


async def _single(port: int, seconds: float, rounds: Rounds) -> None:
    load = await _drive(port, _singles(bodies.SINGLE, seconds), seconds)
    rounds.add("single", load.rate)
    rounds.add("single p99 ms", load.quantile(0.99))


async def _batches(port: int, seconds: float, rounds: Rounds) -> None:
    requests = [post("/v1/events", bodies.batch(), bodies.BATCH) for _ in range(int(seconds * 120))]
    rounds.add("batches of 100", 100 * (await _drive(port, requests, seconds, connections=8)).rate)


async def _raw(address: str, rounds: Rounds) -> None:
    rounds.add("raw insert of 500", await insert_rate(address))


def _singles(headers: dict[str, str], seconds: float) -> list[bytes]:
    return [post("/v1/events", bodies.single(), headers) for _ in range(int(seconds * MOST_A_SECOND))]


async def _drive(port: int, requests: Sequence[bytes], seconds: float, connections: int = CONNECTIONS) -> Load:
    left = iter(requests)
    return await drive(port, connections, seconds, lambda: next(left, None))
