"""Moments of truth and levels as they are shown: in words, with who met whom and what to open."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import RowMapping, select

from journey_api.console.moments import clock_words
from journey_api.console.visit import Visit
from journey_api.quality.documents import SummaryItem
from journey_api.tasks.shown import customer_name, staff_name
from shared.db.bulk import in_keys, unnest_keys
from shared.db.schema import customer, staff
from shared.languages.isolation import join_isolated

SCORES: Final[Mapping[int, str]] = {-1: "tragic", 0: "apathetic", 1: "enchanted"}
"""The shape and the word of a score."""


@dataclass(frozen=True, slots=True)
class ShownMoment:
    """A moment of truth in words. `customer` leads to the journey, `case_id` to what happened and why."""

    moment_id: str
    score: str
    word: str
    flags: tuple[str, ...]
    customer_id: str
    customer: str
    at: str
    time: str
    step: str
    who: str
    case_id: str | None


@dataclass(frozen=True, slots=True)
class ShownLevel:
    """How somebody's customers were treated, in figures and words."""

    name: str
    moments: int
    tragic: str
    enchanted: str
    attainment: str
    level: str
    kind: str


def flag_words(visit: Visit, flags: Iterable[str], feedback: str | None = None) -> tuple[str, ...]:
    """What the customer said and the flags, in the viewer's language."""
    texts, language = visit.stack.playbook.texts, visit.viewer.language
    said = (texts.text("moment_feedback", feedback, language),) if feedback else ()
    return (*said, *(texts.text("moment_flags", flag, language) for flag in flags))


async def show_moments(visit: Visit, rows: Sequence[RowMapping]) -> list[ShownMoment]:
    """The moments in their order; names are read together."""
    people = await _names(visit, staff, staff.c.staff_id, {(row["dealer_id"], row["staff_id"] or "") for row in rows})
    known = {(row["dealer_id"], row["customer_id"]) for row in rows}
    customers = await _names(visit, customer, customer.c.customer_id, known)
    return [_shown(visit, row, people, customers) for row in rows]


def _shown(
    visit: Visit, row: RowMapping, people: Mapping[Any, Mapping[str, Any]], customers: Mapping[Any, Mapping[str, Any]]
) -> ShownMoment:
    texts, language = visit.stack.playbook.texts, visit.viewer.language
    score, dealer_id = SCORES[row["score"]], row["dealer_id"]
    flags = flag_words(visit, row["flags"], row["feedback"])
    person = staff_name(people.get((dealer_id, row["staff_id"]))) or row["staff_id"]
    role = visit.texts.name("roles", row["role"]) if row["role"] else None
    return ShownMoment(
        moment_id=row["moment_id"],
        score=score,
        word=texts.text("moment_scores", score, language),
        flags=flags or (texts.text("moment_kinds", row["kind"], language),),
        customer_id=row["customer_id"],
        customer=customer_name(customers.get((dealer_id, row["customer_id"]), {}), language) or row["customer_id"],
        at=row["at"].isoformat(),
        time=clock_words(visit, row["at"]),
        step=visit.texts.text(f"steps.{row['step']}") if row["step"] else "",
        who=join_isolated(", ", (person, role)),
        case_id=row["case_id"],
    )


async def _names(
    visit: Visit, table: Any, column: Any, keys: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], Mapping[str, Any]]:
    wanted = {key for key in keys if key[1]}
    if not wanted:
        return {}
    query = select(table.c.dealer_id, column.label("id"), table.c.record).where(in_keys(table.c.dealer_id, column))
    rows = await visit.connection.execute(query, unnest_keys(wanted))
    return {(row.dealer_id, row.id): row.record for row in rows}


def show_level(visit: Visit, item: SummaryItem) -> ShownLevel:
    """An item of the summary in words."""
    texts, language = visit.stack.playbook.texts, visit.viewer.language
    moments = item["moments"]
    return ShownLevel(
        name=str(item["name"] or visit.texts.text("quality.nobody")),
        moments=moments,
        tragic=percent(item["tragic"] / moments if moments else None),
        enchanted=percent(item["enchanted"] / moments if moments else None),
        attainment=percent(item["attainment"]),
        level=texts.text("quality_levels", item["level"] or "too little", language),
        kind=texts.text("quality_kinds", item["kind"], language) if item["kind"] else "",
    )


def percent(share: float | None) -> str:
    """A share as people read it; a dash for none."""
    return "–" if share is None else f"{round(share * 100)} %"


@dataclass(frozen=True, slots=True)
class ShownExperience:
    """How a customer was treated, for whoever is about to meet her: the worst open moment, the last one, the counts."""

    worst: str
    worst_shape: str
    worst_at: str
    worst_time: str
    last: str
    last_shape: str
    counts: tuple[str, ...]


def show_experience(visit: Visit, experience: Mapping[str, Any] | None) -> ShownExperience | None:
    """The experience of a packet in words; None where nothing is known of the customer."""
    if experience is None or experience["last_score"] is None:
        return None
    texts, language = visit.stack.playbook.texts, visit.viewer.language
    worst, last = experience["worst_open_moment"], SCORES[experience["last_score"]]
    shape = SCORES[worst["score"]] if worst else ""
    named = (("complaints", "open_complaints"), ("broken", "broken_promises"), ("tragic", "tragic_moments"))
    return ShownExperience(
        worst=", ".join(flag_words(visit, worst["flags"])) or texts.text("moment_scores", shape, language)
        if worst
        else "",
        worst_shape=shape,
        worst_at=worst["at"].isoformat() if worst else "",
        worst_time=clock_words(visit, worst["at"]) if worst else "",
        last=texts.text("moment_scores", last, language),
        last_shape=last,
        counts=tuple(
            visit.texts.text(f"experience.{text}", count=experience[name]) for text, name in named if experience[name]
        ),
    )
