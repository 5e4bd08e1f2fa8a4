"""Rules that a signal of the dealership sets off: a season began, a campaign was sent."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from handoff_worker.triggers.events import TriggeredEvent, make_events
from handoff_worker.triggers.reminders import Reminder, remind
from handoff_worker.triggers.trigger_handler import TriggerContext
from shared.cases.journey_events import StoredEvent
from shared.sla.policy.policy import Policies
from shared.sla.policy.rules import load_rules
from shared.sla.store.due_subjects import DueSubject, schedule
from shared.sla.store.policies import load_policies
from shared.sla.triggers.case_triggers import trigger_again

SEASON: Final = "T-17"
CAMPAIGN: Final = "T-41"
SIGNALS: Final[Mapping[str, str]] = {"season_started": SEASON, "campaign_sent": CAMPAIGN}
"""Which rule a signal sets off."""


async def schedule_signals(connection: AsyncConnection, events: Sequence[StoredEvent], now: datetime) -> None:
    """Schedule what the signals of these events set off; history sets off nothing, and most events cost nothing."""
    found = [
        (event, SIGNALS[signal])
        for event in events
        if event.live
        for signal in event.data.get("signals") or ()
        if signal in SIGNALS
    ]
    if not found:
        return
    policies = await load_policies(connection, {event.dealer_id for event, _ in found})
    await schedule(connection, _due(found, policies, now), now)


async def fire_season(context: TriggerContext, due: Sequence[DueSubject]) -> None:
    """Service activities are planned for the season that began; nobody's customer is meant."""
    await make_events(context.connection, [_planning(one) for one in due], context.now)


async def fire_campaigns(context: TriggerContext, due: Sequence[DueSubject]) -> None:
    """What a campaign has brought is to be evaluated."""
    (role,) = load_rules()[CAMPAIGN].to
    await remind(context, [Reminder(one.dealer_id, CAMPAIGN, role) for one in due])


def _due(
    found: Sequence[tuple[StoredEvent, str]], policies: Mapping[str, Policies], now: datetime
) -> Iterator[DueSubject]:
    for event, rule in found:
        at = trigger_again(rule, min(event.occurred_at, now), 0, policies[event.dealer_id], now)
        if at is not None:
            yield DueSubject("trigger", event.dealer_id, event.event_id, at, cause=rule)


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
