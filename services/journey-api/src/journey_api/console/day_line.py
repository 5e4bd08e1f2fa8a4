"""The line of a day: when the place is open, what is past, now, and what is due. Geometry only. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_time

from journey_api.console.countdown import Countdown
from shared.calendar.open_intervals import spans_of
from shared.calendar.opening_hours import Calendar, Span

WIDTH: Final = 1376
_LEFT: Final = 84.0
_RIGHT: Final = 1364.0
_HOUR: Final = timedelta(hours=1)
_APART: Final = 44.0
"""How far two labels have to be from each other."""

_LEVELS: Final = (25, 39)


@dataclass(frozen=True, slots=True)
class Stroke:
    """A piece of open time, on the line of its calendar."""

    x1: float
    x2: float
    y: int
    past: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """A due time: its shape's state, and its label where there is room for one."""

    x: float
    y: int
    state: str
    label: str


@dataclass(frozen=True, slots=True)
class DayLine:
    """What is drawn. `hours` are the ticks, `names` the calendars, each on its line."""

    hours: tuple[tuple[float, str], ...]
    names: tuple[tuple[int, str], ...]
    strokes: tuple[Stroke, ...]
    now_x: float
    now: str
    marks: tuple[Mark, ...]
    spoken: tuple[tuple[str, tuple[str, ...]], ...]
    due: tuple[str, ...]


def draw_day(
    calendars: Sequence[tuple[str, Calendar]], clocks: Iterable[Countdown], now: datetime, language: str
) -> DayLine | None:
    """The line of the day of `now` in the calendars' zone, of at most two of them; None on a day without hours."""
    zone = calendars[0][1].zone
    today = now.astimezone(zone).date()
    spans = [(name, spans_of(calendar, today)) for name, calendar in calendars[: len(_LEVELS)]]
    if not any(found for _, found in spans):
        return None
    due = sorted({(one.due_at, one.state) for one in clocks if one.due_at.astimezone(zone).date() == today})
    scale = _scale([span for _, found in spans for span in found], [at for at, _ in due], now, zone)
    strokes = [one for (_, found), y in zip(spans, _LEVELS, strict=False) for one in _strokes(found, now, y, scale)]
    return DayLine(
        hours=tuple((scale.x(at), format_time(at, "HH", zone, locale=language)) for at in scale.hours()),
        names=tuple((y + 4, name) for (name, _), y in zip(spans, _LEVELS, strict=False)),
        strokes=tuple(strokes),
        now_x=scale.x(now),
        now=format_time(now, "HH:mm", zone, locale=language),
        marks=tuple(_marks(due, scale, zone, language, scale.x(now))),
        spoken=tuple((name, tuple(_said(span, zone, language) for span in found)) for name, found in spans),
        due=tuple(format_time(at, "HH:mm", zone, locale=language) for at, _ in due),
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    begin: datetime
    end: datetime

    def x(self, at: datetime) -> float:
        share = (min(max(at, self.begin), self.end) - self.begin) / (self.end - self.begin)
        return round(_LEFT + share * (_RIGHT - _LEFT), 1)

    def hours(self) -> list[datetime]:
        count = int((self.end - self.begin) / _HOUR)
        return [self.begin + number * _HOUR for number in range(count)]


def _scale(spans: Sequence[Span], due: Sequence[datetime], now: datetime, zone: ZoneInfo) -> _Scale:
    """From the full hour before everything to the full hour after it."""
    instants = [at.astimezone(zone) for at in (*(at for span in spans for at in span), *due, now)]
    begin, end = (
        at.replace(minute=0, second=0, microsecond=0).astimezone(UTC) for at in (min(instants), max(instants))
    )
    return _Scale(begin, end + _HOUR)


def _strokes(spans: Iterable[Span], now: datetime, y: int, scale: _Scale) -> Iterable[Stroke]:
    for start, end in spans:
        if start < now:
            yield Stroke(scale.x(start), scale.x(min(end, now)), y, past=True)
        if end > now:
            yield Stroke(scale.x(max(start, now)), scale.x(end), y, past=False)


def _marks(
    due: Sequence[tuple[datetime, str]], scale: _Scale, zone: ZoneInfo, language: str, now_x: float
) -> Iterable[Mark]:
    """Each due time once; a label where the one before, and now, leave room for it."""
    taken = [now_x - 20]
    for at, state in due:
        x = scale.x(at)
        free = all(abs(x - other) >= _APART for other in taken)
        if free:
            taken.append(x)
        label = format_time(at, "HH:mm", zone, locale=language) if free else ""
        yield Mark(x, _LEVELS[0], state, label)


def _said(span: Span, zone: ZoneInfo, language: str) -> str:
    return "–".join(format_time(at, "HH:mm", zone, locale=language) for at in span)
