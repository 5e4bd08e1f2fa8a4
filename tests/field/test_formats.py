"""Requests that no client should send, and that some do."""

import asyncio
import json
import socket

import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from journey_api.http.problems import Problem
from journey_api.http.request_body import MEBIBYTE, read_body
from shared.process.runner import listening

KEY = b"bootstrap-key-of-the-tests"


async def _ask(raw: bytes) -> tuple[bytes, dict[str, str], bytes]:
    app = Starlette(routes=[Route("/x", lambda request: PlainTextResponse(request.url.query))])
    async with listening(app, socket.create_server(("127.0.0.1", 0))) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(raw)
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        body = await reader.readexactly(int(headers["content-length"]))
        writer.close()
    return head[0].encode(), headers, body


@pytest.mark.parametrize(
    "line",
    [
        "GET /x?query=José HTTP/1.1".encode(),
        b"GET /x?query=\xff\xfe HTTP/1.1",
        "GET /x?q=東京 HTTP/1.1".encode(),
        b"GET /x?a=\x80&b=1 HTTP/1.1",
    ],
)
async def test_a_raw_byte_in_an_address_is_a_problem(line: bytes) -> None:
    status, headers, body = await _ask(line + b"\r\nHost: handoff.test\r\n\r\n")
    assert status.startswith(b"HTTP/1.1 400")
    assert headers["content-type"] == "application/problem+json"
    problem = json.loads(body)
    assert (problem["status"], problem["type"], problem["errors"]) == (400, "about:blank", [])
    assert "escaped" in problem["detail"]


async def test_an_escaped_one_is_read() -> None:
    status, _, body = await _ask(b"GET /x?query=Jos%C3%A9 HTTP/1.1\r\nHost: handoff.test\r\n\r\n")
    assert (status[:12], body) == (b"HTTP/1.1 200", b"query=Jos%C3%A9")


@pytest.mark.parametrize(("limit", "sent"), [(1, 9), (8, 9), (8, 40), (1, 63)])
@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_that_is_too_large_is_read_to_its_end_and_then_refused(
    limit: int, sent: int, announced: bool
) -> None:
    left = sent

    async def receive() -> dict[str, object]:
        nonlocal left
        left -= 1
        return {"type": "http.request", "body": b"x" * MEBIBYTE, "more_body": left > 0}

    with pytest.raises(Problem) as refused:
        await read_body(receive, limit * MEBIBYTE, str(sent * MEBIBYTE) if announced else None)
    assert (refused.value.status_code, left) == (413, 0)


async def test_a_body_without_end_is_not_read_for_ever() -> None:
    chunks = 0

    async def receive() -> dict[str, object]:
        nonlocal chunks
        chunks += 1
        return {"type": "http.request", "body": b"x" * MEBIBYTE, "more_body": True}

    with pytest.raises(Problem):
        await read_body(receive, MEBIBYTE)
    assert chunks < 100


@pytest.mark.database
@pytest.mark.parametrize("mebibytes", [2, 5, 12])
@pytest.mark.parametrize("chunked", [True, False])
async def test_a_client_that_sends_all_of_it_first_reads_the_refusal(
    app: FastAPI, mebibytes: int, chunked: bool
) -> None:
    body = b"x" * mebibytes * MEBIBYTE
    length = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % len(body)
    lines = (b"POST /v1/contacts HTTP/1.1", b"Host: handoff.test", b"Authorization: Bearer " + KEY, length)
    head = b"\r\n".join((*lines, b"Content-Type: application/json", b"", b""))
    async with listening(app, socket.create_server(("127.0.0.1", 0))) as port, asyncio.timeout(60):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head + (b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if chunked else body))
        await writer.drain()
        assert (await reader.readline()).startswith(b"HTTP/1.1 413 ")
        writer.close()
