"""What is counted is there at zero before the first: of a series that begins at one nobody sees the rise."""

from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select

from harness.dealership import DEALER
from harness.names import MESSAGE_ACKNOWLEDGEMENT
from harness.stepped_services import SteppedServices
from shared.db.schema import sla_timer
from shared.messaging.notification_events import RECORDED
from shared.process.telemetry import notifications_total, sla_breaches_total

pytestmark = pytest.mark.database


async def breaches(services: SteppedServices) -> dict[str, float | None]:
    """By rule of a clock of the dealer, how many breaches are counted; None where there is no such series."""
    found = {}
    for row in await services.rows(select(sla_timer.c.rule, sla_timer.c.target).distinct()):
        labels = {"dealer": DEALER, "policy": row["rule"], "severity": row["target"]}
        found[row["rule"]] = REGISTRY.get_sample_value("handoff_sla_breaches_total", labels)
    return found


async def open_with_message(services: SteppedServices, **event: Any) -> None:
    """A dealer, and a customer who wrote of an early problem."""
    sla_breaches_total.clear()
    await services.open_dealer()
    await services.add_customer(channels=[])
    await services.post_infotainment_message(**event)
    await services.route()


async def test_breaches_of_each_kind_of_clock_that_runs(services: SteppedServices) -> None:
    await open_with_message(services)
    assert set((await breaches(services)).values()) == {None}
    await services.loops.job("breach_series").single_pass()
    assert set((await breaches(services)).values()) == {0.0}
    services.clock.advance(timedelta(minutes=10, seconds=1))
    await services.tick()
    assert {rule for rule, count in (await breaches(services)).items() if count} == {MESSAGE_ACKNOWLEDGEMENT}


async def test_a_clock_that_is_attached_too_late_counts_too(services: SteppedServices) -> None:
    earlier = services.clock() - timedelta(minutes=12)
    await open_with_message(services, at=earlier)
    assert (await breaches(services))[MESSAGE_ACKNOWLEDGEMENT] == 1.0


async def test_every_outcome_of_a_channel_with_its_first_message(services: SteppedServices) -> None:
    notifications_total.clear()
    await open_with_message(services)
    await services.settle()
    labels = {"dealer": DEALER, "channel": "email"}
    counted = {
        result: REGISTRY.get_sample_value("handoff_notifications_total", {**labels, "result": result})
        for result in RECORDED
    }
    assert None not in counted.values()
    assert counted["queued"]
    assert counted["read"] == 0.0
