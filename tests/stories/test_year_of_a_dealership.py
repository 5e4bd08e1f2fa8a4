"""A year of a dealership, played on the moving clock and held against a table of what must have happened.

Eight kinds of customers live through all that the time rules ask about; the table is reckoned from the script alone,
by plain calendars and a plain reading of timers.md 5.7.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text
from year_calendar import CLOSED, HERE, add_open
from year_customers import written
from year_play import Year
from year_record import record_of
from year_script import ENDS
from year_table import table_of

from harness.dealership import DEALER
from harness.memory_mail_channel import MemoryMailChannel
from harness.people import OFFICE_HOURS
from harness.running_services import RunningServices
from harness.verification import at_odds
from notifier.channels.channel import Channel
from shared.playbook.ruleset.entries import Playbook
from shared.sla.policy.rules import load_rules

ON_KAFKA = 0
"""The year is played over Kafka at night only."""

FAR = ("Asia/Kathmandu", "America/St_Johns", "Asia/Beirut")
"""Zones with offsets of quarters and halves of an hour, and with clocks that change at midnight."""

HELD_OTHERWISE = {"T-01", "T-18", "T-43", "T-46"}
"""T-18 is in the cards that are not sent (T-13); the others are held below."""
OFFERED_FOR = timedelta(minutes=15)
OFFERS = text(
    """
    select task_id, min(e.at) filter (where e.action = 'offered') as offered_at,
           min(e.at) filter (where e.action = 'accepted') as accepted_at
      from task t join task_event e using (task_id) where t.kind = 'deliver' group by 1 order by 1
    """
)


@pytest.fixture
def channels(mails: MemoryMailChannel) -> Mapping[str, Channel]:
    """E-mail is what there is to send with."""
    return {"email": mails}


@pytest.fixture
def zone(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where the dealer is."""
    before, HERE.zone = HERE.zone, ZoneInfo(request.param)
    yield request.param
    HERE.zone = before


@pytest.mark.trial
@pytest.mark.parametrize(
    ("customers", "zone"),
    [
        (8, "Europe/Lisbon"),
        pytest.param(50, "Europe/Lisbon", marks=pytest.mark.nightly),
        *(pytest.param(8, far, marks=pytest.mark.nightly) for far in FAR),
    ],
    indirect=["zone"],
)
async def test_everything_of_a_year_happens_when_it_must_and_nothing_else(
    services: RunningServices, customers: int, zone: str, mails: MemoryMailChannel, playbook: Playbook
) -> None:
    script = written(customers)
    answered = measured()
    year = Year(services, script)
    await open_dealer(services, zone)
    await year.play(ENDS)
    happened, table = await record_of(year), table_of(script)
    assert {rule for rule, *_ in table} == set(load_rules()) - HELD_OTHERWISE
    assert (sorted(set(happened) - table), sorted(table - set(happened))) == ([], [])
    assert len(happened) == len(set(happened))
    assert {one: count - answered[one] for one, count in measured().items()} == {"yes": 1, "no": 1}
    await hold_offers(services)
    assert all("Ana Sousa" in mail.text.splitlines()[0] for mail in mails.taken)
    assert await services.rows(text("select * from dead_letter")) == []
    assert await at_odds(services, playbook) == []


async def open_dealer(services: RunningServices, zone: str) -> None:
    """The dealer, put with its hours and the days it stays closed."""
    await services.open_dealer()
    calendar = {"week": OFFICE_HOURS, "exceptions": {day.isoformat(): [] for day in CLOSED}}
    record: dict[str, Any] = {"name": "Lisboa Motors", "time_zone": zone, "locale": "en"}
    answer = await services.client.put(f"/v1/dealers/{DEALER}", json=record | {"calendars": {"default": calendar}})
    assert answer.status_code == 200, answer.text


def measured() -> dict[str, float]:
    """How many telephones were answered so far, in time or not (T-01)."""
    name = "handoff_telephone_answer_seconds_count"
    return {word: REGISTRY.get_sample_value(name, {"in_time": word}) or 0 for word in ("yes", "no")}


async def hold_offers(services: RunningServices) -> None:
    """Each deliver is offered to the one person of its role, who has a quarter of an open hour to take it (T-46)."""
    clocks = {row["task_id"]: row for row in await services.rows(text("select * from sla_timer where rule = 'T-46'"))}
    offers = await services.rows(OFFERS)
    assert sorted(clocks) == sorted(one["task_id"] for one in offers)
    for one in offers:
        clock, due = clocks[one["task_id"]], add_open(one["offered_at"], OFFERED_FOR)
        assert (clock["started_at"], clock["due_at"]) == (one["offered_at"], due)
        in_time = one["accepted_at"] is not None and one["accepted_at"] <= due
        assert clock["breached_at"] == (None if in_time else due)
    assert any(clock["breached_at"] for clock in clocks.values())
