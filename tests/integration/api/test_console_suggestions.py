"""Suggestions on the board: shown to who may take them, taken with the fact that was missing, gone afterwards."""

from collections.abc import Callable

import httpx
import pytest
from console_visitor import Element, Visitor, read_page

from harness.clocks import MovableClock
from harness.dealership import CUSTOMER, DEALER, Dealership, suggest
from harness.people import TEAM_WITH_A_LEAD
from shared.db.engine import Database

pytestmark = pytest.mark.database
ENTRY = "SA-09-02-a"
BOARD = f"/board?dealer_id={DEALER}&role=service_advisor"
DECISION = {
    "occurrence": "service_need_classified",
    "entry": ENTRY,
    "outcome": "suggested",
    "activity": None,
    "conditions": [{"id": "vip_customer", "met": None, "facts": [{"path": "customer.vip", "value": None}]}],
    "because": {"code": "facts_missing", "params": {"facts": "customer.vip"}},
    "source": "001:1899",
    "playbook_version": "1",
}


@pytest.fixture
async def dealership(database: Database, clock: MovableClock) -> Dealership:
    """A dealership where an event suggested a handoff."""
    people = {staff_id: {"name": staff_id, **record} for staff_id, record in TEAM_WITH_A_LEAD.items()}
    dealership = await Dealership(database, clock).open_with_case(people)
    await suggest(dealership, "e-1", ENTRY, "product_specialist", decisions=[DECISION])
    return dealership


@pytest.fixture
async def paulo(
    dealership: Dealership, admin: httpx.AsyncClient, client_of: Callable[[str | None], httpx.AsyncClient]
) -> Visitor:
    """The service advisor."""
    body = {"name": "a", "dealers": [DEALER], "scopes": ["tasks:read", "tasks:write"], "staff_id": "SA-1"}
    key = (await admin.post("/v1/keys", json=body)).json()["key"]
    return await Visitor(client_of(None)).sign_in(key)


def form_of(page: Element) -> Element:
    return page.one("section", id="suggestions").one("form")


async def test_it_is_taken_with_the_missing_fact_and_leaves_the_board(
    dealership: Dealership, paulo: Visitor, admin: httpx.AsyncClient
) -> None:
    page = await paulo.open(BOARD)
    answer = await paulo.send(form_of(page), **{"facts[customer.vip]": "true"})
    assert answer.status_code == 303, answer.text
    (task,) = (await admin.get("/v1/tasks", params={"role": "product_specialist"})).json()["items"]
    assert (task["entry"], task["packet"]["facts"]["customer"]["vip"]) == (ENTRY, True)
    page = await paulo.open(BOARD)
    assert not page.one("section", id="suggestions").all("form")


async def test_a_customer_without_a_name_is_told_by_the_id(dealership: Dealership, paulo: Visitor) -> None:
    page = await paulo.open(BOARD)
    assert page.one("section", id="suggestions").one("p", **{"class": "for"}).text == CUSTOMER


async def test_only_the_role_that_may_take_it_sees_it(dealership: Dealership, paulo: Visitor) -> None:
    page = await paulo.open(f"/board?dealer_id={DEALER}&role=salesperson")
    assert not page.one("section", id="suggestions").all("h3")


async def test_it_is_taken_once(dealership: Dealership, paulo: Visitor) -> None:
    form = form_of(await paulo.open(BOARD))
    assert (await paulo.send(form)).status_code == 303
    again = await paulo.send(form)
    assert again.status_code == 409
    assert "taken the suggestion up already" in read_page(again.text).one("div", role="alert").text


async def test_a_fact_that_cannot_be_is_refused(dealership: Dealership, paulo: Visitor) -> None:
    form = form_of(await paulo.open(BOARD))
    answer = await paulo.send(form, **{"facts[customer.vip]": "perhaps"})
    assert answer.status_code == 422
    assert "missing fact" in read_page(answer.text).one("div", role="alert").text


async def test_the_panel_says_what_was_also_considered_and_leads_to_the_missing_fact(
    dealership: Dealership, paulo: Visitor
) -> None:
    task = await dealership.create_task(event_id="e-1", to_role="service_advisor", to_staff_id="SA-1", entry="IN-07")
    page = await paulo.open(f"{BOARD}&task={task.task_id}")
    (link,) = page.one("aside", id="panel").all("a", data_do="handoff")
    page = await paulo.open(link.attributes["href"].partition("#")[0])
    details = page.one("details", id="do-handoff")
    assert "open" in details.attributes
    chosen = [one.attributes["value"] for one in details.one("select", name="entry").all("option", selected="")]
    assert chosen == [ENTRY]
    answer = await paulo.send(details.one("form"), entry=ENTRY, note="asked", **{"facts[customer.vip]": "true"})
    assert answer.status_code == 303, answer.text
    page = await paulo.open(BOARD)
    assert not page.one("section", id="suggestions").all("form")
