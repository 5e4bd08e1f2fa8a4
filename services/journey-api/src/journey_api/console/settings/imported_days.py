"""The days an iCalendar file proposes to close: the form carries them until they are accepted, one by one. Pure."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from journey_api.console.settings.form_fields import Typed, text_at

PROPOSED: Final = "import[days]"
"""A field that is not shown: a day and its name a line."""

ACCEPTED: Final = "import[accepted]"
"""The days that are ticked."""


def written(days: Mapping[date, str]) -> str:
    """The days as the form carries them."""
    return "\n".join(f"{day.isoformat()} {' '.join(name.split())}" for day, name in sorted(days.items()))


def proposed(typed: Typed) -> dict[date, str]:
    """The days that the form carries, with their names; lines that name none are passed over."""
    return dict(_lines(text_at(typed, PROPOSED)))


def accepted(typed: Typed) -> set[str]:
    """Those of them that are ticked, as they are stored."""
    return {day.isoformat() for day in proposed(typed)} & set(typed.get(ACCEPTED, ()))


def _lines(text: str) -> Iterable[tuple[date, str]]:
    for line in text.splitlines():
        day, _, name = line.partition(" ")
        try:
            yield date.fromisoformat(day), name
        except ValueError:
            continue
