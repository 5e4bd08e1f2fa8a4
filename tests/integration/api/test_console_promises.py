"""Promises on the console's pages: made, moved and kept by forms, listed on case and journey, in every language."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from console_visitor import Visitor

from harness.clocks import MovableClock
from harness.dealership import CASE, CUSTOMER, DEALER, Dealership
from harness.people import TEAM_WITH_A_LEAD
from journey_api.console.catalogue import LANGUAGES, catalogue
from shared.db.engine import Database
from shared.lifecycle import Task

pytestmark = pytest.mark.database


@pytest.fixture
async def dealership(database: Database, clock: MovableClock) -> Dealership:
    """A dealership with its people."""
    people = {staff_id: {"name": staff_id, **record} for staff_id, record in TEAM_WITH_A_LEAD.items()}
    return await Dealership(database, clock).open_with_case(people)


@pytest.fixture
async def marta(
    dealership: Dealership, admin: httpx.AsyncClient, client_of: Callable[[str | None], httpx.AsyncClient]
) -> Visitor:
    """A product specialist, signed in."""
    body = {"name": "PS-1", "dealers": [DEALER], "scopes": ["tasks:read", "tasks:write"], "staff_id": "PS-1"}
    answer = await admin.post("/v1/keys", json=body)
    return await Visitor(client_of(None)).sign_in(answer.json()["key"])


@pytest.fixture
async def held(dealership: Dealership) -> Task:
    """A task that she has accepted."""
    task = await dealership.create_task(to_staff_id="PS-1")
    return await dealership.act(task.task_id, "accept", "PS-1")


async def promises(admin: httpx.AsyncClient) -> list[dict[str, Any]]:
    return list((await admin.get("/v1/promises", params={"customer_id": CUSTOMER})).json()["items"])


async def make(marta: Visitor, held: Task, **given: str) -> httpx.Response:
    page = await marta.open(f"/tasks/{held.task_id}")
    fields = {"kind": "cost", "text": "At most 250 euros.", "due_at": "2026-11-23T18:00", **given}
    return await marta.send(page.one("form", data_action="promise"), **fields)


async def test_a_promise_is_made_moved_and_kept_by_forms(
    marta: Visitor, held: Task, admin: httpx.AsyncClient, clock: MovableClock
) -> None:
    assert (await make(marta, held, amount="250,50", currency="EUR")).status_code == 303
    (one,) = await promises(admin)
    assert (one["amount"], one["due_at"], one["task_id"]) == (250.5, "2026-11-23T18:00:00Z", held.task_id)
    page = await marta.open(f"/tasks/{held.task_id}")
    row = page.one("li", id=f"promise-{one['promise_id']}")
    assert row.one("handoff-countdown")
    path = f"/board/tasks/{held.task_id}/promises/{one['promise_id']}"
    moved = await marta.send(
        row.one("form", action=f"{path}/move"), new_due_at="2026-11-24T18:00", customer_told_at="now", reason="no part"
    )
    assert moved.status_code == 303
    first, second = await promises(admin)
    assert (first["state"], first["customer_told_at"]) == ("moved", clock().isoformat().replace("+00:00", "Z"))
    page = await marta.open(f"/tasks/{held.task_id}")
    keep = f"/board/tasks/{held.task_id}/promises/{second['promise_id']}/keep"
    assert (await marta.send(page.one("form", action=keep), extra="washed it", amount="240")).status_code == 303
    assert (await promises(admin))[1]["score"] == 1
    assert (await promises(admin))[1]["extra"] == "washed it"


async def test_a_refused_promise_keeps_what_was_typed(marta: Visitor, held: Task, admin: httpx.AsyncClient) -> None:
    answer = await make(marta, held, due_at="2020-01-01T10:00")
    assert answer.status_code == 422
    assert "Give a time that lies ahead." in answer.text
    assert "At most 250 euros." in answer.text
    assert await promises(admin) == []


async def test_one_that_has_ended_meanwhile_says_so(
    marta: Visitor, held: Task, admin: httpx.AsyncClient, clock: MovableClock
) -> None:
    await make(marta, held)
    (one,) = await promises(admin)
    page = await marta.open(f"/tasks/{held.task_id}")
    form = page.one("form", action=f"/board/tasks/{held.task_id}/promises/{one['promise_id']}/withdraw")
    clock.advance(timedelta(days=1))
    answer = await marta.send(form, reason="she bought elsewhere")
    assert answer.status_code == 409
    assert "The promise has ended meanwhile." in answer.text
    assert (await admin.get(f"/v1/promises/{one['promise_id']}")).json()["version"] == 1


@pytest.mark.parametrize("language", LANGUAGES)
async def test_case_and_journey_list_it_in_every_language(marta: Visitor, held: Task, language: str) -> None:
    await make(marta, held)
    for path in (f"/cases/{DEALER}/{CASE}", f"/journeys/{DEALER}/{CUSTOMER}", f"/tasks/{held.task_id}"):
        page = await marta.open(f"{path}?lang={language}")
        assert catalogue(language).text("promises.title") in page.text
        assert "At most 250 euros." in page.text
        assert catalogue(language).text("promises.states.open") in page.text
