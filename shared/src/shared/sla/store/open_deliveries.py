"""How many delivers of a case are open, and how many of them wait for somebody outside the dealership."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.bulk import unnest_keys
from shared.db.prepared import Prepared
from shared.db.schema.columns import in_list
from shared.ids import CaseKey
from shared.lifecycle import Task
from shared.vocabulary import WORKED_STATUSES

OPEN_DELIVER: Final = f"t.kind = 'deliver' and t.status in ({in_list(WORKED_STATUSES)})"
WAITS_OUTSIDE: Final = "t.status = 'waiting' and t.waiting_reason is distinct from 'internal'"
"""Conditions on `task t`, the second as `waits_outside`."""


@dataclass(frozen=True, slots=True)
class Delivers:
    """The open delivers of a case; `waiting` of them wait for somebody outside."""

    opened: int = 0
    waiting: int = 0

    @property
    def all_waiting(self) -> bool:
        """Whether there are some and every one waits."""
        return 0 < self.opened == self.waiting

    def __add__(self, other: "Delivers") -> "Delivers":
        return Delivers(self.opened + other.opened, self.waiting + other.waiting)


def waits_outside(status: str, reason: str | None) -> bool:
    """Whether a task of this status waits for somebody outside the dealership."""
    return status == "waiting" and reason != "internal"


def delivers_of(tasks: Iterable[Task]) -> Delivers:
    """The open delivers among all tasks of a case."""
    opened = [one for one in tasks if one.kind == "deliver" and one.status in WORKED_STATUSES]
    return Delivers(len(opened), sum(waits_outside(one.status, one.waiting_reason) for one in opened))


async def count_delivers(connection: AsyncConnection, cases: Collection[CaseKey]) -> dict[CaseKey, Delivers]:
    """The open delivers of these cases, of those that have some."""
    if not cases:
        return {}
    rows = await _COUNT.rows(connection, unnest_keys(cases))
    return {(dealer_id, case_id): Delivers(opened, waiting) for dealer_id, case_id, opened, waiting in rows}


_COUNT: Final = Prepared(
    f"""
    select t.dealer_id, t.case_id, count(*), count(*) filter (where {WAITS_OUTSIDE})
      from task t
      join unnest(cast(:firsts as text[]), cast(:seconds as text[])) as c(dealer_id, case_id) using (dealer_id, case_id)
     where {OPEN_DELIVER}
     group by t.dealer_id, t.case_id
    """
)
