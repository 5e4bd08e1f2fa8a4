"""HTTP as every service speaks it: what cannot be read as a request is refused as every other fault is."""

import json
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_DETAIL: Final = (
    "The request line or a header is not readable as HTTP/1.1; other characters than ASCII are to be escaped."
)


class ProblemHttpProtocol(HttpToolsProtocol):
    """Answers what reaches no application, such as a raw byte outside ASCII in a query, as a problem (RFC 9457)."""

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
