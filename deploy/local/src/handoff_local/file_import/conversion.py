"""The texts of a row as the values of an event."""

import re
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any, Final
from zoneinfo import ZoneInfo

from handoff_local.file_import.values import Value, folded

_TRUE: Final = frozenset({"true", "yes", "y", "1"})
_FALSE: Final = frozenset({"false", "no", "n", "0"})
_NOT_IN_IDS: Final = re.compile(r"[^A-Za-z0-9._:-]+")
_NO_TEXT: Final = re.compile("[\x00\ud800-\udfff]")
_LONGEST_ID: Final = 64


class Unreadable(ValueError):
    """A text that is no value of its kind; its words say what would be."""


def convert(value: Value, text: str, zone: ZoneInfo) -> Any:
    """What a text of a file means; None where it says nothing. Raises Unreadable."""
    if _NO_TEXT.search(text):
        raise Unreadable("characters that are no text (NUL, or half of one)")
    if value.split is not None:
        parts = [_one(value, part.strip(), zone) for part in text.split(value.split) if part.strip()]
        return [part for part in parts if part is not None] or None
    return _one(value, text.strip(), zone)


def _one(value: Value, text: str, zone: ZoneInfo) -> Any:
    if value.values is not None:
        return _mapped(value, text)
    if not text:
        return value.otherwise
    match value.kind:
        case "integer":
            return _integer(text)
        case "boolean":
            return _boolean(text)
        case "id":
            return as_id(text)
        case "time":
            return read_time(text, value.format, zone).isoformat()
        case "date":
            return _date(text, value.format).isoformat()
    return text


def _mapped(value: Value, text: str) -> Any:
    assert value.values is not None
    if folded(text) in value.values:
        return value.values[folded(text)]
    if value.has_otherwise or not text:
        return value.otherwise
    raise Unreadable(f"{_shown(text)} is not among the values of the mapping")


def read_time(text: str, form: str, zone: ZoneInfo) -> datetime:
    """An instant in UTC: with an offset of its own where it has one, else local time of the zone.

    Of an hour that comes twice it is the first. Raises Unreadable, also for an hour that the clocks leave out.
    """
    try:
        # without an offset it is local time, until the next line
        found = datetime.fromisoformat(text) if form == "iso" else datetime.strptime(text, form)  # noqa: DTZ007
        instant = (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
        there = instant.astimezone(zone).replace(tzinfo=None)
    except ValueError:
        raise Unreadable(f"{_shown(text)} is no time of the form {form}") from None
    except OverflowError:
        raise Unreadable(f"{_shown(text)} is outside of the calendar") from None
    if found.tzinfo is None and there != found:
        raise Unreadable(f"{_shown(text)} is no time of day in {zone.key}: the clocks leave that hour out")
    return instant


def _date(text: str, form: str) -> date:
    try:
        return date.fromisoformat(text[:10]) if form == "iso" else datetime.strptime(text, form).date()  # noqa: DTZ007
    except ValueError:
        raise Unreadable(f"{_shown(text)} is no date of the form {form}") from None


def _integer(text: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]{1,15}", text):
        raise Unreadable(f"{_shown(text)} is no whole number")
    return int(text)


def _boolean(text: str) -> bool:
    if folded(text) in _TRUE | _FALSE:
        return folded(text) in _TRUE
    raise Unreadable(f"{_shown(text)} is neither yes nor no")


def as_id(text: str) -> str:
    """A number of another system as an id: as it is, where it is one, else its letters and digits and a short digest.

    Two numbers never become one id.
    """
    plain = _NOT_IN_IDS.sub("-", text).strip("-")
    if plain == text and len(text) <= _LONGEST_ID:
        return text
    digest = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{plain[: _LONGEST_ID - 9]}-{digest}".lstrip("-")


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:39] + "…")
