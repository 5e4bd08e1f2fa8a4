"""Handing a message over by HTTP: which failures leave no doubt that nothing was sent, and which do."""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from types import MappingProxyType
from typing import Any, Final

import httpx

from notifier.channels.channel import Outbound, TryLater, Unconfirmed

TIMEOUT: Final = httpx.Timeout(connect=5, read=15, write=5, pool=5)
"""Seconds; all of them together end before the send is given up as unknown."""

LIMITS: Final = httpx.Limits(max_connections=20, max_keepalive_connections=8, keepalive_expiry=30)
TRY_LATER: Final = frozenset({408, 425, 429})
"""Refusals of the moment, unlike every other 4xx (RFC 9110, RFC 6585, RFC 8470)."""

_OF_GATEWAYS: Final = frozenset({502, 504})
"""RFC 9110, 15.6.3 and 15.6.5."""

LONGEST_WAIT: Final = timedelta(days=1)
"""Whoever asks for more is taken to have asked for this, which is more than anything we send can wait."""

_LONGEST_REFERENCE: Final = 255
LONGEST_ANSWER: Final = 4 << 20
"""Bytes; nothing that we ask for is as long."""

_HEADERS_GO: Final = "http11.send_request_headers.started"


@cache
def trusted_certificates() -> ssl.SSLContext:
    """Whom all channels trust over TLS, read once a process: reading takes a tenth of a second each time."""
    return httpx.create_ssl_context()


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered; a body that is too long is empty."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def success(self) -> bool:
        """Whether it says yes."""
        return 200 <= self.status < 300

    @property
    def document(self) -> Mapping[str, Any]:
        """The JSON object it is; empty where it is none."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, Mapping) else {}


async def hand_over(
    client: httpx.AsyncClient,
    message: Outbound,
    url: httpx.URL | str,
    *,
    provider: str,
    extensions: Mapping[str, Any] = MappingProxyType({}),
    read: bool = True,
    **request: Any,
) -> Reply:
    """POST it, once the line stands and the lease still holds. `read`: whether the body of the answer is wanted.

    Raises TryLater, TooLate or Unconfirmed.
    """

    async def before_headers(event: str, _info: Mapping[str, Any]) -> None:
        if event == _HEADERS_GO:
            message.hand_over()

    post = client.build_request("POST", url, extensions={**extensions, "trace": before_headers}, **request)
    try:
        return await exchange(client, post, read=read)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise TryLater("no_connection", provider=provider) from error
    except httpx.TimeoutException as error:
        raise Unconfirmed("timeout", provider=provider) from error
    except httpx.HTTPError as error:
        raise Unconfirmed("disconnected", provider=provider) from error


async def exchange(client: httpx.AsyncClient, request: httpx.Request, *, read: bool = True) -> Reply:
    """Send a request and read what is answered, up to `LONGEST_ANSWER`. Raises httpx.HTTPError."""
    response = await client.send(request, stream=True)
    try:
        body = await _read(response) if read else b""
    finally:
        await response.aclose()
    return Reply(response.status_code, response.headers, body)


async def _read(response: httpx.Response) -> bytes:
    body = bytearray()
    async for part in response.aiter_bytes():
        body += part
        if len(body) > LONGEST_ANSWER:
            return b""
    return bytes(body)


def reference_of(value: Any) -> str | None:
    """A provider's own id of a message; None for what can be none."""
    fits = isinstance(value, str) and value.isprintable() and 0 < len(value) <= _LONGEST_REFERENCE
    return value if fits else None


def refused_for_now(status: int) -> bool:
    """Whether another try may help."""
    return status >= 500 or status in TRY_LATER


def leaves_doubt(status: int) -> bool:
    """Whether whoever answers, if it is no more than a gateway, has no answer of the server behind it."""
    return status in _OF_GATEWAYS


def retry_after(answer: Reply, now: datetime) -> timedelta | None:
    """The wait a provider asks for, in seconds or as a date (RFC 9110, 10.2.3), up to `LONGEST_WAIT`."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isdecimal():
        seconds = text.lstrip("0")
        return LONGEST_WAIT if len(seconds) > 9 else min(timedelta(seconds=int(seconds or 0)), LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    # a date without a zone is Greenwich's
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(until - now, timedelta(0)), LONGEST_WAIT)
