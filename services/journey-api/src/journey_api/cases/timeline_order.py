"""The lines of a timeline in order of time, each at a place of its own, which a cursor holds."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from journey_api.cases.timeline_facts import Line, Row, StoredFacts
from journey_api.cases.timeline_lines import MAKERS, with_receivers
from journey_api.cases.timeline_words import Words
from journey_api.http.pagination import Page, read_instant

_FIRST: Final = ("event", "decision", "reopened", "contact", "message", "clock_corrected", "clock_met", "clock_started")
"""What comes first of one instant: what happened, then what came of it."""


def lines_of(facts: StoredFacts, words: Words) -> list[Line]:
    """Every line of these facts, oldest first."""
    told = replace(facts, task_events=with_receivers(facts.task_events))
    return sorted(_placed(told, words), key=lambda line: line.place)


def _placed(facts: StoredFacts, words: Words) -> Iterator[Line]:
    for kind, (name, key, make) in enumerate(MAKERS):
        for row in getattr(facts, name):
            for number, line in enumerate(make(row, facts, words)):
                first = _FIRST.index(line.kind) if line.kind in _FIRST else len(_FIRST)
                order = (first, kind, _id_of(row, key), number)
                yield replace(line, ids={**line.ids, "case_id": row.get("case_id")}, order=order)


def _id_of(row: Row, key: tuple[str, ...]) -> str:
    """What the row is known by, as a text; numbers sort as numbers."""
    return "/".join(f"{value:019}" if isinstance(value := row[name], int) else value for name in key)


def lines_after(lines: Sequence[Line], page: Page) -> Sequence[Line]:
    """The lines after the place of a page. Raises Problem 422 for a cursor of another list."""
    key = page.key(str, int, int, str, int)
    if key is None:
        return lines
    after = (read_instant(key[0]), *key[1:])
    return [line for line in lines if line.place > after]
