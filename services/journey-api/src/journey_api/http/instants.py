"""Instants on the wire: RFC 3339 with an offset."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BeforeValidator

from shared.faults import Wrong, WrongValue

_TIME: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:)(\d\d)(?:\.(\d+))?([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)", re.ASCII
)
_LEAP: Final = "60"
_LEAP_SECOND: Final = re.compile(r":\d\d:60")


def parse_time(value: Any) -> datetime | None:
    """The instant of an RFC 3339 text, in UTC; None when it is none. A second `60` is the first of the next minute."""
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    day, minute, second, fraction, offset = match.groups()
    shown = "59" if second == _LEAP else second
    try:
        read = datetime.fromisoformat(f"{day}T{minute}{shown}.{(fraction or '0')[:6]:0<6}{offset.upper()}")
        in_utc = read.astimezone(UTC)
        return in_utc + timedelta(seconds=1) if second == _LEAP else in_utc
    except (ValueError, OverflowError):
        return None


def _read(value: Any) -> Any:
    if value is None or isinstance(value, datetime):
        return value
    if (read := parse_time(value)) is None:
        raise WrongValue(Wrong("not_an_instant", "A time of RFC 3339 with its offset"))
    return read if _LEAP_SECOND.search(value) else value


InstantText = Annotated[AwareDatetime, BeforeValidator(_read)]
"""An instant as RFC 3339 text with its offset, which it keeps."""
