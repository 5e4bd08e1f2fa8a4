"""E-mail by SMTP over a few connections that stay open. Acceptance by the server is delivery."""

from dataclasses import replace
from datetime import timedelta
from email.errors import MessageError
from typing import Final

from notifier.channels.channel import Accepted, Outbound, Undeliverable
from notifier.channels.mail_message import write_mail
from notifier.channels.smtp_connections import Server, SmtpConnections, hand_over, parse_mailbox, parse_server
from notifier.settings import NotifierSettings
from shared.channels.mail_addresses import sendable
from shared.clock import Clock, real_now

COMMAND_TIMEOUT: Final = timedelta(seconds=15)


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
        self._sender = sender
        self._clock = clock
        self._connections = SmtpConnections(server, sender, timeout)

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
        connection = await self._connections.addressed(to)
        try:
            message.hand_over()
            answer = await hand_over(connection.client, content)
        except BaseException:
            connection.client.close()
            raise
        self._connections.keep(connection)
        return Accepted(mail["Message-ID"], str(answer.code))

    async def close(self) -> None:
        """Hang up every line."""
        self._connections.close()
