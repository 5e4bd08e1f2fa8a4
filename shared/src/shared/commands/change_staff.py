"""What follows from a change of a member of staff: queues and promises."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.commands.change_promise import renew_owners_of_giver
from shared.commands.reoffer_task import offer_queued
from shared.playbook.ruleset.entries import Playbook


async def follow_staff(
    connection: AsyncConnection, playbook: Playbook, dealer_id: str, staff_id: str, now: datetime
) -> None:
    """Offer queued tasks to who has turned up; let the customer owners answer for the promises of who is `off`.

    The record is written. Takes the locks of the customers concerned.
    """
    await offer_queued(connection, playbook, dealer_id, now)
    await renew_owners_of_giver(connection, dealer_id, staff_id, now)
