"""The documents of quality, as the API shows them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field
from sqlalchemy import RowMapping
from typing_extensions import TypedDict

from journey_api.http.field_types import Id, Role
from shared.messaging.field_types import Own
from shared.quality.levels import Level, Nature
from shared.quality.types import CauseKind, Flag, Kind, Score

Feedback = Literal["negative", "neutral", "positive"]


class MomentDocument(TypedDict):
    """An episode in which a customer formed an impression of the dealer.

    `id` is that of what it is (`kind`): a contact, an event, a promise, the case that was closed, an appointment;
    `feedback` what the customer said of it, by which it then scores; `live` is false for what was imported.
    """

    moment_id: Own
    dealer_id: Id
    customer_id: Id
    case_id: Id | None
    kind: Kind
    id: str
    at: datetime
    live: bool
    step: Annotated[int, Field(ge=1, le=20)] | None
    phase: str | None
    channel: str | None
    direction: Literal["inbound", "outbound"] | None
    role: Role | None
    staff_id: str | None
    entry: str | None
    feedback: Feedback | None
    flags: list[Flag]
    score: Score


class Cause(TypedDict):
    """The fact because of which a judgement changed."""

    kind: CauseKind
    id: str


class MomentChange(TypedDict):
    """A change of a judgement; before the first there was none."""

    at: datetime
    flags_before: list[Flag]
    flags_after: list[Flag]
    score_before: Score | None
    score_after: Score | None
    cause: Cause


class MomentWithChanges(MomentDocument):
    """A moment with what changed of it, oldest first: only changes of flags or score, and flags it began with."""

    changes: list[MomentChange]


class SummaryItem(TypedDict):
    """The moments of a key, and how its response clocks were kept; with two keys `key` and `name` are lists.

    `level` and `kind` cover the days before the end of the period (90 unless the dealer says otherwise); they are null
    for what has none: a level is a dealer's, a role's or a person's.
    """

    key: str | list[str | None] | None
    name: str | list[str | None] | None
    moments: int
    tragic: int
    apathetic: int
    enchanted: int
    attainment: float | None
    level: Level | None
    kind: Nature | None


class Signal(TypedDict):
    """A signal of quality of the documents: how it is computed or shown here, or why it cannot be measured."""

    signal: str
    name: str
    source: str
    measured: Literal["flag", "measure", "shown", "not_measurable"]
    flags: list[Flag]
    how: str


def moment_document(row: RowMapping) -> MomentDocument:
    """The moment of a row."""
    shown = {name: row[name] for name in MomentDocument.__annotations__}
    return shown | {"flags": list(row["flags"])}  # type: ignore[return-value]


def change_document(row: RowMapping) -> MomentChange:
    """A change of a row."""
    return {
        "at": row["at"],
        "flags_before": list(row["flags_before"]),
        "flags_after": list(row["flags_after"]),
        "score_before": row["score_before"],
        "score_after": row["score_after"],
        "cause": {"kind": row["cause_kind"], "id": row["cause_id"]},
    }
