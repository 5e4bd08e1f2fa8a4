"""HTTP as every service speaks it: what cannot be read as a request is refused as every other fault is."""

import asyncio
import json
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_DETAIL: Final = (
    "The request line or a header is not readable as HTTP/1.1; other characters than ASCII are to be escaped."
)


class ProblemHttpProtocol(HttpToolsProtocol):
    """Answers what reaches no application, such as a raw byte outside ASCII in a query, as a problem (RFC 9457)."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin, on a transport that joins what belongs together."""
        super().connection_made(HeadWithBody(transport, self.loop))

    def send_400_response(self, msg: str) -> None:
        """Refuse and hang up."""
        problem = {
            "type": "about:blank",
            "title": "Bad Request",
            "status": 400,
            "detail": _DETAIL,
            "instance": "/",
            "errors": [],
        }
        body = json.dumps(problem).encode()
        head = (
            "HTTP/1.1 400 Bad Request\r\ncontent-type: application/problem+json\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()


class HeadWithBody(asyncio.Transport):
    """A transport that sends the head of an answer with the beginning of its body: one call of the system, one packet.

    A head whose body does not follow at once is sent when the loop comes round.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._head = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send, or keep a head for what follows."""
        if self._head:
            head, self._head = self._head, b""
            self._transport.write(head + data)
        elif data[:5] == b"HTTP/" and data[-4:] == b"\r\n\r\n":
            self._head = bytes(data)
            self._loop.call_soon(self._send_head)
        else:
            self._transport.write(data)

    def _send_head(self) -> None:
        head, self._head = self._head, b""
        if head:
            self._transport.write(head)

    def close(self) -> None:
        """Send what was kept and close."""
        self._send_head()
        self._transport.close()

    def is_closing(self) -> bool:
        """Whether it is closed or will be."""
        return self._transport.is_closing()

    def pause_reading(self) -> None:
        """Read no more for now."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read on."""
        self._transport.resume_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """What is known of the connection."""
        return self._transport.get_extra_info(name, default)
