"""How answers leave a service: the head with the body where both are there, and never later than the body."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import ASGIApp, Receive, Scope, Send

from shared.process.http_protocol import HeadWithBody
from shared.process.runner import listening

HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n"


class Wire(asyncio.Transport):
    """Remembers each write, and whether it was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Remember."""
        assert not self.closed
        self.written.append(bytes(data))

    def close(self) -> None:
        """Remember."""
        self.closed = True


def on(wire: Wire) -> HeadWithBody:
    """The transport under test on this wire."""
    return HeadWithBody(wire, asyncio.get_running_loop())


async def test_a_head_goes_with_its_body() -> None:
    wire = Wire()
    transport = on(wire)
    for _ in range(2):
        transport.write(HEAD)
        transport.write(b"ok")
    await asyncio.sleep(0)
    assert wire.written == [HEAD + b"ok"] * 2


async def test_a_head_without_a_body_goes_when_the_loop_comes_round() -> None:
    wire = Wire()
    on(wire).write(HEAD)
    assert not wire.written
    await asyncio.sleep(0)
    assert wire.written == [HEAD]


async def test_a_head_goes_before_the_end() -> None:
    wire = Wire()
    transport = on(wire)
    transport.write(HEAD)
    transport.close()
    await asyncio.sleep(0)
    assert (wire.written, wire.closed) == ([HEAD], True)


async def test_what_is_no_head_goes_at_once() -> None:
    wire = Wire()
    transport = on(wire)
    for data in (b"data: 1\n\n", b"2\r\n\r\n", b"HTTP/1.1 is no head", b""):
        transport.write(data)
        assert wire.written.pop() == data


@asynccontextmanager
async def _asking(app: ASGIApp, request: bytes) -> AsyncIterator[asyncio.StreamReader]:
    """What a service of this application answers on a connection that sent a request."""
    async with listening(app, socket.create_server(("127.0.0.1", 0))) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        try:
            yield reader
        finally:
            writer.close()
            await writer.wait_closed()


async def test_a_stream_begins_before_there_is_anything_to_tell() -> None:
    told = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await told.wait()
        await send({"type": "http.response.body", "body": b"news"})

    async with asyncio.timeout(10), _asking(app, b"GET / HTTP/1.1\r\nhost: x\r\n\r\n") as reader:
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
        told.set()
        assert await reader.readuntil(b"0\r\n\r\n") == b"4\r\nnews\r\n0\r\n\r\n"


async def test_answers_without_a_body_and_those_asked_for_at_once() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        status = 204 if scope["path"] == "/none" else 200
        body = b"" if status == 204 else b"ok"
        headers = [] if status == 204 else [(b"content-length", b"2")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    asked = b"".join(
        b"%s HTTP/1.1\r\nhost: x\r\n\r\n" % line for line in (b"HEAD /", b"GET /none", b"GET /", b"HEAD /", b"GET /")
    )
    async with asyncio.timeout(10), _asking(app, asked) as reader:
        for status, body in ((b"200", b""), (b"204", b""), (b"200", b"ok"), (b"200", b""), (b"200", b"ok")):
            assert (await reader.readuntil(b"\r\n\r\n"))[9:12] == status
            assert await reader.readexactly(len(body)) == body
