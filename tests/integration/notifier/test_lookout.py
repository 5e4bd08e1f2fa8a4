"""The lookout wakes a chore where there is something for it, and lets it sleep where there is nothing."""

from datetime import timedelta

import pytest
from postoffice import PostOffice
from statement_count import statements

from notifier.due_probe import Lookout

pytestmark = pytest.mark.database


async def test_nothing_due_wakes_nobody_and_takes_one_statement(office: PostOffice) -> None:
    await office.open()
    lookout = Lookout(office.database, office.clock)
    with statements(office.database) as sent:
        await lookout.look()
    assert len([one for one in sent if "set_config" not in one]) == 1
    woken = (lookout.held, lookout.speaking, lookout.silence, lookout.receipts)
    assert not any(event.is_set() for event in woken)


async def test_a_held_message_wakes_when_its_time_has_come(office: PostOffice) -> None:
    await office.open()
    await office.meet(quiet_hours=[{"from": "21:00", "to": "08:00"}])
    office.clock.advance(timedelta(hours=12))
    await office.post(step=17, occurrences=["repair_status_changed"], topics=["repair"])
    await office.hear()
    lookout = Lookout(office.database, office.clock)
    await lookout.look()
    assert not lookout.held.is_set()
    office.clock.advance(timedelta(hours=11))
    await lookout.look()
    assert lookout.held.is_set()
    assert not lookout.speaking.is_set()
