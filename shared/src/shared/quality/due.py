"""Which cases are to be judged again, and because of what; the worker does so."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.bulk import insert_all
from shared.db.schema import moment_due
from shared.messaging.bus import CONTACT_RECORDED, JOURNEY_STEP
from shared.quality.types import CauseKind

CONSUMER: Final = "handoff-worker-quality"
"""Who notes what is due, as its inbox knows it."""

_TASK_CHANGES: Final = ("created", "declined", "completed", "cancelled", "reassigned")
_CLOCK_CHANGES: Final = ("breached", "met", "cancelled", "corrected")
_PROMISE_CHANGES: Final = ("made", "kept", "moved", "broken", "withdrawn")
RECORDS: Final = (
    JOURNEY_STEP,
    CONTACT_RECORDED,
    *(f"handoff.task.{change}.v1" for change in _TASK_CHANGES),
    *(f"handoff.sla.{change}.v1" for change in _CLOCK_CHANGES),
    *(f"handoff.promise.{change}.v1" for change in _PROMISE_CHANGES),
)
"""The types of records that tell of facts."""


_ALL: Final = text(
    """
    insert into moment_due (dealer_id, customer_id, case_id, cause_kind, cause_id)
    select distinct dealer_id, customer_id, case_id, 'customer', cast(:cause as text) from moment
     where dealer_id = :dealer_id and customer_id = :customer_id
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A case of a customer (None: what joined none) and the fact that may change what is said of its moments.

    `event_id`: of an event whose case is known once it is routed.
    """

    dealer_id: str
    customer_id: str
    case_id: str | None
    cause_kind: CauseKind
    cause_id: str
    event_id: str | None = None


_COLUMNS: Final = tuple(field.name for field in fields(Due))


async def note_due(connection: AsyncConnection, dues: Iterable[Due]) -> None:
    """Remember them, in the transaction that stores the facts or later; what is noted twice is judged once."""
    rows = [{name: getattr(one, name) for name in _COLUMNS} for one in dues]
    await insert_all(connection, moment_due, rows)


async def note_all(connection: AsyncConnection, dealer_id: str, customer_id: str, cause: str) -> None:
    """Remember every case of a customer of whom more became known at once: by `cause`, who was merged into this one."""
    await connection.execute(_ALL, {"dealer_id": dealer_id, "customer_id": customer_id, "cause": cause})
