"""Pings a watcher outside after each clean look of the auditor: it raises the alarm when the pings stop."""

from datetime import timedelta
from typing import Final

import httpx
import structlog

_TIMEOUT: Final = timedelta(seconds=5)
_log = structlog.get_logger()


class PingedAddress:
    """The address of `HANDOFF_HEARTBEAT_URL`; empty: nobody watches."""

    def __init__(self, address: str, client: httpx.AsyncClient | None = None) -> None:
        self._address = address
        self._client = client or httpx.AsyncClient(timeout=_TIMEOUT.total_seconds())

    async def ping(self) -> None:
        """GET the address once; what goes wrong is logged and is the watcher's to miss."""
        if not self._address:
            return
        try:
            answer = await self._client.get(self._address)
            if answer.is_error:
                _log.warning("heartbeat_refused", status=answer.status_code)
        except httpx.HTTPError as error:
            _log.warning("heartbeat_failed", error=type(error).__name__)

    async def close(self) -> None:
        """Let go of connections."""
        await self._client.aclose()
