"""The sentence at the head of a board: what waits, and whether the place is open."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from babel.lists import format_list

from journey_api.console.board_place import BoardPlace
from journey_api.console.countdown import time_of
from journey_api.console.task_rows import Lane, TaskRow
from journey_api.console.visit import Visit
from shared.calendar.business_time import CalendarExhausted, next_opening
from shared.calendar.open_intervals import spans_between
from shared.calendar.opening_hours import Calendar

_MOMENT: Final = timedelta(seconds=1)


def said(visit: Visit, place: BoardPlace, name: str) -> str:
    """A text of the board, said of the role where nobody acts whom it could be said to."""
    of_role = f"board.of_role.{name}"
    return of_role if place.actor is None and of_role in visit.texts else f"board.{name}"


def calendars_of(visit: Visit, place: BoardPlace) -> list[tuple[str, Calendar]]:
    """The hours of the role by name, and the house's own where they are others."""
    people, text = place.people.people, visit.texts.text
    own = people.calendar_of(place.role)
    named = [(text(said(visit, place, "hours.role")), own)]
    return named if own == people.calendar else [*named, (text("board.hours.house"), people.calendar)]


def board_lede(
    visit: Visit,
    place: BoardPlace,
    lanes: Mapping[Lane, Sequence[TaskRow]],
    calendars: Sequence[tuple[str, Calendar]],
) -> str:
    """How many offers, requests to join and own tasks there are, and the role's hours."""
    joins = sum(row.task.status == "open" for row in lanes["offers"])
    counts = {
        "offers": len(lanes["offers"]) - joins,
        "joins": joins,
        "mine": len(lanes["mine"]),
        "queue": len(lanes["queue"]),
    }
    text, language = visit.texts.text, visit.viewer.language
    parts = [text(said(visit, place, f"lede.{name}"), count=count) for name, count in counts.items() if count]
    first = format_list(parts, locale=language) if parts else text(said(visit, place, "lede.nothing"))
    sentence = text("board.lede.sentence", what=first[:1].upper() + first[1:])
    return f"{sentence} {opening(visit, calendars[0][1], visit.now)}".strip()


def opening(visit: Visit, calendar: Calendar, now: datetime) -> str:
    """`Open until 13:00, then from 14:00.`; nothing for a place that never closes."""
    if calendar.never_closes:
        return ""
    text, language = visit.texts.text, visit.viewer.language

    def time(at: datetime) -> str:
        return time_of(at, now, visit.zone, language)

    try:
        opens = next_opening(calendar, now)
        if opens > now:
            return text("board.hours.closed", time=time(opens))
        end = next(end for _, end in spans_between(calendar, now, now + _MOMENT))
        return text("board.hours.open", time=time(end), next=time(next_opening(calendar, end)))
    except CalendarExhausted:
        return text("board.hours.never")
