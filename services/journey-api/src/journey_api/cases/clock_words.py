"""The arithmetic of a clock in the reader's language: how its due time came about. Pure."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Final

from babel.dates import format_date

from journey_api.cases.clock_days import DayShare, DaysShare, shares_of
from journey_api.cases.clock_parts import Event, Part, Paused, Running, counted_parts
from journey_api.cases.timeline_words import Words
from shared.calendar.durations import BusinessDays, Duration, Target, format_clock_time
from shared.languages.dates import format_short_day
from shared.sla.types import Timer

_WITHIN_A_WEEK: Final = timedelta(days=6)
"""A weekday alone says which day is meant."""

_LONG: Final = 120
"""So many minutes and more are said in hours."""


def in_words(timer: Timer, events: Iterable[Event], words: Words) -> str:
    """How the due time came about: `2 h from Fri 18:10: 50 min Friday, 70 min Monday from 09:00`.

    Times are of the zone of `words`. Of a clock that stands still, how long it ran and what is left.
    """
    return _Sentence(timer, words).text(list(events))


class _Sentence:
    def __init__(self, timer: Timer, words: Words) -> None:
        self._timer, self._words = timer, words
        self._soon = timer.due_at - timer.started_at < _WITHIN_A_WEEK

    def text(self, events: list[Event]) -> str:
        timer, target = self._timer, self._timer.policy.target
        start, due = self._moment(timer.counts_from), self._moment(timer.due_at)
        if timer.fixed:
            return self._line("fixed", due=due)
        if isinstance(target, BusinessDays):
            return self._line("open_days", count=target.days, start=start, by=self._by(target), due=due) + self._moved()
        if not target.is_time:
            return self._line("later", span=self._span_of(target), start=start, due=due)
        parts = counted_parts(timer, events, max(timer.due_at, timer.started_at))
        head = self._line("from", span=self._target(), start=start)
        told = list(self._told(parts))
        return self._line("sum", head=head, parts=self._line("and").join(told)) if told else head

    def _told(self, parts: list[Part]) -> Iterator[str]:
        for part in parts:
            if isinstance(part, Paused):
                yield self._pause(part)
                continue
            if part.migrated:
                yield self._line("migrated", at=self._moment(part.begins))
            yield from self._ran(part, alone=len(parts) == 1)

    def _ran(self, part: Running, *, alone: bool) -> Iterator[str]:
        if part.calendar is None or part.calendar.never_closes:
            if alone:
                yield self._line("around_the_clock", due=self._moment(part.ends))
            else:
                yield self._line("ran", span=span_text(part.counted, self._words), end=self._moment(part.ends))
        for share in shares_of(part):
            yield self._share(share)

    def _share(self, share: DayShare | DaysShare) -> str:
        span = span_text(share.counted, self._words)
        if isinstance(share, DaysShare):
            return self._line("days", span=span, count=share.days, last=self._date(share.last))
        day = self._day(share.day)
        if share.opens is None:
            return self._line("day", span=span, day=day)
        return self._line("day_from", span=span, day=day, time=self._time(share.opens))

    def _pause(self, pause: Paused) -> str:
        begins = self._moment(pause.begins)
        if pause.ends is not None:
            return self._line("stood_still", begins=begins, ends=self._moment(pause.ends))
        return self._line("stands_still", begins=begins, left=span_text(self._left(), self._words))

    def _left(self) -> timedelta:
        target = self._timer.policy.target
        whole = target.time if isinstance(target, Duration) else timedelta()
        return max(whole - self._timer.consumed, timedelta())

    def _target(self) -> str:
        target, full = self._timer.policy.target, self._timer.policy.full
        span = span_text(target.time, self._words) if isinstance(target, Duration) else ""
        return span if full is None else self._line("left_of", span=span, full=self._span_of(full))

    def _span_of(self, target: Target) -> str:
        """A target by itself: `2 h`, `1 day`, `2 open days`."""
        if isinstance(target, BusinessDays):
            return self._line("span.open_days", count=target.days)
        parts = [("span.months", target.months), ("span.days", target.days)]
        named = [self._line(name, count=count) for name, count in parts if count]
        return " ".join([*named, *([span_text(target.time, self._words)] if target.time or not named else [])])

    def _by(self, target: BusinessDays) -> str:
        return self._line("closing") if target.by is None else format_clock_time(target.by)

    def _moved(self) -> str:
        moved = self._timer.moved_days
        return self._line("moved", count=moved) if moved else ""

    def _line(self, name: str, **values: object) -> str:
        return self._words.line(f"arithmetic.{name}", **values)

    def _moment(self, at: datetime) -> str:
        local = at.astimezone(self._words.zone)
        day = format_date(local, "EEE", locale=self._words.language) if self._soon else self._date(local.date())
        return f"{day} {self._time(at)}" if self._soon else f"{day}, {self._time(at)}"

    def _time(self, at: datetime) -> str:
        return f"{at.astimezone(self._words.zone):%H:%M}"

    def _day(self, day: date) -> str:
        return format_date(day, "EEEE", locale=self._words.language) if self._soon else self._date(day)

    def _date(self, day: date) -> str:
        return format_short_day(day, self._words.language)


def span_text(span: timedelta, words: Words) -> str:
    """A span as people say it: `15 s`, `70 min`, `2 h`, `2 h 10 min`."""
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    hours, rest = divmod(minutes, 60)
    if minutes < _LONG and (rest or not hours):
        hours, rest = 0, minutes
    units = (("hours", hours), ("minutes", rest), ("seconds", seconds))
    said = [words.line(f"arithmetic.span.{unit}", n=n) for unit, n in units if n]
    return " ".join(said) or words.line("arithmetic.span.minutes", n=0)
