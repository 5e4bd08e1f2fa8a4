"""Mails about our mails: delivery status notifications (RFC 3464) and complaints (RFC 5965)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, message_from_string
from email.message import Message
from email.policy import compat32
from typing import Final, Literal

from journey_api.problem import Problem

REPORT: Final = "multipart/report"
WHOLE_MAILS: Final = ("message/rfc822", "message/global")

Meaning = Literal["delivered", "failed", "complaint"]

_MESSAGE_ID: Final = re.compile(r"\s*<?\s*([0-9A-Za-z-]{1,64})(?:@[^<>@\s]*)?\s*>?\s*$")
_BLANK_LINES: Final = re.compile(r"(?:\r?\n){2,}")
_STATUS: Final = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")
_RETURNED: Final = ("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers")
_STATUSES: Final = ("message/delivery-status", "message/global-delivery-status")
_NO_COMPLAINT: Final = frozenset({"not-spam", "auth-failure"})
_ABOUT_THE_SENDER: Final = frozenset({"5.1.7", "5.1.8"})


@dataclass(frozen=True, slots=True)
class MailReport:
    """What a report says of the mail of one attempt. `code` is the status of RFC 3463."""

    attempt_id: str
    meaning: Meaning
    code: str | None = None

    @property
    def closes_address(self) -> bool:
        """Whether there is no such address (5.1.x, save what is said of the sender's), or nobody who wants mail."""
        code = self.code or ""
        bad_address = self.meaning == "failed" and code.startswith("5.1.") and code not in _ABOUT_THE_SENDER
        return bad_address or self.meaning == "complaint"


def read_report(content_type: str, body: bytes) -> list[MailReport]:
    """What a report says, for each recipient that it settles.

    The body is the report itself or a whole mail that is one. Raises Problem: 415 for anything else, 422 for a report
    that names no mail.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == REPORT:
        report = message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body, policy=compat32)
    elif kind in WHOLE_MAILS:
        report = message_from_bytes(body, policy=compat32)
    else:
        raise Problem(415, f"Send {REPORT} or {WHOLE_MAILS[0]}.", headers={"Accept": ", ".join((REPORT, *WHOLE_MAILS))})
    if report.get_content_type() != REPORT or not report.is_multipart():
        raise Problem(422, f"The mail is no {REPORT}.")
    attempt_id = _mail_of(report)
    if attempt_id is None:
        raise Problem(422, "The report names no mail: neither its Message-ID nor its envelope id is there.")
    return [MailReport(attempt_id, meaning, code) for meaning, code in _meanings(report)]


def _meanings(report: Message) -> Iterator[tuple[Meaning, str | None]]:
    for part in report.walk():
        if part.get_content_type() in _STATUSES:
            for fields in _recipients(part):
                yield from _settled(fields)
        elif part.get_content_type() == "message/feedback-report":
            for fields in _blocks(part):
                if _field(fields, "Feedback-Type").lower() not in _NO_COMPLAINT:
                    yield "complaint", None


def _settled(fields: Message) -> Iterator[tuple[Meaning, str | None]]:
    """What a recipient's fields settle: nothing while the mail is delayed or has gone on to somebody else."""
    found = _STATUS.match(_field(fields, "Status"))
    code = found[1] if found else None
    match _field(fields, "Action").lower():
        case "failed":
            yield "failed", code
        case "delivered":
            yield "delivered", code


def _mail_of(report: Message) -> str | None:
    """The attempt a report is about: our Message-IDs and envelope ids begin with it."""
    for part in report.walk():
        if part.get_content_type() in _RETURNED:
            for headers in _blocks(part):
                if found := _MESSAGE_ID.match(_field(headers, "Message-ID")):
                    return found[1]
    for part in report.walk():
        if part.get_content_type() in (*_STATUSES, "message/feedback-report"):
            for fields in _blocks(part):
                if found := _MESSAGE_ID.match(_field(fields, "Original-Envelope-Id")):
                    return found[1]
    return None


def _recipients(part: Message) -> Iterator[Message]:
    """The groups of fields of a status, the first of which is of the mail itself."""
    for block in _blocks(part):
        yield block
        # the parser divides only what is in ASCII; it takes the rest of the groups for the text of a mail
        rest = block.get_payload()
        for group in _BLANK_LINES.split(rest) if isinstance(rest, str) else ():
            yield message_from_string(group, policy=compat32)


def _blocks(part: Message) -> list[Message]:
    """The groups of fields of a part, however its media type made the parser read it."""
    payload = part.get_payload()
    if isinstance(payload, list):
        return [block for block in payload if isinstance(block, Message)]
    raw = part.get_payload(decode=True)
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(payload)
    return [message_from_string(text.lstrip(), policy=compat32)]


def _field(fields: Message, name: str) -> str:
    return str(fields.get(name, "")).strip()
