"""`/operations`, the same for a wall, and the replay of a dead letter."""

from typing import Any

from starlette.responses import Response

from journey_api.console.chosen_filters import keeps_filters
from journey_api.console.day_series import load_days
from journey_api.console.multiples import GOAL, goal_y
from journey_api.console.operations import (
    ago,
    load_attainment,
    load_channels,
    load_letters,
    load_oldest,
    look_now,
)
from journey_api.console.operations_place import OperationsPlace, read_operations_place
from journey_api.console.page import see_other
from journey_api.console.pages.actions import back_to
from journey_api.console.visit import Visit, page
from journey_api.feeds.poller import WRITER
from journey_api.http.auth import ADMIN
from journey_api.http.problems import not_found
from journey_api.reports.freshness import measure_freshness
from shared.messaging.dead_letters import request_replay
from shared.messaging.postgres.backlog import measure_backlog
from shared.sla.policy.escalation_steps import METRICS

_READ = "ops:read"


@page(_READ)
@keeps_filters("operations", "target")
async def show_operations(visit: Visit) -> Response:
    """What is broken now, what breaks next, who was told, and how clocks were kept in the period of the address.

    Where its first day is after its last that is said, with status 422.
    """
    visit, place = await read_operations_place(visit)
    return visit.render(
        "operations.html",
        "operations",
        **await _common(visit, place),
        status=422 if place.is_reversed else 200,
        attainment={} if place.is_reversed else await load_attainment(visit, place),
        days=() if place.is_reversed else await load_days(visit, place),
        goal_rate=GOAL,
        oldest=await load_oldest(visit, place),
        channels=await load_channels(visit, place),
        letters=await load_letters(visit, place),
        fresh=await _freshness(visit, place),
        may_replay=visit.viewer.principal.may([ADMIN]),
        asked=visit.request.query_params.get("replayed"),
    )


@page(_READ)
async def show_wall(visit: Visit) -> Response:
    """The clocks of now, large, for a screen that nobody touches."""
    visit, place = await read_operations_place(visit)
    return visit.render("wall.html", "operations", **await _common(visit, place))


@page(ADMIN)
async def replay_letter(visit: Visit) -> Response:
    """Have a record handled once more and go back to where it was asked; 404: there is no such dead letter."""
    letter = await request_replay(visit.connection, visit.request.path_params["dead_letter_id"], visit.now)
    if letter is None:
        raise not_found()
    back = back_to(visit)
    return see_other((back if back.startswith("/operations") else "/operations") + "#dead-letters")


async def _common(visit: Visit, place: OperationsPlace) -> dict[str, Any]:
    return {
        "place": place,
        "seen": await look_now(visit, place),
        "dealers": visit.viewer.me.dealers,
        "targets": METRICS,
        "goal": goal_y(),
    }


async def _freshness(visit: Visit, place: OperationsPlace) -> dict[str, Any]:
    """What the page says of its own age. The backlog of the feed and the auditor's look are in real time."""
    real = visit.stack.real()
    found = await measure_freshness(visit.connection, place.dealer_id, visit.now, real)
    behind = await measure_backlog(visit.connection, WRITER.name, WRITER.topics, WRITER.types or ())
    last = found.last_event
    return {
        "last": (last[0], ago(visit, last[1], visit.now)) if last else None,
        "unrouted": (found.unrouted.count, ago(visit, found.unrouted.since or visit.now, visit.now)),
        "unfired": (found.unfired.count, ago(visit, found.unfired.since or visit.now, visit.now)),
        "feed": (behind.count, ago(visit, behind.oldest or real, real)),
        "audited": ago(visit, found.audited_at, real) if found.audited_at else None,
        "findings": found.findings,
    }
