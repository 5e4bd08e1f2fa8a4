"""Reference data sent back as it was answered, changed in part, and deleted."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from event_posting import DEALER, Events, pointers

pytestmark = pytest.mark.database
KeyOf = Callable[..., Awaitable[httpx.AsyncClient]]
HOME = f"/v1/dealers/{DEALER}"
PATCH = {"content-type": "application/merge-patch+json"}

RECORDS: dict[str, dict[str, Any]] = {
    "/staff/S-1": {"name": "Rui", "roles": ["salesperson"], "skills": ["price"]},
    "/customers/C-1": {"name": "Ana", "channels": [{"kind": "email", "address": "ana@example.com", "verified": True}]},
    "/vehicles/VIN-1": {"customer_id": "C-1", "plate": "AA-00-BB", "recalls": ["R-1", "R-2"]},
    "/appointments/A-1": {"customer_id": "C-1", "kind": "service", "starts_at": "2026-12-01T10:00:00Z"},
    "/orders/O-1": {"customer_id": "C-1", "kind": "parts", "status": "ordered"},
    "": {"name": "Lisboa", "time_zone": "Europe/Lisbon"},
}


@pytest.fixture
async def stored(admin: httpx.AsyncClient, dealers: None) -> httpx.AsyncClient:
    """A dealer with one record of each kind."""
    for path, record in RECORDS.items():
        answer = await admin.put(HOME + path, json=record)
        assert answer.status_code in (200, 201), answer.text
    return admin


async def patch(client: httpx.AsyncClient, path: str, document: Any, **headers: str) -> httpx.Response:
    """Send a merge patch."""
    return await client.patch(HOME + path, json=document, headers={**PATCH, **headers})


@pytest.mark.parametrize("path", RECORDS)
async def test_what_was_answered_may_be_sent_back(stored: httpx.AsyncClient, path: str) -> None:
    answered = (await stored.get(HOME + path)).json()
    assert {"version", "created_at", "updated_at", "dealer_id"} <= answered.keys()
    again = await stored.put(HOME + path, json=answered)
    assert again.status_code == 200, again.text
    assert again.json() == answered
    changed = {**answered, "created_at": "whenever", "updated_at": None, "version": None}
    assert (await stored.put(HOME + path, json=changed)).json()["version"] == answered["version"]


@pytest.mark.parametrize("path", RECORDS)
async def test_an_answer_of_another_record_is_a_conflict(stored: httpx.AsyncClient, path: str) -> None:
    answered = (await stored.get(HOME + path)).json()
    other = await stored.put(HOME + path, json={**answered, "dealer_id": "porto-01"})
    assert (other.status_code, pointers(other)) == (409, ["/dealer_id"])
    if path:
        name = {"staff": "staff_id", "customers": "customer_id", "vehicles": "vin"}.get(path.split("/")[1], "id")
        elsewhere = await stored.put(HOME + path, json={**answered, name: "X-9"})
        assert (elsewhere.status_code, pointers(elsewhere)) == (409, [f"/{name}"])


async def test_a_version_that_is_sent_counts_as_if_match(stored: httpx.AsyncClient) -> None:
    answered = (await stored.get(f"{HOME}/customers/C-1")).json()
    newer = await stored.put(f"{HOME}/customers/C-1", json={**answered, "name": "Ana M."})
    assert newer.json()["version"] == answered["version"] + 1
    stale = await stored.put(f"{HOME}/customers/C-1", json={**answered, "name": "Ana N."})
    assert stale.status_code == 412
    both = await stored.put(f"{HOME}/customers/C-1", json={**newer.json()}, headers={"if-match": '"1"'})
    assert both.status_code == 412
    assert (await stored.put(f"{HOME}/customers/C-9", json={"version": 1})).status_code == 412
    assert (await stored.get(f"{HOME}/customers/C-9")).status_code == 404


@pytest.mark.parametrize(
    ("path", "change", "expected"),
    [
        ("/staff/S-1", {"presence": "off", "skills": ["finance"]}, {"skills": ["finance"], "name": "Rui"}),
        ("/customers/C-1", {"consent": {"marketing": True}, "name": None}, {"name": None}),
        ("/vehicles/VIN-1", {"plate": None, "recalls": []}, {"plate": None, "customer_id": "C-1", "recalls": []}),
        ("/appointments/A-1", {"status": "arrived"}, {"status": "arrived", "kind": "service"}),
        ("/orders/O-1", {"status": "done"}, {"status": "done", "kind": "parts"}),
        ("", {"locale": "pt-PT"}, {"locale": "pt-PT", "time_zone": "Europe/Lisbon"}),
    ],
)
async def test_a_patch_changes_what_it_names(
    stored: httpx.AsyncClient, path: str, change: dict[str, Any], expected: dict[str, Any]
) -> None:
    before = (await stored.get(HOME + path)).json()
    answer = await patch(stored, path, change)
    assert answer.status_code == 200, answer.text
    after = answer.json()
    assert {name: after[name] for name in expected} == expected
    assert after["version"] == before["version"] + 1
    assert answer.headers["etag"] == f'"{after["version"]}"'
    assert (await stored.get(HOME + path)).json() == after
    assert (await patch(stored, path, {})).json()["version"] == after["version"]


async def test_a_patch_merges_objects_and_keeps_the_rest(stored: httpx.AsyncClient) -> None:
    await patch(stored, "/customers/C-1", {"attributes": {"a": 1, "b": {"c": 2}}})
    answer = await patch(stored, "/customers/C-1", {"attributes": {"a": None, "b": {"d": 3}}})
    assert answer.json()["attributes"] == {"b": {"c": 2, "d": 3}}
    assert answer.json()["channels"] == (await stored.get(f"{HOME}/customers/C-1")).json()["channels"]


@pytest.mark.parametrize(
    ("path", "change", "status", "places"),
    [
        ("/staff/S-1", {"name": None}, 422, ["/name"]),
        ("/staff/S-1", {"roles": ["nobody"], "capacity": -1}, 422, ["/roles/0", "/capacity"]),
        ("/staff/S-1", {"colour": "red"}, 422, ["/colour"]),
        ("/appointments/A-1", {"ends_at": "2026-11-01T10:00:00Z"}, 422, ["/ends_at"]),
        ("/customers/C-1", {"customer_id": "C-2"}, 409, ["/customer_id"]),
        ("/customers/C-1", {"version": 7}, 412, []),
        ("/customers/nobody", {"name": "x"}, 404, []),
    ],
)
async def test_patches_that_are_refused(
    stored: httpx.AsyncClient, path: str, change: dict[str, Any], status: int, places: list[str]
) -> None:
    before = (await stored.get(HOME + path)).json()
    answer = await patch(stored, path, change)
    assert (answer.status_code, pointers(answer)) == (status, places)
    after = (await stored.get(HOME + path)).json()
    # a refusal names the request it refused
    assert after | {"request_id": None} == before | {"request_id": None}


async def test_patches_honour_if_match_and_ask_for_their_media_type(stored: httpx.AsyncClient) -> None:
    assert (await patch(stored, "/orders/O-1", {"status": "x"}, **{"if-match": '"9"'})).status_code == 412
    assert (await patch(stored, "/orders/O-1", {"status": "x"}, **{"if-match": '"1"'})).status_code == 200
    assert (await stored.patch(f"{HOME}/orders/O-1", json={"status": "y"})).status_code == 415
    assert (await patch(stored, "/orders/O-1", ["status"])).status_code == 422


@pytest.mark.parametrize("path", ["/staff/S-1", "/appointments/A-1", "/orders/O-1"])
async def test_what_nothing_refers_to_is_deleted(stored: httpx.AsyncClient, path: str) -> None:
    assert (await stored.delete(HOME + path, headers={"if-match": '"9"'})).status_code == 412
    gone = await stored.delete(HOME + path)
    assert (gone.status_code, gone.content) == (204, b"")
    assert (await stored.get(HOME + path)).status_code == 404
    assert (await stored.delete(HOME + path)).status_code == 404


async def test_what_is_referred_to_stays_and_says_why(stored: httpx.AsyncClient, events: Events) -> None:
    refused = await stored.delete(f"{HOME}/customers/C-1")
    assert refused.status_code == 409
    assert refused.json()["type"] == "urn:handoff:problem:referred_to"
    told = {error["detail"] for error in refused.json()["errors"]}
    assert told == {"Referred to by vehicle VIN-1", "Referred to by appointment A-1", "Referred to by order O-1"}
    for path in ("/vehicles/VIN-1", "/appointments/A-1", "/orders/O-1", "/customers/C-1"):
        assert (await stored.delete(HOME + path)).status_code == 204, path
    data = events.data(
        customer_id="C-2", vehicle={"vin": "VIN-2"}, observed_by={"role": "salesperson", "staff_id": "S-1"}
    )
    event_id = (await events.send(events.event(data=data))).json()["events"][0]["event_id"]
    await stored.put(f"{HOME}/vehicles/VIN-2", json={})
    for path in ("/customers/C-2", "/vehicles/VIN-2", "/staff/S-1"):
        answer = await stored.delete(HOME + path)
        assert answer.status_code == 409
        assert f"event {event_id}" in answer.json()["detail"]


@pytest.mark.parametrize("record", [{"substitute_id": "S-1"}, {"manager_id": "S-1"}, {"leave": [("S-1")]}])
async def test_a_person_others_name_stays(stored: httpx.AsyncClient, record: dict[str, Any]) -> None:
    if "leave" in record:
        record = {"leave": [{"from": "2026-12-01", "to": "2026-12-02", "substitute_id": "S-1"}]}
    await stored.put(f"{HOME}/staff/S-2", json={"name": "Eva", "roles": ["salesperson"], **record})
    answer = await stored.delete(f"{HOME}/staff/S-1")
    assert (answer.status_code, answer.json()["errors"][0]["detail"]) == (409, "Referred to by member of staff S-2")


async def test_a_person_with_a_key_stays(stored: httpx.AsyncClient, key_of: KeyOf) -> None:
    await key_of("tasks:read", staff_id="S-1")
    answer = await stored.delete(f"{HOME}/staff/S-1")
    assert answer.json()["errors"][0]["detail"].startswith("Referred to by key ")


async def test_a_dealer_is_deleted_when_it_has_nothing(stored: httpx.AsyncClient) -> None:
    assert (await stored.delete(HOME)).status_code == 409
    assert (await stored.delete("/v1/dealers/porto-01")).status_code == 204
    assert (await stored.get("/v1/dealers/porto-01")).status_code == 404


async def test_who_may_change_and_delete(stored: httpx.AsyncClient, key_of: KeyOf) -> None:
    system = await key_of("events:write")
    assert (await patch(system, "/customers/C-1", {"name": "B"})).status_code == 200
    assert (await patch(system, "/staff/S-1", {"name": "B"})).status_code == 403
    assert (await patch(system, "", {"name": "B"})).status_code == 403
    assert (await system.delete(f"{HOME}/orders/O-1")).status_code == 204
    assert (await system.delete(f"{HOME}/staff/S-1")).status_code == 403
    elsewhere = await key_of("admin", dealers=("porto-01",))
    assert (await patch(elsewhere, "/customers/C-1", {"name": "C"})).status_code == 404
    assert (await elsewhere.delete(f"{HOME}/appointments/A-1")).status_code == 404
