"""The clocks that a dealer's hours, targets and chains would move, as rows; moving them by command."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.responses import Response

from journey_api.console.moments import clock_words
from journey_api.console.page import see_other
from journey_api.console.settings.form import Form
from journey_api.console.settings.sections import ALL
from journey_api.console.visit import Visit
from journey_api.http.pagination import Page
from journey_api.reports.clock_preview import MovedClock, migrate_page, preview_migration
from shared.sla.store.policies import load_policies

SHOWN: Final = Page(limit=50, after=None)
"""So many rows of clocks are shown."""

_AT_ONCE: Final = Page(limit=200, after=None)


@dataclass(frozen=True, slots=True)
class MovedRow:
    """A clock that a change would move. `would_be` None: it stands still, and is due anew when it goes on."""

    timer_id: str
    rule: str
    name: str
    address: str | None
    due: str
    would_be: str | None


async def show_clocks(visit: Visit) -> Response:
    """The clocks that still go by earlier hours, targets or chains than those that stand."""
    policies = (await load_policies(visit.connection, [visit.dealer_id]))[visit.dealer_id]
    moved = await preview_migration(visit.connection, visit.dealer_id, policies, visit.now, SHOWN)
    return visit.render(
        "settings_clocks.html",
        "settings",
        part="clocks",
        parts=ALL,
        moved=rows_of(visit, moved["items"]),
        more=moved["next_cursor"] is not None,
    )


async def move_clocks(visit: Visit, _form: Form) -> Response:
    """Move the first of them, as `POST …/clocks/migrate` does, and show which are left."""
    policies = (await load_policies(visit.connection, [visit.dealer_id]))[visit.dealer_id]
    await migrate_page(visit.connection, visit.dealer_id, policies, visit.now, _AT_ONCE)
    return see_other(f"/settings/{visit.dealer_id}?part=clocks")


def rows_of(visit: Visit, moved: Sequence[MovedClock]) -> list[MovedRow]:
    """The clocks in the words of the page."""
    words, language = visit.stack.playbook.texts, visit.viewer.language

    def due(at: datetime) -> str:
        return clock_words(visit, at)

    return [
        MovedRow(
            timer_id=one["timer_id"],
            rule=one["rule"],
            name=words.find("time_rules", one["rule"], language) or one["rule"],
            address=f"/cases/{visit.dealer_id}/{one['case_id']}" if one["case_id"] else None,
            due=due(one["due_at"]),
            would_be=due(one["would_be_due_at"]) if one["would_be_due_at"] else None,
        )
        for one in moved
    ]
