"""The facts of cases as the rows of their statements hold them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.playbook.fact_types import flatten_facts
from shared.playbook.ruleset.entries import Playbook
from shared.quality.asked_again import Asking, Known
from shared.quality.case_facts import (
    Arrival,
    Closing,
    ContactFact,
    Decline,
    EventFact,
    OwnerChange,
    PromiseEnd,
    TaskFact,
)
from shared.sla.fact_view import reached
from shared.sla.facts import NOBODY, Owner, contact_fact

Row = Mapping[str, Any]


def event_of(playbook: Playbook, row: Row) -> EventFact:
    """An event with what its routing made of it."""
    data = row["data"]
    facts = flatten_facts(data.get("facts") or {})
    observed, occurrences = data["observed_by"], tuple(row["occurrences"] or ())
    return EventFact(
        event_id=row["event_id"],
        at=row["occurred_at"],
        role=observed["role"],
        staff_id=observed.get("staff_id"),
        live=row["intent"] == "live",
        step=row["step"],
        channel=data.get("channel"),
        by_timer=row["by_timer"],
        upkeep=is_upkeep(playbook, observed["role"], occurrences),
        news=frozenset((*occurrences, *(data.get("signals") or ()))),
        topics=frozenset(data.get("topics") or ()),
        facts=frozenset((path, repr(value)) for path, value in facts.items()),
        given=given_in(row["intake"]),
        sentiment=(data.get("facts") or {}).get("feedback", {}).get("sentiment"),
        about=frozenset((data.get("facts") or {}).get("feedback", {}).get("about") or ()),
        entries=tuple(row["fired"] or ()),
        owner_decided_at=row["owner_decided_at"],
    )


def is_upkeep(playbook: Playbook, role: str, occurrences: tuple[str, ...]) -> bool:
    """Whether the observer's pages print all that occurred as the keeping of a record."""
    printed = [playbook.index.get((role, one), ()) for one in occurrences]
    return bool(printed) and all(
        activities and all(one.granularity == "data_upkeep" for one in activities) for activities in printed
    )


def given_in(intake: Mapping[str, Any] | None) -> frozenset[str]:
    """The fields of intake that hold words."""
    return frozenset(name for name, words in (intake or {}).items() if words)


def contact_of(row: Row) -> ContactFact:
    """A contact; whether it reached the customer is judged as for the clocks."""
    fact = contact_fact(row, NOBODY)
    return ContactFact(
        **{name: row[name] for name in ("contact_id", "at", "direction", "channel", "kind", "staff_id", "task_id")},
        options=row["options"],
        automatic=fact.automatic,
        reached=fact.direction == "inbound" or reached(fact),
        step=row["step"],
    )


def task_of(row: Row) -> TaskFact:
    """A task."""
    return TaskFact(**{name: row[name] for name in TaskFact.__slots__})


def asking_of(row: Row) -> Asking | None:
    """A task as it may ask for what is known elsewhere; None for one that no event led to."""
    return Asking(row["event_id"], row["matter"], row["created_at"]) if row["event_id"] else None


def known_of(row: Row) -> Known:
    """What another case knows."""
    since = map(datetime.fromisoformat, row["matters_since"])
    matters = frozenset(zip(row["matters"], since, strict=True))
    return Known(row["occurred_at"], given_in(row["intake"]), matters)


def decline_of(row: Row) -> Decline:
    """An offer that was not taken."""
    return Decline(row["task_id"], row["at"], row["reason"])


def owner_change_of(row: Row) -> OwnerChange:
    """A change of the customer owner."""
    before, after = (Owner(row[f"{side}_role"], row[f"{side}_staff_id"]) for side in ("from", "to"))
    return OwnerChange(row["change_id"], row["at"], before, after)


def closing_of(row: Row) -> Closing:
    """A closing of the case."""
    return Closing(**{name: row[name] for name in Closing.__slots__})


def promise_of(row: Row) -> PromiseEnd:
    """A promise as it stands."""
    return PromiseEnd(
        **{name: row[name] for name in ("promise_id", "made_at", "at", "score", "entry", "step")},
        owner=Owner(row["owner_role"], row["owner_staff_id"]),
    )


def arrival_of(row: Row) -> Arrival:
    """A change of an appointment's status."""
    names = ("appointment_id", "at", "status", "starts_at", "allowed", "staff_id", "step")
    return Arrival(change_id=row["change_id"], **{name: row[name] for name in names})
