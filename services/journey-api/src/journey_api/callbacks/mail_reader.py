"""A customer's mail, read as far as a contact needs: who wrote it, what it answers, its new words."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from hashlib import sha256
from itertools import islice
from typing import Any, Final

from journey_api.callbacks.html_text import text_of_html
from journey_api.callbacks.mail_parts import Part, as_text, divide, field, fields, in_letters, walk_parts
from journey_api.callbacks.mail_text import ask, text_of, unfolded
from journey_api.callbacks.provider_events import LONGEST_ID, storable
from journey_api.callbacks.quoted_text import new_text

_MOST_PARTS: Final = 100
_LEVELS: Final = 5
_MOST_ADDRESSES: Final = 50
_LONGEST_HEAD: Final = 200_000
_LONGEST_FIELD: Final = 4_000
_LONGEST_BODY: Final = 1_000_000
_MESSAGE_ID: Final = re.compile(r"<([^<>\s]{1,250})>")
_TO_US: Final = ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc")
_BULK: Final = frozenset({"bulk", "junk", "list", "auto_reply"})
_MACHINES: Final = ("X-Auto-Response-Suppress", "List-Id", "List-Unsubscribe", "X-Autoreply", "X-Autorespond")
_NOBODY: Final = re.compile(r"(mailer-daemon|postmaster|no-?reply|do-?not-?reply)([+.-][^@]*)?@", re.IGNORECASE)
_VERDICT: Final = re.compile(r"\b(dmarc|spf|dkim)\s*=\s*([a-z]+)", re.IGNORECASE)
_AGAINST: Final = frozenset({"fail", "softfail", "permerror"})


@dataclass(frozen=True, slots=True)
class ReceivedMail:
    """What a mail says. Addresses are in small letters.

    `reference`: its Message-ID, else a hash of the mail. `answers`: the Message-IDs it answers, the nearest first.
    `recipients`: where it was delivered to. `sender`: who wrote it, None where that is not one address. `vouched`:
    whether no server on the way says that the sender is another (RFC 8601). `at`: when the last server took it.
    `machine_made`: nobody wrote it (RFC 3834). `text`: its new words; `attachments`: how many parts are not words.
    """

    reference: str
    sender: str | None
    recipients: tuple[str, ...]
    answers: tuple[str, ...]
    text: str | None
    attachments: int
    machine_made: bool
    vouched: bool
    at: datetime | None


def read_mail(octets: bytes) -> ReceivedMail:
    """Read a mail (RFC 5322), which may be cut off at its end: what is left out then are attachments."""
    mail = divide(as_text(octets))
    head = mail.head[:_LONGEST_HEAD]
    text, attachments = _words_of(mail)
    ids = _MESSAGE_ID.findall(field(head, "Message-ID")[:_LONGEST_FIELD])
    return ReceivedMail(
        reference=(ids[0] if ids else sha256(octets).hexdigest())[:LONGEST_ID],
        sender=_sender(head),
        recipients=tuple(dict.fromkeys(_addresses(head, _TO_US))),
        answers=tuple(dict.fromkeys(_answers(head))),
        text=storable(text) or None,
        attachments=attachments,
        machine_made=_is_machine_made(mail, head),
        vouched=_is_vouched(head),
        at=_received_at(head),
    )


def _sender(head: str) -> str | None:
    found = list(_addresses(head, ("From",)))
    written = list(islice(fields(head, "From"), 2))
    return found[0] if len(found) == len(written) == 1 else None


def _addresses(head: str, names: Sequence[str]) -> Iterator[str]:
    written = [value for name in names for value in islice(fields(head, name), _MOST_ADDRESSES)]
    values = [in_letters(value[:_LONGEST_FIELD]) for value in written]
    found = (address for value in values for address in _addresses_of(value))
    for address in islice(found, _MOST_ADDRESSES):
        if "@" in address:
            yield address.strip().lower()


def _addresses_of(value: str) -> list[str]:
    """The addresses of one field; none where its comments are nested too deep to be read."""
    try:
        return [address for _, address in getaddresses([value])]
    except RecursionError:
        return []


def _answers(head: str) -> Iterator[str]:
    yield from _MESSAGE_ID.findall(field(head, "In-Reply-To")[:_LONGEST_FIELD])
    yield from reversed(_MESSAGE_ID.findall(field(head, "References")[-_LONGEST_FIELD:]))


def _is_machine_made(mail: Part, head: str) -> bool:
    submitted = field(head, "Auto-Submitted").partition(";")[0].strip().lower()
    returned = field(head, "Return-Path").replace(" ", "")
    sender = next(_addresses(head, ("From",)), "")
    return (
        submitted not in ("", "no")
        or field(head, "Precedence").lower() in _BULK
        or any(field(head, name) for name in _MACHINES)
        or returned == "<>"
        or mail.kind == "multipart/report"
        or _NOBODY.match(sender) is not None
    )


def _is_vouched(head: str) -> bool:
    """Whether no check has failed; DMARC's passing at the last server outweighs the two it rests on."""
    results = [value[:_LONGEST_FIELD].lower() for value in fields(head, "Authentication-Results")]
    verdicts = [dict(_VERDICT.findall(value)) for value in results]
    if any(one.get("dmarc") in _AGAINST for one in verdicts):
        return False
    if verdicts and verdicts[0].get("dmarc") == "pass":
        return True
    return not any(one.get(check) in _AGAINST for one in verdicts for check in ("spf", "dkim"))


def _received_at(head: str) -> datetime | None:
    """The time in the uppermost `Received`, which our own server wrote."""
    written = field(head, "Received").rpartition(";")[2].strip()[:100]
    try:
        at = parsedate_to_datetime(written)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at if at.tzinfo is not None else None


def _words_of(mail: Part) -> tuple[str, int]:
    """The new words, and how many parts hold none."""
    if not mail.kind.startswith("multipart/"):
        return (_new_words(mail), 0) if mail.kind in ("", "text/plain", "text/html") else ("", 1)
    parts = [one for one in islice(walk_parts(mail, _LEVELS), _MOST_PARTS) if not one.kind.startswith("multipart/")]
    readable = [one for one in parts if one.kind in ("", "text/plain", "text/html") and not _is_attached(one)]
    plain = next((words for one in readable if one.kind != "text/html" and (words := _new_words(one))), "")
    words = plain or next((words for one in readable if one.kind == "text/html" and (words := _new_words(one))), "")
    return words, len(parts) - len(readable)


def _is_attached(part: Part) -> bool:
    return ask(part, Message.get_content_disposition) == "attachment" or ask(part, Message.get_filename) is not None


def _format(declared: Message) -> Any:
    return declared.get_param("format")


def _new_words(part: Part) -> str:
    text = text_of(Part(part.head, part.body[:_LONGEST_BODY]))
    if part.kind == "text/html":
        return new_text(text_of_html(text))
    return new_text(unfolded(text) if ask(part, _format) == "flowed" else text)
