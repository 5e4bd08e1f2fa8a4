"""The list of suggestions: what people may start because of an event, newest first."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.http.pagination import Page, read_instant
from shared.db.schema import journey_case, journey_event, suggestion
from shared.playbook.routing.explanation import show_because
from shared.playbook.ruleset.entries import Playbook

_PLACE: Final = re.compile("[0-9]{1,4}")


class SuggestionKey(NamedTuple):
    """What makes a suggestion one: its event, its place among the event's, its entry."""

    event_id: str
    position: int
    entry: str

    @property
    def text(self) -> str:
        """The id callers know it by."""
        return f"{self.event_id}.{self.position}.{self.entry}"


def read_suggestion_id(text: str) -> SuggestionKey | None:
    """The suggestion of an id; None where it is the id of none."""
    event_id, _, rest = text.partition(".")
    position, _, entry = rest.partition(".")
    return SuggestionKey(event_id, int(position), entry) if _PLACE.fullmatch(position) else None


@dataclass(frozen=True, slots=True)
class SuggestionFilter:
    """Which suggestions are wanted; None leaves a question open. `roles`: the ones that may take it."""

    dealer_id: str | None = None
    customer_id: str | None = None
    case_id: str | None = None
    event_id: str | None = None
    roles: Sequence[str] | None = None
    taken: bool | None = None

    def clauses(self, playbook: Playbook) -> list[ColumnElement[bool]]:
        """The conditions on suggestions joined with their event and case."""
        columns = suggestion.c
        found = [
            columns[name] == value
            for name in ("dealer_id", "customer_id", "case_id", "event_id")
            if (value := getattr(self, name)) is not None
        ]
        if self.roles is not None:
            found.append(_may_be_taken_by(playbook, self.roles))
        if self.taken is True:
            found.append(columns.task_id.is_not(None))
        if self.taken is False:
            found += [columns.taken_at.is_(None), journey_case.c.status.is_distinct_from("closed")]
        return found


def _may_be_taken_by(playbook: Playbook, roles: Sequence[str]) -> ColumnElement[bool]:
    entries = playbook.entries.values()
    of_roles = [entry.entry_id for entry in entries if not set(entry.from_roles).isdisjoint(roles)]
    of_anybody = [entry.entry_id for entry in entries if not entry.from_roles]
    observer = journey_event.c.data["observed_by"]["role"].astext
    entry = suggestion.c.entry
    return or_(entry.in_(of_roles), and_(entry.in_(of_anybody), observer.in_(roles)))


async def list_suggestions(
    connection: AsyncConnection, playbook: Playbook, wanted: SuggestionFilter, page: Page
) -> list[Row[Any]]:
    """The suggestions that match, newest first, one more than the page holds."""
    columns = suggestion.c
    order = (columns.created_at, columns.event_id, columns.position, columns.entry)
    query = _select_suggestions().where(*wanted.clauses(playbook))
    if (key := page.key(str, str, int, str)) is not None:
        query = query.where(tuple_(*order) < tuple_(read_instant(key[0]), *key[1:]))
    query = query.order_by(*(column.desc() for column in order)).limit(page.limit + 1)
    return list(await connection.execute(query))


def _select_suggestions() -> Select[Any]:
    columns = suggestion.c
    case = and_(journey_case.c.dealer_id == columns.dealer_id, journey_case.c.case_id == columns.case_id)
    return (
        select(suggestion, journey_event.c.data["observed_by"]["role"].astext.label("observer"))
        .join(journey_event, journey_event.c.event_id == columns.event_id)
        .outerjoin(journey_case, case)
    )


def place_of(row: Row[Any]) -> tuple[str, str, int, str]:
    """Where a suggestion stands in the list."""
    return row.created_at.isoformat(), row.event_id, row.position, row.entry


def suggestion_document(row: Row[Any], playbook: Playbook, language: str) -> dict[str, Any]:
    """A suggestion as the API shows it; `from_role` may take it."""
    entry = playbook.entries.get(row.entry)
    givers = entry.from_roles if entry is not None else ()
    return {
        "suggestion_id": SuggestionKey(row.event_id, row.position, row.entry).text,
        "dealer_id": row.dealer_id,
        "customer_id": row.customer_id,
        "case_id": row.case_id,
        "event_id": row.event_id,
        "entry": row.entry,
        "from_role": row.observer if not givers or row.observer in givers else givers[0],
        "to_role": row.to_role[0],
        "because": show_because(row.because, playbook.texts, language),
        "missing": row.because.get("missing") or [],
        "made_at": row.created_at,
        "taken_by_task": row.task_id,
    }
