"""Tells people of their clocks: who a notice reaches is decided when it fires, each recipient for itself."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from notifier.context import Desk
from notifier.notifications.request import Obligation, Recipient
from notifier.notifications.types import NOTICES
from notifier.planning.planner import meet_all
from shared.db.bulk import insert_all
from shared.db.schema import sla_timer_event
from shared.sla.deadlines import rungs
from shared.sla.policy import escalation_targets as escalation
from shared.sla.policy.escalation_targets import BREACH_NOTICE, Told
from shared.sla.types import Timer


@dataclass(frozen=True, slots=True)
class Notices:
    """What a clock owes people, and the rows of its history about those it could not reach."""

    obligations: Sequence[Obligation] = ()
    history: Sequence[dict[str, Any]] = ()


async def tell_all(desk: Desk, notices: Sequence[Notices]) -> None:
    """Tell people of their clocks, in this order."""
    await insert_all(desk.connection, sla_timer_event, [row for one in notices for row in one.history])
    await meet_all(desk, [obligation for one in notices for obligation in one.obligations])


async def warn(desk: Desk, timer: Timer, threshold: str) -> Notices:
    """Warn the owner, if the clock still runs and is not late."""
    if timer.state != "running" or timer.breached_at is not None:
        return Notices()
    people = await desk.people(timer.dealer_id)
    reached = escalation.resolve("owner", timer.owner, people, desk.now)
    return Notices(_obligations(timer, "WARNING", threshold, reached))


async def tell_breach(desk: Desk, timer: Timer) -> Notices:
    """Tell of the breach whom the chain names; where that is nobody, the next rung is told at once as an escalation."""
    people = await desk.people(timer.dealer_id)
    told = escalation.tell(timer.policy.chain, BREACH_NOTICE, timer.owner, people, desk.now)
    notice = "BREACHED" if told.step == BREACH_NOTICE else "ESCALATED"
    owed = _obligations(timer, notice, _rung(timer, told), told.recipients, told.step)
    return Notices(owed, _unreachable(desk, timer, told))


async def escalate(desk: Desk, timer: Timer, threshold: str) -> Notices:
    """Tell the rung that fired, while the clock runs; where it reaches nobody, the next one at once."""
    if timer.state != "running" or timer.acknowledged_at is not None:
        return Notices()
    people = await desk.people(timer.dealer_id)
    number = int(threshold.rpartition(".")[2])
    step = rungs(timer.policy.chain)[number - 1][0]
    told = escalation.tell(timer.policy.chain, step, timer.owner, people, desk.now)
    rung = threshold if told.step == step else _rung(timer, told)
    return Notices(_obligations(timer, "ESCALATED", rung, told.recipients, told.step), _unreachable(desk, timer, told))


def _rung(timer: Timer, told: Told) -> str:
    """The rung that was told in place of the one that fired: when its own time comes, nobody is told twice."""
    if told.step == BREACH_NOTICE:
        return "breach"
    numbers = (number for number, (step, _) in enumerate(rungs(timer.policy.chain), start=1) if step == told.step)
    return f"step:{timer.round}.{next(numbers, 'end')}"


def _obligations(
    timer: Timer, notice: str, rung: str, reached: Iterable[escalation.Recipient], step: int | None = None
) -> list[Obligation]:
    urgent = step is not None and step >= 0 and timer.policy.chain.steps[step].channel_class == "urgent"
    return [
        Obligation(
            dealer_id=timer.dealer_id,
            notice=NOTICES[notice],
            recipient=Recipient(staff_id=one.staff_id, mailbox=one.address),
            key=f"{timer.timer_id}:{rung}",
            cycle=timer.cycle,
            task_id=timer.task_id,
            case_id=timer.case_id,
            urgent=urgent,
            about=_about(timer),
        )
        for one in reached
    ]


def _about(timer: Timer) -> dict[str, str | None]:
    return {
        "timer_id": timer.timer_id,
        "rule": timer.rule,
        "target": timer.target,
        "due_at": timer.due_at.isoformat(),
        "customer_id": timer.customer_id,
    }


def _unreachable(desk: Desk, timer: Timer, told: Told) -> list[dict[str, Any]]:
    """Every rung that reached nobody, and a chain that reached nobody at all, are on record."""
    missed: list[int | None] = list(told.unreachable)
    if not told.recipients:
        missed.append(None)
    return [
        {
            "timer_id": timer.timer_id,
            "dealer_id": timer.dealer_id,
            "cycle": timer.cycle,
            "generation": timer.generation,
            "at": desk.now,
            "action": "nobody_reachable",
            "trace": {"step": step},
        }
        for step in missed
    ]
