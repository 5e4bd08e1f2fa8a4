"""A row of the board: the clock it shows, and that what people wrote is text in it."""

from datetime import timedelta
from typing import Any

import pytest
from console_visitor import Element, Visitor
from sqlalchemy import insert, select

from harness.clocks import MovableClock
from harness.dealership import CASE, CUSTOMER, DEALER, Dealership
from harness.people import TEAM_WITH_A_LEAD
from shared.db.engine import Database
from shared.db.schema import journey_case, sla_timer

pytestmark = pytest.mark.database
BOARD = f"/board?dealer_id={DEALER}&role=product_specialist"
OWN = "own"
WRITTEN = """<img src=x onerror="alert('1')"> & 'Söhne'"""


@pytest.fixture
async def dealership(database: Database, clock: MovableClock) -> Dealership:
    """A dealership with its people."""
    people = {staff_id: {"name": staff_id, **record} for staff_id, record in TEAM_WITH_A_LEAD.items()}
    return await Dealership(database, clock).open_with_case(people)


@pytest.fixture
async def marta(dealership: Dealership, admin: Any, client_of: Any) -> Visitor:
    """A product specialist who looks at her own board."""
    scopes = ["tasks:read", "tasks:write"]
    body = {"name": "a key", "dealers": [DEALER], "scopes": scopes, "staff_id": "PS-1"}
    answer = await admin.post("/v1/keys", json=body)
    return await Visitor(client_of(None)).sign_in(answer.json()["key"])


async def add_clocks(dealership: Dealership, *clocks: dict[str, Any]) -> None:
    """Clocks of the case like the task's own; `due` in minutes from the task's."""
    (own,) = await dealership.rows(select(sla_timer))
    rows = []
    for number, given in enumerate(clocks, start=1):
        about = {"timer_id": f"case-{number}", "task_id": None, "subject": "case", "subject_id": CASE, "cycle": number}
        due = own["due_at"] + timedelta(minutes=given.pop("due"))
        rows.append({**own, **about, "rule": "T-33", "target": "resolution", "due_at": due, **given})
    async with dealership.database.transaction() as connection:
        await connection.execute(insert(sla_timer), rows)
        await connection.execute(sla_timer.update().where(sla_timer.c.task_id.is_not(None)).values(timer_id=OWN))


def clocks_in(element: Element) -> list[str]:
    """The ids of the clocks shown, in order."""
    return [one.attributes["data-timer"] for one in element.all("handoff-countdown")]


@pytest.mark.parametrize(
    ("clocks", "first"),
    [
        pytest.param([{"due": 5}], OWN, id="due first"),
        pytest.param([{"due": -5}, {"due": -4}], "case-1", id="the case's is due first"),
        pytest.param([{"due": 9, "breached_at": "started_at"}, {"due": -5}], "case-1", id="late before due"),
        pytest.param([{"due": -5, "state": "completed"}, {"due": -4, "state": "cancelled"}], OWN, id="ended"),
        pytest.param([{"due": -5, "state": "paused"}], "case-1", id="paused"),
        pytest.param([{"due": -5, "subject": "promise"}], OWN, id="of a promise"),
        pytest.param([{"due": -5, "case_id": "case-2"}], OWN, id="of another case"),
        pytest.param([{"due": -600}, {"due": -900, "state": "paused"}], "case-1", id="overdue before paused"),
    ],
)
async def test_a_row_shows_the_clock_that_leads_its_panel(
    dealership: Dealership, marta: Visitor, clocks: list[dict[str, Any]], first: str
) -> None:
    task = await dealership.create_task(to_staff_id="PS-1")
    given = [
        {name: task.created_at if value == "started_at" else value for name, value in one.items()} for one in clocks
    ]
    await add_clocks(dealership, *given)
    page = await marta.open(BOARD)
    (shown,) = clocks_in(page.one("li", id=f"task-{task.task_id}"))
    alone = await marta.open(f"/tasks/{task.task_id}")
    assert (shown, clocks_in(alone.one("article", id="panel"))[0]) == (first, first)


async def test_a_task_without_a_case_shows_its_own_clock(dealership: Dealership, marta: Visitor) -> None:
    task = await dealership.create_task(to_staff_id="PS-1", case_id=None)
    page = await marta.open(BOARD)
    assert len(clocks_in(page.one("li", id=f"task-{task.task_id}"))) == 1


async def test_customers_without_a_name_are_told_apart_by_their_ids(dealership: Dealership, marta: Visitor) -> None:
    await dealership.add_customer("C-2")
    await dealership.open_case("case-2", customer_id="C-2")
    tasks = {
        CUSTOMER: await dealership.create_task(to_staff_id="PS-1"),
        "C-2": await dealership.create_task(to_staff_id="PS-1", customer_id="C-2", case_id="case-2"),
    }
    board = await marta.open(BOARD)
    for customer_id, task in tasks.items():
        assert board.one("li", id=f"task-{task.task_id}").one("p", **{"class": "for"}).text == customer_id
        assert (await marta.open(f"/tasks/{task.task_id}")).one("p", **{"class": "for"}).text == customer_id
        assert customer_id in (await marta.open(f"/cases/{DEALER}/{task.case_id}")).one("h1").text


async def test_what_people_wrote_is_text(dealership: Dealership, marta: Visitor) -> None:
    await dealership.change_customer(CUSTOMER, name=WRITTEN)
    async with dealership.database.transaction() as connection:
        named = journey_case.update().where(journey_case.c.case_id == CASE)
        await connection.execute(named.values(vehicle={"model": WRITTEN, "plate": "</p><img>"}))
    task = await dealership.create_task(to_staff_id="PS-1")
    page = await marta.open(BOARD)
    assert not page.all("img")
    row = page.one("li", id=f"task-{task.task_id}")
    assert row.one("p", **{"class": "for"}).text == f"{WRITTEN} · {WRITTEN}, </p><img>"


async def test_the_name_of_who_acts_is_text_too(dealership: Dealership, admin: Any, client_of: Any) -> None:
    odd = """PS"><b x='"""
    await dealership.add_staff(odd, ["product_specialist"])
    task = await dealership.create_task()
    body = {"name": "a key", "dealers": [DEALER], "scopes": ["tasks:read", "tasks:write"]}
    visitor = await Visitor(client_of(None)).sign_in((await admin.post("/v1/keys", json=body)).json()["key"])
    visitor.at = BOARD
    answer = await visitor.client.get(BOARD, params={"dealer_id": DEALER, "role": "product_specialist", "as": odd})
    assert "<b x" not in answer.text
    assert f"task-{task.task_id}" in answer.text
