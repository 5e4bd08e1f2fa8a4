"""What becomes due at an instant without being a timer: waits, queues, idle cases, moved promises, calendars, triggers
of time rules. The scheduler publishes each.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final, Literal

from pydantic_core import to_json
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import TypedDict

from shared.db.bulk import bulk_values, in_keys, unnest_keys
from shared.db.engine import record_key
from shared.db.schema import timer_due
from shared.db.write_group import Write
from shared.messaging.bus import Record, new_record
from shared.messaging.field_types import Id, SubjectId
from shared.messaging.postgres.pg_notify import notify_due
from shared.vocabulary import SLA_TOPIC

TIMER_DUE: Final = "handoff.timer.due.v1"

Kind = Literal["wait", "queue", "idle_case", "promise", "trigger", "calendar"]
KINDS: Final[tuple[Kind, ...]] = ("wait", "queue", "idle_case", "promise", "trigger", "calendar")

_ROW: Final = "dealer_id, kind, subject_id, customer_id, cycle, threshold, fire_at"
_SCHEDULE: Final = f"""
    insert into timer_due ({_ROW}) select {_ROW} from {bulk_values("timer_due")}
     order by dealer_id, kind, subject_id, threshold, cycle
    on conflict (subject_id, cycle, threshold, kind, dealer_id) do update
       set customer_id = excluded.customer_id,
           fire_at = case when excluded.kind in ('wait', 'trigger', 'calendar') then excluded.fire_at
                          else least(timer_due.fire_at, excluded.fire_at) end
"""


class DueTold(TypedDict):
    """Something other than a clock is due, and Handoff itself acts on it: readers may ignore it.

    `subject_id`: the task whose wait has ended, the role whose queue somebody may be there for, the case that may be
    idle, the moved promise whose date has passed, the dealer whose calendar comes into force, or what the time rule
    `rule` is about, in its `cycle`; both are null for all but a trigger. `due_at` is when it was due.
    """

    kind: Kind
    dealer_id: Id
    customer_id: Id | None
    subject_id: SubjectId
    rule: str | None
    cycle: int | None
    due_at: datetime


@dataclass(frozen=True, slots=True)
class DueSubject:
    """A task that waits, a role's queue, a case, a moved promise, a dealer or a subject of a time rule; when to look.

    `customer_id`: whose records it is ordered with. `cause`: tells rows of one subject apart that several transactions
    write at once; empty for the one row a subject has by itself. Of a trigger it is the time rule, and `cycle` says
    which of its dates.
    """

    kind: Kind
    dealer_id: str
    subject_id: str
    fire_at: datetime
    customer_id: str | None = None
    cause: str = ""
    cycle: int = 0

    @property
    def key(self) -> str:
        """The key its record is ordered by."""
        return record_key(self.dealer_id, self.customer_id)


async def schedule(connection: AsyncConnection, subjects: Iterable[DueSubject], now: datetime) -> None:
    """Write the rows in one statement; an instant that has passed is due at once.

    A wait has one end, the last one given, and so have a scheduled trigger of a time rule and a dealer's next calendar.
    A queue or a case is looked at as early as anybody asked for: whoever handles it finds out whether anything is to be
    done, and schedules it anew.
    """
    rows = [_row(one, now) for one in subjects]
    if rows:
        kinds = frozenset(row["kind"] for row in rows)
        await _scheduling(kinds).run(connection, {"rows": to_json(rows).decode()})
        await notify_due(connection, (row["fire_at"] for row in rows), now)


@cache
def _scheduling(kinds: frozenset[str]) -> Write:
    return Write(_SCHEDULE, kinds={"timer_due": kinds})


async def unschedule(connection: AsyncConnection, kind: Kind, subjects: Collection[tuple[str, str]]) -> None:
    """Delete the rows of these subjects (dealer, id); those that have fired already are gone."""
    if subjects:
        named = in_keys(timer_due.c.dealer_id, timer_due.c.subject_id)
        await connection.execute(timer_due.delete().where(timer_due.c.kind == kind, named), unnest_keys(subjects))


def due_record(subject: DueSubject, now: datetime) -> Record:
    """Build the record that the subject is due."""
    data: DueTold = {
        "kind": subject.kind,
        "dealer_id": subject.dealer_id,
        "customer_id": subject.customer_id,
        "subject_id": subject.subject_id,
        "rule": subject.cause if subject.kind == "trigger" else None,
        "cycle": subject.cycle if subject.kind == "trigger" else None,
        "due_at": subject.fire_at,
    }
    return new_record(SLA_TOPIC, TIMER_DUE, subject.dealer_id, subject.customer_id, now, data)


def read_due(data: Mapping[str, Any]) -> DueSubject:
    """Read what is due from the data of such a record; `fire_at` is when it was due."""
    due_at = datetime.fromisoformat(data["due_at"])
    named = data.get("rule") or "", data.get("cycle") or 0
    return DueSubject(data["kind"], data["dealer_id"], data["subject_id"], due_at, data["customer_id"], *named)


def _row(one: DueSubject, now: datetime) -> dict[str, Any]:
    # the scheduler does not look for news among what it has long left behind
    return {
        "dealer_id": one.dealer_id,
        "kind": one.kind,
        "subject_id": one.subject_id,
        "customer_id": one.customer_id,
        "cycle": one.cycle,
        "threshold": one.cause,
        "fire_at": max(one.fire_at, now),
    }
