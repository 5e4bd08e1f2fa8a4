"""The mail a message is handed over as: its headers, its words as text and as HTML."""

from datetime import datetime
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.policy import EmailPolicy, Policy
from email.utils import format_datetime
from typing import Any, Final

from notifier.channels.channel import Outbound
from shared.channels.mail_addresses import sendable

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


def write_mail(message: Outbound, sender: str, at: datetime) -> EmailMessage:
    """The message in UTF-8 with its headers (RFC 5322, RFC 8058), as text and, where it has HTML, as both (RFC 2046).

    `message.to` and `sender` are sendable addresses.

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
    if message.html:
        mail.add_alternative(message.html, subtype="html", charset="utf-8", cte="quoted-printable")
    # after the content, which takes every other Content- header away
    mail["Content-Language"] = message.language
    return mail
