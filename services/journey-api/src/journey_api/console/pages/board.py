"""`/board`: what a role has to do, lane by lane, and the task in hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from sqlalchemy import select
from starlette.responses import Response

from journey_api.console.panel import load_panel
from journey_api.console.rows import Lane, TaskRow, lane_of, load_rows, start_of_day
from journey_api.console.visit import Visit, page
from journey_api.http.problems import not_found
from journey_api.tasks.queries import list_role_tasks
from journey_api.tasks.shown import staff_name
from shared.db.schema import staff
from shared.vocabulary import ROLES

LANES: Final[tuple[Lane, ...]] = ("offers", "mine", "waiting", "queue", "completed")
MOST_TASKS: Final = 500


@dataclass(frozen=True, slots=True)
class Colleague:
    """A person of the role, to act as or to hand to."""

    staff_id: str
    name: str


@page("tasks:read")
async def show_board(visit: Visit) -> Response:
    """The board of a role at a dealer. Without a role: that of the person, else the first one."""
    query = visit.request.query_params
    if visit.dealer is None:
        raise not_found()
    role = query.get("role") or _own_role(visit)
    if role not in ROLES:
        raise not_found()
    colleagues = await load_colleagues(visit, visit.dealer.dealer_id, role)
    person = acting_person(visit, colleagues)
    tasks = await list_role_tasks(
        visit.connection, visit.dealer.dealer_id, role, start_of_day(visit.now, visit), MOST_TASKS
    )
    rows = await load_rows(visit, tasks, person)
    lanes = {lane: [row for row in rows if lane_of(row.task, person) == lane] for lane in LANES}
    wanted = query.get("task")
    chosen = next((task for task in tasks if task.task_id == wanted), None)
    return visit.render(
        "board.html",
        "board",
        panel=await load_panel(visit, chosen, person) if chosen else None,
        selected=wanted,
        heading="h2",
        typed={},
        doing=query.get("do"),
        refusal=None,
        lede=visit.texts.text("board.lede", count=sum(task.is_open for task in tasks)),
        dealer_id=visit.dealer.dealer_id,
        all_lanes=LANES,
        role=role,
        role_name=visit.stack.playbook.texts.text("roles", role, visit.viewer.language),
        roles=[(one, visit.stack.playbook.texts.text("roles", one, visit.viewer.language)) for one in ROLES],
        person=person,
        colleagues=colleagues,
        bound=visit.viewer.me.staff is not None,
        lanes=_shown(lanes, query.get("view")),
        others=[row for row in rows if lane_of(row.task, person) == "others"],
        view=query.get("view"),
        address="/board?" + urlencode(_address(visit, visit.dealer.dealer_id, role)),
    )


def acting_person(visit: Visit, colleagues: Sequence[Colleague]) -> str | None:
    """Who acts: the person of the key, else the colleague chosen in the address (`as`)."""
    if visit.viewer.me.staff is not None:
        return visit.viewer.me.staff.staff_id
    chosen = visit.request.query_params.get("as")
    return chosen if chosen in {one.staff_id for one in colleagues} else None


async def load_colleagues(visit: Visit, dealer_id: str, role: str) -> list[Colleague]:
    """The people of a role, by id."""
    holds = staff.c.record["roles"].has_key(role)
    query = select(staff.c.staff_id, staff.c.record).where(staff.c.dealer_id == dealer_id, holds)
    rows = await visit.connection.execute(query.order_by(staff.c.staff_id))
    return [Colleague(row.staff_id, staff_name(row.record) or row.staff_id) for row in rows]


def _address(visit: Visit, dealer_id: str, role: str) -> dict[str, str]:
    query = visit.request.query_params
    kept = {name: query[name] for name in ("as", "view") if query.get(name)}
    return {"dealer_id": dealer_id, "role": role, **kept}


def _own_role(visit: Visit) -> str:
    person = visit.viewer.me.staff
    return person.roles[0] if person and person.roles else ROLES[0]


def _shown(lanes: dict[Lane, list[TaskRow]], view: str | None) -> dict[Lane, list[TaskRow]]:
    return {lane: rows for lane, rows in lanes.items() if view in (None, "", lane)}
