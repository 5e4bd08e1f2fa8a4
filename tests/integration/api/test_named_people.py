"""Records, keys and commands name only who is there; ids are of one form."""

from typing import Any
from urllib.parse import quote

import httpx
import pytest
from event_posting import DEALER, Events, pointers

pytestmark = pytest.mark.database
HOME = f"/v1/dealers/{DEALER}"
VISIT = {"customer_id": "C-1", "kind": "service", "starts_at": "2026-12-01T10:00:00Z"}
LEAVE = {"from": "2026-12-01", "to": "2026-12-09"}


@pytest.fixture
async def known(admin: httpx.AsyncClient, dealers: None) -> httpx.AsyncClient:
    """A customer and a salesperson of the dealer, others of another dealer."""
    for dealer_id, customer_id, staff_id in ((DEALER, "C-1", "S-1"), ("porto-01", "C-9", "S-9")):
        home = f"/v1/dealers/{dealer_id}"
        assert (await admin.put(f"{home}/customers/{customer_id}", json={})).status_code == 201
        person = {"name": "Rui", "roles": ["salesperson"]}
        assert (await admin.put(f"{home}/staff/{staff_id}", json=person)).status_code == 201
    return admin


@pytest.mark.parametrize(
    ("path", "record", "where"),
    [
        ("vehicles/V-1", {"customer_id": "C-9"}, ["/customer_id"]),
        ("appointments/A-1", {**VISIT, "customer_id": "C-2", "staff_id": "S-9"}, ["/customer_id", "/staff_id"]),
        ("orders/O-1", {"customer_id": "c-1", "kind": "parts"}, ["/customer_id"]),
        ("staff/S-2", {"name": "Ana", "roles": ["salesperson"], "substitute_id": "S-2"}, ["/substitute_id"]),
        (
            "staff/S-2",
            {"name": "Ana", "roles": [], "manager_id": "S-9", "leave": [LEAVE, {**LEAVE, "substitute_id": "S-3"}]},
            ["/manager_id", "/leave/1/substitute_id"],
        ),
    ],
)
async def test_who_is_not_the_dealers_is_refused(
    known: httpx.AsyncClient, path: str, record: dict[str, Any], where: list[str]
) -> None:
    answer = await known.put(f"{HOME}/{path}", json=record)
    assert (answer.status_code, pointers(answer)) == (422, where)
    assert (await known.get(f"{HOME}/{path}")).status_code == 404
    for error in answer.json()["errors"]:
        assert error.get("allowed", []) == ([] if error["pointer"] == "/customer_id" else ["S-1"])


async def test_a_patch_names_only_who_is_there(known: httpx.AsyncClient) -> None:
    assert (await known.put(f"{HOME}/appointments/A-1", json={**VISIT, "staff_id": "S-1"})).status_code == 201
    kind = {"content-type": "application/merge-patch+json"}
    for change, where in (({"staff_id": "S-9"}, "/staff_id"), ({"customer_id": "C-2"}, "/customer_id")):
        answer = await known.patch(f"{HOME}/appointments/A-1", json=change, headers=kind)
        assert (answer.status_code, pointers(answer)) == (422, [where])


async def test_two_who_stand_in_for_each_other_are_put_once_without(known: httpx.AsyncClient) -> None:
    for staff_id, other in (("S-2", None), ("S-1", "S-2"), ("S-2", "S-1")):
        person = {"name": staff_id, "roles": ["salesperson"], "substitute_id": other}
        answer = await known.put(f"{HOME}/staff/{staff_id}", json=person)
        assert answer.is_success, answer.text


async def test_everything_that_is_wrong_is_said_at_once(known: httpx.AsyncClient) -> None:
    channels = [{"kind": "email", "address": "nobody"}]
    person = {"name": "Ana", "roles": ["salesperson"], "substitute_id": "S-8", "channels": channels}
    answer = await known.put(f"{HOME}/staff/S-2", json=person)
    assert pointers(answer) == ["/channels/0/address", "/substitute_id"]


async def test_a_customer_of_whom_an_event_has_just_told_is_known(events: Events, admin: httpx.AsyncClient) -> None:
    assert (await events.send(events.event())).status_code == 202
    assert (await admin.put(f"{HOME}/vehicles/V-1", json={"customer_id": "C-1001"})).status_code == 201


async def test_commands_and_keys_name_the_nearest(known: httpx.AsyncClient) -> None:
    contact = {"dealer_id": DEALER, "customer_id": "C-1", "direction": "inbound", "channel": "store"}
    key = {"name": "app", "dealers": [DEALER], "scopes": ["tasks:read"]}
    for path, body in (("contacts", contact), ("keys", key)):
        answer = await known.post(f"/v1/{path}", json={**body, "staff_id": "S-9"})
        assert (answer.status_code, pointers(answer)) == (422, ["/staff_id"])
        assert answer.json()["errors"][0]["allowed"] == ["S-1"]


@pytest.mark.parametrize("wrong", ["C 1", "C/1", "é1", "c" * 65, "C\u00a01", "C,1", "*", "C#1"])
async def test_ids_of_another_form_are_refused(known: httpx.AsyncClient, events: Events, wrong: str) -> None:
    if "/" not in wrong:
        for kind, record in (("customers", {}), ("staff", {"name": "A", "roles": []}), ("appointments", VISIT)):
            assert (await known.put(f"{HOME}/{kind}/{quote(wrong)}", json=record)).status_code == 422
        assert (await known.put(f"/v1/dealers/{quote(wrong)}", json={"name": "A", "time_zone": "UTC"})).is_client_error
        assert (await known.get(f"{HOME}/customers/{quote(wrong)}")).status_code == 404
    answer = await known.put(f"{HOME}/vehicles/V-1", json={"customer_id": wrong})
    assert (answer.status_code, pointers(answer)) == (422, ["/customer_id"])
    answer = await events.send(events.event(data=events.data(customer_id=wrong)))
    assert (answer.status_code, pointers(answer)) == (422, ["/data/customer_id"])


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ("а123вс 77", 201),
        ("W V-1.2", 201),
        ("東京 12", 201),
        ("x" * 32, 201),
        ("x" * 33, 422),
        ("- -", 422),
        ("…", 422),
    ],
)
async def test_a_vin_or_plate_is_any_text_with_a_letter_or_digit(
    known: httpx.AsyncClient, events: Events, written: str, status: int
) -> None:
    assert (await known.put(f"{HOME}/vehicles/{quote(written)}", json={})).status_code == status
    plated = await known.put(f"{HOME}/vehicles/V-1", json={"plate": written})
    assert plated.status_code == status
    told = events.data(vehicle={"vin": written, "plate": written})
    answer = await events.send(events.event(id=quote(written), data=told))
    assert answer.status_code == (202 if status == 201 else 422)
