"""A list without end costs nobody time: it is refused at its place, and an answer names so many faults and no more."""

import json
import time
from typing import Any, Final

import httpx
import pytest
from event_posting import DEALER, Events, pointers

pytestmark = pytest.mark.database
MANY: Final = 150_000
SECONDS: Final = 0.8
"""Of CPU, far above what a refusal costs and far below what judging each item did (20 s)."""

TRIES: Final = 3


async def _cpu_of(
    client: httpx.AsyncClient, method: str, path: str, raw: str, kind: str
) -> tuple[float, httpx.Response]:
    """The least CPU this process spends on a request, of some tries."""
    used = []
    for _ in range(TRIES):
        began = time.process_time()
        answer = await client.request(method, path, content=raw, headers={"content-type": kind})
        used.append(time.process_time() - began)
        if used[-1] <= SECONDS:
            break
    return min(used), answer


@pytest.mark.parametrize("items", ["a", 1, {}, []])
@pytest.mark.parametrize("field", ["occurrences", "signals", "topics"])
async def test_of_an_event(events: Events, admin: httpx.AsyncClient, field: str, items: Any) -> None:
    raw = json.dumps(events.event(data={**events.data(), field: [items] * MANY}))
    used, answer = await _cpu_of(admin, "POST", "/v1/events", raw, "application/cloudevents+json")
    assert (answer.status_code, used <= SECONDS) == (422, True), used
    assert all(pointer.startswith(f"/data/{field}") for pointer in pointers(answer))
    assert len(pointers(answer)) <= 100


@pytest.mark.parametrize(
    ("path", "field", "item"),
    [
        ("customers/C-1", "channels", {"kind": "sms", "address": "+351912345678"}),
        ("customers/C-1", "quiet_hours", {"from": "21:00", "to": "08:00"}),
        ("staff/S-1", "roles", "x"),
        ("staff/S-1", "leave", {}),
        ("vehicles/V-1", "recalls", "R"),
    ],
)
async def test_of_a_record(admin: httpx.AsyncClient, dealers: None, path: str, field: str, item: Any) -> None:
    many = 900_000 // (len(json.dumps(item)) + 2)
    record = {"name": "Ana", "roles": []} if path.startswith("staff") else {}
    raw = json.dumps({**record, field: [item] * many})
    used, answer = await _cpu_of(admin, "PUT", f"/v1/dealers/{DEALER}/{path}", raw, "application/json")
    assert (answer.status_code, used <= SECONDS) == (422, True), used
    assert len(pointers(answer)) <= 200
