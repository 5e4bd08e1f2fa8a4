"""The list of notifications: who may read it, what it shows, its filters, pages, and cursors that are none."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from event_posting import DEALER
from sqlalchemy import update

from harness.provider_callbacks import NUMBER, OTHER_DEALER, Records
from journey_api.http.pagination import cursor_of
from shared.db.schema import notification_attempt

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("dealers")]
KeyOf = Callable[..., Awaitable[httpx.AsyncClient]]
LIST = "/v1/notifications"


async def listed(client: httpx.AsyncClient, **params: Any) -> list[dict[str, Any]]:
    """The items of a list."""
    answer = await client.get(LIST, params=params)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_the_newest_come_first_page_by_page(admin: httpx.AsyncClient, records: Records) -> None:
    attempts = [
        await records.send(reference=f"SM{n}", at=records.clock() + timedelta(minutes=n // 2)) for n in range(5)
    ]
    found: list[dict[str, Any]] = []
    cursor = None
    for _ in attempts:
        page = (await admin.get(LIST, params={"limit": 2, **({"cursor": cursor} if cursor else {})})).json()
        found, cursor = [*found, *page["items"]], page["next_cursor"]
        if cursor is None:
            break
    made = [(item["created_at"], item["notification_id"]) for item in found]
    assert len(set(made)) == len(attempts)
    assert made == sorted(made, reverse=True)


async def test_each_filter_keeps_what_fits(admin: httpx.AsyncClient, records: Records) -> None:
    await records.send(reference="SM1")
    await records.send(reference="SM2", customer_id="C-2", status="failed")
    await records.send(reference="SM3", dealer_id=OTHER_DEALER)
    for params, count in (
        ({"dealer_id": DEALER}, 2),
        ({"customer_id": "C-2"}, 1),
        ({"status": "failed"}, 1),
        ({"status": "read"}, 0),
        ({"staff_id": "S-1"}, 0),
        ({"task_id": "nobodys"}, 0),
        ({"case_id": "none"}, 0),
        ({"timer_id": "none"}, 0),
        ({"channel": "sms,email"}, 2),
        ({"channel": "email"}, 0),
        ({"from": records.clock().date().isoformat(), "to": records.clock().date().isoformat()}, 2),
        ({"to": (records.clock() - timedelta(days=2)).date().isoformat()}, 0),
        ({"from": (records.clock() + timedelta(seconds=1)).isoformat()}, 0),
        ({"dealer_id": DEALER, "customer_id": "C-1", "status": "sent"}, 1),
    ):
        assert len(await listed(admin, **{"dealer_id": DEALER, **params})) == count, params
    assert len(await listed(admin)) == 3


async def test_an_item_has_what_operations_need(admin: httpx.AsyncClient, records: Records) -> None:
    await records.send()
    (item,) = await listed(admin)
    assert {"notification_id", "dealer_id", "customer_id", "task_id", "case_id", "message", "purpose"} <= set(item)
    assert {"channel", "status", "votes", "timer_id", "created_at", "code", "not_before", "words"} <= set(item)
    assert [set(attempt) for attempt in item["attempts"]] == [{"at", "provider", "code", "status"}]
    assert item["address"] == NUMBER


@pytest.mark.parametrize(
    ("scopes", "whole"),
    [
        (("ops:read",), False),
        (("ops:read", "tasks:read"), False),
        (("ops:read", "tasks:write"), True),
        (("ops:read", "events:write"), True),
    ],
)
async def test_an_address_is_masked_for_who_may_not_write_to_it(
    key_of: KeyOf, records: Records, scopes: tuple[str, ...], whole: bool
) -> None:
    await records.send()
    (item,) = await listed(await key_of(*scopes))
    assert item["address"] == (NUMBER if whole else "***78")


async def test_a_persons_key_sees_the_addresses_of_its_own_customers(
    admin: httpx.AsyncClient, key_of: KeyOf, records: Records
) -> None:
    for staff_id in ("SA-1", "SA-2"):
        body = {"name": staff_id, "roles": ["service_advisor"]}
        assert (await admin.put(f"/v1/dealers/{DEALER}/staff/{staff_id}", json=body)).status_code == 201
    await records.send()
    await records.send(reference="SM2", customer_id="C-2")
    await records.open_case("case-1", "C-1", owner="SA-1")
    owner = await listed(await key_of("ops:read", "tasks:write", staff_id="SA-1"))
    other = await listed(await key_of("ops:read", "tasks:write", staff_id="SA-2"))
    assert {one["customer_id"]: one["address"] for one in owner} == {"C-1": NUMBER, "C-2": "***78"}
    assert {one["address"] for one in other} == {"***78"}


async def test_words_are_for_those_who_read_tasks(admin: httpx.AsyncClient, key_of: KeyOf, records: Records) -> None:
    attempt_id = await records.send()
    words = {"subject": "Your car", "text": "It is ready."}
    mine = notification_attempt.c.attempt_id == attempt_id
    async with records.database.transaction() as connection:
        await connection.execute(update(notification_attempt).where(mine).values(words))
    assert [one["words"] for one in await listed(await key_of("ops:read", "tasks:read"))] == [words]
    assert [one["words"] for one in await listed(await key_of("ops:read"))] == [None]


async def test_another_dealers_do_not_exist(key_of: KeyOf, records: Records) -> None:
    await records.send(dealer_id=OTHER_DEALER)
    reader = await key_of("ops:read")
    assert await listed(reader) == []
    assert await listed(reader, dealer_id=OTHER_DEALER) == []
    assert (await (await key_of("tasks:read", "tasks:write")).get(LIST)).status_code == 403


@pytest.mark.parametrize(
    ("params", "pointer"),
    [
        ({"status": "gone"}, "?status"),
        ({"from": "yesterday"}, "?from"),
        ({"to": "2026-02-30"}, "?to"),
        ({"limit": "0"}, "?limit"),
        ({"limit": "201"}, "?limit"),
        ({"customer_id": "\x00"}, "?customer_id"),
        ({"cursor": "nonsense"}, "?cursor"),
        ({"cursor": cursor_of(LIST, "soon", "x")}, "?cursor"),
        ({"cursor": cursor_of(LIST, "2026-11-23T10:00:00", "x")}, "?cursor"),
        ({"cursor": cursor_of(LIST, "0001-01-01T00:00:00+14:00", "x")}, "?cursor"),
        ({"cursor": cursor_of(LIST, "2026-11-23T10:00:00+00:00", None)}, "?cursor"),
        ({"cursor": cursor_of(LIST, None, None)}, "?cursor"),
        ({"cursor": cursor_of(LIST, "2026-11-23T10:00:00+00:00")}, "?cursor"),
    ],
)
async def test_what_it_refuses(admin: httpx.AsyncClient, params: dict[str, str], pointer: str) -> None:
    answer = await admin.get(LIST, params=params)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


@pytest.mark.parametrize("path", [LIST, "/v1/sla/timers", "/v1/playbook/entries", "/v1/tasks", "/v1/dead-letters"])
@pytest.mark.parametrize("place", [("soon", "x"), (None, None), (None,), ([], {}), (), (1.5,), (True,)])
async def test_no_list_trips_over_a_cursor_of_no_list(
    admin: httpx.AsyncClient, path: str, place: tuple[Any, ...]
) -> None:
    answer = await admin.get(path, params={"cursor": cursor_of(path, *place)})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "?cursor")
