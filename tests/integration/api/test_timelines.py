"""The timelines of tasks and cases over HTTP: everything, in order, within the walls of a dealer."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import insert

from harness.clocks import MovableClock
from harness.dealership import CASE, CUSTOMER, DEALER, Dealership, act_over_http
from journey_api.http.pagination import cursor_of
from shared.db.engine import Database
from shared.db.schema import journey_event, notification, routing

pytestmark = pytest.mark.database
KeyOf = Callable[..., Awaitable[httpx.AsyncClient]]


@pytest.fixture
async def dealership(database: Database, clock: MovableClock) -> Dealership:
    """A dealership with its people."""
    return await Dealership(database, clock).open_with_case()


async def lines(client: httpx.AsyncClient, path: str, **headers: str) -> list[dict[str, Any]]:
    """The lines of a timeline, which are in order of time and fit a page."""
    answer = await client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["next_cursor"] is None
    items: list[dict[str, Any]] = answer.json()["items"]
    assert [line["at"] for line in items] == sorted(line["at"] for line in items)
    return items


async def test_a_case_tells_offers_silences_and_answers(dealership: Dealership, admin: httpx.AsyncClient) -> None:
    task = await dealership.create_task(started_by="SA-1")
    await dealership.expire_offer(task)
    answer = await act_over_http(admin, task.task_id, "accept", staff_id="PS-2")
    assert answer.status_code == 200, answer.text
    await admin.post(f"/v1/dealers/{DEALER}/cases/{CASE}/comments", json={"staff_id": "SA-1", "text": "Call her"})
    told = await lines(admin, f"/v1/dealers/{DEALER}/cases/{CASE}/timeline")
    kinds = [line["kind"] for line in told]
    assert [kind for kind in kinds if not kind.startswith("clock")] == [
        "decision",
        "offered",
        "silence",
        "offered",
        "accepted",
        "comment",
    ]
    assert "clock_started" in kinds
    silent = next(line for line in told if line["kind"] == "silence")
    assert (silent["who"]["staff_id"], silent["task_id"]) == (task.offered_to, task.task_id)
    assert told[-1]["because"] == "Call her"


async def test_who_was_told_is_in_it_with_what_came_of_it(dealership: Dealership, admin: httpx.AsyncClient) -> None:
    task = await dealership.create_task()
    ids = {"dealer_id": DEALER, "case_id": CASE, "task_id": task.task_id, "staff_id": "PS-1"}
    row = {"message": "OFFERED", "purpose": "staff", "channel": "email", "status": "failed", "dedupe_key": "one"}
    times = {"created_at": dealership.clock(), "updated_at": dealership.clock()}
    async with dealership.database.transaction(DEALER) as connection:
        await connection.execute(insert(notification).values(notification_id="N-1", **ids, **row, **times))
    for path in (f"/v1/tasks/{task.task_id}/timeline", f"/v1/dealers/{DEALER}/cases/{CASE}/timeline"):
        (told,) = [line for line in await lines(admin, path) if line["kind"] == "told"]
        assert (told["notification_id"], told["staff_id"], told["outcome"]) == ("N-1", "PS-1", "failed")


async def test_what_was_told_of_an_event_before_its_case_was_known_is_in_it(
    dealership: Dealership, admin: httpx.AsyncClient
) -> None:
    now = dealership.clock()
    whose = {"dealer_id": DEALER, "customer_id": CUSTOMER, "event_id": "E-1"}
    sent = {"source": "/dms", "id": "1", "occurred_at": now, "received_at": now, "intent": "live", "content_hash": b""}
    row = {"message": "ACK", "purpose": "service", "channel": "email", "status": "delivered", "created_at": now}
    async with dealership.database.transaction(DEALER) as connection:
        await connection.execute(insert(journey_event).values(**whose, **sent, data={}))
        routed = {"case_id": CASE, "state": "routed", "playbook_version": "1", "routed_at": now + timedelta(minutes=5)}
        await connection.execute(insert(routing).values(**whose, **routed))
        for event_id in ("E-1", "E-2"):
            about = {"about": {"event_id": event_id}}
            own = {"notification_id": f"N-{event_id}", "dedupe_key": event_id, "params": about}
            ids = {"dealer_id": DEALER, "customer_id": CUSTOMER, "updated_at": now}
            await connection.execute(insert(notification).values(**ids, **own, **row))
    told = await lines(admin, f"/v1/dealers/{DEALER}/cases/{CASE}/timeline")
    assert [line["notification_id"] for line in told if line["kind"] == "told"] == ["N-E-1"]


async def test_a_task_tells_its_own_and_the_clocks_of_its_case(
    dealership: Dealership, admin: httpx.AsyncClient
) -> None:
    task, other = await dealership.create_task(), await dealership.create_task(matter="another", entry="SA-07-02-a")
    told = await lines(admin, f"/v1/tasks/{task.task_id}/timeline")
    assert {line.get("task_id") for line in told} - {None} == {task.task_id}
    assert other.task_id != task.task_id


async def test_a_reminder_that_nobody_started_is_not_said_to_be_started(
    dealership: Dealership, admin: httpx.AsyncClient
) -> None:
    reminder = await dealership.create_task(entry="CLOSE-LOOP", kind="reminder", mode="close_loop", event_id=None)
    started = await dealership.create_task(entry="SA-07-01-a", matter="other", started_by="SA-1", event_id="E-9")
    for path in ("/v1/tasks/{}/timeline", f"/v1/dealers/{DEALER}/cases/{CASE}/timeline"):
        for task, origin, by in ((reminder, "Follows from", None), (started, "Started by hand", "SA-1")):
            told = await lines(admin, path.format(task.task_id), **{"accept-language": "en"})
            (made,) = [line for line in told if line["kind"] == "decision" and line["task_id"] == task.task_id]
            assert made["text"].startswith(origin), made
            assert (made["who"] or {}).get("staff_id") == by


async def test_it_reads_in_the_language_asked_for(dealership: Dealership, admin: httpx.AsyncClient) -> None:
    await dealership.create_task()
    path = f"/v1/dealers/{DEALER}/cases/{CASE}/timeline"
    texts = {language: (await lines(admin, path, **{"accept-language": language}))[0]["text"] for language in
             ("en", "pt", "es", "zh", "ru")}  # fmt: skip
    assert len(set(texts.values())) == 5


async def test_another_dealer_sees_no_timeline(dealership: Dealership, admin: httpx.AsyncClient, key_of: KeyOf) -> None:
    task = await dealership.create_task()
    await admin.put("/v1/dealers/porto-01", json={"name": "Porto", "time_zone": "Europe/Lisbon"})
    stranger = await key_of("tasks:read", dealers=("porto-01",))
    for path in (
        f"/v1/tasks/{task.task_id}/timeline",
        f"/v1/dealers/{DEALER}/cases/{CASE}/timeline",
        f"/v1/dealers/porto-01/cases/{CASE}/timeline",
    ):
        assert (await stranger.get(path)).status_code == 404
    blind = await key_of("events:write", dealers=(DEALER,))
    assert (await blind.get(f"/v1/tasks/{task.task_id}/timeline")).status_code == 403
    assert (await admin.get(f"/v1/dealers/{DEALER}/customers/{CUSTOMER}/timeline")).status_code == 404


async def pages(client: httpx.AsyncClient, path: str, limit: int) -> AsyncIterator[list[dict[str, Any]]]:
    """The pages of a timeline."""
    params: dict[str, Any] = {"limit": limit}
    while True:
        answer = await client.get(path, params=params)
        assert answer.status_code == 200, answer.text
        yield answer.json()["items"]
        if answer.json()["next_cursor"] is None:
            return
        params["cursor"] = answer.json()["next_cursor"]


@pytest.mark.parametrize("limit", [1, 2, 3])
async def test_pages_end_within_an_instant(dealership: Dealership, admin: httpx.AsyncClient, limit: int) -> None:
    """Everything of this case is of two instants."""
    task = await dealership.create_task()
    for text in ("One", "Two", "Three"):
        await admin.post(f"/v1/dealers/{DEALER}/cases/{CASE}/comments", json={"staff_id": "SA-1", "text": text})
    dealership.clock.advance(timedelta(minutes=1))
    await act_over_http(admin, task.task_id, "accept", staff_id="PS-1")
    of_task = (f"/v1/tasks/{task.task_id}/{what}" for what in ("timeline", "history"))
    for path in (*of_task, f"/v1/dealers/{DEALER}/cases/{CASE}/timeline"):
        whole = await lines(admin, path)
        assert len({line["at"] for line in whole}) == 2
        found = [page async for page in pages(admin, path, limit)]
        assert [line for page in found for line in page] == whole
        assert {len(page) for page in found[:-1]} <= {limit}


async def test_what_comes_between_two_pages_moves_none(dealership: Dealership, admin: httpx.AsyncClient) -> None:
    """A comment of the same instant is on a later page or on none, and no line is read twice."""
    path = f"/v1/dealers/{DEALER}/cases/{CASE}"
    await dealership.create_task()
    whole = await lines(admin, f"{path}/timeline")
    found = []
    async for page in pages(admin, f"{path}/timeline", 1):
        found += page
        if len(found) == 2:
            await admin.post(f"{path}/comments", json={"staff_id": "SA-1", "text": "Meanwhile"})
    assert [line for line in found if line["because"] != "Meanwhile"] == whole


@pytest.mark.parametrize(
    "key", [["2026-11-23T10:00:00+00:00", "T-1"], ["x", 0, 0, "", 0], [1, 0, 0, "", 0], [{}] * 5, [2**31]]
)
async def test_a_cursor_of_no_line_is_refused(dealership: Dealership, admin: httpx.AsyncClient, key: list[Any]) -> None:
    task = await dealership.create_task()
    for path in (f"/v1/dealers/{DEALER}/cases/{CASE}/timeline", f"/v1/tasks/{task.task_id}/history"):
        answer = await admin.get(path, params={"cursor": cursor_of(path, *key)})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "?cursor")
