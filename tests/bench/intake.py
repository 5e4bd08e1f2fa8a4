"""Intake beside the bare endpoint and beside raw PostgreSQL, round by round in one run."""

import asyncio
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

import bodies
from load import Load, drive, post
from machine import DEALER, Machine, bare_app, put
from raw_insert import insert_rate

ROUNDS = 5
SECONDS = 4.0
CONNECTIONS = 32
PREPARED = 2000
"""Requests written before a round, so that the generator's own work stays out of it."""


@dataclass
class Rounds:
    """A figure of each variant for each round."""

    figures: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, figure: float) -> None:
        """Note a figure of the present round."""
        self.figures.setdefault(name, []).append(figure)

    def median(self, name: str) -> float:
        """The median over the rounds."""
        return statistics.median(self.figures[name])

    def ratio(self, name: str, to: str) -> tuple[float, float, float]:
        """Median, least and greatest of the per-round ratios."""
        ratios = [a / b for a, b in zip(self.figures[name], self.figures[to], strict=True)]
        return statistics.median(ratios), min(ratios), max(ratios)


async def measure(machine: Machine) -> Rounds:
    """Events a second of every variant, interleaved."""
    rounds = Rounds()
    with machine.service("journey_api") as api, bare_app() as bare:
        put(api, f"/v1/dealers/{DEALER}", {"name": "Bench", "time_zone": "Europe/Lisbon"})
        for _ in range(ROUNDS):
            rounds.add("bare", (await _drive(bare, _singles(bodies.BARE))).rate)
            single = await _drive(api, _singles(bodies.SINGLE))
            rounds.add("single", single.rate)
            rounds.add("single p99 ms", single.quantile(0.99))
            rounds.add("bare again", (await _drive(bare, _singles(bodies.BARE))).rate)
            requests = [post("/v1/events", bodies.batch(), bodies.BATCH) for _ in range(PREPARED // 4)]
            rounds.add("batches of 100", 100 * (await _drive(api, requests, connections=8)).rate)
            rounds.add("raw insert of 500", await insert_rate(machine.address()))
    return rounds


def _singles(headers: dict[str, str]) -> list[bytes]:
    return [post("/v1/events", bodies.single(), headers) for _ in range(PREPARED * 40)]


async def _drive(port: int, requests: Sequence[bytes], connections: int = CONNECTIONS) -> Load:
    await asyncio.sleep(0.3)
    left = iter(requests)
    return await drive(port, connections, SECONDS, lambda: next(left, None))
