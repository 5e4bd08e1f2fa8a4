"""What follows a change of a dealer's record: queues, idle cases and coming calendars go by it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.commands.change_calendars import schedule_calendars
from shared.commands.idle_schedule import idle_after, reschedule_idle
from shared.commands.reoffer_task import offer_queued
from shared.playbook.ruleset.entries import Playbook


async def follow_dealer(connection: AsyncConnection, dealer: Row[Any], playbook: Playbook, now: datetime) -> None:
    """Offer queues by the hours of the stored record, look at idle cases by its tables, schedule its next calendar.

    Takes the locks of the customers whose queued tasks somebody is there for.
    """
    await schedule_calendars(connection, dealer.dealer_id, dealer.record, now)
    await offer_queued(connection, playbook, dealer.dealer_id, now)
    await reschedule_idle(connection, dealer.dealer_id, idle_after(playbook, dealer.record.get("tables") or {}), now)
