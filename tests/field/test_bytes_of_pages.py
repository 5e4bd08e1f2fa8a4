"""A page has an end by bytes: of records as large as they may be it holds a few, and its cursor goes on after them."""

from typing import Any, Final

import httpx
import pytest
from event_posting import DEALER
from sqlalchemy import update

from harness.clocks import MovableClock
from harness.dealership import Dealership
from journey_api.http.pagination import MOST_BYTES, Page
from shared.db.engine import Database
from shared.db.schema import task

pytestmark = pytest.mark.database
LARGE: Final = 900_000
LARGEST: Final = MOST_BYTES + 2 * LARGE
"""The item that fills a page is shown, and this is more than one and what stands around it."""

VALUES: Final[dict[str, Any]] = {
    "one letter": "a" * LARGE,
    "letters of three bytes": "王" * (LARGE // 3),
    "many numbers": [[number] * 9 for number in range(900)],
    "many blanks in JSON": [[]] * 4_000,
    "none": None,
}


async def pages(client: httpx.AsyncClient, path: str, **params: Any) -> list[httpx.Response]:
    """All pages of a list, by their cursors."""
    found: list[httpx.Response] = []
    cursor: str | None = ""
    while cursor is not None:
        found.append(await client.get(path, params={"limit": 200, **params, **({"cursor": cursor} if cursor else {})}))
        assert found[-1].status_code == 200, found[-1].text[:200]
        cursor = found[-1].json()["next_cursor"]
    return found


@pytest.mark.parametrize("query", [{}, {"query": "ana"}], ids=["all", "searched"])
async def test_of_customers(admin: httpx.AsyncClient, dealers: None, query: dict[str, str]) -> None:
    ids = [f"C-{number}" for number in range(10, 22)]
    for customer_id, value in zip(ids, [*VALUES.values(), *(["b" * LARGE] * 7)], strict=True):
        record = {"name": "Ana", "attributes": {"value": value}}
        answer = await admin.put(f"/v1/dealers/{DEALER}/customers/{customer_id}", json=record)
        assert answer.status_code == 201, answer.text
    found = await pages(admin, f"/v1/dealers/{DEALER}/customers", **query)
    assert len(found) > 2
    assert max(len(page.content) for page in found) < LARGEST
    assert [item["customer_id"] for page in found for item in page.json()["items"]] == ids


async def test_of_tasks(admin: httpx.AsyncClient, database: Database, clock: MovableClock) -> None:
    dealership = await Dealership(database, clock).open_with_case()
    tasks = [(await dealership.create_task(matter=matter)).task_id for matter in "abcdefgh"]
    async with database.transaction(DEALER) as connection:
        await connection.execute(update(task).values(packet={"asked": "b" * LARGE}))
    for sort in ("priority", "-created_at"):
        found = await pages(admin, "/v1/tasks", dealer_id=DEALER, sort=sort)
        assert len(found) > 2
        assert max(len(page.content) for page in found) < LARGEST
        shown = [item["task_id"] for page in found for item in page.json()["items"]]
        assert sorted(shown) == sorted(tasks)


@pytest.mark.parametrize("sizes", [[10] * 5, [MOST_BYTES, 10, 10], [MOST_BYTES // 2] * 5, [3 * MOST_BYTES] * 3])
def test_of_any_list(sizes: list[int]) -> None:
    rows = [(number, "a" * size) for number, size in enumerate(sizes)]
    shown: list[int] = []
    cursor: Any = 0
    while cursor is not None:
        left = rows[len(shown) :]
        answer = Page(2, None).answer(left[:3], lambda row: {"n": row[0], "text": row[1]}, lambda row: [row[0]])
        assert 1 <= len(answer["items"]) <= 2
        shown += [item["n"] for item in answer["items"]]
        cursor = answer["next_cursor"]
    assert shown == [number for number, _ in rows]
