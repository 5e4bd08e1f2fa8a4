"""What is wrong with a field, in the reader's language: what the API says of it in English, said from the texts."""

import re
from typing import Final

from journey_api.console.catalogue import Catalogue
from journey_api.http.problems import Problem

IN_WORDS: Final = "in_words"
"""The code of a problem whose detail is of the texts already."""

OTHER: Final = "other"
"""What is said of a fault that has no words of its own here."""

_SAID: Final = {
    "required": ("Required", "is required", "Required with {field}", "Required: the header {header}, or {mode}"),
    "unknown_field": ("Unknown field", "unknown field", "unknown field; one of {known}", "unknown table"),
    "step_target": ("one of {targets}, role:ID, staff:ID",),
    "unknown_id": (
        "Unknown id",
        "Unknown dealer",
        "unknown rule",
        "unknown role",
        "unknown topic",
        "unknown subject of feedback",
        "unknown target; one of {known}",
        "must be one of {known}",
        "{value} is not one of {known}",
        "{value} is not a name of calendars, nor none",
        "{value} is not {what}",
        "one of {known}",
        "any or urgent",
        "Input should be '{known}'",
    ),
    "no_row": ("No row of {entries} has this topic",),
    "form": (
        "Not in the form asked for",
        "must be an object",
        "must be a list",
        "must be an object by role",
        "must be an object of {what}",
        "must be an object with {what}",
        "Input should be a valid string{more}",
        "Input should be a valid boolean{more}",
        "Input should be a valid list{more}",
        "Input should be a valid dictionary{more}",
        "Input should be an object",
        "Input should be a valid dictionary or {what}",
    ),
    "at_least": ("Input should be greater than or equal to {least}",),
    "at_most": ("Input should be less than or equal to {most}",),
    "number": ("Input should be a valid integer{more}", "Input should be a valid number{more}"),
    "whole_days": ("must be a whole number of days, {least} to {most}",),
    "too_short": ("String should have at least {least} character{plural}",),
    "too_long": ("String should have at most {most} character{plural}",),
    "too_few": (
        "List should have at least {least} item{plural} after validation, not {given}",
        "must be a list of at least one step",
        "must be a list with at least one row",
    ),
    "too_many": ("List should have at most {most} items after validation, not {given}",),
    "date": (
        "A date is written YYYY-MM-DD",
        "{value} is not a date as YYYY-MM-DD",
        "Input should be a valid date{more}",
    ),
    "instant": (
        "A time of RFC 3339 with its offset",
        "{value} is not an instant as RFC 3339 with its offset",
        "Input should be a valid datetime{more}",
        "Input should have timezone info",
    ),
    "time_of_day": ("{value} is not a time of day as HH:MM",),
    "mail": ("A mail address that can be written to: its part before the @ in ASCII",),
    "telephone": ("A telephone number with its area code, and with its country code unless it is of {region}",),
    "telephone_abroad": ("A telephone number with its country code: the dealer's time zone is that of no country",),
    "website": ("An http or https address",),
    "language": ("A language with texts: {languages}",),
    "zone": ("a time zone is required", "unknown time zone {zone}"),
    "wait": ("A duration of one minute to 24 hours, such as PT10M",),
    "duration": ("{value} is not an ISO 8601 duration",),
    "duration_too_long": ("{value} is too long", "{value} is too long: at most a hundred years"),
    "business_days": ("must be a whole number of business days, 1 to 366",),
    "no_duration": ("the rule has no duration",),
    "nothing": ("must be longer than nothing",),
    "open_time": ("a clock counts hours and minutes of open time; days are {{days, by}}",),
    "counts_dates": ("the rule counts from a date: whole days, weeks, months or years, such as P14D",),
    "counts_instants": ("the rule counts from an instant: an ISO 8601 duration, such as PT4H or P1D",),
    "not_open_enough": (
        "calendar {calendar} has not enough opening hours for it",
        "A running clock could never be due: {why}.",
    ),
    "not_handed_on": ("only a clock of cases is handed from role to role",),
    "interval": ("must be an opening and a closing time",),
    "empty_interval": ("opens and closes at the same time", "from and to are the same"),
    "closes_first": ("closes before it opens; split hours past midnight at 24:00, the rest on the next day",),
    "overlaps": ("overlaps another interval",),
    "always_quiet": ("quiet hours must end some time in the week",),
    "needs_country": ("needs a country",),
    "country": ("unknown country {country}",),
    "subdivision": ("unknown subdivision {subdivision} of {country}",),
    "repeat": ("a whole number, 0 to 100",),
    "step_after": ("hours and minutes of business time; a day is not 24 hours",),
    "step_between": ("a step that repeats needs a time between",),
    "before_begin": ("Before it begins",),
    "no_person": ("The dealer has no such person",),
    "passed": ("Has passed already",),
    "unreadable": (
        "The body is not readable as JSON in UTF-8.",
        "The body holds the character NUL.",
        "The body nests deeper than {most} levels.",
        "The body holds a number beyond all bounds.",
    ),
    "step": ("A step is a number from 1 to 20 or its id",),
    "ahead": ("More than 5 minutes ahead",),
    "too_old": ("Before {day}, which is as far as history reaches back", "A live event is at most 30 days old{more}"),
    "one_or_other": ("Either {one} or {other}", "An email, a telephone or both"),
    "own_source": ("Sources under {source} are of the events Handoff makes itself",),
    "one_dealer": ("A key of a person is bound to exactly one dealer",),
}
"""How each kind of fault is said by the API: text in braces stands for what differs; `{{` and `}}` are braces."""

_KEPT: Final = frozenset({"least", "most", "country", "entries"})
"""What of it the texts put in."""


def _pattern(said: str) -> re.Pattern[str]:
    parts = re.split(r"(\{\{|\}\}|\{\w+\})", said)
    found = (
        f"(?P<{part[1:-1]}>.*)"
        if re.fullmatch(r"\{\w+\}", part)
        else re.escape(part.replace("{{", "{").replace("}}", "}"))
        for part in parts
    )
    return re.compile("".join(found), re.DOTALL)


def _by_words(said: tuple[str, str]) -> int:
    return -len(re.sub(r"\{\w+\}", "", said[1]))


_PATTERNS: Final = tuple(
    (kind, _pattern(one))
    for kind, one in sorted(((kind, one) for kind, said in _SAID.items() for one in said), key=_by_words)
)
"""Those of the most words first: what a text says by itself is not taken for what another text says of a value."""


def kind_of_fault(detail: str) -> tuple[str, dict[str, str]]:
    """The kind of a fault by what the API says of it, and what its text puts in; `OTHER` for what it does not know."""
    for kind, pattern in _PATTERNS:
        if found := pattern.fullmatch(detail):
            return kind, {name: value.strip("'") for name, value in found.groupdict().items() if name in _KEPT}
    return OTHER, {}


def fault_text(texts: Catalogue, detail: str) -> str:
    """What is wrong, in the language of the texts."""
    kind, values = kind_of_fault(detail)
    return texts.text(f"faults.{kind}", **values)


def in_words(texts: Catalogue, problem: Problem) -> Problem:
    """The problem with what is wrong said in the language of the texts; one the console raised says so already."""
    detail = problem.detail if problem.code == IN_WORDS else fault_text(texts, problem.detail)
    errors = [fault._replace(detail=fault_text(texts, fault.detail)) for fault in problem.errors]
    return Problem(problem.status_code, detail, code=problem.code, errors=errors)
