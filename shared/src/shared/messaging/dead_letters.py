"""Records that a consumer gave up: kept with the reason, listed, and handed to it again on request."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, cast

from pydantic import Field
from sqlalchemy import Row, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import TypedDict

from shared.db.schema import dead_letter
from shared.ids import new_id
from shared.messaging.bus import Record, dead_topic, source_of
from shared.messaging.field_types import Id, Own
from shared.messaging.outbox import append
from shared.vocabulary import BUS_TOPICS

DEAD_TYPE: Final = "handoff.record.dead.v1"
"""The type of the records on `<topic>.dead`, whose data is a DeadRecord."""

if TYPE_CHECKING:  # mypy does not read a Literal made of a tuple
    Topic = str
else:
    Topic = Literal[BUS_TOPICS]


class GivenUp(TypedDict):
    """The record as it was read; `data` may be of any shape, which can be why it was given up."""

    topic: Topic
    key: str
    dealer_id: Id
    id: Own
    type: Own
    source: Own
    time: datetime
    data: dict[str, Any]
    event_id: Own | None


class DeadRecord(TypedDict):
    """A record that a consumer gave up after so many tries, and the error's kind and first line."""

    consumer: Own
    reason: Annotated[str, Field(max_length=300)]
    tries: Annotated[int, Field(ge=1)]
    record: GivenUp


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record given up; `tries` counts all of them, instants are domain time, `replay_at` a replay asked for."""

    id: str
    consumer: str
    topic: str
    key: str
    dealer_id: str
    event_id: str | None
    reason: str
    tries: int
    first_at: datetime
    last_at: datetime
    replay_at: datetime | None


async def keep(
    connection: AsyncConnection, consumer: str, record: Record, reason: str, tries: int, now: datetime
) -> None:
    """Keep a record that could not be handled, and say so on `<topic>.dead`.

    Given up once more, it stays one dead letter with the newest reason and all tries.
    """
    content = cast(GivenUp, {name: value for name, value in asdict(record).items() if name != "seq"})
    values = insert(dead_letter).values(
        dead_letter_id=new_id(),
        consumer=consumer,
        topic=record.topic,
        key=record.key,
        dealer_id=record.dealer_id,
        event_id=record.event_id,
        source=record.source,
        record_id=record.id,
        record=content,
        reason=reason,
        tries=tries,
        first_at=now,
        last_at=now,
    )
    again = {"reason": reason, "tries": dead_letter.c.tries + tries, "last_at": now, "replay_at": None}
    await connection.execute(
        values.on_conflict_do_update(index_elements=["consumer", "source", "record_id"], set_=again)
    )
    data: DeadRecord = {"consumer": consumer, "reason": reason, "tries": tries, "record": content}
    source = source_of(record.dealer_id)
    topic = dead_topic(record.topic)
    await append(
        connection,
        [Record(topic, record.key, record.dealer_id, new_id(), DEAD_TYPE, source, now, data, record.event_id)],
    )


async def list_dead_letters(
    connection: AsyncConnection, limit: int, after: str | None = None, dealer_id: str | None = None
) -> Sequence[DeadLetter]:
    """The newest first, those after the dead letter with the id `after`; of the dealers the transaction may see."""
    query = select(dead_letter).order_by(dead_letter.c.dead_letter_id.desc()).limit(limit)
    if after is not None:
        query = query.where(dead_letter.c.dead_letter_id < after)
    if dealer_id is not None:
        query = query.where(dead_letter.c.dealer_id == dealer_id)
    return [_letter(row) for row in await connection.execute(query)]


async def request_replay(connection: AsyncConnection, dead_letter_id: str, now: datetime) -> DeadLetter | None:
    """Have the consumer handle this record once more, past its inbox; None when no such dead letter can be seen.

    Handled, the dead letter is gone; failed, it has a new reason.
    """
    mark = update(dead_letter).where(dead_letter.c.dead_letter_id == dead_letter_id).values(replay_at=now)
    row = (await connection.execute(mark.returning(dead_letter))).one_or_none()
    return _letter(row) if row else None


async def next_replay(connection: AsyncConnection, consumer: str) -> Record | None:
    """The record whose replay was asked for first."""
    query = (
        select(dead_letter.c.record)
        .where(dead_letter.c.consumer == consumer, dead_letter.c.replay_at.is_not(None))
        .order_by(dead_letter.c.replay_at, dead_letter.c.dead_letter_id)
        .limit(1)
    )
    content = (await connection.execute(query)).scalar_one_or_none()
    return Record(**{**content, "time": datetime.fromisoformat(content["time"])}) if content else None


async def take_replay(connection: AsyncConnection, consumer: str, record: Record) -> bool:
    """Forget the dead letter of a record, in the transaction of its replay; False when another is at it or has been."""
    c = dead_letter.c
    mine = (
        select(c.dead_letter_id)
        .where(c.consumer == consumer, c.source == record.source, c.record_id == record.id, c.replay_at.is_not(None))
        .with_for_update(skip_locked=True)
    )
    taken = await connection.execute(delete(dead_letter).where(c.dead_letter_id.in_(mine)).returning(c.dead_letter_id))
    return taken.one_or_none() is not None


def _letter(row: Row[Any]) -> DeadLetter:
    return DeadLetter(
        row.dead_letter_id,
        row.consumer,
        row.topic,
        row.key,
        row.dealer_id,
        row.event_id,
        row.reason,
        row.tries,
        row.first_at,
        row.last_at,
        row.replay_at,
    )
