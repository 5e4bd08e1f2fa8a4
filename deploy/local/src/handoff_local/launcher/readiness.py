"""Asks a service whether it is ready."""

import http.client
import json
from typing import Any


def ask_ready(host: str, port: int, timeout: float = 1.0) -> tuple[int, dict[str, Any]]:
    """Status and document of `GET /readyz`; status 0 when nobody answers within the time-out (real seconds)."""
    connection = http.client.HTTPConnection(reachable(host), port, timeout=timeout)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException):
        return 0, {}
    finally:
        connection.close()
    try:
        document = json.loads(body)
    except ValueError:
        document = {}
    return answer.status, document if isinstance(document, dict) else {}


def reachable(host: str) -> str:
    """The address to call somebody at who listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)


def web_address(host: str, port: int) -> str:
    """The address as a browser wants it."""
    name = reachable(host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"
