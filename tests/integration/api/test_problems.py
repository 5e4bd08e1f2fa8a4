"""Every error is a problem document, whatever goes wrong where."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.exc import OperationalError

from journey_api.access.app_state import stack_of_app
from journey_api.http.problems import MEDIA_TYPE

pytestmark = pytest.mark.database
JSON = {"content-type": "application/json"}


def check(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The problem of an answer, with everything a problem has."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    problem: dict[str, Any] = answer.json()
    assert set(problem) == {"type", "title", "status", "detail", "instance", "errors", "request_id"}
    assert problem["status"] == status
    return problem


async def test_an_unknown_route_and_method(admin: httpx.AsyncClient) -> None:
    assert check(await admin.get("/v1/nowhere"), 404)["instance"] == "/v1/nowhere"
    answer = await admin.put("/v1/clock", json={})
    check(answer, 405)
    assert answer.headers["allow"] == "GET"
    for path in ("/v1/events", "/v1/keys"):
        assert (await admin.delete(path)).headers["allow"] == "GET, POST"


async def test_no_key_or_a_wrong_one(client_of: Callable[[str | None], httpx.AsyncClient]) -> None:
    for key in (None, "hk_wrong"):
        answer = await client_of(key).get("/v1/clock")
        check(answer, 401)
        assert answer.headers["www-authenticate"] == "Bearer"
    basic = await client_of(None).get("/v1/clock", headers={"authorization": "Basic x"})
    check(basic, 401)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"\xff\xfe",
        b'{"name": NaN}',
        b'{"name": 1e999}',
        b'{"name": "\\ud800"}',
        b'{"name": "a\\u0000b"}',
        b"[" * 33 + b"]" * 33,
    ],
)
async def test_a_body_nobody_can_read(admin: httpx.AsyncClient, body: bytes) -> None:
    check(await admin.post("/v1/keys", content=body, headers=JSON), 400)


async def test_thirty_two_levels_are_read(admin: httpx.AsyncClient) -> None:
    check(await admin.post("/v1/keys", content=b"[" * 32 + b"]" * 32, headers=JSON), 422)


async def test_an_escaped_backslash_is_not_nul(admin: httpx.AsyncClient) -> None:
    answer = await admin.post(
        "/v1/keys", content=b'{"name": "\\\\u0000", "dealers": ["*"], "scopes": ["admin"]}', headers=JSON
    )
    assert answer.status_code == 201


async def test_another_media_type(admin: httpx.AsyncClient) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1"):
        check(await admin.post("/v1/keys", content=b"{}", headers={"content-type": kind}), 415)


async def test_a_body_too_large_announced_or_in_chunks(admin: httpx.AsyncClient) -> None:
    async def chunks() -> Any:
        for _ in range(17):
            yield b" " * 65536

    check(await admin.post("/v1/keys", content=b" " * (1 << 20), headers=JSON), 413)
    check(await admin.post("/v1/keys", content=chunks(), headers=JSON), 413)


async def test_nul_in_the_address(admin: httpx.AsyncClient) -> None:
    check(await admin.delete("/v1/keys/a%00b"), 404)
    assert check(await admin.get("/v1/keys?cursor=%00"), 422)["errors"][0]["pointer"] == "?cursor"


async def test_pointers_name_the_place(admin: httpx.AsyncClient) -> None:
    body = {"name": "", "dealers": ["*"], "scopes": ["tasks:read", "all"], "a/b~c": 1}
    found = check(await admin.post("/v1/keys", json=body), 422)["errors"]
    assert {fault["pointer"] for fault in found} == {"/name", "/scopes/1", "/a~1b~0c"}


async def test_a_database_that_is_away(app: FastAPI, admin: httpx.AsyncClient) -> None:
    @app.get("/away")
    async def away() -> None:
        raise OperationalError("select", None, ConnectionRefusedError())

    answer = await admin.get("/away")
    check(answer, 503)
    assert answer.headers["retry-after"] == "1"


async def test_a_bug_shows_nothing_of_itself(app: FastAPI, admin: httpx.AsyncClient) -> None:
    @app.get("/bug")
    async def bug() -> None:
        raise RuntimeError("secret internals")

    assert "secret" not in str(check(await admin.get("/bug"), 500))


async def test_the_answer_waits_for_the_commit(app: FastAPI, admin: httpx.AsyncClient) -> None:
    from sqlalchemy import text

    from journey_api.access.authenticated_route import keyed_router
    from journey_api.access.dependencies import TransactionDep

    router = keyed_router("commit")

    @router.get("/spoiled")
    async def spoiled(connection: TransactionDep) -> str:
        await connection.execute(
            text("create temporary table spoiled (a int primary key deferrable initially deferred)")
        )
        await connection.execute(text("insert into spoiled values (1), (1)"))
        return "stored"

    app.include_router(router)
    check(await admin.get("/v1/spoiled"), 500)


async def test_openapi_documents_the_errors(app: FastAPI, admin: httpx.AsyncClient) -> None:
    document = (await admin.get("/openapi.json")).json()
    post = document["paths"]["/v1/events"]["post"]
    assert {"202", "400", "401", "403", "409", "413", "415", "422", "503"} <= set(post["responses"])
    assert MEDIA_TYPE in document["components"]["responses"]["Problem422"]["content"]
    assert "EventData" in document["components"]["schemas"]
    assert stack_of_app(app).settings.bootstrap_key not in str(document)
