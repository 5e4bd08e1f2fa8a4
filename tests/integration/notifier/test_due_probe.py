"""The due probe wakes a job where there is something for it, and lets it sleep where there is nothing."""

from datetime import timedelta

import pytest

from harness.names import REPAIR_STATUS_CHANGED, REPAIR_VEHICLE
from harness.statement_count import statements
from harness.stepped_services import SteppedServices
from notifier.due_probe import DueProbe

pytestmark = pytest.mark.database


async def test_nothing_due_wakes_nobody_and_takes_one_statement(services: SteppedServices) -> None:
    await services.open_dealer()
    due_probe = DueProbe(services.database, services.clock)
    with statements(services.database) as sent:
        await due_probe.check()
    assert len([one for one in sent if "set_config" not in one]) == 1
    woken = (
        due_probe.held,
        due_probe.staff_messages,
        due_probe.unconfirmed,
        due_probe.receipts,
        due_probe.attempts,
    )
    assert not any(event.is_set() for event in woken)


async def test_a_held_message_wakes_when_its_time_has_come(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer(quiet_hours=[{"from": "21:00", "to": "08:00"}])
    services.clock.advance(timedelta(hours=12))
    await services.post_event(step=REPAIR_VEHICLE, occurrences=[REPAIR_STATUS_CHANGED], topics=["repair"])
    await services.notify()
    due_probe = DueProbe(services.database, services.clock)
    await due_probe.check()
    assert not due_probe.held.is_set()
    services.clock.advance(timedelta(hours=11))
    await due_probe.check()
    assert due_probe.held.is_set()
    assert not due_probe.staff_messages.is_set()
