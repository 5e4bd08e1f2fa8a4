"""Moments as their table holds them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.prepared import Prepared
from shared.quality.stored_facts import Target, arrays_of
from shared.quality.types import Moment, Seen

_COLUMNS: Final = tuple(name for name in Moment.__slots__ if name not in ("causes", "released"))
_OF_TARGETS: Final = Prepared(
    """
    select m.* from unnest(cast(:dealers as text[]), cast(:customers as text[]), cast(:cases as text[]))
                    as t(dealer_id, customer_id, case_id)
      join moment m on m.dealer_id = t.dealer_id and m.customer_id = t.customer_id
                   and coalesce(m.case_id, '') = t.case_id
    """
)


@dataclass(frozen=True, slots=True)
class StoredMoment:
    """A moment as it was judged last, and what of people's records that rested on."""

    moment: Moment
    seen: Seen


async def load_moments(connection: AsyncConnection, targets: Collection[Target]) -> dict[str, StoredMoment]:
    """The stored moments of these cases, by id."""
    if not targets:
        return {}
    rows = await _OF_TARGETS.rows(connection, arrays_of(targets))
    return {row["moment_id"]: stored_of(dict(row)) for row in rows}


def stored_of(row: Mapping[str, Any]) -> StoredMoment:
    """The moment a row holds."""
    given = {name: row[name] for name in _COLUMNS}
    seen = row["seen"]
    return StoredMoment(
        Moment(**given | {"flags": tuple(row["flags"])}),
        Seen(tuple(seen.get("roles") or ()), seen.get("first_channel")),
    )


def row_of(moment: Moment, seen: Seen) -> dict[str, Any]:
    """The row of a moment."""
    row = {name: getattr(moment, name) for name in _COLUMNS}
    found = {"roles": list(seen.roles), "first_channel": seen.first_channel}
    return row | {
        "flags": list(moment.flags),
        "flag_count": len(moment.flags),
        "seen": {name: value for name, value in found.items() if value},
    }
