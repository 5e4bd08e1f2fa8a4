"""What a time rule does when its date comes."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.sla.store.due_subjects import DueSubject

Fire = Callable[[AsyncConnection, Sequence[DueSubject], datetime], Awaitable[None]]
"""Stores what comes of some turns of a rule, and schedules the next ones; the locks of their keys are held.

It looks again whether the rule still asks for it, for records change between the date and here.
"""

MoreKeys = Callable[[AsyncConnection, Sequence[DueSubject], datetime], Awaitable[set[str]]]
"""The record keys to be locked beside those of the rows themselves."""


async def no_more_keys(_connection: AsyncConnection, _due: Sequence[DueSubject], _now: datetime) -> set[str]:
    """Nobody but the customer of the row, else the dealer, is touched."""
    return set()


@dataclass(frozen=True, slots=True)
class Trigger:
    """How the turns of a time rule are carried out."""

    fire: Fire
    more_keys: MoreKeys = no_more_keys
