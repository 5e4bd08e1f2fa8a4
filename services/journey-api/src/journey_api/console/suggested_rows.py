"""Suggestions to take up: what a role may start if the missing fact is true."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from journey_api.console.fact_words import fact_name
from journey_api.console.visit import Visit
from journey_api.handoffs.suggestions import OpenSuggestion, list_open_suggestions
from journey_api.tasks.shown import customer_name
from shared.db.bulk import in_keys, unnest_keys
from shared.db.schema import customer
from shared.playbook.routing.explanation import entry_title, show_because

MOST_SUGGESTIONS: Final = 50
_CUSTOMERS: Final = select(customer.c.dealer_id, customer.c.customer_id, customer.c.record).where(
    in_keys(customer.c.dealer_id, customer.c.customer_id)
)


@dataclass(frozen=True, slots=True)
class SuggestedRow:
    """One suggestion; `missing` are the facts that nobody gave, as path and name; `receivers` as role and name."""

    key: str
    entry: str
    event_id: str
    title: str
    customer: str | None
    customer_id: str | None
    because: str
    missing: tuple[tuple[str, str], ...]
    receivers: tuple[tuple[str, str], ...]
    source: str | None


async def load_suggestions(visit: Visit, dealer_id: str, role: str, event_id: str | None = None) -> list[SuggestedRow]:
    """What the role may take up at a dealer, newest first; of one event where it is named."""
    entries = visit.stack.playbook.entries
    own = [name for name, entry in entries.items() if role in entry.from_roles]
    found = await list_open_suggestions(visit.connection, dealer_id, own, MOST_SUGGESTIONS, event_id)
    names = await _customers(visit, dealer_id, {one.customer_id for one in found if one.customer_id})
    return [_row(visit, one, names.get(one.customer_id or "") or one.customer_id) for one in found]


def _row(visit: Visit, one: OpenSuggestion, customer: str | None) -> SuggestedRow:
    playbook, language = visit.stack.playbook, visit.viewer.language
    suggested, entry = one.suggested, playbook.entries.get(one.suggested.entry)
    params = one.because.get("params") or {}
    missing = [path for path in params.get("facts", "").split(",") if path]
    return SuggestedRow(
        key=f"{suggested.event_id}.{suggested.entry}.{suggested.position}",
        entry=suggested.entry,
        event_id=suggested.event_id,
        title=entry_title(playbook, suggested.entry, language),
        customer=customer,
        customer_id=one.customer_id,
        because=show_because(one.because, playbook.texts, language),
        missing=tuple((path, fact_name(visit, path)) for path in missing),
        receivers=tuple((role, playbook.texts.text("roles", role, language)) for role in suggested.to_role),
        source=entry.source if entry else None,
    )


async def _customers(visit: Visit, dealer_id: str, ids: Collection[str]) -> dict[str, str | None]:
    if not ids:
        return {}
    rows = await visit.connection.execute(_CUSTOMERS, unnest_keys({(dealer_id, one) for one in ids}))
    return {row.customer_id: customer_name(row.record, visit.viewer.language) for row in rows}
