"""Hours, targets and numbers as people type them, and back; what cannot be read stays for the check to name. Pure."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

_DASH: Final = re.compile(r"\s*[-–—]\s*")
_DAYS: Final = re.compile(r"(\d{1,3})\s*d(?:\s+(\S+))?", re.IGNORECASE)
_LOCAL: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
_NUMBER: Final = re.compile(r"\d{1,9}", re.ASCII)
_DECIMAL: Final = re.compile(r"\d{1,9}(?:[.,]\d{1,9})?", re.ASCII)
CLOSED: Final = "-"


def read_number(text: str) -> int | str | None:
    """The number of such a text; None for an empty one."""
    return int(text) if _NUMBER.fullmatch(text) else text or None


def read_decimal(text: str) -> float | str | None:
    """The number of such a text, with a point or a comma; None for an empty one."""
    return float(text.replace(",", ".")) if _DECIMAL.fullmatch(text) else text or None


def hours_text(hours: Sequence[Sequence[str]] | None) -> str:
    """`09:00-13:00, 14:00-19:00`; empty for a closed day."""
    return ", ".join("-".join(pair) for pair in hours or ())


def read_hours(text: str) -> list[list[str]]:
    """The intervals of such a text."""
    return [_DASH.split(part.strip()) for part in text.replace(";", ",").split(",") if part.strip()]


def exception_text(hours: Sequence[Sequence[str]] | None) -> str:
    """As `hours_text`; `-` for a day that is closed by exception."""
    return "" if hours is None else hours_text(hours) or CLOSED


def read_exception(text: str) -> list[list[str]] | None:
    """The hours of such a text; None for none."""
    return None if not text else [] if text in (CLOSED, "–", "—") else read_hours(text)


def target_text(target: Any) -> str:
    """`PT30M`, or `2d 16:00` for a target in business days."""
    if not isinstance(target, Mapping):
        return target or ""
    by = target.get("by", "closing")
    return f"{target.get('days')}d" if by == "closing" else f"{target.get('days')}d {by}"


def read_target(text: str) -> str | dict[str, Any] | None:
    """The target of such a text; None for an empty one."""
    days = _DAYS.fullmatch(text)
    if days is None:
        return text or None
    return {"days": int(days[1]), "by": days[2] or "closing"}


def local_text(instant: str | None, zone: ZoneInfo) -> str:
    """An RFC 3339 instant as `datetime-local` of a zone."""
    return datetime.fromisoformat(instant).astimezone(zone).strftime("%Y-%m-%dT%H:%M") if instant else ""


def read_local(text: str, zone: ZoneInfo) -> str | None:
    """The instant of a `datetime-local` in a zone, as RFC 3339; what is none stays as it is."""
    if not _LOCAL.match(text):
        return text or None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        return text
