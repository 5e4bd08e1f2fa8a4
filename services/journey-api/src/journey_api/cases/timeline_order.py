"""The lines of a timeline in order of time, each at a place of its own, which a cursor holds."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from journey_api.cases.timeline_facts import Line, Row, StoredFacts
from journey_api.cases.timeline_lines import MAKERS
from journey_api.cases.timeline_tasks import SILENCE, TASK_KINDS
from journey_api.cases.timeline_words import Words
from journey_api.http.pagination import Page, read_instant

_HAPPENED: Final = ("event", "decision", "reopened", "contact", "message")
_ACTS: Final = (*TASK_KINDS.values(), SILENCE, "closed")
_CLOCKS: Final = ("clock_corrected", "clock_met", "clock_started")
_FIRST: Final = [*([kind] for kind in _HAPPENED), _ACTS, *([kind] for kind in _CLOCKS)]
"""What comes first of one instant: what happened, then what came of it. The changes of a task stay in their order."""
_RANKS: Final = {kind: rank for rank, kinds in enumerate(_FIRST) for kind in kinds}


def lines_of(facts: StoredFacts, words: Words) -> list[Line]:
    """Every line of these facts, oldest first."""
    whole = replace(facts, task_events=with_receivers(facts.task_events), instants=dict(_instants(facts)))
    return sorted(_placed(whole, words), key=lambda line: line.place)


def _instants(facts: StoredFacts) -> Iterator[tuple[str, datetime]]:
    for row in facts.events:
        yield row["event_id"], row["occurred_at"]
    for row in facts.contacts:
        yield row["contact_id"], row["at"]
    for row in facts.case_status_changes:
        yield row["change_id"], row["at"]
    for row in facts.task_events:
        yield f"{row['task_id']}:{row['version']}", row["at"]


def with_receivers(task_events: Sequence[Row]) -> list[Row]:
    """The changes of tasks, each with whom the task was offered to after it: the next change tells, else the task."""
    after: dict[str, str | None] = {}
    found: list[Row] = []
    for row in sorted(task_events, key=lambda one: (one["task_id"], one["version"]), reverse=True):
        task_id = row["task_id"]
        found.append({**row, "offered_to": after.get(task_id, row["now_offered_to"])})
        after[task_id] = (row["before"] or {}).get("offered_to")
    return found[::-1]


def _placed(facts: StoredFacts, words: Words) -> Iterator[Line]:
    for kind, (name, key, make) in enumerate(MAKERS):
        for row in getattr(facts, name):
            for number, line in enumerate(make(row, facts, words)):
                order = (_RANKS.get(line.kind, len(_FIRST)), kind, _id_of(row, key), number)
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
