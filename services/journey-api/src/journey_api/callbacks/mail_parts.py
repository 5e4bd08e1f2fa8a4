"""The parts of a mail (RFC 2046), divided only as far as is asked: what a returned mail holds is never looked into.

Mails are text here with one character for each octet, and lines that end with a line feed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Final

_DEEPEST: Final = 3
_LONGEST_TYPE: Final = 2_000
_BLANKS: Final = " \t\n\r\f\v"
"""Of ASCII alone: another sign may be an octet in the middle of one."""


@dataclass(frozen=True, slots=True)
class Part:
    """A header and what follows it, still as it was encoded for transfer."""

    head: str
    body: str

    @property
    def kind(self) -> str:
        """The media type in lower case; empty where there is none."""
        return field(self.head, "Content-Type").partition(";")[0].strip().lower()

    def content(self) -> str:
        """What follows the header, decoded from base64 or quoted-printable, as far as it can be."""
        return as_text(self.octets())

    def octets(self) -> bytes:
        """The same, in octets."""
        encoding = field(self.head, "Content-Transfer-Encoding").lower()
        if encoding in ("base64", "quoted-printable"):
            encoded = Message()
            encoded["Content-Transfer-Encoding"] = encoding
            encoded.set_payload(self.body)
            decoded = encoded.get_payload(decode=True)
            if isinstance(decoded, bytes):
                return decoded
        return self.body.encode("latin-1")

    def declared(self) -> Message:
        """Its type and disposition, to ask for their parameters."""
        header = Message()
        for name in ("Content-Type", "Content-Disposition"):
            if value := field(self.head, name):
                header[name] = value[:_LONGEST_TYPE]
        return header


def as_text(octets: bytes) -> str:
    """The text of a mail as the functions of this module take it."""
    return octets.decode("latin-1").replace("\r\n", "\n").replace("\r", "\n")


def divide(text: str) -> Part:
    """Header and body of a mail, parted at its first empty line."""
    head, _, body = ("\n" + text).partition("\n\n")
    return Part(head, body)


def field(block: str, name: str) -> str:
    """The first field of this name in a group of fields, in one line; empty where there is none."""
    return next(fields(block, name), "")


def fields(block: str, name: str) -> Iterator[str]:
    """Every field of this name in a group of fields, each in one line."""
    for found in re.finditer(rf"^{name}:(.*(?:\n[ \t].*)*)", block, re.IGNORECASE | re.MULTILINE):
        yield found[1].replace("\n", "").strip(_BLANKS)


def in_letters(value: str) -> str:
    """A field that may be written in UTF-8 (RFC 6532) in the letters it is read in."""
    try:
        return value.encode("latin-1").decode()
    except UnicodeDecodeError:
        return value


def walk_parts(part: Part, levels: int = _DEEPEST) -> Iterator[Part]:
    """What a multipart holds in its order, and what multiparts in it hold, so many levels deep; mails stay whole."""
    boundary = _boundary(part) if part.kind.startswith("multipart/") and levels else None
    if boundary is None:
        return
    for inner in _between(boundary, part.body):
        yield inner
        yield from walk_parts(inner, levels - 1)


def _between(boundary: str, body: str) -> Iterator[Part]:
    """What stands between lines of the boundary (section 5.1.1); the last line may be missing."""
    text = "\n" + body
    begin = None
    for line in re.finditer(rf"\n--{re.escape(boundary)}(--)?[ \t]*$", text, re.MULTILINE):
        if begin is not None:
            yield divide(text[begin + 1 : line.start()])
        begin = line.end()
        if line[1]:
            return
    if begin is not None:
        yield divide(text[begin + 1 :])


def _boundary(part: Part) -> str | None:
    declared = Message()
    declared["Content-Type"] = field(part.head, "Content-Type")[:_LONGEST_TYPE]
    try:
        return declared.get_boundary()
    except (LookupError, TypeError, ValueError):  # what the library raises where parameters contradict RFC 2231
        return None
