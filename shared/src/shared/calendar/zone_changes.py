"""When the clocks of a zone change: the changes its rules list, and those its yearly rule goes on with for ever.

Read from the pinned package `tzdata` (TZif, RFC 8536), which `zoneinfo` does not show.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

_HEADER: Final = struct.Struct(">4sc15x6l")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = timedelta(seconds=1)
_DAY: Final = 86_400
_NEVER_BEFORE: Final = 1900
"""No yearly rule is older."""


class Change(NamedTuple):
    """The clocks on the wall change between these two readings: what they skip, or what they show twice.

    `low` and `high` are in seconds after the midnight that began 1 January 1 (local); `skips` says which of the two.
    """

    low: int
    high: int
    skips: bool

    @property
    def days(self) -> range:
        """The ordinals of the local dates whose opening hours it may touch."""
        return range(self.low // _DAY, self.high // _DAY + 3)


@dataclass(frozen=True, slots=True)
class ZoneChanges:
    """`listed` in order; from `rule_from` (a year) on, the changes of every year follow one rule."""

    listed: Sequence[Change]
    rule_from: int


@lru_cache(maxsize=1024)
def changes_of(zone: ZoneInfo) -> ZoneChanges:
    """Every listed change of a zone, and the year in which its yearly rule begins to hold."""
    instants = _instants(zone)
    if not instants:
        return ZoneChanges((), _NEVER_BEFORE)
    listed = [change for at in instants if (change := _change(zone, at)) is not None]
    last = (_EPOCH + timedelta(seconds=instants[-1])).year
    # the year that has the last listed change still has its own
    listed += [change for change in changes_of_year(zone, last) if not listed or change.low > listed[-1].low]
    return ZoneChanges(tuple(listed), last + 1)


@lru_cache(maxsize=16_384)
def changes_of_year(zone: ZoneInfo, year: int) -> tuple[Change, ...]:
    """The changes of a year by the clocks themselves, looked at once a month."""
    firsts = [*(datetime(year, month, 1, tzinfo=UTC) for month in range(1, 13)), datetime(year, 12, 31, tzinfo=UTC)]
    offsets = [first.astimezone(zone).utcoffset() for first in firsts]
    found = []
    for index in range(12):
        if offsets[index] != offsets[index + 1]:
            at = change_between(zone, firsts[index], firsts[index + 1])
            change = _change(zone, int((at - _EPOCH).total_seconds()))
            found += [change] if change is not None else []
    return tuple(found)


def change_between(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """The instant in (low, high] at which the zone's offset changes, to the second."""
    before = low.astimezone(zone).utcoffset()
    while high - low > _SECOND:
        middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high


def _change(zone: ZoneInfo, at: int) -> Change | None:
    """The change at an instant; None where only the name or the reason of the offset changes."""
    instant = _EPOCH + timedelta(seconds=at)
    before, after = (_wall(instant, moment.astimezone(zone)) for moment in (instant - _SECOND, instant))
    return Change(min(before, after), max(before, after), after > before) if before != after else None


def _wall(instant: datetime, seen: datetime) -> int:
    offset = seen.utcoffset() or timedelta(0)
    reading = instant.replace(tzinfo=None) + offset
    return (reading.toordinal() - 1) * _DAY + reading.hour * 3600 + reading.minute * 60 + reading.second


def _instants(zone: ZoneInfo) -> tuple[int, ...]:
    """The instants of the second, 64-bit block of the zone's file, in seconds of POSIX, after the year 1."""
    data = files("tzdata").joinpath("zoneinfo", *zone.key.split("/")).read_bytes()
    _, _, isutcnt, isstdcnt, leapcnt, timecnt, typecnt, charcnt = _HEADER.unpack_from(data)
    start = _HEADER.size + 5 * timecnt + 6 * typecnt + charcnt + 8 * leapcnt + isstdcnt + isutcnt
    count = _HEADER.unpack_from(data, start)[5]
    found = struct.unpack_from(f">{count}q", data, start + _HEADER.size)
    return tuple(at for at in found if at > -60_000_000_000)
