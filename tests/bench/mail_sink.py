"""An SMTP server on loopback that takes every mail and notes when."""

import asyncio
import re
import time
from dataclasses import dataclass, field

from aiosmtpd.smtp import SMTP, Envelope, Session

_MESSAGE_ID = re.compile(rb"^message-id:\s*<([^@>]+)@", re.IGNORECASE | re.MULTILINE)


@dataclass
class MailSink:
    """`arrived`: seconds since the epoch at which each attempt's mail was whole, by the attempt's id."""

    arrived: dict[str, float] = field(default_factory=dict)

    async def start(self) -> str:
        """Listen; answers the address, as the notifier is told it."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(self, hostname="bench.test"), "127.0.0.1", 0)
        self._server = server
        return f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    def stop(self) -> None:
        """Listen no more."""
        self._server.close()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take it."""
        content = envelope.content
        found = _MESSAGE_ID.search(content) if isinstance(content, bytes) else None
        if found:
            self.arrived.setdefault(found[1].decode(), time.time())
        return "250 accepted"
