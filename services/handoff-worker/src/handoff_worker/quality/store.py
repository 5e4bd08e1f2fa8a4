"""What is judged is stored, each change of it with the fact that caused it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.bulk import insert_all, upsert_all
from shared.db.schema import moment as moment_table
from shared.db.schema import moment_change
from shared.quality.moment_rows import StoredMoment, row_of
from shared.quality.stored_facts import Target
from shared.quality.types import NOTHING_SEEN, Cause, Moment, Seen


async def store_moments(
    connection: AsyncConnection,
    judged: Sequence[Moment],
    seen: Mapping[str, Seen],
    stored: Mapping[str, StoredMoment],
    causes: Mapping[Target, Cause],
    now: datetime,
) -> list[Moment]:
    """Write what is new or different of some cases, and forget what is none any more; answers what became tragic."""
    new = [one for one in judged if one.moment_id not in stored or stored[one.moment_id].moment != one]
    rows = [row_of(one, seen.get(one.moment_id, NOTHING_SEEN)) for one in new]
    await upsert_all(connection, moment_table, sorted(rows, key=lambda row: str(row["moment_id"])))
    gone = sorted(stored.keys() - {one.moment_id for one in judged})
    if gone:
        await connection.execute(delete(moment_table).where(moment_table.c.moment_id.in_(gone)))
    await insert_all(connection, moment_change, list(_changes(new, stored, causes, now)))
    return [one for one in new if one.score == -1 and _score_before(one, stored) != -1]


def _score_before(one: Moment, stored: Mapping[str, StoredMoment]) -> int | None:
    before = stored.get(one.moment_id)
    return before.moment.score if before else None


def _changes(
    new: Sequence[Moment], stored: Mapping[str, StoredMoment], causes: Mapping[Target, Cause], now: datetime
) -> Iterator[dict[str, Any]]:
    """A row for each moment whose flags or score changed; of a new one, where it begins with any."""
    for one in new:
        before = stored[one.moment_id].moment if one.moment_id in stored else None
        if (before.flags, before.score) == (one.flags, one.score) if before else not one.flags:
            continue
        cause = _cause(one, before) or causes[one.dealer_id, one.customer_id, one.case_id or ""]
        yield {
            "moment_id": one.moment_id,
            "dealer_id": one.dealer_id,
            "at": now,
            "flags_before": list(before.flags) if before else [],
            "flags_after": list(one.flags),
            "score_before": before.score if before else None,
            "score_after": one.score,
            "cause_kind": cause.kind,
            "cause_id": cause.id,
        }


def _cause(one: Moment, before: Moment | None) -> Cause | None:
    """The fact by which the first flag came or went; None where only the case tells."""
    had = before.flags if before else ()
    came = [one.causes[flag] for flag in one.flags if flag not in had]
    went = [one.released[flag] for flag in had if flag not in one.flags and flag in one.released]
    return next(iter(came + went), None)
