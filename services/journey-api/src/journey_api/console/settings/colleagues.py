"""The people of a dealer by name, to choose from."""

from typing import Final

from journey_api.console.visit import Visit
from journey_api.http.pagination import Page
from journey_api.reference.collections import STAFF
from journey_api.reference.store import list_records

_MOST: Final = Page(limit=500, after=None)


async def load_colleagues(visit: Visit) -> dict[str, str]:
    """Their names by id, at most 500."""
    people = await list_records(visit.connection, STAFF, visit.dealer_id, None, _MOST)
    return {one.staff_id: one.record.get("name") or one.staff_id for one in people}
