"""A real HTTP server on loopback that does as it is told: answer with a status, hang, take it and drop the line."""

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Received:
    """One request as it came."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class WebReceiver:
    """Keeps what it was sent. `answers` holds what to do with the next requests, then it says 204.

    An answer is a status line with headers below it, such as `429 Slow Down\\r\\nRetry-After: 7`, or `hang`, or `drop`,
    or `flood`: a 200 whose body never ends.
    """

    received: list[Received] = field(default_factory=list)
    answers: deque[str] = field(default_factory=deque)

    async def start(self) -> str:
        """Listen; the address to post to."""
        self._lines: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{self.port}/hook"

    async def stop(self) -> None:
        """Hang up everywhere."""
        self._server.close()
        for line in self._lines:
            line.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = asyncio.current_task()
        assert line is not None
        self._lines.add(line)
        with suppress(asyncio.CancelledError, ConnectionError):
            self.received.append(await self._read(reader))
            await self._answer(writer, self.answers.popleft() if self.answers else "204 No Content")
        writer.close()
        self._lines.discard(line)

    async def _read(self, reader: asyncio.StreamReader) -> Received:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *rest = head.strip().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in rest)}
        return Received(first, headers, await reader.readexactly(int(headers.get("content-length", "0"))))

    async def _answer(self, writer: asyncio.StreamWriter, told: str) -> None:
        if told == "hang":
            await asyncio.Event().wait()
        if told == "drop":
            return
        if told == "flood":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n")
            while True:
                writer.write(b"x" * 65536)
                await writer.drain()
        writer.write(f"HTTP/1.1 {told}\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()
