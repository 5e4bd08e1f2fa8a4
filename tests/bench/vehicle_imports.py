"""The import of a dealer's vehicles by PUT: with the dates that time rules hang on, and without."""

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import bodies
from figures import Rounds
from load import drive, post
from machine import DEALER, Machine, postmaster, put
from processes import Meter
from sizes import Sizes

PLAIN, DATED = "without dates", "with dates"
CPU = ": processor seconds"
CONNECTIONS = 8
_ROUNDS = 5
_WARM = 200
_DAYS = {
    "registered_on": -900,
    "purchased_on": -40,
    "last_visit_on": -60,
    "next_service_on": 700,
    "warranty_until": 100,
}
"""The dates of a vehicle, in days from today. Five rules have something to come: T-08, T-12, T-14, T-19, T-29."""


async def measure(machine: Machine, sizes: Sizes) -> Rounds:
    """Seconds that so many vehicles take, each new and somebody's: a fifth of either kind, in turn, five times.

    Beside them the processor seconds of API and database.
    """
    rounds, part = Rounds(), sizes.vehicles // _ROUNDS
    today = datetime.now(UTC).date()
    dates = {name: (today + timedelta(days=days)).isoformat() for name, days in _DAYS.items()}
    with machine.service("journey_api") as api:
        put(api.port, f"/v1/dealers/{DEALER}", {"name": "Bench", "time_zone": "Europe/Lisbon"})
        put(api.port, f"/v1/dealers/{DEALER}/customers/C-1", {"name": "Ana Sousa"})
        for number in range(-1, _ROUNDS):
            for kind, held in ((PLAIN, {}), (DATED, dates)):
                count = part if number >= 0 else _WARM
                meter = Meter([api.pid, postmaster(machine.postgres)])
                seconds = await _imported(api.port, f"{len(held)}R{number + 1}", count, held)
                if number >= 0:
                    rounds.add(kind, seconds * _ROUNDS)
                    rounds.add(kind + CPU, meter.read().cpu * _ROUNDS)
    return rounds


async def _imported(port: int, name: str, count: int, dates: Mapping[str, str]) -> float:
    left = iter([_vehicle(f"V{name}N{number}", number, dates) for number in range(count)])
    load = await drive(port, CONNECTIONS, math.inf, lambda: next(left, None))
    assert load.statuses == {201: count}, load.statuses
    return load.seconds


def _vehicle(vin: str, number: int, dates: Mapping[str, str]) -> bytes:
    record = {"customer_id": "C-1", "plate": f"AA-{number:05}", "model": "Sport", **dates}
    return post(f"/v1/dealers/{DEALER}/vehicles/{vin}", json.dumps(record).encode(), bodies.BARE, "PUT")
