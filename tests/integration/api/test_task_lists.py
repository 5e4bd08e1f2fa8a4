"""Lists of tasks: filters, orders, pages."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from harness.dealership import Dealership
from shared.clock import Clock
from shared.db.engine import Database
from shared.db.schema import journey_case

pytestmark = pytest.mark.database


@pytest.fixture
async def dealership(database: Database, clock: Clock) -> Dealership:
    """A dealership with its people."""
    return await Dealership(database, clock).open_with_case()


async def listed(client: httpx.AsyncClient, **params: str) -> list[str]:
    """The ids of a list, walked page by page."""
    found: list[str] = []
    cursor = None
    while True:
        page = {"limit": "1", **params, **({"cursor": cursor} if cursor else {})}
        answer = await client.get("/v1/tasks", params=page)
        assert answer.status_code == 200, answer.text
        found += [item["task_id"] for item in answer.json()["items"]]
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            return found


async def test_the_default_order_is_priority_then_age(dealership: Dealership, admin: httpx.AsyncClient) -> None:
    normal = await dealership.create_task(matter="a")
    dealership.clock.advance(timedelta(minutes=1))
    urgent = await dealership.create_task(matter="b", priority="urgent")
    dealership.clock.advance(timedelta(minutes=1))
    high = await dealership.create_task(matter="c", priority="high")
    older_first = [normal.task_id, urgent.task_id, high.task_id]
    assert await listed(admin) == [urgent.task_id, high.task_id, normal.task_id]
    assert await listed(admin, sort="created_at") == older_first
    assert await listed(admin, sort="-created_at") == older_first[::-1]
    assert await listed(admin, sort="-priority") == [normal.task_id, high.task_id, urgent.task_id]


async def test_within_a_priority_the_earliest_due_comes_first(dealership: Dealership, admin: httpx.AsyncClient) -> None:
    unclocked = await dealership.create_task(matter="a", kind="interact")
    dealership.clock.advance(timedelta(minutes=1))
    clocked = await dealership.create_task(matter="b", case_id=None)
    assert await listed(admin) == [clocked.task_id, unclocked.task_id]
    assert await listed(admin, sort="due_at") == [clocked.task_id, unclocked.task_id]


async def test_an_ended_task_stands_where_its_clocks_say(dealership: Dealership, admin: httpx.AsyncClient) -> None:
    unclocked = await dealership.create_task(matter="a", kind="interact")
    dealership.clock.advance(timedelta(minutes=1))
    ended = await dealership.create_task(matter="b")
    assert await listed(admin) == [ended.task_id, unclocked.task_id]
    await dealership.act(ended.task_id, "cancel", "SA-1")
    assert await listed(admin) == [unclocked.task_id, ended.task_id]


async def test_every_filter(dealership: Dealership, admin: httpx.AsyncClient) -> None:
    await dealership.open_case("case-2", customer_id=None)
    one = await dealership.create_task(matter="a")
    other = await dealership.create_task(
        matter="b", kind="interact", to_role="sales_manager", case_id="case-2", customer_id=None
    )
    await dealership.act(other.task_id, "acknowledge", "SM-1")
    for name, value, expected in (
        ("dealer_id", "lisboa-01", {one.task_id, other.task_id}),
        ("dealer_id", "porto-01", set()),
        ("role", "product_specialist", {one.task_id}),
        ("assignee_id", "SM-1", {other.task_id}),
        ("offered_to", "PS-1", {one.task_id}),
        ("customer_id", "C-1", {one.task_id}),
        ("case_id", "case-2", {other.task_id}),
        ("kind", "deliver", {one.task_id}),
        ("status", "acknowledged", {other.task_id}),
    ):
        assert set(await listed(admin, **{name: value})) == expected, name


async def test_mine_is_what_is_offered_to_or_held_by_the_person_of_the_key(
    dealership: Dealership, admin: httpx.AsyncClient, key_of: Callable[..., Any]
) -> None:
    offered = await dealership.create_task(matter="a")
    held = await dealership.create_task(matter="b")
    await dealership.create_task(matter="c", kind="interact", to_role="sales_manager")
    person = await key_of("tasks:read", staff_id="PS-1")
    await dealership.act(held.task_id, "accept", "PS-1")
    assert set(await listed(person, mine="true")) == {offered.task_id, held.task_id}
    assert len(await listed(person, mine="false")) == 3
    refused = await admin.get("/v1/tasks", params={"mine": "true"})
    assert refused.status_code == 422
    assert [one["pointer"] for one in refused.json()["errors"]] == ["?mine"]


async def test_overdue_is_past_the_due_second_of_a_running_clock(
    dealership: Dealership, admin: httpx.AsyncClient
) -> None:
    clocked = await dealership.create_task(matter="a", case_id=None)
    await dealership.create_task(matter="b", kind="interact")
    dealership.clock.advance(timedelta(minutes=15))
    assert await listed(admin, overdue="true") == []
    dealership.clock.advance(timedelta(seconds=1))
    assert await listed(admin, overdue="true") == [clocked.task_id]
    assert len(await listed(admin)) == 2
    await dealership.act(clocked.task_id, "accept", "PS-1")
    assert await listed(admin, overdue="true") == []


async def test_what_a_list_refuses(dealership: Dealership, admin: httpx.AsyncClient) -> None:
    await dealership.create_task(matter="a")
    await dealership.create_task(matter="b")
    cursor = (await admin.get("/v1/tasks", params={"limit": "1"})).json()["next_cursor"]
    for params, pointer in (
        ({"sort": "colour"}, "?sort"),
        ({"kind": "gift"}, "?kind"),
        ({"status": "lost"}, "?status"),
        ({"limit": "0"}, "?limit"),
        ({"limit": "201"}, "?limit"),
        ({"cursor": "nonsense"}, "?cursor"),
        ({"cursor": cursor, "sort": "created_at"}, "?cursor"),
        ({"customer_id": "\x00"}, "?customer_id"),
    ):
        answer = await admin.get("/v1/tasks", params=params)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_the_answer_says_where_the_feed_goes_on(dealership: Dealership, admin: httpx.AsyncClient) -> None:
    answer = (await admin.get("/v1/tasks", params={"dealer_id": dealership.dealer_id})).json()
    assert answer["items"] == []
    assert answer["feed_cursor"]


async def test_words_of_title_customer_plate_vin_and_case(dealership: Dealership, admin: httpx.AsyncClient) -> None:
    await dealership.change_customer(name="José Łukasz Araújo")
    await dealership.add_customer("C-2", name="Rui Costa")
    await dealership.open_case("K-77.b", "C-2")
    async with dealership.database.transaction() as connection:
        for case_id, vehicle in (("case-1", {"vin": "wvwzzz 0009"}), ("K-77.b", {"plate": "AA-00-BB"})):
            mine = update(journey_case).where(journey_case.c.case_id == case_id).values(vehicle=vehicle)
            await connection.execute(mine)
    vehicle = {"plate": "11-ZZ-22", "customer_id": "C-1"}
    assert (await admin.put("/v1/dealers/lisboa-01/vehicles/WVW-ZZZ0009", json=vehicle)).status_code == 201
    first = await dealership.create_task()
    second = await dealership.create_task(matter="b", customer_id="C-2", case_id="K-77.b")
    title = (await admin.get(f"/v1/tasks/{first.task_id}")).json()["title"]
    for words, wanted in (
        ("araujo jose", [first]),
        ("ARAÚ", [first]),
        ("c-1", [first]),
        ("wvwzzz", [first]),
        ("11zz22", [first]),
        (f"lukasz {title.split()[0]}", [first]),
        ("aa00bb", [second]),
        ("costa k77", [second]),
        ("K-77", [second]),
        (title, [first, second]),
        ("raujo", []),
        ("costa jose", []),
        ("%", []),
    ):
        assert sorted(await listed(admin, query=words)) == sorted(one.task_id for one in wanted), words
    assert await listed(admin, query="costa", customer_id="C-1") == []
    assert len(await listed(admin, query=" ")) == 2
    answer = await admin.get("/v1/tasks", params={"query": "x" * 201})
    assert answer.status_code == 422
