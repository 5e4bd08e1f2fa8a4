"""A gateway on loopback that speaks SMS as Twilio does and WhatsApp as the Cloud API does, and does as it is told.

It keeps what it was handed in a ledger that only grows, so that a test can compare what we believe with what happened.
"""

import asyncio
import base64
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from itertools import count
from typing import Any, Literal
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic_core import from_json, to_json

from shared.clock import Clock, real_now

Fault = Literal["hang", "drop", "drop unread", "lie", "mute"]
"""What to do with a message besides answering a status.

hang: take it and never answer; drop: take it and break the line; drop unread: break the line without taking it; lie:
answer that all is well with an error inside, taking nothing; mute: answer success without an id, taking it.
"""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to a message that is not taken: status, the provider's code, headers."""

    status: int
    code: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


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


@dataclass
class Gateway:
    """One provider. `faults` holds what to do with the next messages, then it takes them.

    `always` is done with every message as long as it is set. `lists`: whether it answers questions about messages.
    """

    clock: Clock = real_now
    account: str = "AC1"
    token: str = "secret"
    faults: deque[Fault | Reply] = field(default_factory=deque)
    always: Fault | Reply | None = None
    lists: bool = True
    ledger: list[Taken] = field(default_factory=list)
    requests: int = 0
    questions: int = 0

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

    async def _serve(self, reader: asyncio.StreamReader, line: asyncio.StreamWriter) -> None:
        self._lines.add(line)
        try:
            while request := await _read(reader):
                if not await self._answer(request, line):
                    return
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            self._lines.discard(line)
            line.close()

    async def _answer(self, request: "Request", line: asyncio.StreamWriter) -> bool:
        """Answer one request; False when the line is to be broken."""
        if not self._knows(request):
            await _write(line, 401, {"code": 20003, "status": 401})
            return True
        if request.method == "GET":
            self.questions += 1
            await _write(line, *self._list(request))
            return True
        self.requests += 1
        fault = self.always or (self.faults.popleft() if self.faults else None)
        match fault:
            case Reply():
                await _write(line, fault.status, _refusal(request, fault), fault.headers)
            case "drop unread":
                return False
            case "lie":
                await _write(line, 200, _lie(request))
            case _:
                return await self._take(request, line, fault)
        return True

    async def _take(self, request: "Request", line: asyncio.StreamWriter, fault: Fault | None) -> bool:
        taken = self._enter(request)
        if fault == "hang":
            await self._released.wait()
        if fault in ("hang", "drop"):
            return False
        if fault == "mute":
            await _write(line, 200, {})
        elif request.whatsapp:
            await _write(line, 200, {"messaging_product": "whatsapp", "messages": [{"id": taken.reference}]})
        else:
            await _write(line, 201, {"sid": taken.reference, "status": "queued", "error_code": None})
        return True

    def _enter(self, request: "Request") -> Taken:
        number = next(self._numbers)
        if request.whatsapp:
            document = from_json(request.body)
            attempt_id = document.get("biz_opaque_callback_data", "")
            text = document["text"]["body"] if document["type"] == "text" else document["template"]["name"]
            taken = Taken(f"wamid.{number}", document["to"], text, attempt_id, self.clock(), document)
        else:
            form = request.form
            callback = form.get("StatusCallback")
            attempt_id = request.headers.get("i-twilio-idempotency-token", "")
            taken = Taken(f"SM{number}", form["To"], form["Body"], attempt_id, self.clock(), form, callback)
        self.ledger.append(taken)
        return taken

    def _knows(self, request: "Request") -> bool:
        given = request.headers.get("authorization", "")
        if given.startswith("Basic "):
            return base64.b64decode(given[6:]).decode() == f"{self.account}:{self.token}"
        return given == f"Bearer {self.token}"

    def _list(self, request: "Request") -> tuple[int, dict[str, Any]]:
        if not self.lists:
            return 503, {"code": 20503, "status": 503}
        wanted = request.query
        since = wanted.get("DateSent>", "")
        found = [
            one for one in reversed(self.ledger) if one.to == wanted.get("To") and one.at.date().isoformat() >= since
        ]
        return 200, {"messages": [_listed(one) for one in found], "next_page_uri": None}


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came over the line."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def whatsapp(self) -> bool:
        """Whether it is one of the Cloud API."""
        return urlsplit(self.target).path.endswith("/messages")

    @property
    def form(self) -> dict[str, str]:
        """The fields of its form."""
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}

    @property
    def query(self) -> dict[str, str]:
        """The parameters of its address."""
        return {unquote(name): values[0] for name, values in parse_qs(urlsplit(self.target).query).items()}


async def _read(reader: asyncio.StreamReader) -> Request | None:
    first = await reader.readline()
    if not first:
        return None
    method, target, _ = first.decode().split()
    headers: dict[str, str] = {}
    while (line := (await reader.readline()).decode().strip()) != "":
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, target, headers, body)


async def _write(
    line: asyncio.StreamWriter, status: int, document: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> None:
    body = to_json(document)
    fields = {"content-type": "application/json", "content-length": str(len(body)), **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    line.write(f"HTTP/1.1 {status} Told\r\n{head}\r\n".encode() + body)
    await line.drain()


def _refusal(request: Request, reply: Reply) -> dict[str, Any]:
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
