"""Rules that a signal of the dealership sets off: a season began."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from handoff_worker.triggers.events import TriggeredEvent, make_events
from shared.cases.journey_events import StoredEvent
from shared.sla.policy.rules import load_rules
from shared.sla.store.due_subjects import DueSubject, schedule
from shared.sla.store.policies import load_policies
from shared.sla.triggers.openings import opening_from

SEASON: Final = "T-17"
SEASON_STARTED: Final = "season_started"


async def schedule_signals(connection: AsyncConnection, events: Sequence[StoredEvent], now: datetime) -> None:
    """Schedule what the signals of these events set off; history sets off nothing, and most events cost nothing."""
    seasons = [event for event in events if event.live and SEASON_STARTED in (event.data.get("signals") or ())]
    if not seasons:
        return
    policies = await load_policies(connection, {event.dealer_id for event in seasons})
    days = {dealer_id: found.calendar_for(SEASON, None) for dealer_id, found in policies.items()}
    due = [
        DueSubject("trigger", event.dealer_id, event.event_id, opening_from(days[event.dealer_id], now), cause=SEASON)
        for event in seasons
    ]
    await schedule(connection, due, now)


async def fire_season(connection: AsyncConnection, due: Sequence[DueSubject], now: datetime) -> None:
    """Service activities are planned for the season that began; nobody's customer is meant."""
    await make_events(connection, [_planning(one) for one in due], now)


def _planning(one: DueSubject) -> TriggeredEvent:
    (emitted,) = load_rules()[SEASON].emits
    return TriggeredEvent(
        dealer_id=one.dealer_id,
        rule=SEASON,
        subject_id=one.subject_id,
        cycle=one.cycle,
        occurrence=emitted.occurrence,
        observer=emitted.observer,
    )
