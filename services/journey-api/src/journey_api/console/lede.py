"""The sentence at the head of a board: what waits, and whether the place is open."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from babel.lists import format_list

from journey_api.console.board_place import BoardPlace
from journey_api.console.countdown import time_of
from journey_api.console.task_rows import open_lane
from journey_api.console.visit import Visit
from journey_api.tasks.queries import count_open_tasks
from shared.calendar.business_time import CalendarExhausted, next_opening
from shared.calendar.open_intervals import spans_between
from shared.calendar.opening_hours import Calendar

_MOMENT: Final = timedelta(seconds=1)
_COUNTED: Final = ("offers", "joins", "mine", "queue")


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


async def count_board(visit: Visit, place: BoardPlace, away: Collection[str] = ()) -> Counter[str]:
    """How many open tasks each lane holds, requests to join (`joins`) for themselves, and how many `others` have.

    `away`: tasks not to count, whose action a browser still holds back.
    """
    counts = Counter[str]()
    for status, assignee_id, offered_to, count in await count_open_tasks(
        visit.connection, place.dealer_id, place.role, away
    ):
        lane = open_lane(status, assignee_id, offered_to, place.person) or "others"
        counts["joins" if lane == "offers" and status == "open" else lane] += count
    return counts


def board_lede(visit: Visit, place: BoardPlace, counts: Counter[str], calendars: Sequence[tuple[str, Calendar]]) -> str:
    """How many offers, requests to join and own tasks there are, and the role's hours."""
    text, language = visit.texts.text, visit.viewer.language
    named = [(name, counts[name]) for name in _COUNTED if counts[name]]
    parts = [text(said(visit, place, f"lede.{name}"), count=count) for name, count in named]
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
