"""Whatever a caller sends, the API answers and does not break."""

import json
from typing import Any

import httpx
import pytest
from event_posting import Events
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.database
PATIENT = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
FIELDS = (
    "name time_zone locale calendars role_calendar tables sla chains managers quiet_hours marketing_window roles shifts"
    " leave channels consent preferences attributes dates starts_at ends_at kind recalls delivered_on placed_on"
)
DEALER_RECORD = {"name": "x", "time_zone": "UTC"}
APPOINTMENT = {"customer_id": "C", "kind": "store", "starts_at": "2026-11-24T09:00:00Z"}
RECORDS: dict[str, dict[str, Any]] = {
    "": DEALER_RECORD,
    "/staff/S": {"name": "x", "roles": []},
    "/customers/C": {},
    "/vehicles/V": {},
    "/appointments/A": APPOINTMENT,
    "/orders/O": {"customer_id": "C", "kind": "parts"},
}


def spelled(value: Any) -> bytes:
    """The value as JSON, also where JSON in UTF-8 has no word for it."""
    return json.dumps(value).encode()


@PATIENT
@given(body=VALUES.map(spelled) | st.binary(), kind=st.sampled_from(["cloudevents", "cloudevents-batch"]))
async def test_any_body_posted_as_events(events: Events, body: bytes, kind: str) -> None:
    """An empty batch alone is taken."""
    answer = await events.send(body, kind)
    assert answer.status_code in (400, 413, 422) or answer.json() == {"events": []}


@PATIENT
@given(
    attributes=st.dictionaries(st.sampled_from(["id", "source", "time", "subject", "ext", "data"]), VALUES),
    data=st.dictionaries(st.sampled_from(["customer_id", "step", "case_id", "note", "intake", "vehicle"]), VALUES),
)
async def test_events_with_anything_in_them(events: Events, attributes: Any, data: Any) -> None:
    event = {**events.event(data={**events.data(), **data}), **attributes}
    assert (await events.send(spelled(event))).status_code in (202, 400, 409, 422)


@PATIENT
@given(
    path=st.sampled_from(sorted(RECORDS)), changes=st.dictionaries(st.sampled_from(FIELDS.split()), VALUES, max_size=2)
)
@pytest.mark.usefixtures("dealers")
async def test_records_with_anything_in_them(admin: httpx.AsyncClient, path: str, changes: Any) -> None:
    headers = {"content-type": "application/json"}
    body = spelled({**RECORDS[path], **changes})
    answer = await admin.put(f"/v1/dealers/lisboa-01{path}", content=body, headers=headers)
    assert answer.status_code in (200, 201, 400, 422), answer.text
    if answer.is_error:
        return
    again = await admin.put(f"/v1/dealers/lisboa-01{path}", content=body, headers=headers)
    assert (again.status_code, again.json()) == (200, answer.json())


@PATIENT
@given(
    query=st.text(max_size=30), cursor=st.text(max_size=30), tag=st.text(st.characters(max_codepoint=127), max_size=9)
)
@pytest.mark.usefixtures("dealers")
async def test_any_query_cursor_and_tag(admin: httpx.AsyncClient, query: str, cursor: str, tag: str) -> None:
    answer = await admin.get("/v1/dealers/lisboa-01/customers", params={"query": query, "cursor": cursor})
    assert answer.status_code in (200, 422)
    if tag.isprintable():
        put = await admin.put("/v1/dealers/lisboa-01/vehicles/V", json={}, headers={"If-Match": tag})
        assert put.status_code in (200, 201, 412)
