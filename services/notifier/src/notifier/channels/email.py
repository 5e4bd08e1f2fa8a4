"""E-mail by SMTP over a few connections that stay open. Acceptance by the server is delivery."""

import re
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.errors import MessageError
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.policy import EmailPolicy, Policy
from email.utils import format_datetime, parseaddr
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib import SMTPException, SMTPResponseException, SMTPServerDisconnected, SMTPTimeoutError

from notifier.channels.channel import Accepted, Outbound, TryLater, Unconfirmed, Undeliverable
from notifier.settings import NotifierSettings
from shared.channels.mail_addresses import sendable
from shared.clock import Clock, real_now

COMMAND_TIMEOUT: Final = timedelta(seconds=15)
_IDLE_LIMIT: Final = timedelta(seconds=30)
_KEPT_OPEN: Final = 16
_DEFAULT_PORTS: Final = {"smtp": 25, "smtps": 465}
_ENHANCED: Final = re.compile(r"\s*#?(5\.\d{1,3}\.\d{1,3})\b", re.ASCII)
_OURS_TO_MEND: Final = frozenset({421, 530, 534, 535, 538})
"""Answers that tell of our session or credentials, not of the message: worth another try."""


ACKNOWLEDGEMENT: Final = "ACK"
"""The notice that answers what a customer wrote; all others begin by themselves (RFC 3834)."""


class _AsItIs(UnstructuredHeader, BaseHeader):
    """A short header of ours in ASCII: there is nothing to parse, encode or break over lines."""

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        kwds |= {"decoded": str(value), "parse_tree": None}

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


_PLAIN: Final = (
    "auto-submitted",
    "content-language",
    "date",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "message-id",
    "x-auto-response-suppress",
)


def _policy() -> "EmailPolicy[EmailMessage]":
    headers = HeaderRegistry()
    for name in _PLAIN:
        headers.map_to_type(name, _AsItIs)
    return SMTP_POLICY.clone(header_factory=headers)


_POLICY: Final = _policy()


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


def write_mail(message: Outbound, sender: str, at: datetime) -> EmailMessage:
    """The message in UTF-8 with its headers (RFC 5322, RFC 8058); `message.to` and `sender` are sendable addresses.

    Raises ValueError for an address no header can hold.
    """
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = Address(message.sender, addr_spec=sendable(message.sender_address or "") or sender)
    if message.reply_to and (reply_to := sendable(message.reply_to)):
        mail["Reply-To"] = Address(message.sender, addr_spec=reply_to)
    mail["To"] = Address(message.to_name or "", addr_spec=message.to)
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{message.attempt_id}@{sender.rpartition('@')[2]}>"
    if message.unsubscribe:
        mail["List-Unsubscribe"] = f"<{message.unsubscribe}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail["Auto-Submitted"] = "auto-replied" if message.about.get("notice") == ACKNOWLEDGEMENT else "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(message.text, charset="utf-8", cte="quoted-printable")
    # after the content, which takes every other Content- header away
    mail["Content-Language"] = message.language
    return mail


@dataclass(slots=True)
class _SmtpConnection:
    """An open connection and when it was last of use, on a clock that only runs."""

    client: aiosmtplib.SMTP
    used_at: float


class _Disconnected(TryLater):
    """The line is of no use any more; nothing was sent on it."""


def open_channel(settings: NotifierSettings, clock: Clock) -> "EmailChannel":
    """The channel of these settings. Raises ValueError for an address that cannot be read."""
    server = parse_server(settings.smtp_url)
    return EmailChannel(server, parse_mailbox(settings.smtp_from, server), clock)


class EmailChannel:
    """Hands mails to one SMTP server; safe for use by several tasks at once."""

    provider = "smtp"
    accepted_is_delivered = True

    def __init__(
        self, server: Server, sender: str, clock: Clock = real_now, *, timeout: timedelta = COMMAND_TIMEOUT
    ) -> None:
        self._server = server
        self._sender = sender
        self._timeout = timeout.total_seconds()
        self._clock = clock
        self._idle: list[_SmtpConnection] = []

    async def send(self, message: Outbound) -> Accepted:
        """Hand it over. Raises Undeliverable, TryLater or Unconfirmed."""
        to = sendable(message.to)
        if to is None:
            raise Undeliverable("bad_address")
        try:
            mail = write_mail(replace(message, to=to), self._sender, self._clock())
            content = mail.as_bytes()
        except (ValueError, IndexError, MessageError) as error:
            # the parser of the standard library trips over some of what is no address
            raise Undeliverable("bad_address") from error
        connection = await self._addressed(to)
        try:
            message.hand_over()
            answer = await self._hand_over(connection.client, content)
        except BaseException:
            connection.client.close()
            raise
        connection.used_at = time.monotonic()
        self._idle.append(connection)
        return Accepted(mail["Message-ID"], str(answer.code))

    async def close(self) -> None:
        """Hang up every line."""
        while self._idle:
            self._idle.pop().client.close()

    async def _addressed(self, to: str) -> _SmtpConnection:
        """A line whose server has taken sender and recipient: one that is open and still answers, else a new one."""
        while self._idle:
            connection = self._idle.pop()
            fresh = time.monotonic() - connection.used_at <= _IDLE_LIMIT.total_seconds()
            if fresh and len(self._idle) < _KEPT_OPEN:
                try:
                    return await self._address(connection, to)
                except _Disconnected:
                    continue
            connection.client.close()
        return await self._address(_SmtpConnection(await self._connect(), time.monotonic()), to)

    async def _address(self, connection: _SmtpConnection, to: str) -> _SmtpConnection:
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

    async def _hand_over(self, client: aiosmtplib.SMTP, content: bytes) -> aiosmtplib.SMTPResponse:
        """Send the text: a line that breaks now leaves open whether the server has it."""
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
