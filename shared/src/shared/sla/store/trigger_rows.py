"""The rows of `timer_due` that are triggers of time rules: placed, moved and withdrawn with what they are about."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from pydantic_core import to_json
from sqlalchemy import Text, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.bulk import bulk_values
from shared.db.prepared import Prepared
from shared.db.write_group import WriteOfParts
from shared.ids import CustomerKey
from shared.messaging.postgres.pg_notify import notify_due
from shared.sla.store.due_subjects import DueSubject, schedule
from shared.sla.triggers.scheduled_triggers import ScheduledTrigger

BEGIN: Final = "begin"
"""The row that has the triggers of a customer worked out who has none yet."""
RESCHEDULE: Final = "reschedule"
"""The row that has the triggers of a dealer's records worked out anew, some records at a time."""

RECORDS: Final = ("vehicle", "appointment", "order", "customer")
"""The kinds of records of which time rules schedule something."""
DEALER: Final = "dealer"
"""The kind of record of which a dealer has one: itself."""
CASE: Final = "case"
"""What happened in cases, from which time rules count too."""

_KEY: Final = "dealer_id, kind, subject_id, cycle, threshold"
_ROW: Final = f"{_KEY}, customer_id, fire_at"
_ARRAYS: Final = [bindparam(name, type_=ARRAY(Text)) for name in ("dealers", "subjects")]
_PLACE: Final = WriteOfParts(
    {
        "wanted": f"select {_ROW} from {bulk_values('timer_due')}",
        "withdrawn": """
          delete from timer_due d
           using unnest(cast(:dealers as text[]), cast(:subjects as text[])) as s(dealer_id, subject_id)
           where d.kind = 'trigger' and d.dealer_id = s.dealer_id and d.subject_id = s.subject_id
             and d.threshold = any(cast(:names as text[]))
             and (d.dealer_id, d.subject_id, d.threshold, d.cycle)
                 not in (select dealer_id, subject_id, threshold, cycle from wanted)
        """,
        "placed": f"""
          insert into timer_due ({_ROW}) select {_ROW} from wanted order by {_KEY}
          on conflict (subject_id, cycle, threshold, kind, dealer_id) do update
             set customer_id = excluded.customer_id, fire_at = excluded.fire_at
        """,
    },
    kinds={"timer_due": {"trigger"}},
)
"""`not in`, for it is hashed: `not exists` would go through all that is wanted for each row that is there."""
_WITHDRAW: Final = Prepared(
    text(
        """
    delete from timer_due where kind = 'trigger' and dealer_id = :dealer_id and subject_id = :subject_id
       and split_part(threshold, '/', 1) = any(:rules)
    """
    ).bindparams(bindparam("rules", type_=ARRAY(Text)))
)
SCHEDULED: Final = f"""
    exists (select from timer_due d where d.kind = 'trigger' and d.dealer_id = s.dealer_id
                   and d.subject_id = s.customer_id and d.threshold in ('{BEGIN}', 'T-09'))
"""
"""Whether anything is scheduled of the customer `s`, a row of `dealer_id` and `customer_id`."""

_BEGIN: Final = Prepared(
    text(
        f"""
    insert into timer_due (dealer_id, kind, subject_id, customer_id, threshold, fire_at)
    select s.dealer_id, 'trigger', s.customer_id, s.customer_id, '{BEGIN}', :now
      from unnest(:dealers, :subjects) as s(dealer_id, customer_id)
     where not {SCHEDULED}
     order by 1, 3
    on conflict do nothing
    """
    ).bindparams(*_ARRAYS)
)


@dataclass(frozen=True, slots=True)
class Placed:
    """The triggers of one record; `customer_id`: whose records theirs are ordered with."""

    dealer_id: str
    subject_id: str
    customer_id: str | None
    triggers: Sequence[ScheduledTrigger]

    def rows(self) -> list[dict[str, Any]]:
        """Its rows, ready for JSON."""
        return [
            {
                "dealer_id": self.dealer_id,
                "kind": "trigger",
                "subject_id": self.subject_id,
                "customer_id": self.customer_id,
                "cycle": trigger.cycle,
                "threshold": trigger.name,
                "fire_at": trigger.fire_at,
            }
            for trigger in self.triggers
        ]

    def due(self) -> list[DueSubject]:
        """Its rows as what is due."""
        return [
            DueSubject("trigger", self.dealer_id, self.subject_id, one.fire_at, self.customer_id, one.name, one.cycle)
            for one in self.triggers
        ]


async def place_triggers(
    connection: AsyncConnection, placed: Collection[Placed], names: Iterable[str], now: datetime
) -> None:
    """Make these the only triggers of these records in the series `names`, in one statement however many there are."""
    if not placed:
        return
    rows = [row for one in placed for row in one.rows()]
    values = {
        "rows": to_json(rows).decode(),
        "dealers": [one.dealer_id for one in placed],
        "subjects": [one.subject_id for one in placed],
        "names": sorted(names),
    }
    await _PLACE.run(connection, values)
    await notify_due(connection, (row["fire_at"] for row in rows), now)


async def withdraw_triggers(connection: AsyncConnection, dealer_id: str, subject_id: str, rules: Iterable[str]) -> None:
    """Withdraw what these rules have scheduled of a record that is deleted."""
    values = {"dealer_id": dealer_id, "subject_id": subject_id, "rules": sorted(rules)}
    await _WITHDRAW.rows(connection, values)


async def reschedule_dealers(connection: AsyncConnection, dealer_ids: Iterable[str], now: datetime) -> None:
    """Have all that is scheduled of these dealers, their records and cases moved to the dealers' hours of now."""
    rows = [
        DueSubject("trigger", dealer_id, record, now.astimezone(UTC), cause=RESCHEDULE)
        for dealer_id in dealer_ids
        for record in (DEALER, *RECORDS, CASE)
    ]
    await schedule(connection, rows, now)


async def begin_customers(connection: AsyncConnection, customers: Collection[CustomerKey], now: datetime) -> None:
    """Have the worker work out at once the triggers of those of these customers of whom nothing is scheduled yet."""
    if customers:
        dealers, subjects = zip(*sorted(set(customers)), strict=True)
        await _BEGIN.rows(connection, {"dealers": list(dealers), "subjects": list(subjects), "now": now})
        await notify_due(connection, [now], now)
