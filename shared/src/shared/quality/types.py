"""The values of quality: flags, scores, and the moment of truth of which they are said."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

from shared.fast_dataclass import fast_dataclass

Kind = Literal["contact", "event", "promise", "closing", "arrival"]
Score = Literal[-1, 0, 1]
Disappointment = Literal[
    "late_answer",
    "chased",
    "told_twice",
    "passed_on",
    "not_ours",
    "nobody_knew",
    "late_reception",
    "promise_broken",
    "kept_in_the_dark",
    "harsh",
]
Delight = Literal["promise_beaten", "unasked", "quick_and_hers", "one_voice", "asked_how_it_was", "choice"]
Flag = Literal[Disappointment, Delight]
CauseKind = Literal["contact", "event", "promise", "case", "appointment", "task", "timer", "owner", "customer"]

DISAPPOINTMENTS: Final[tuple[Disappointment, ...]] = get_args(Disappointment)
DELIGHTS: Final[tuple[Delight, ...]] = get_args(Delight)
FLAGS: Final[tuple[Flag, ...]] = (*DISAPPOINTMENTS, *DELIGHTS)
"""All flags, in the order in which a moment shows them."""

RESPONSES: Final = ("first_response", "next_response")
"""The targets of response clocks."""

WEIGHS_FOR: Final = timedelta(days=365)
"""How long a moment weighs (timers 5.9): an older one is told, and counts for nothing."""


@fast_dataclass(frozen=True, slots=True, order=True)
class Cause:
    """The fact because of which a flag holds, or holds no more."""

    kind: CauseKind
    id: str


@fast_dataclass(frozen=True, slots=True)
class Seen:
    """What people's records said when a moment was first judged: the acting person's roles, the customer's channel."""

    roles: tuple[str, ...] = ()
    first_channel: str | None = None


NOTHING_SEEN: Final = Seen()


@fast_dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A moment of truth as judged. `moment_id` is the id of what it is, `id` the one the contract knows that by.

    `causes`: by flag the fact because of which it holds; `released`: by flag the one because of which it does not.
    """

    moment_id: str
    dealer_id: str
    customer_id: str
    case_id: str | None
    kind: Kind
    id: str
    at: datetime
    live: bool = True
    step: int | None = None
    phase: str | None = None
    channel: str | None = None
    role: str | None = None
    staff_id: str | None = None
    direction: Literal["inbound", "outbound"] | None = None
    feedback: str | None = None
    entry: str | None = None
    flags: tuple[Flag, ...] = ()
    score: Score = 0
    causes: Mapping[Flag, Cause] = field(default_factory=dict, compare=False)
    released: Mapping[Flag, Cause] = field(default_factory=dict, compare=False)
