"""Connections to one SMTP server: opened, addressed, handed a mail, kept open for the next."""

import re
import time
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parseaddr
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib import SMTPException, SMTPResponseException, SMTPServerDisconnected, SMTPTimeoutError

from notifier.channels.channel import TryLater, Unconfirmed, Undeliverable
from shared.channels.mail_addresses import sendable

_IDLE_LIMIT: Final = timedelta(seconds=30)
_KEPT_OPEN: Final = 16
_DEFAULT_PORTS: Final = {"smtp": 25, "smtps": 465}
_ENHANCED: Final = re.compile(r"\s*#?(5\.\d{1,3}\.\d{1,3})\b", re.ASCII)
_OURS_TO_MEND: Final = frozenset({421, 530, 534, 535, 538})
"""Answers that tell of our session or credentials, not of the message: worth another try."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed over."""

    host: str
    port: int
    user: str | None = None
    password: str | None = None
    tls: bool = False


def parse_server(url: str) -> Server:
    """Read `smtp://user:password@host:port` (STARTTLS where offered) or `smtps://…`. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise ValueError("HANDOFF_SMTP_URL must look like smtp://user:password@host:port")
    return Server(
        parts.hostname,
        parts.port or _DEFAULT_PORTS[parts.scheme],
        unquote(parts.username) if parts.username else None,
        unquote(parts.password) if parts.password else None,
        parts.scheme == "smtps",
    )


def parse_mailbox(text: str, server: Server) -> str:
    """The address of the sender; without settings one at the server itself. Raises ValueError."""
    address = sendable(parseaddr(text)[1]) if text else f"handoff@{server.host}"
    if address is None:
        raise ValueError("HANDOFF_SMTP_FROM must be an e-mail address")
    return address


@dataclass(slots=True)
class SmtpConnection:
    """An open connection and when it was last of use, on a clock that only runs."""

    client: aiosmtplib.SMTP
    used_at: float


class _Disconnected(TryLater):
    """The line is of no use any more; nothing was sent on it."""


class SmtpConnections:
    """The lines to a server, each for one mail at a time. `sender`: the address of the envelope."""

    def __init__(self, server: Server, sender: str, timeout: timedelta) -> None:
        self._server = server
        self._sender = sender
        self._timeout = timeout.total_seconds()
        self._idle: list[SmtpConnection] = []

    async def addressed(self, to: str) -> SmtpConnection:
        """A line whose server has taken sender and recipient: one that is open and still answers, else a new one.

        Raises TryLater or Undeliverable.
        """
        while self._idle:
            connection = self._idle.pop()
            fresh = time.monotonic() - connection.used_at <= _IDLE_LIMIT.total_seconds()
            if fresh and len(self._idle) < _KEPT_OPEN:
                try:
                    return await self._address(connection, to)
                except _Disconnected:
                    continue
            connection.client.close()
        return await self._address(SmtpConnection(await self._connect(), time.monotonic()), to)

    def keep(self, connection: SmtpConnection) -> None:
        """Keep a line open that has taken a mail."""
        connection.used_at = time.monotonic()
        self._idle.append(connection)

    def close(self) -> None:
        """Hang up every line."""
        while self._idle:
            self._idle.pop().client.close()

    async def _address(self, connection: SmtpConnection, to: str) -> SmtpConnection:
        try:
            await self._envelope(connection.client, to)
        except BaseException:
            connection.client.close()
            raise
        return connection

    async def _connect(self) -> aiosmtplib.SMTP:
        client = aiosmtplib.SMTP(
            hostname=self._server.host,
            port=self._server.port,
            username=self._server.user,
            password=self._server.password,
            use_tls=self._server.tls,
            timeout=self._timeout,
        )
        try:
            await client.connect()
        except SMTPResponseException as error:
            raise TryLater(str(error.code)) from error
        except (SMTPException, OSError) as error:
            raise TryLater("no_connection") from error
        return client

    async def _envelope(self, client: aiosmtplib.SMTP, to: str) -> None:
        """Name sender and recipient: whatever breaks here, nothing was sent."""
        try:
            await client.mail(self._sender)
            await client.rcpt(to)
        except SMTPResponseException as error:
            raise _refusal(error) from error
        except (UnicodeError, ValueError) as error:
            raise Undeliverable("bad_address") from error
        except (SMTPException, OSError) as error:
            raise _Disconnected("no_connection") from error


async def hand_over(client: aiosmtplib.SMTP, content: bytes) -> aiosmtplib.SMTPResponse:
    """Send the text: a line that breaks now leaves open whether the server has it.

    Raises TryLater, Undeliverable or Unconfirmed.
    """
    try:
        return await client.data(content)
    except SMTPResponseException as error:
        raise _refusal(error) from error
    except SMTPTimeoutError as error:
        raise Unconfirmed("timeout") from error
    except (SMTPServerDisconnected, SMTPException, OSError) as error:
        raise Unconfirmed("disconnected") from error


def _refusal(error: SMTPResponseException) -> TryLater | Undeliverable:
    """What a refusal means. Its code is the enhanced one (RFC 2034) of a permanent refusal that gives one."""
    if 400 <= error.code < 500 or error.code in _OURS_TO_MEND:
        return TryLater(str(error.code))
    enhanced = _ENHANCED.match(error.message)
    return Undeliverable(enhanced[1] if enhanced else str(error.code))
