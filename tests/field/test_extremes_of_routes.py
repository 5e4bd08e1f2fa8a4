"""No request holds the API for long, whatever stands in whichever field of whichever route: made of its OpenAPI."""

import json
from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import islice
from typing import Any, Final

import httpx
import pytest
from fastapi import FastAPI

from harness.clocks import MovableClock
from harness.cpu_share import CpuShare
from harness.dealership import CASE, CUSTOMER, Dealership
from harness.extreme_requests import Body, Place, bodies_of, filled, parameters_of, with_value
from harness.extreme_values import containers, extremes, texts
from shared.db.engine import Database

pytestmark = pytest.mark.database
KEY: Final = "bootstrap-key-of-the-tests"
MOST: Final = 3.0
"""Units of CPU: 60 ms where nothing else runs, and 100 ms are the most."""

SHORT, LINE, LONG = 20_000, 20_000, 900_000
SOME = 3
"""Of the extremes of a field every third is tried each time, of the next field those after them, nightly all."""

SAME_FIELDS: Final = frozenset({"preview_dealer", "explain", "take_event_batch", "take_event_binary"})
"""What reads the fields of another operation."""

PLACES: Final = {
    "dealer_id": "lisboa-01",
    "customer_id": CUSTOMER,
    "staff_id": "SA-1",
    "case_id": CASE,
    "name": "READY",
    "locale": "pt",
    "vin": "SALWA2",
}


class Caller:
    """Sends requests, and keeps which held the API too long and which it broke at."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.cpu = CpuShare()
        self.slow: list[tuple[float, str]] = []
        self.broken: list[str] = []
        self.sent = 0

    async def put_in(self, body: Body, place: Place, value: Any) -> None:
        """Send a body with a value at a place."""
        document = with_value(body.example, place, value)
        headers = {"content-type": body.kind}
        if body.operation == "take_event_binary":
            headers |= {"ce-specversion": "1.0", "ce-type": "handoff.journey.step.v1", "ce-source": "/x", "ce-id": "1"}
        address = filled(body.path, {**PLACES, "action": "accept" if "task" in body.path else "keep"})
        await self.send(f"{body.operation} {place}", body.method, address, json.dumps(document).encode(), headers)

    async def send(
        self, what: str, method: str, address: str, content: bytes, headers: dict[str, str], **more: Any
    ) -> None:
        """Send it, again where it took long."""
        statuses: list[int] = []

        async def work() -> None:
            answer = await self.client.request(method, address, content=content, headers=headers, **more)
            statuses.append(answer.status_code)

        units = await self.cpu.least_units(work, MOST)
        self.sent += 1
        if units > MOST:
            self.slow.append((units, f"{what}: {units:.1f} units for {content[:60]!r}… of {len(content)}"))
        if statuses[-1] >= 500 and statuses[-1] != 503:
            self.broken.append(f"{what}: {statuses[-1]} for {content[:60]!r}…")

    def faults(self) -> str:
        """What it kept, the slowest first."""
        return "\n".join([*self.broken, *(what for _, what in sorted(self.slow, reverse=True))])


@pytest.fixture
async def caller(
    app: FastAPI, database: Database, clock: MovableClock, spared_collector: None
) -> AsyncIterator[Caller]:
    """Every scope on a dealer with people, a customer and a case."""
    await Dealership(database, clock).open_with_case()
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://handoff.test", headers=headers) as client:
        yield Caller(client)


def is_first(body: Body) -> bool:
    """Whether no other operation reads the same fields."""
    return not body.operation.startswith("patch_") and body.operation not in SAME_FIELDS


def some(values: Iterable[Any], number: int) -> Iterator[Any]:
    """Every third of the values; which of them follows the number."""
    return islice(values, number % SOME, None, SOME)


async def test_of_every_field(caller: Caller, app: FastAPI) -> None:
    number = 0
    for body in filter(is_first, bodies_of(app.openapi())):
        for place, types in body.fields.items():
            number += 1
            for value in some(extremes(types, SHORT), number):
                await caller.put_in(body, place, value)
    assert caller.sent > number > 400
    assert not caller.faults(), caller.faults()


async def test_of_every_body(caller: Caller, app: FastAPI) -> None:
    """As long as a body may be: in the first field that takes a text, and in one nobody knows."""
    for number, body in enumerate(bodies_of(app.openapi())):
        of_texts = next((place for place, types in body.fields.items() if "string" in types), ("unknown",))
        for value in (*some(containers(LONG), number), *some(texts(LONG), number)):
            await caller.put_in(body, of_texts if isinstance(value, str) else ("unknown",), value)
    assert not caller.faults(), caller.faults()


async def test_of_every_parameter(caller: Caller, app: FastAPI) -> None:
    """Of what reads and deletes: a query has very many values, a header or a part of the path is very long."""
    for number, (method, path, where, name) in enumerate(parameters_of(app.openapi())):
        if method not in ("get", "delete") or path.endswith("/feed"):
            continue
        long = next(some(("a" * LINE, "P" + "1D" * (LINE // 2), "9" * LINE), number))
        value = ",".join("9" * (LINE // 2)) if where == "query" else long
        places = PLACES | ({name: value} if where == "path" else {})
        headers = {name: value} if where == "header" else {}
        params = {name: value} if where == "query" else {}
        await caller.send(f"{method} {path} {name}", method, filled(path, places), b"", headers, params=params)
    assert not caller.faults(), caller.faults()


@pytest.mark.nightly
async def test_of_every_field_of_every_operation(caller: Caller, app: FastAPI) -> None:
    for body in bodies_of(app.openapi()):
        for place, types in body.fields.items():
            for value in extremes(types, LONG):
                await caller.put_in(body, place, value)
    assert not caller.faults(), caller.faults()
