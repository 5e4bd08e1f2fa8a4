"""What people do to tasks, over HTTP and the real database."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from harness.dealership import CASE, CUSTOMER, Dealership, act_over_http
from harness.names import (
    DELEGATED_TO_SALESPERSON,
    INFOTAINMENT_TO_PRODUCT_SPECIALIST,
    REPAIR_DIAGNOSIS_TO_PRODUCT_SPECIALIST,
)
from harness.statement_count import statements
from shared.clock import Clock
from shared.db.engine import Database
from shared.db.schema import journey_case

pytestmark = pytest.mark.database


@pytest.fixture
async def dealership(database: Database, clock: Clock) -> Dealership:
    """A dealership with its people."""
    return await Dealership(database, clock).open_with_case()


async def test_a_deliver_is_offered_accepted_waits_and_is_completed(
    dealership: Dealership, admin: httpx.AsyncClient
) -> None:
    task = await dealership.create_task()
    shown = (await admin.get(f"/v1/tasks/{task.task_id}")).json()
    assert (shown["status"], shown["offered_to"], shown["version"]) == ("offered", "PS-1", 1)
    assert shown["title"]
    for action, status in (
        ("accept", "accepted"),
        ("wait", "waiting"),
        ("resume", "accepted"),
        ("complete", "completed"),
    ):
        answer = await act_over_http(admin, task.task_id, action, staff_id="PS-1")
        assert (answer.status_code, answer.json()["status"]) == (200, status), answer.text
        assert answer.headers["etag"] == f'"{answer.json()["version"]}"'
        again = await act_over_http(admin, task.task_id, action, staff_id="PS-1")
        assert (again.status_code, again.json()["version"]) == (200, answer.json()["version"])
    history = (await admin.get(f"/v1/tasks/{task.task_id}/history")).json()["items"]
    assert [item["action"] for item in history] == [
        "created", "offered", "accepted", "waiting", "resumed", "completed",
    ]  # fmt: skip
    assert await dealership.records() == ["created", "offered", "accepted", "waiting", "resumed", "completed"]


async def test_two_people_accept_at_once_and_one_wins(dealership: Dealership, admin: httpx.AsyncClient) -> None:
    task = await dealership.create_task()
    answers = await asyncio.gather(
        *(act_over_http(admin, task.task_id, "accept", staff_id=person) for person in ("PS-1", "PS-2"))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    (loser,) = [answer for answer in answers if answer.status_code == 409]
    assert "accepted" in loser.json()["detail"]
    assert await dealership.records() == ["created", "offered", "accepted"]


@pytest.mark.parametrize(
    ("action", "body", "code"),
    [
        ("accept", {"staff_id": "SP-1"}, "not_in_role"),
        ("decline", {"staff_id": "PS-2", "reason": "busy"}, "not_yours"),
        ("complete", {"staff_id": "PS-1"}, "bad_state"),
        ("acknowledge", {"staff_id": "PS-1"}, "bad_state"),
        ("wait", {"staff_id": "PS-1"}, "bad_state"),
        ("resume", {"staff_id": "PS-1"}, "bad_state"),
        ("cancel", {"staff_id": "PS-1"}, "not_yours"),
        ("reassign", {"staff_id": "PS-1", "to_role": "service_manager"}, "not_yours"),
        ("reassign", {"staff_id": "SM-1", "to_staff_id": "SE-1"}, "not_in_role"),
    ],
)
async def test_what_an_offered_task_refuses(
    dealership: Dealership, admin: httpx.AsyncClient, action: str, body: dict[str, Any], code: str
) -> None:
    task = await dealership.create_task()
    answer = await act_over_http(admin, task.task_id, action, **body)
    assert (answer.status_code, answer.json()["title"]) == (409, code)
    if code == "bad_state":
        assert "offered" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("action", "body", "pointer"),
    [
        ("accept", {"staff_id": "nobody"}, "/staff_id"),
        ("accept", {}, "/staff_id"),
        ("accept", {"staff_id": "PS-1", "colour": "red"}, "/colour"),
        ("decline", {"staff_id": "PS-1", "reason": "tired"}, "/reason"),
        ("wait", {"staff_id": "PS-1", "reason": "weather"}, "/reason"),
        ("wait", {"staff_id": "PS-1", "until": "2026-11-23T09:59:59Z"}, "/until"),
        ("wait", {"staff_id": "PS-1", "until": "2026-12-23T10:00:01Z"}, "/until"),
        ("wait", {"staff_id": "PS-1", "until": "2026-12-01T10:00:00"}, "/until"),
        ("accept", {"staff_id": "PS-1", "until": "2026-12-01T10:00:00Z"}, "/until"),
        ("reassign", {"staff_id": "SM-1"}, "/to_staff_id"),
        ("reassign", {"staff_id": "SM-1", "to_staff_id": "nobody"}, "/to_staff_id"),
        ("reassign", {"staff_id": "SM-1", "to_role": "janitor"}, "/to_role"),
        ("reassign", {"staff_id": "SM-1", "to_role": "service_manager", "to_staff_id": "PS-2"}, "/to_staff_id"),
    ],
)
async def test_what_makes_no_sense_is_422_with_a_pointer(
    dealership: Dealership, admin: httpx.AsyncClient, action: str, body: dict[str, Any], pointer: str
) -> None:
    task = await dealership.create_task()
    answer = await act_over_http(admin, task.task_id, action, **body)
    assert answer.status_code == 422, answer.text
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]


async def test_unknown_tasks_and_actions_are_404(dealership: Dealership, admin: httpx.AsyncClient) -> None:
    task = await dealership.create_task()
    for path in (f"/v1/tasks/{task.task_id}/explode", "/v1/tasks/none/accept", "/v1/tasks/%00/accept"):
        assert (await admin.post(path, json={"staff_id": "PS-1"})).status_code == 404
    for path in ("/v1/tasks/none", "/v1/tasks/none/history", "/v1/tasks/%00"):
        assert (await admin.get(path)).status_code == 404


async def test_a_key_of_a_person_acts_as_that_person_only(dealership: Dealership, key_of: Callable[..., Any]) -> None:
    task = await dealership.create_task()
    client = await key_of("tasks:write", "tasks:read", staff_id="PS-2")
    refused = await act_over_http(client, task.task_id, "accept", staff_id="PS-1")
    assert (refused.status_code, refused.json()["title"]) == (403, "person")
    assert (await act_over_http(client, task.task_id, "accept", staff_id="PS-2")).status_code == 200
    reader = await key_of("tasks:read")
    assert (await act_over_http(reader, task.task_id, "complete", staff_id="PS-2")).status_code == 403


async def test_a_request_reads_the_task_and_the_people_once(dealership: Dealership, key_of: Callable[..., Any]) -> None:
    task, declined = await dealership.create_task(), await dealership.create_task(matter="another")
    client = await key_of("tasks:write", "tasks:read")
    for body in ({"action": "accept"}, {"action": "decline", "reason": "busy"}):
        chosen = task if body["action"] == "accept" else declined
        with statements(dealership.database) as sent:
            answer = await act_over_http(client, chosen.task_id, **body, staff_id=str(chosen.offered_to))
        assert answer.status_code == 200, answer.text
        assert answer.json()["title"]
        assert len([one for one in sent if _reads(one, "task") and "task.merge_key" in one]) == 1, sent
        assert len([one for one in sent if _reads(one, "staff") and ".record" in one]) == 1, sent


async def test_a_closed_case_reads_the_people_once_however_many_interacts_it_has(
    dealership: Dealership, key_of: Callable[..., Any]
) -> None:
    for matter in ("one", "two", "three"):
        await dealership.create_task(kind="interact", mode="share_info", matter=matter)
    client = await key_of("tasks:write", "tasks:read")
    with statements(dealership.database) as sent:
        path = f"/v1/dealers/{dealership.dealer_id}/cases/{CASE}/close"
        answer = await client.post(path, json={"staff_id": "SA-1", "outcome": "satisfied"})
    assert answer.status_code == 200, answer.text
    assert [task["status"] for task in answer.json()["tasks"]] == ["cancelled"] * 3
    assert len([one for one in sent if _reads(one, "staff") and ".record" in one]) == 1, sent


def _reads(statement: str, table: str) -> bool:
    text = " ".join(statement.lower().split())
    return text.startswith("select") and f"from {table} " in text


async def test_another_dealers_key_sees_and_changes_nothing(dealership: Dealership, key_of: Callable[..., Any]) -> None:
    task = await dealership.create_task()
    await Dealership(dealership.database, dealership.clock, dealer_id="porto-01").open_with_case({})
    stranger = await key_of("tasks:read", "tasks:write", dealers=("porto-01",))
    assert (await stranger.get(f"/v1/tasks/{task.task_id}")).status_code == 404
    assert (await act_over_http(stranger, task.task_id, "accept", staff_id="PS-1")).status_code == 404
    assert (await stranger.get("/v1/tasks")).json()["items"] == []


async def test_a_stale_version_is_412(dealership: Dealership, admin: httpx.AsyncClient) -> None:
    task = await dealership.create_task()
    path = f"/v1/tasks/{task.task_id}/accept"
    stale = await admin.post(path, json={"staff_id": "PS-1"}, headers={"if-match": '"7"'})
    assert stale.status_code == 412
    fresh = await admin.post(path, json={"staff_id": "PS-1"}, headers={"if-match": f'"{task.version}"'})
    assert fresh.status_code == 200


async def test_a_decline_goes_on_to_the_next_and_at_last_to_the_lead(
    dealership: Dealership, admin: httpx.AsyncClient
) -> None:
    task = await dealership.create_task()
    for person, reason, then in (
        ("PS-1", "busy", "PS-2"),
        ("PS-2", "conflict", "PS-1"),
        ("PS-1", "busy", "SM-1"),
    ):
        answer = await act_over_http(admin, task.task_id, "decline", staff_id=person, reason=reason)
        assert (answer.json()["status"], answer.json()["offered_to"]) == ("offered", then)
    refused = await act_over_http(admin, task.task_id, "decline", staff_id="SM-1", reason="busy")
    assert (refused.status_code, refused.json()["title"]) == (409, "not_yours")
    assert (await act_over_http(admin, task.task_id, "accept", staff_id="SM-1")).json()["assignee_id"] == "SM-1"


async def test_a_repeated_decline_changes_nothing(dealership: Dealership, admin: httpx.AsyncClient) -> None:
    task = await dealership.create_task()
    first = await act_over_http(admin, task.task_id, "decline", staff_id="PS-1", reason="conflict")
    again = await act_over_http(admin, task.task_id, "decline", staff_id="PS-1", reason="conflict")
    assert (again.status_code, again.json()["version"]) == (200, first.json()["version"])


async def test_silence_is_a_decline_and_an_old_cycle_is_nothing(dealership: Dealership) -> None:
    task = await dealership.create_task()
    moved = await dealership.expire_offer(task)
    assert moved.offered_to == "PS-2"
    assert (await dealership.expire_offer(task)).version == moved.version
    assert (await dealership.expire_offer(moved)).offered_to == "SM-1"


async def test_reassigned_to_a_person_it_is_offered_to_that_person(
    dealership: Dealership, admin: httpx.AsyncClient
) -> None:
    task = await dealership.create_task()
    await dealership.act(task.task_id, "accept", "PS-1")
    answer = (await act_over_http(admin, task.task_id, "reassign", staff_id="PS-1", to_staff_id="PS-2")).json()
    assert (answer["status"], answer["offered_to"], answer["assignee_id"]) == ("offered", "PS-2", None)
    again = await act_over_http(admin, task.task_id, "reassign", staff_id="PS-1", to_staff_id="PS-2")
    assert (again.status_code, again.json()["version"]) == (200, answer["version"])


async def test_a_reassigned_interact_is_open_again(dealership: Dealership) -> None:
    task = await dealership.create_task(kind="interact", mode="share_info")
    assert (task.status, task.offered_to) == ("open", None)
    await dealership.act(task.task_id, "acknowledge", "PS-1")
    moved = await dealership.act(task.task_id, "reassign", "PS-1", to_staff_id="PS-2")
    assert (moved.status, moved.offered_to, moved.assignee_id) == ("open", "PS-2", None)


async def test_reassigned_to_a_role_a_new_task_takes_its_place(
    dealership: Dealership, admin: httpx.AsyncClient
) -> None:
    task = await dealership.create_task()
    await dealership.act(task.task_id, "accept", "PS-1")
    body = {"staff_id": "PS-1", "to_role": "service_manager"}
    new = (await act_over_http(admin, task.task_id, "reassign", **body)).json()
    assert (new["reassigned_from"], new["from_role"], new["to_role"]) == (
        task.task_id,
        "product_specialist",
        "service_manager",
    )
    assert (new["status"], new["offered_to"], new["entry"]) == ("offered", "SE-1", task.entry)
    old = (await admin.get(f"/v1/tasks/{task.task_id}")).json()
    assert (old["status"], old["outcome"]) == ("cancelled", "reassigned")
    again = (await act_over_http(admin, task.task_id, "reassign", **body)).json()
    assert (again["task_id"], again["version"]) == (new["task_id"], new["version"])
    async with dealership.database.transaction() as connection:
        (hops,) = await connection.scalars(select(journey_case.c.returned_matters))
    assert hops == [
        {
            "matter": "specialist_diagnosis",
            "role": "product_specialist",
            "task_id": task.task_id,
            "to_role": "service_manager",
        }
    ]


async def test_reassigned_to_a_role_with_an_open_record_it_merges(dealership: Dealership) -> None:
    there = await dealership.create_task(to_role="service_manager", entry=REPAIR_DIAGNOSIS_TO_PRODUCT_SPECIALIST)
    task = await dealership.create_task()
    answer = await dealership.act(task.task_id, "reassign", "SM-1", to_role="service_manager")
    assert (answer.task_id, answer.entry, answer.mirrors) == (
        there.task_id,
        REPAIR_DIAGNOSIS_TO_PRODUCT_SPECIALIST,
        (INFOTAINMENT_TO_PRODUCT_SPECIALIST,),
    )


async def test_a_decision_on_the_owner_becomes_a_handover(dealership: Dealership) -> None:
    task = await dealership.create_task(
        entry="OWNER-DECISION", mode="owner_decision", to_role="client_experience_manager"
    )
    await dealership.act(task.task_id, "accept", "CX-1")
    given = await dealership.act(task.task_id, "reassign", "CX-1", to_role="service_manager")
    assert (given.mode, given.entry, given.from_role) == ("hand_over", "OWNER-DECISION", "client_experience_manager")


@pytest.mark.parametrize(("person", "status"), [("SA-1", 200), ("SM-1", 200), ("SA-2", 409), ("PS-1", 409)])
async def test_who_may_cancel(dealership: Dealership, admin: httpx.AsyncClient, person: str, status: int) -> None:
    task = await dealership.create_task()
    answer = await act_over_http(admin, task.task_id, "cancel", staff_id=person, reason="not needed")
    assert answer.status_code == status
    shown = (await admin.get(f"/v1/tasks/{task.task_id}")).json()["status"]
    assert shown == ("cancelled" if status == 200 else "offered")


async def test_the_starter_may_cancel_and_pass_on_what_it_handed_over(dealership: Dealership) -> None:
    task = await dealership.create_task(started_by="SA-2")
    moved = await dealership.act(task.task_id, "reassign", "SA-2", to_staff_id="PS-2")
    assert moved.offered_to == "PS-2"
    assert (await dealership.act(task.task_id, "cancel", "SA-2")).status == "cancelled"


async def test_a_manual_task_its_named_person_declines_is_cancelled(dealership: Dealership) -> None:
    task = await dealership.create_task(
        manual=True, to_staff_id="PS-2", started_by="SM-1", entry=DELEGATED_TO_SALESPERSON, mode="delegate"
    )
    assert (task.offered_to, task.named_person) == ("PS-2", "PS-2")
    declined = await dealership.act(task.task_id, "decline", "PS-2", reason="busy")
    assert (declined.status, declined.offered_to) == ("cancelled", None)
    assert await dealership.records() == ["created", "offered", "declined", "cancelled"]
    assert (await dealership.act(task.task_id, "decline", "PS-2", reason="busy")).version == declined.version


async def test_the_address_is_masked_for_all_but_those_concerned(
    dealership: Dealership, admin: httpx.AsyncClient, key_of: Callable[..., Any]
) -> None:
    task = await dealership.create_task()

    async def address(client: httpx.AsyncClient) -> str:
        shown = (await client.get(f"/v1/tasks/{task.task_id}")).json()["contact"]
        assert (shown["channel"], shown["allowed_now"]) == ("whatsapp", True)
        return str(shown["address"])

    full = "+351912345678"
    assert await address(admin) == full
    assert task.offered_to == "PS-1"
    readers = {person: await key_of("tasks:read", staff_id=person) for person in ("PS-1", "SA-1", "SM-1", "PS-2")}
    for status in ("offered", "accepted"):
        if status == "accepted":
            await dealership.act(task.task_id, "accept", "PS-1")
        shown = {person: await address(reader) for person, reader in readers.items()}
        assert shown == {"PS-1": full, "SA-1": full, "SM-1": full, "PS-2": "***78"}
    assert await address(await key_of("tasks:read", "tasks:write", staff_id="PS-2")) == "***78"
    assert await address(await key_of("tasks:read")) == "***78"
    for more in ("tasks:write", "events:write"):
        assert await address(await key_of("tasks:read", more)) == full


async def test_titles_follow_the_language(dealership: Dealership, admin: httpx.AsyncClient) -> None:
    task = await dealership.create_task()

    async def title(language: str | None) -> str:
        headers = {"accept-language": language} if language else {}
        return str((await admin.get(f"/v1/tasks/{task.task_id}", headers=headers)).json()["title"])

    assert await title("pt-PT,en;q=0.5") != await title("en")
    assert await title(None) == await title("en")


async def test_a_customerless_task_has_no_contact(dealership: Dealership, admin: httpx.AsyncClient) -> None:
    task = await dealership.create_task(customer_id=None, case_id=None)
    shown = (await admin.get(f"/v1/tasks/{task.task_id}")).json()
    assert (shown["contact"], shown["customer_id"], shown["case_id"]) == (None, None, None)
    assert (await admin.get("/v1/tasks", params={"customer_id": CUSTOMER})).json()["items"] == []
