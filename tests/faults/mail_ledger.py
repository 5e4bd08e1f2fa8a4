"""A mail server that writes down what it took, and may be slow or lie about it."""

import asyncio
import hashlib
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import SMTP as SMTP_POLICY
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session
from waiting import pause

from harness.smtp_server import plain_text


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as the server took it; `attempt_id` is the part of its Message-ID before the `@`."""

    attempt_id: str
    recipient: str
    subject: str
    body_hash: str


@dataclass
class MailLedger:
    """Append-only: a line in the file before the server says yes."""

    path: Path
    whims: random.Random | None = None
    """Chances of a bad day: one mail in five waits a second, one in five is taken and the line cut without a word."""
    port: int = 0
    taken: int = field(default=0, init=False)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        """Take one mail."""
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=SMTP_POLICY)
        line = {
            "attempt_id": message["Message-ID"].strip("<>").partition("@")[0],
            "recipient": envelope.rcpt_tos[0],
            "subject": str(message["Subject"]),
            "body_hash": hashlib.sha256(plain_text(message).encode()).hexdigest(),
        }
        with self.path.open("a") as ledger:
            ledger.write(json.dumps(line) + "\n")
        self.taken += 1
        whim = self.whims.random() if self.whims else 1.0
        if whim < 0.2:
            await pause(1.0)
        elif whim < 0.4:
            assert server.transport is not None
            server.transport.abort()
        return "250 OK"

    def mails(self) -> list[Mail]:
        """Everything taken so far, in order."""
        if not self.path.exists():
            return []
        return [Mail(**json.loads(line)) for line in self.path.read_text().splitlines()]

    @property
    def url(self) -> str:
        """Its address, as the notifier wants it."""
        return f"smtp://127.0.0.1:{self.port}"


@asynccontextmanager
async def mail_server(path: Path, whims: random.Random | None = None) -> AsyncIterator[MailLedger]:
    """A server on a free port, for as long as the context lasts."""
    ledger = MailLedger(path, whims)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(ledger, enable_SMTPUTF8=True, loop=loop), "127.0.0.1", 0)
    ledger.port = server.sockets[0].getsockname()[1]
    try:
        yield ledger
    finally:
        server.close()
