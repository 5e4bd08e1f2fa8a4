"""How many events a second the pure routing decides, on one core."""

import time
from datetime import UTC, datetime

from shared.playbook.routing.router import route
from shared.playbook.ruleset.loader import load_playbook
from shared.playbook.types import CustomerView, DealerView, JourneyEvent

_SECONDS = 2.0


def measure() -> float:
    """Evaluations a second of one inferred event with its explanations."""
    playbook, dealer, customer = load_playbook(), DealerView("Europe/Lisbon"), CustomerView()
    event = JourneyEvent(
        "E", "bench-01", "service_advisor", datetime(2026, 11, 20, tzinfo=UTC), "C-1", step=13, topics=("repair",)
    )
    count, began = 0, time.perf_counter()
    while time.perf_counter() - began < _SECONDS:
        route(event, None, customer, dealer, playbook)
        count += 1
    return count / (time.perf_counter() - began)
