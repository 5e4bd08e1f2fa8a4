"""Lists of vehicles, appointments and orders by customer, status and time."""

from typing import Any

import httpx
import pytest
from event_posting import DEALER, pointers

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("dealers")]
HOME = f"/v1/dealers/{DEALER}"


@pytest.fixture
async def stored(admin: httpx.AsyncClient, dealers: None) -> httpx.AsyncClient:
    """Two customers with vehicles, appointments and orders; the dealer is in Lisbon, in winter at UTC."""
    records: dict[str, dict[str, Any]] = {"customers/C-1": {"name": "Ana"}, "customers/C-2": {"name": "Rui"}}
    records |= {"vehicles/V-1": {"customer_id": "C-1"}, "vehicles/V-2": {"customer_id": "C-2"}}
    for number, at, status in (
        (1, "2026-11-30T23:30:00Z", "booked"),
        (2, "2026-12-01T00:00:00Z", "booked"),
        (3, "2026-12-02T08:00:00+09:00", "done"),
        (4, "2026-12-02T00:00:00Z", "cancelled"),
    ):
        owner = {"customer_id": f"C-{1 + number % 2}"}
        records[f"appointments/A-{number}"] = {**owner, "kind": "service", "starts_at": at, "status": status}
        order = {**owner, "kind": "parts", "status": "ordered" if number < 3 else "Lieferbar, ab Lager"}
        records[f"orders/O-{number}"] = {**order, "placed_on": f"2026-12-0{number}"}
    records["orders/O-5"] = {"customer_id": "C-1", "kind": "vehicle"}
    for path, record in records.items():
        assert (await admin.put(f"{HOME}/{path}", json=record)).status_code == 201, path
    return admin


async def listed(client: httpx.AsyncClient, path: str) -> list[str]:
    """The ids of a list, walked page by page."""
    found: list[str] = []
    cursor = ""
    while True:
        answer = await client.get(f"{HOME}/{path}&limit=1{cursor}")
        assert answer.status_code == 200, answer.text
        found += [item.get("id") or item["vin"] for item in answer.json()["items"]]
        if answer.json()["next_cursor"] is None:
            return found
        cursor = f"&cursor={answer.json()['next_cursor']}"


@pytest.mark.parametrize(
    ("path", "ids"),
    [
        ("vehicles?customer_id=C-2", ["V-2"]),
        ("vehicles?customer_id=C-3", []),
        ("vehicles?customer_id=C-2&query=v", ["V-2"]),
        ("appointments?customer_id=C-1", ["A-2", "A-4"]),
        ("appointments?status=booked", ["A-1", "A-2"]),
        ("appointments?status=done,cancelled&status=booked", ["A-1", "A-2", "A-3", "A-4"]),
        ("appointments?from=2026-12-01&to=2026-12-01", ["A-2", "A-3"]),
        ("appointments?from=2026-12-01T00:00:00Z&to=2026-12-02T00:00:00Z", ["A-2", "A-3"]),
        ("appointments?to=2026-11-30", ["A-1"]),
        ("appointments?from=2026-12-02&customer_id=C-1", ["A-4"]),
        ("appointments?query=service&status=done", ["A-3"]),
        ("orders?status=ordered&customer_id=C-2", ["O-1"]),
        ("orders?from=2026-12-02&to=2026-12-03", ["O-2", "O-3"]),
        ("orders?from=2026-12-03T00:00:00Z", ["O-3", "O-4"]),
        ("orders?query=parts&to=2026-12-01", ["O-1"]),
        ("orders?customer_id=C-1", ["O-2", "O-4", "O-5"]),
    ],
)
async def test_lists_are_narrowed(stored: httpx.AsyncClient, path: str, ids: list[str]) -> None:
    assert await listed(stored, path) == ids


@pytest.mark.parametrize(
    ("path", "pointer"),
    [
        ("vehicles?status=new", "?status"),
        ("customers?customer_id=C-1", "?customer_id"),
        ("appointments?status=maybe", "?status"),
        ("appointments?from=yesterday", "?from"),
        ("orders?to=2026-13-01", "?to"),
        ("orders?customer_id=a%20b", "?customer_id"),
    ],
)
async def test_what_cannot_be_asked_for(stored: httpx.AsyncClient, path: str, pointer: str) -> None:
    answer = await stored.get(f"{HOME}/{path}")
    assert answer.status_code == 422
    assert [one.partition("/")[0] for one in pointers(answer)] == [pointer]
