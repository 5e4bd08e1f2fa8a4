"""`docs/quality.md`, made from the flags, the thresholds and the signals of quality."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Final

from journey_api.quality.documents import Signal
from journey_api.quality.quality_signals import list_signals
from shared.languages.registry import DEFAULT_LANGUAGE
from shared.playbook.ruleset.entries import Playbook
from shared.quality.levels import Thresholds
from shared.quality.types import DELIGHTS, DISAPPOINTMENTS, Flag

_HEAD: Final = """# Quality

A **moment of truth** is an episode in which a customer forms an impression: each contact of a person or the customer,
each live event that somebody saw, each end of a promise, each closing of a case, each visit. It is **tragic** (-1)
where a flag of disappointment holds, else **enchanted** (1) where a flag of delight does, else **apathetic** (0). The
customer is the only judge: an event with feedback scores by it, whatever the flags say. What Handoff sends by itself
is no moment.

Flags are worked out of what is stored, again whenever a fact of the case arrives, and the same however often and in
whatever order. Each change is kept with the fact that caused it: `GET /v1/quality/contacts/{moment_id}`. `handoff
verify` works all of them out anew. A moment older than 12 months is told and weighs no more.

- `GET /v1/quality/contacts`: the moments, the worst first. `GET /v1/quality/summary?by=`: how many by dealer, role,
  person, step, phase, entry or signal (the flag).
- `experience` in the packet of every task: how this customer was treated.
- `TRAGIC`: the client experience managers are told of a tragic moment of a vip or a public figure, and of a second
  one within 30 days, once a case and day.

This page is made by `make docs`.
"""
_LEVELS: Final = """## Levels and kinds

A dealer, a role and a person carry a **level**, over so many days and at least so many judged response clocks (first
and next answers): *spontaneous* below a share of answers in time, or where the slowest quarter of at least four
people takes so many times as long as the quickest; *cultural* from a share on, where more moments enchant than are
tragic; else *regulated*. And a **kind**, by the shares of its moments: *disenchants*, *enchants* or *normal*. A
dealer's `quality` sets its own thresholds:
"""
_HOLDS: Final[Mapping[Flag, str]] = {
    "late_answer": "the contact answers a response clock that was breached; until then the question has it",
    "chased": "the customer says no new topic, fact or field while a response clock is older than half its target",
    "told_twice": "a field of intake is given again to another observer or owner, or is to be asked for again",
    "passed_on": "the first contact after the role of the customer owner has changed for the second time",
    "not_ours": "the first contact after a decline for another department, a second silence or an owner decision",
    "nobody_knew": "the event went to the default router",
    "late_reception": "a visitor is received later than T-23 allows after the later of date and arrival",
    "promise_broken": "a promise ended with the score -1",
    "kept_in_the_dark": "a date or a cost changed and nothing reached the customer within its clock",
    "harsh": "negative feedback about staff",
    "promise_beaten": "a promise ended with the score 1",
    "unasked": "an update, a proposal or a courtesy while nobody waits and no rule, clock or promise asks for it",
    "quick_and_hers": "an answer within half its target on the first usable channel of the customer's order",
    "one_voice": "a case closed satisfied, with three contacts of people or more and one owner role throughout",
    "asked_how_it_was": "a request for feedback within seven days of a delivery or a return",
    "choice": "a proposal with two options or more",
}
_HOW: Final = {
    "flag": "computed, as a flag of moments",
    "measure": "computed, as a figure",
    "shown": "shown",
    "not_measurable": "not measurable",
}


def quality_page(playbook: Playbook) -> str:
    """The page, in Markdown."""
    signals = list_signals(playbook.texts, DEFAULT_LANGUAGE)
    thresholds = [(f"`{name}`", str(value)) for name, value in asdict(Thresholds()).items()]
    parts = [
        _HEAD,
        _flags("Flags of disappointment", DISAPPOINTMENTS, playbook, signals),
        _flags("Flags of delight", DELIGHTS, playbook, signals),
        _LEVELS,
        _table(("threshold", "usual"), thresholds),
        "## Signals and standards of the documents\n",
        _table(("signal", "what", "source", "measured", "how, where or why"), [_row(one) for one in signals]),
    ]
    return "\n".join(parts)


def _flags(title: str, flags: Sequence[Flag], playbook: Playbook, signals: Sequence[Signal]) -> str:
    rows = [
        (
            f"`{flag}`",
            playbook.texts.text("moment_flags", flag, DEFAULT_LANGUAGE),
            _HOLDS[flag],
            ", ".join(one["signal"] for one in signals if flag in one["flags"]),
        )
        for flag in flags
    ]
    return f"## {title}\n\n" + _table(("flag", "in words", "holds when", "signals"), rows)


def _row(one: Signal) -> tuple[str, ...]:
    measured = _HOW[one["measured"]]
    flags = ", ".join(f"`{flag}`" for flag in one["flags"])
    return one["signal"], one["name"], one["source"], f"{measured}: {flags}" if flags else measured, one["how"]


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [" | ".join(columns), " | ".join("---" for _ in columns), *(" | ".join(row) for row in rows)]
    return "\n".join(f"| {line} |" for line in lines) + "\n"
