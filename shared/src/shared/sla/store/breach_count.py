"""How many due times passed, as a metric of the process that noticed."""

from collections import Counter
from collections.abc import Iterable

from shared.process.telemetry import sla_breaches_total
from shared.sla.types import Timer, TimerEvent


def count_breaches(told: Iterable[tuple[Timer, TimerEvent]]) -> None:
    """Count those of these changes of clocks that are breaches, on time or found when the clock was attached."""
    breached = Counter((one.dealer_id, one.rule, one.target) for one, event in told if event.action == "breached")
    for kind, number in breached.items():
        sla_breaches_total.labels(*kind).inc(number)
