"""Dealers' own wordings of messages: which one stands for a reader, and which one a message keeps to."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Row, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.schema import template_override
from shared.languages.registry import primary_of
from shared.languages.renderer import template_version

_OWN: Final = "own-"
_COLUMNS: Final = template_override.c


@dataclass(frozen=True, slots=True)
class Wording:
    """What a message is put into: the dealer's template, None: the shipped one; and what tells it from another."""

    source: str | None
    version: str


@dataclass(frozen=True)
class Wordings:
    """The wordings of some dealers: those that stand and those that messages keep to, the newest first."""

    rows: Sequence[Row[Any]] = field(default_factory=tuple)

    def choose(self, dealer_id: str, name: str, locale: str, pinned: str | None = None) -> Wording:
        """The wording for a reader of this locale: the dealer's own in the locale, else in its language, else ours.

        A message that was put into words before keeps to the wording it is `pinned` to.
        """
        mine = [row for row in self.rows if (row.dealer_id, row.name) == (dealer_id, name)]
        for tag in dict.fromkeys((locale, primary_of(locale))):
            for row in mine:
                if row.locale != tag:
                    continue
                if pinned == own_version(row.version) or (pinned is None and row.withdrawn_at is None):
                    return Wording(row.source, own_version(row.version))
        return Wording(None, template_version(name, locale))


def own_version(number: int) -> str:
    """What a dealer's own version is called."""
    return f"{_OWN}{number}"


async def load_wordings(
    connection: AsyncConnection,
    dealers: Collection[str],
    names: Collection[str] | None = None,
    pinned: Collection[str] = (),
) -> Wordings:
    """The wordings of these dealers that stand, of these templates or of all; and the versions that are `pinned`."""
    newer = template_override.alias("newer")
    same = [newer.c[one] == _COLUMNS[one] for one in ("dealer_id", "name", "locale")]
    stands = _COLUMNS.withdrawn_at.is_(None) & ~exists().where(
        *same, newer.c.withdrawn_at.is_(None), newer.c.version > _COLUMNS.version
    )
    kept = sorted({int(one.removeprefix(_OWN)) for one in pinned if one.startswith(_OWN)})
    query = select(template_override).where(
        _COLUMNS.dealer_id.in_(sorted(dealers)), stands | _COLUMNS.version.in_(kept) if kept else stands
    )
    if names is not None:
        query = query.where(_COLUMNS.name.in_(sorted(names)))
    rows = await connection.execute(query.order_by(_COLUMNS.version.desc()))
    return Wordings(tuple(rows))


def standing(rows: Sequence[Row[Any]]) -> Mapping[tuple[str, str], Row[Any]]:
    """By template and locale the newest of these rows that is not withdrawn; `rows`: the newest first."""
    found: dict[tuple[str, str], Row[Any]] = {}
    for row in rows:
        if row.withdrawn_at is None:
            found.setdefault((row.name, row.locale), row)
    return found
