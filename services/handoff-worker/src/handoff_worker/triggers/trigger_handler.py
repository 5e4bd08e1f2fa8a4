"""What the worker does when a scheduled trigger of a time rule comes due."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.playbook.ruleset.entries import Playbook
from shared.sla.store.due_subjects import DueSubject


@dataclass(frozen=True, slots=True)
class TriggerContext:
    """What handlers of one transaction share. `now`: domain time, not before any of the rows is due."""

    connection: AsyncConnection
    playbook: Playbook
    now: datetime


Fire = Callable[[TriggerContext, Sequence[DueSubject]], Awaitable[None]]
"""Stores what comes of some triggers of a rule, and schedules the next ones; the locks of their keys are held.

It looks again whether the rule still asks for it, for records change between the date and here.
"""

MoreKeys = Callable[[TriggerContext, Sequence[DueSubject]], Awaitable[set[str]]]
"""The record keys to be locked beside those of the rows themselves."""


async def no_more_keys(_context: TriggerContext, _due: Sequence[DueSubject]) -> set[str]:
    """Nobody but the customer of the row, else the dealer, is touched."""
    return set()


@dataclass(frozen=True, slots=True)
class TriggerHandler:
    """How the triggers of a time rule are carried out."""

    fire: Fire
    more_keys: MoreKeys = no_more_keys
