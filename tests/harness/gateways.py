"""A gateway on loopback that speaks SMS as Twilio does and WhatsApp as the Cloud API does, and does as it is told.

It keeps what it was handed in a ledger that only grows, so that a test can compare what we believe with what happened.
"""

import asyncio
import base64
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from itertools import count
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic_core import from_json

from harness.http_lines import Request, read_request, write_answer
from shared.clock import Clock, real_now

Fault = Literal["hang", "drop", "drop unread", "lie", "mute"]
"""What to do with a message besides answering a status.

hang: take it and never answer; drop: take it and break the line; drop unread: break the line without taking it; lie:
answer that all is well with an error inside, taking nothing; mute: answer success without an id, taking it.
"""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to a message that is not taken: status, the provider's code, headers; another body than is usual."""

    status: int
    code: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None


@dataclass(slots=True)
class Taken:
    """A message in the ledger. `attempt_id` is what the sender called it; `status` what the list of messages says."""

    reference: str
    to: str
    text: str
    attempt_id: str
    at: datetime
    document: Mapping[str, Any]
    callback: str | None = None
    status: str = "queued"
    code: str | None = None
    path: str = ""


@dataclass
class Gateway:
    """One provider. `faults` holds what to do with the next messages, then it takes them.

    `always` is done with every message as long as it is set. `lists`: whether it answers questions about messages;
    `listing`: what it says to them instead of the truth; `silent`: it never answers one.
    """

    clock: Clock = real_now
    account: str = "AC1"
    token: str = "secret"
    faults: deque[Fault | Reply] = field(default_factory=deque)
    always: Fault | Reply | None = None
    lists: bool = True
    silent: bool = False
    listing: Any = None
    ledger: list[Taken] = field(default_factory=list)
    requests: int = 0
    status_queries: int = 0

    def __post_init__(self) -> None:
        self._numbers = count(1)
        self._lines: set[asyncio.StreamWriter] = set()
        self._released = asyncio.Event()
        self._server: asyncio.Server | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """Its base address."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Listen, on the port it had before."""
        self._released = asyncio.Event()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Be gone: refuse connections and hang up."""
        self._released.set()
        if self._server is not None:
            self._server.close()
        for line in list(self._lines):
            line.close()
        for line in list(self._lines):
            with suppress(OSError):
                await line.wait_closed()

    def sent_to(self, to: str) -> list[str]:
        """The texts taken for a number, in order."""
        return [one.text for one in self.ledger if one.to == to]

    def next_fault(self, request: Request) -> Fault | Reply | None:
        """What is done with this message; None: it is taken."""
        return self.always or (self.faults.popleft() if self.faults else None)

    async def _serve(self, reader: asyncio.StreamReader, line: asyncio.StreamWriter) -> None:
        self._lines.add(line)
        try:
            while request := await read_request(reader):
                if not await self._answer(request, line):
                    return
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            self._lines.discard(line)
            line.close()

    async def _answer(self, request: Request, line: asyncio.StreamWriter) -> bool:
        """Answer one request; False when the line is to be broken."""
        if not self._knows(request):
            await write_answer(line, 401, {"code": 20003, "status": 401})
            return True
        if request.method == "GET":
            self.status_queries += 1
            if self.silent:
                await self._released.wait()
                return False
            await write_answer(line, *self._list(request))
            return True
        self.requests += 1
        match fault := self.next_fault(request):
            case Reply():
                await write_answer(line, fault.status, _refusal(request, fault), fault.headers)
            case "drop unread":
                return False
            case "lie":
                await write_answer(line, 200, _lie(request))
            case _:
                return await self._take(request, line, fault)
        return True

    async def _take(self, request: Request, line: asyncio.StreamWriter, fault: Fault | None) -> bool:
        taken = self.enter(request)
        if fault == "hang":
            await self._released.wait()
        if fault in ("hang", "drop"):
            return False
        if fault == "mute":
            await write_answer(line, 200, {})
        elif request.whatsapp:
            await write_answer(line, 200, {"messaging_product": "whatsapp", "messages": [{"id": taken.reference}]})
        else:
            await write_answer(line, 201, {"sid": taken.reference, "status": "queued", "error_code": None})
        return True

    def enter(self, request: Request) -> Taken:
        """Put a message into the ledger."""
        number = next(self._numbers)
        if request.whatsapp:
            document = from_json(request.body)
            text = document["text"]["body"] if document["type"] == "text" else document["template"]["name"]
            taken = Taken(f"wamid.{number}", document["to"], text, request.attempt_id, self.clock(), document)
        else:
            form = request.form
            callback = form.get("StatusCallback")
            taken = Taken(f"SM{number}", form["To"], form["Body"], request.attempt_id, self.clock(), form, callback)
        taken.path = urlsplit(request.target).path
        self.ledger.append(taken)
        return taken

    def _knows(self, request: Request) -> bool:
        given = request.headers.get("authorization", "")
        if given.startswith("Basic "):
            return base64.b64decode(given[6:]).decode() == f"{self.account}:{self.token}"
        return given == f"Bearer {self.token}"

    def _list(self, request: Request) -> tuple[int, Any]:
        if not self.lists:
            return 503, {"code": 20503, "status": 503}
        if self.listing is not None:
            return 200, self.listing
        found = [one for one in reversed(self.ledger) if one.to == request.query.get("To")]
        return 200, {"messages": [_listed(one) for one in found], "next_page_uri": None}


@asynccontextmanager
async def gateways(clock: Clock, count: int) -> AsyncIterator[list[Gateway]]:
    """So many gateways that listen inside the context."""
    async with AsyncExitStack() as stack:
        started = [Gateway(clock) for _ in range(count)]
        for gateway in started:
            await gateway.start()
            stack.push_async_callback(gateway.stop)
        yield started


def _refusal(request: Request, reply: Reply) -> Any:
    if reply.body is not None:
        return reply.body
    if request.whatsapp:
        return {"error": {"message": "refused", "code": reply.code or reply.status}}
    return {"code": reply.code, "message": "refused", "status": reply.status}


def _lie(request: Request) -> dict[str, Any]:
    if request.whatsapp:
        return {"error": {"message": "not delivered", "code": 131026}}
    return {"sid": "SM0", "status": "failed", "error_code": 30007}


def _listed(one: Taken) -> dict[str, Any]:
    return {
        "sid": one.reference,
        "to": one.to,
        "body": one.text,
        "status": one.status,
        "error_code": one.code,
        "date_created": format_datetime(one.at),
    }
