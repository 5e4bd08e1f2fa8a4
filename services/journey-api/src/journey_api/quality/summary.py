"""How customers were treated, by dealer, role, person, step, phase, entry or flag."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.quality.counts import Asked, Key, count_clocks, count_moments
from journey_api.quality.documents import SummaryItem
from journey_api.quality.key_names import Names
from shared.db.schema import dealer
from shared.quality.levels import Answered, Scores, Thresholds, kind_of, level_of, read_thresholds

LEVELLED: Final = frozenset({"dealer", "role", "person"})
"""What carries a level and a kind."""


async def summarise(connection: AsyncConnection, asked: Asked, names: Names) -> list[SummaryItem]:
    """An item for each key that has moments in the period, by key; what has no person or entry has the key null.

    Several dealers together are measured with the usual thresholds; each dealer for itself with its own.
    """
    scores, answered = await count_moments(connection, asked), await count_clocks(connection, asked)
    limits = await _load_limits(connection)
    usual = limits.get(asked.dealer_id or "", Thresholds())
    recent = asked.before_the_end(usual.days)
    lately, answers = await count_moments(connection, recent), await count_clocks(connection, recent)
    known = await names.of(connection, asked.by, scores)
    levelled = set(asked.by) <= LEVELLED
    items = []
    for key in sorted(scores, key=_order):
        own = limits.get(key[1] or "", usual) if asked.by[0] == "dealer" else usual
        measured: dict[str, Any] = {"level": None, "kind": None}
        if levelled:
            found = lately.get(key, Scores())
            measured = {"level": level_of(answers.get(key, Answered()), found, own), "kind": kind_of(found, own)}
        items.append(_item(key, known[key], scores[key], answered.get(key, Answered()).attainment, measured))
    return items


def _item(
    key: Key, names: list[str | None], scores: Scores, attainment: float | None, measured: Mapping[str, Any]
) -> SummaryItem:
    parts = list(key[1:])
    return {
        "key": parts if len(parts) > 1 else parts[0],
        "name": names if len(names) > 1 else names[0],
        "moments": scores.moments,
        "tragic": scores.tragic,
        "apathetic": scores.moments - scores.tragic - scores.enchanted,
        "enchanted": scores.enchanted,
        "attainment": attainment,
        "level": measured["level"],
        "kind": measured["kind"],
    }


def _order(key: Key) -> tuple[tuple[bool, int, str], ...]:
    """By value, numbers as numbers; what is null comes last."""
    parts = ((part, int(part) if part and part.isdecimal() else 0) for part in key[1:])
    return tuple((part is None, number, part or "") for part, number in parts)


async def _load_limits(connection: AsyncConnection) -> dict[str, Thresholds]:
    """The thresholds of the dealers that have some of their own."""
    query = select(dealer.c.dealer_id, dealer.c.record["quality"].label("quality")).where(
        dealer.c.record["quality"].is_not(None)
    )
    return {row.dealer_id: read_thresholds({"quality": row.quality}) for row in await connection.execute(query)}
