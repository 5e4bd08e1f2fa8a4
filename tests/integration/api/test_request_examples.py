"""Every example of a request in the OpenAPI document, posted where the document says."""

import json
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from harness.dealership import Dealership
from harness.names import INFOTAINMENT_TO_PRODUCT_SPECIALIST
from journey_api.docs.request_examples import request_examples
from shared.clock import Clock
from shared.db.engine import Database

pytestmark = pytest.mark.database

DEALER, CUSTOMER, DUPLICATE, CASE = "lisboa-01", "C-1001", "C-1002", "K-1"
PLACES = {
    "dealer_id": DEALER,
    "customer_id": CUSTOMER,
    "vin": "SALWA2",
    "staff_id": "S-12",
    "case_id": CASE,
    "name": "default",
    "id": "X-1",
}
ORDER = [
    *("put_dealer", "patch_dealer", "import_calendar", "preview_dealer", "put_staff", "patch_staff", "put_customer"),
    *("patch_customer", "put_vehicle", "patch_vehicle", "put_appointment", "patch_appointment", "put_order"),
    *("patch_order", "make_key", "issue_ticket", "put_presence", "begin_session", "take_event", "take_event_batch"),
    *("take_event_binary", "explain", "post_handoff", "act_on_task", "post_contact", "post_message", "put_template"),
    *("post_promise", "act_on_promise", "post_comment", "move_owner", "migrate_clocks", "close_case", "post_merge"),
]
PEOPLE = {"S-1": "sales_manager", "S-3": "salesperson", "S-7": "service_advisor"}


class Poster:
    """Posts examples; what an answer names is used in the addresses of those that follow."""

    def __init__(self, document: dict[str, Any], client: httpx.AsyncClient) -> None:
        self.client = client
        self.places = dict(PLACES)
        self._operations = {
            operation["operationId"]: (method, path, operation)
            for path, item in document["paths"].items()
            for method, operation in item.items()
        }

    async def post(self, name: str, **more: Any) -> Any:
        """Send the example of an operation; its answer, which is a success."""
        method, path, operation = self._operations[name]
        content = operation["requestBody"]["content"]
        kind = next(iter(content))
        example = {**content[kind]["example"], **more} if more else content[kind]["example"]
        body = example if isinstance(example, str) else json.dumps(example)
        address = re.sub(r"\{(\w+)\}", lambda found: self.places[found[1]], path.partition("#")[0])
        headers = {"content-type": kind}
        if name == "take_event_binary":
            attributes = {**request_examples()["take_event"], "id": "dms-binary"}
            headers |= {f"ce-{key}": attributes[key] for key in ("specversion", "type", "source", "id")}
        answer = await self.client.request(method, address, content=body, headers=headers)
        assert answer.is_success, f"{name}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None


async def test_every_example_is_taken(
    app: FastAPI,
    admin: httpx.AsyncClient,
    client_of: Callable[[str | None], httpx.AsyncClient],
    database: Database,
    clock: Clock,
) -> None:
    assert set(ORDER) == request_examples().keys()
    poster, dealership = Poster(app.openapi(), admin), Dealership(database, clock)  # type: ignore[arg-type]
    for name in ORDER:
        more: dict[str, Any] = {}
        if name == "put_staff":
            for staff_id, role in PEOPLE.items():
                await dealership.add_staff(staff_id, [role])
        if name == "put_customer":
            await dealership.add_customer(DUPLICATE)
        if name == "put_presence":
            wanted = {"name": "a person", "dealers": [DEALER], "scopes": ["tasks:read"], "staff_id": "S-3"}
            poster.client = client_of((await admin.post("/v1/keys", json=wanted)).json()["key"])
        if name == "begin_session":
            more = {"key": poster.client.headers["authorization"].removeprefix("Bearer ")}
        if name == "take_event":
            poster.client = admin
            await dealership.open_case(CASE, CUSTOMER, owner="S-7")
        if name == "act_on_task":
            task = await dealership.create_task(
                entry=INFOTAINMENT_TO_PRODUCT_SPECIALIST, customer_id=CUSTOMER, case_id=CASE
            )
            poster.places |= {"task_id": task.task_id, "action": "accept"}
        if name == "put_template":
            poster.places |= {"name": "READY", "locale": "pt"}
        if name == "act_on_promise":
            poster.places["action"] = "move"
        if name == "post_merge":
            poster.places["customer_id"] = DUPLICATE
        answer = await poster.post(name, **more)
        if name == "post_promise":
            poster.places["promise_id"] = answer["promise_id"]
