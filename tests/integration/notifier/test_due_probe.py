"""The lookout wakes a chore where there is something for it, and lets it sleep where there is nothing."""

from datetime import timedelta

import pytest

from harness.names import REPAIR_STATUS_CHANGED, REPAIR_VEHICLE
from harness.statement_count import statements
from harness.stepped_services import SteppedServices
from notifier.due_probe import Lookout

pytestmark = pytest.mark.database


async def test_nothing_due_wakes_nobody_and_takes_one_statement(services: SteppedServices) -> None:
    await services.open_dealer()
    lookout = Lookout(services.database, services.clock)
    with statements(services.database) as sent:
        await lookout.look()
    assert len([one for one in sent if "set_config" not in one]) == 1
    woken = (lookout.held, lookout.speaking, lookout.silence, lookout.receipts)
    assert not any(event.is_set() for event in woken)


async def test_a_held_message_wakes_when_its_time_has_come(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer(quiet_hours=[{"from": "21:00", "to": "08:00"}])
    services.clock.advance(timedelta(hours=12))
    await services.post_event(step=REPAIR_VEHICLE, occurrences=[REPAIR_STATUS_CHANGED], topics=["repair"])
    await services.notify()
    lookout = Lookout(services.database, services.clock)
    await lookout.look()
    assert not lookout.held.is_set()
    services.clock.advance(timedelta(hours=11))
    await lookout.look()
    assert lookout.held.is_set()
    assert not lookout.speaking.is_set()
