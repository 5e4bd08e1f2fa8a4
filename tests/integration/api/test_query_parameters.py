"""The query of every `/v1` route: what is unknown, what is given twice, what takes several values."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from harness.clocks import MovableClock
from harness.dealership import CASE, Dealership
from shared.db.engine import Database

pytestmark = pytest.mark.database
KeyOf = Callable[..., Awaitable[httpx.AsyncClient]]


@pytest.fixture
async def dealership(database: Database, clock: MovableClock) -> Dealership:
    """A dealer with people and a customer."""
    return await Dealership(database, clock).open_with_case()


def faults(answer: httpx.Response) -> list[Any]:
    """What a 422 names."""
    assert answer.status_code == 422, answer.text
    return list(answer.json()["errors"])


@pytest.mark.parametrize(
    ("path", "unknown", "near"),
    [
        ("/v1/tasks", "custommer_id", "customer_id"),
        ("/v1/sla/timers", "due_befor", "due_before"),
        ("/v1/notifications", "stafid", "staff_id"),
        ("/v1/dealers/lisboa-01/customers", "querry", "query"),
        ("/v1/dealers/lisboa-01/cases", "statuss", "status"),
        ("/v1/dead-letters", "dealer", "dealer_id"),
        ("/v1/keys", "cursr", "cursor"),
    ],
)
async def test_an_unknown_parameter_is_refused_and_the_names_there_are_are_told(
    admin: httpx.AsyncClient, dealership: Dealership, path: str, unknown: str, near: str
) -> None:
    (fault,) = faults(await admin.get(path, params={unknown: "C-1"}))
    assert fault["pointer"] == f"?{unknown}"
    assert fault["allowed"][0] == near
    assert near in fault["detail"]


async def test_a_route_without_parameters_says_so(admin: httpx.AsyncClient, dealership: Dealership) -> None:
    (fault,) = faults(await admin.get("/v1/clock?now=1"))
    assert (fault["pointer"], "allowed" in fault) == ("?now", False)
    answer = await admin.put("/v1/dealers/lisboa-01/customers/C-9?dry=1", json={})
    assert [one["pointer"] for one in faults(answer)] == ["?dry"]
    assert (await admin.get("/v1/dealers/lisboa-01/customers/C-9")).status_code == 404


PAIRS = (("from", "to"), ("due_after", "due_before"))
"""Parameters of which the first is not after the second."""


@pytest.mark.parametrize(("first", "last"), PAIRS)
async def test_a_pair_the_wrong_way_round_is_refused_on_every_route(
    app: FastAPI, admin: httpx.AsyncClient, dealership: Dealership, first: str, last: str
) -> None:
    routes = [
        path.format(dealer_id="lisboa-01")
        for path, item in app.openapi()["paths"].items()
        if {first, last} <= {one["name"] for one in item.get("get", {}).get("parameters", ())}
    ]
    assert routes
    now = dealership.clock()
    for path in routes:
        query = {first: now.isoformat(), last: (now - timedelta(seconds=1)).isoformat()}
        async with asyncio.timeout(60):
            answer = await admin.get(path, params=query)
        assert [one["pointer"] for one in faults(answer)] == [f"?{first}", f"?{last}"], path
        assert f"`{first}` is after `{last}`" in answer.json()["detail"]
        if "feed" not in path:
            assert (await admin.get(path, params=query | {last: now.isoformat()})).status_code == 200, path


@pytest.mark.parametrize("path", ["/v1/tasks?limit=1&limit=2", "/v1/sla/timers?case_id=a&case_id=a"])
async def test_a_single_valued_parameter_given_twice(
    admin: httpx.AsyncClient, dealership: Dealership, path: str
) -> None:
    (fault,) = faults(await admin.get(path))
    assert fault["pointer"] in ("?limit", "?case_id")
    assert "dealer_id" in fault["detail"]


async def test_all_faults_of_a_query_come_at_once(admin: httpx.AsyncClient, dealership: Dealership) -> None:
    answer = await admin.get("/v1/tasks?stat=open&limit=1&limit=1&ruole=x&sort=%00")
    assert [one["pointer"] for one in faults(answer)] == ["?stat", "?ruole", "?limit", "?sort"]


async def test_several_values_are_any_of_them_repeated_or_with_commas(
    admin: httpx.AsyncClient, dealership: Dealership
) -> None:
    offered = await dealership.create_task()
    accepted = await dealership.create_task(entry="SA-07-01-a", matter="other")
    await dealership.act(accepted.task_id, "accept", accepted.offered_to or "PS-2")
    done = await dealership.create_task(entry="SA-07-01-b", matter="another")
    await dealership.act(done.task_id, "cancel", "SA-1")

    async def found(query: str) -> set[str]:
        answer = await admin.get(f"/v1/tasks?{query}")
        assert answer.status_code == 200, answer.text
        return {task["task_id"] for task in answer.json()["items"]}

    both = {offered.task_id, accepted.task_id}
    assert await found("status=offered") == {offered.task_id}
    assert await found("status=offered&status=accepted") == both
    assert await found("status=offered,accepted&kind=deliver") == both
    assert await found("status=offered%2Caccepted") == both
    assert await found("entry=SA-07-01-c,SA-07-01-a") == both
    assert await found("status=offered,accepted&entry=SA-07-01-a") == {accepted.task_id}
    assert faults(await admin.get("/v1/tasks?status=offered,lost"))[0]["pointer"] == "?status"


async def test_timers_of_one_customer_are_only_that_customers(admin: httpx.AsyncClient, dealership: Dealership) -> None:
    answer = await admin.get("/v1/sla/timers", params={"customer_id": "nobody", "state": "running,paused"})
    assert (answer.status_code, answer.json()["items"]) == (200, [])
    assert (await admin.get(f"/v1/notifications?case_id={CASE}&channel=sms&channel=email,webhook")).status_code == 200
    assert (await admin.get("/v1/dealers/lisboa-01/cases?status=open,closed")).json()["items"][0]["case_id"] == CASE


async def test_who_may_not_call_learns_nothing_of_parameters(
    client_of: Callable[[str | None], httpx.AsyncClient], dealership: Dealership
) -> None:
    assert (await client_of(None).get("/v1/tasks?nonsense=1")).status_code == 401


async def test_callbacks_take_what_providers_send(provider: httpx.AsyncClient) -> None:
    answer = await provider.get("/v1/callbacks/whatsapp?hub.mode=subscribe&anything=else")
    assert answer.status_code != 422


async def test_a_ticket_leaves_values_with_commas_their_meaning(admin: httpx.AsyncClient, app: FastAPI) -> None:
    ref = (await admin.post("/v1/feed-tickets", json={})).json()["ticket"]
    params = {"ticket": ref, "status": "offered,accepted", "cursor": "none"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as browser:
        answer = await browser.get("/v1/tasks/feed", params=params)
    assert [fault["pointer"] for fault in faults(answer)] == ["?cursor"]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/me"), ("PUT", "/v1/me/presence"), ("POST", "/v1/feed-tickets"), ("POST", "/v1/session")],
)
async def test_who_calls_is_no_matter_of_the_query(admin: httpx.AsyncClient, method: str, path: str) -> None:
    answer = await admin.request(method, path, params={"key": "K"}, json={})
    assert "?key" in [fault["pointer"] for fault in faults(answer)]


async def test_a_cursor_is_good_for_its_own_list_only(admin: httpx.AsyncClient, dealership: Dealership) -> None:
    """Whatever else is sorted by the same kind of key, of the same dealer or case as well."""
    for matter in ("diagnosis", "repair"):
        await dealership.create_task(matter=matter)
    tasks = (await admin.get("/v1/tasks")).json()["items"]
    at = "/v1/dealers/lisboa-01"
    lists = [
        "/v1/tasks",
        f"{at}/cases",
        f"{at}/cases/{CASE}/timeline",
        *(f"/v1/tasks/{task['task_id']}/{part}" for task in tasks for part in ("history", "timeline")),
        "/v1/sla/timers",
        "/v1/playbook/entries",
    ]
    cursors = {path: (await admin.get(path, params={"limit": 1})).json()["next_cursor"] for path in lists}
    given = {path: cursor for path, cursor in cursors.items() if cursor is not None}
    assert len(given) >= 5
    for path in (*lists, f"{at}/customers", f"{at}/vehicles", "/v1/events", "/v1/notifications", "/v1/dealers"):
        for source, cursor in given.items():
            answer = await admin.get(path, params={"cursor": cursor})
            assert answer.status_code == (200 if path == source else 422), (path, source)
            assert path == source or faults(answer)[0]["pointer"] == "?cursor"
