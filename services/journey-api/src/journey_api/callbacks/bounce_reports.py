"""Mails about our mails: delivery status notifications (RFC 3464) and complaints (RFC 5965)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, Literal

from journey_api.callbacks.mail_parts import Part, as_text, divide, field, walk_parts
from journey_api.http.problems import Problem
from shared.people.suppressions import NO_SUCH_MAILBOX

REPORT: Final = "multipart/report"
WHOLE_MAILS: Final = ("message/rfc822", "message/global")

Meaning = Literal["delivered", "failed", "complaint"]

_MESSAGE_ID: Final = re.compile(r"<?\s*([0-9A-Za-z-]{1,64})(?:@[^<>@\s]*)?\s*>?$")
_EMPTY_LINES: Final = re.compile(r"\n{2,}")
_STATUS: Final = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})\b", re.ASCII)
_MOST: Final = 100
"""As many parts of a report are read, and groups of fields of a part; a mail of ours has one recipient."""

_RETURNED: Final = ("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers")
_STATUSES: Final = ("message/delivery-status", "message/global-delivery-status")
_FEEDBACK: Final = "message/feedback-report"
_NO_COMPLAINT: Final = frozenset({"not-spam", "auth-failure"})


@dataclass(frozen=True, slots=True)
class MailReport:
    """What a report says of the mail of one attempt. `code` is the status of RFC 3463."""

    attempt_id: str
    meaning: Meaning
    code: str | None = None

    @property
    def closes_address(self) -> bool:
        """Whether there is no such address, or nobody who wants mail."""
        return self.meaning == "complaint" or (self.meaning == "failed" and self.code in NO_SUCH_MAILBOX)


def read_report(content_type: str, body: bytes) -> list[MailReport]:
    """What a report says, for each recipient that it settles.

    The body is the report itself or a whole mail that is one. Of a returned mail only the header is read, whatever it
    holds. Raises Problem: 415 for anything else, 422 for a report that names no mail.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == REPORT:
        report = Part(f"Content-Type: {content_type}", as_text(body))
    elif kind in WHOLE_MAILS:
        report = divide(as_text(body))
    else:
        raise Problem(415, f"Send {REPORT} or {WHOLE_MAILS[0]}.", headers={"Accept": ", ".join((REPORT, *WHOLE_MAILS))})
    parts = list(islice(walk_parts(report), _MOST)) if report.kind == REPORT else []
    if not parts:
        raise Problem(422, f"The mail is no {REPORT}.")
    attempt_id = _mail_of(parts)
    if attempt_id is None:
        raise Problem(422, "The report names no mail: neither its Message-ID nor its envelope id is there.")
    return [MailReport(attempt_id, meaning, code) for meaning, code in _meanings(parts)]


def _meanings(parts: Sequence[Part]) -> Iterator[tuple[Meaning, str | None]]:
    for part in parts:
        if part.kind in _STATUSES:
            for group in _groups(part):
                yield from _settled(group)
        elif part.kind == _FEEDBACK and field(_groups(part)[0], "Feedback-Type").lower() not in _NO_COMPLAINT:
            yield "complaint", None


def _settled(group: str) -> Iterator[tuple[Meaning, str | None]]:
    """What a recipient's fields settle: nothing while the mail is delayed or has gone on to somebody else."""
    found = _STATUS.match(field(group, "Status"))
    code = found[1] if found else None
    match field(group, "Action").partition("(")[0].strip().lower():
        case "failed":
            told = _STATUS.search(field(group, "Diagnostic-Code"))
            # where the status has no detail, the words of the refusing server have
            yield "failed", told[1] if told and (code is None or code.endswith(".0")) else code
        case "delivered":
            yield "delivered", code


def _mail_of(parts: Sequence[Part]) -> str | None:
    """The attempt a report is about: our Message-IDs and envelope ids begin with it."""
    for part in parts:
        if part.kind in _RETURNED and (found := _MESSAGE_ID.match(field(_groups(part)[0], "Message-ID"))):
            return found[1]
    for part in parts:
        for group in _groups(part) if part.kind in (*_STATUSES, _FEEDBACK) else ():
            if found := _MESSAGE_ID.match(field(group, "Original-Envelope-Id")):
                return found[1]
    return None


def _groups(part: Part) -> list[str]:
    """The groups of fields of a part, parted by empty lines: of a returned mail the first is its header."""
    return _EMPTY_LINES.split(part.content().lstrip(), _MOST)[:_MOST]
