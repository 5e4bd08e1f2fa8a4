"""A real SMTP server on loopback that does as it is told: accept, refuse, drop the line, hang."""

import asyncio
import email
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from typing import Any, Literal

from aiosmtpd.smtp import SMTP, Envelope, Session

Behaviour = Literal["accept", "451", "550", "451 rcpt", "550 rcpt", "drop", "hang"]


def plain_text(mail: EmailMessage) -> str:
    """The words of a mail as text, whether it is text alone or has HTML beside it."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


@dataclass
class MailServer:
    """Keeps what it accepted. `behaviour` holds what to do with the next messages, then it accepts.

    `refusals`: what is said of these recipients, always.
    """

    accepted: list[EmailMessage] = field(default_factory=list)
    behaviour: deque[Behaviour] = field(default_factory=deque)
    connections: int = 0
    recipients: list[str] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    during_data: Any = None

    async def start(self) -> int:
        """Listen; answers the port."""
        self._released = asyncio.Event()
        self._sessions: list[SMTP] = []
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._session, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self.port

    async def stop(self) -> None:
        """Hang up everywhere."""
        self._released.set()
        self._server.close()
        self.hang_up()
        await asyncio.sleep(0)

    def hang_up(self) -> None:
        """Close every line."""
        for session in self._sessions:
            if session.transport is not None:
                with suppress(AttributeError):
                    session.transport.close()
        self._sessions.clear()

    def _session(self) -> SMTP:
        self.connections += 1
        session = SMTP(self, hostname="mail.test", enable_SMTPUTF8=True)
        self._sessions.append(session)
        return session

    async def handle_RCPT(  # noqa: N802 - the hook's own name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take or refuse a recipient."""
        if refusal := self.refusals.get(address):
            self.refused.append(address)
            return refusal
        if self.behaviour and self.behaviour[0].endswith("rcpt"):
            return f"{self.behaviour.popleft()[:3]} not this one"
        envelope.rcpt_tos.append(address)
        self.recipients.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take, refuse, or leave the client in the dark."""
        if self.during_data is not None:
            await self.during_data()
        told = self.behaviour.popleft() if self.behaviour else "accept"
        if told in ("451", "550"):
            return f"{told} not now" if told == "451" else f"{told} never"
        if told == "hang":
            await self._released.wait()
            return "451 too late"
        content = envelope.content
        assert isinstance(content, bytes)
        self.accepted.append(email.message_from_bytes(content, policy=default))  # type: ignore[arg-type]
        if told == "drop":
            server.transport.close()
        return "250 accepted"

    def subjects(self) -> list[str]:
        """The subjects of what it accepted, in order."""
        return [str(mail["Subject"]) for mail in self.accepted]

    def to(self, address: str) -> list[str]:
        """The subjects of what was sent to an address."""
        return [str(mail["Subject"]) for mail in self.accepted if address in str(mail["To"])]

    def text_to(self, address: str) -> str:
        """The text of the latest mail to an address."""
        return [plain_text(mail) for mail in self.accepted if address in str(mail["To"])][-1]
