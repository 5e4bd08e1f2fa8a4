"""What is no JSON, or JSON that nobody means, is refused in words on every route that takes a body."""

import gzip
import zlib
from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest
from fastapi import FastAPI

from harness.clocks import MovableClock
from harness.dealership import CASE, CUSTOMER, Dealership
from harness.extreme_requests import filled
from shared.db.engine import Database

pytestmark = pytest.mark.database
KEY: Final = "bootstrap-key-of-the-tests"
PLACES: Final = {
    "dealer_id": "lisboa-01",
    "customer_id": CUSTOMER,
    "staff_id": "SA-1",
    "case_id": CASE,
    "action": "keep",
}
OBJECT: Final = b'{"name": "Ana"}'
MULTIPART: Final = b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nAna\r\n--x--\r\n'

UNREADABLE: Final[dict[str, bytes]] = {
    "text": b"Dear sirs, the car is ready.",
    "form": b"name=Ana&step=3",
    "multipart": MULTIPART,
    "xml": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    "yaml": b"name: Ana\nroles: [salesperson]\n",
    "gzip": gzip.compress(OBJECT),
    "deflate": zlib.compress(OBJECT),
    "UTF-16": '{"name": "Ana"}'.encode("utf-16"),
    "UTF-32": '{"name": "Ana"}'.encode("utf-32-be"),
    "Latin-1": '{"name": "Jos\xe9"}'.encode("latin-1"),
    "truncated UTF-8": b'{"name": "Jos\xc3"}',
    "overlong UTF-8": b'{"name": "\xc0\xaf"}',
    "surrogates in UTF-8": b'{"name": "\xed\xa0\x80"}',
    "two documents": OBJECT + OBJECT,
    "lines": OBJECT + b"\n" + OBJECT + b"\n",
    "half": OBJECT[:-4],
    "single quotes": b"{'name': 'Ana'}",
    "trailing comma": b'{"name": "Ana",}',
    "comment": b'{"name": "Ana"} // the buyer',
    "NUL": b"\x00",
    "NUL in a text": b'{"name": "A\x00na"}',
    "hexadecimal": b'{"capacity": 0x10}',
    "nothing": b"",
    "blanks": b" \n\t ",
    "deep lists": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
}
"""What no reader of JSON takes."""

UNMEANT: Final[dict[str, bytes]] = {
    "BOM": b"\xef\xbb\xbf" + OBJECT,
    "NaN": b'{"capacity": NaN}',
    "Infinity": b'{"amount": -Infinity}',
    "duplicate names": b'{"name": "Ana", "name": {"name": 1}, "zz": 1}',
    "lone surrogate": b'{"name": "\\ud800", "note": "\\udc00\\ud800", "zz": 1}',
    "lone surrogate as a name": b'{"\\udfff": 1}',
    "NUL escaped": b'{"name": "\\u0000", "zz\\u0000": 1}',
    "huge integer": b'{"capacity": ' + b"9" * 5_000 + b"}",
    "huge exponent": b'{"capacity": 1e400, "amount": 1E-999999999}',
    "minus nothing": b'{"capacity": -0, "amount": -0.0, "zz": 1}',
    "null": b"null",
    "true": b"true",
    "number": b"17",
    "string": b'"Ana"',
    "list": b"[1, [2]]",
    "prototype": b'{"__proto__": {"admin": true}, "constructor": 1}',
}
"""What some readers take, and no route of ours wants."""

KINDS: Final = (
    "application/json",
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/xml",
    "application/json; charset=utf-16",
    "application/octet-stream",
    "",
    "json",
    ";;=",
    "application/cloudevents+json; charset=\xff",
)
EACH: Final = 3
"""Of the bodies every third is sent to a route, to the next route those after them."""


@pytest.fixture
async def client(app: FastAPI, database: Database, clock: MovableClock) -> Any:
    """Every scope on a dealer with people, a customer and a case."""
    await Dealership(database, clock).open_with_case()
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://handoff.test", headers=headers) as one:
        yield one


def bodied(document: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Method, address and documented media type of each way to send a body to each route."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            address = filled(path, PLACES)
            for kind in operation.get("requestBody", {}).get("content", {}):
                yield method, address, kind


def faults(answer: httpx.Response, *, refused: bool) -> str:
    """What is wrong with an answer, if anything is."""
    if answer.status_code >= 500 and answer.status_code != 503:
        return f"{answer.status_code}"
    if answer.status_code < 400:
        return f"{answer.status_code} for what should be refused" if refused else ""
    kind = answer.headers.get("content-type")
    if kind != "application/problem+json":
        return f"{answer.status_code} as {kind}"
    problem = answer.json()
    return "" if problem["status"] == answer.status_code and problem["detail"] else f"says nothing: {problem}"


async def test_unreadable_bodies_as_the_kind_a_route_takes(client: httpx.AsyncClient, app: FastAPI) -> None:
    wrong, sent = [], 0
    bodies = list((UNREADABLE | UNMEANT).items())
    for number, (method, address, kind) in enumerate(bodied(app.openapi())):
        for name, body in bodies[number % EACH :: EACH]:
            answer = await client.request(method, address, content=body, headers={"content-type": kind})
            sent += 1
            refused = kind.endswith("json") and name in UNREADABLE and name not in ("nothing", "blanks")
            if found := faults(answer, refused=refused):
                wrong.append(f"{method} {address} as {kind}, {name}: {found}")
    assert sent > 500
    assert wrong == []


async def test_bodies_of_kinds_that_a_route_does_not_take(client: httpx.AsyncClient, app: FastAPI) -> None:
    wrong = []
    for number, (method, address, taken) in enumerate(bodied(app.openapi())):
        for step, kind in enumerate(KINDS):
            bodies = list((UNREADABLE | UNMEANT).values())
            for body in bodies[(number + step) % EACH :: len(bodies) // EACH]:
                headers = {"content-type": kind.encode("latin-1")} if kind else {}
                answer = await client.request(method, address, content=body, headers=headers)
                if found := faults(answer, refused=False):
                    wrong.append(f"{method} {address} takes {taken}, as {kind!r} {body[:30]!r}: {found}")
    assert wrong == []


CODINGS: Final = ("gzip", "deflate", "br", "zstd", "x-unknown", "gzip, gzip", "GZIP")


async def test_compressed_bodies_are_refused_by_their_coding(client: httpx.AsyncClient, app: FastAPI) -> None:
    """None is decoded: what a compressed body may become has no end."""
    bodies = {"gzip": gzip.compress(OBJECT), "deflate": zlib.compress(OBJECT)}
    wrong = []
    for number, (method, address, kind) in enumerate(bodied(app.openapi())):
        coding = CODINGS[number % len(CODINGS)]
        headers = {"content-type": kind, "content-encoding": coding}
        answer = await client.request(method, address, content=bodies.get(coding.lower(), OBJECT), headers=headers)
        told = answer.status_code == 415 and answer.headers.get("accept-encoding") == "identity"
        if not told and not (answer.status_code in (403, 503) and "/callbacks/" in address):
            wrong.append(f"{method} {address} as {coding}: {answer.status_code}")
    assert wrong == []
    as_it_is = {"content-type": "application/json", "content-encoding": "identity"}
    answer = await client.put("/v1/dealers/lisboa-01/customers/C-77", content=OBJECT, headers=as_it_is)
    assert answer.status_code == 201
