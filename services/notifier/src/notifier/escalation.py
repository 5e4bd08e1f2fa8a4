"""Tells people of their clocks: who a notice reaches is decided when it fires, each recipient for itself."""

from collections.abc import Iterable

from sqlalchemy import insert

from notifier.desk import Desk
from notifier.notices import NOTICES
from notifier.obligations import Obligation, Recipient
from notifier.planning import meet
from shared.sla import escalation
from shared.sla.deadlines import rungs
from shared.sla.escalation import BREACH_NOTICE, Told
from shared.sla.values import Timer
from shared.tables import sla_timer_event


async def warn(desk: Desk, timer: Timer, threshold: str) -> None:
    """Warn the owner, if the clock still runs and is not late."""
    if timer.state != "running" or timer.breached_at is not None:
        return
    people = await desk.people(timer.dealer_id)
    reached = escalation.resolve("owner", timer.owner, people, desk.now)
    await _tell(desk, timer, "WARNING", threshold, reached)


async def tell_breach(desk: Desk, timer: Timer) -> None:
    """Tell of the breach whom the chain names; where that is nobody, the next rung is told at once as an escalation."""
    people = await desk.people(timer.dealer_id)
    told = escalation.tell(timer.policy.chain, BREACH_NOTICE, timer.owner, people, desk.now)
    await _note_unreachable(desk, timer, told)
    notice = "BREACHED" if told.step == BREACH_NOTICE else "ESCALATED"
    await _tell(desk, timer, notice, _rung(timer, told), told.recipients, told.step)


async def escalate(desk: Desk, timer: Timer, threshold: str) -> None:
    """Tell the rung that fired, while the clock runs; where it reaches nobody, the next one at once."""
    if timer.state != "running" or timer.acknowledged_at is not None:
        return
    people = await desk.people(timer.dealer_id)
    number = int(threshold.rpartition(".")[2])
    step = rungs(timer.policy.chain)[number - 1][0]
    told = escalation.tell(timer.policy.chain, step, timer.owner, people, desk.now)
    await _note_unreachable(desk, timer, told)
    rung = threshold if told.step == step else _rung(timer, told)
    await _tell(desk, timer, "ESCALATED", rung, told.recipients, told.step)


def _rung(timer: Timer, told: Told) -> str:
    """The rung that was told in place of the one that fired: when its own time comes, nobody is told twice."""
    if told.step == BREACH_NOTICE:
        return "breach"
    numbers = (number for number, (step, _) in enumerate(rungs(timer.policy.chain), start=1) if step == told.step)
    return f"step:{timer.round}.{next(numbers, 'end')}"


async def _tell(
    desk: Desk,
    timer: Timer,
    notice: str,
    rung: str,
    reached: Iterable[escalation.Recipient],
    step: int | None = None,
) -> None:
    urgent = step is not None and step >= 0 and timer.policy.chain.steps[step].channel_class == "urgent"
    for one in reached:
        obligation = Obligation(
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
        await meet(desk, obligation)


def _about(timer: Timer) -> dict[str, str | None]:
    return {
        "timer_id": timer.timer_id,
        "rule": timer.rule,
        "target": timer.target,
        "due_at": timer.due_at.isoformat(),
        "customer_id": timer.customer_id,
    }


async def _note_unreachable(desk: Desk, timer: Timer, told: Told) -> None:
    """Every rung that reached nobody, and a chain that reached nobody at all, are on record."""
    missed: list[int | None] = list(told.unreachable)
    if not told.recipients:
        missed.append(None)
    for step in missed:
        await desk.connection.execute(
            insert(sla_timer_event).values(
                timer_id=timer.timer_id,
                dealer_id=timer.dealer_id,
                cycle=timer.cycle,
                generation=timer.generation,
                at=desk.now,
                action="nobody_reachable",
                trace={"step": step},
            )
        )
