"""HTTP/1.1 as the tests' gateways speak it: requests read off a line, answers written on it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic_core import from_json, to_json


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
    def attempt_id(self) -> str:
        """What the sender calls the message; empty where it is called nothing."""
        if self.whatsapp:
            return str(from_json(self.body).get("biz_opaque_callback_data", ""))
        return self.headers.get("i-twilio-idempotency-token", "")

    @property
    def to(self) -> str:
        """Whom the message is to reach."""
        return str(from_json(self.body)["to"]) if self.whatsapp else self.form["To"]

    @property
    def form(self) -> dict[str, str]:
        """The fields of its form."""
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}

    @property
    def query(self) -> dict[str, str]:
        """The parameters of its address."""
        return {unquote(name): values[0] for name, values in parse_qs(urlsplit(self.target).query).items()}


async def read_request(reader: asyncio.StreamReader) -> Request | None:
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


async def write_answer(
    line: asyncio.StreamWriter, status: int, document: Any, headers: Mapping[str, str] | None = None
) -> None:
    """Answer with a document as JSON, or with bytes as they are."""
    body = document if isinstance(document, bytes) else to_json(document)
    fields = {"content-type": "application/json", "content-length": str(len(body)), **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    line.write(f"HTTP/1.1 {status} Told\r\n{head}\r\n".encode() + body)
    await line.drain()
