"""Tells people of their clocks: who a notice reaches is decided when it fires, each recipient for itself."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from notifier.context import NotifierContext
from notifier.notifications.request import NotificationRequest, Recipient
from notifier.notifications.types import NOTIFICATION_TYPES
from notifier.planning.planner import request_notifications
from shared.db.bulk import insert_all
from shared.db.schema import sla_timer_event
from shared.sla.deadlines import escalation_steps
from shared.sla.policy import escalation_targets as escalation
from shared.sla.policy.escalation_targets import BREACH_NOTICE, ResolvedRecipients
from shared.sla.types import Timer


@dataclass(frozen=True, slots=True)
class SlaNotices:
    """What a clock owes people, and the rows of its history about those it could not reach."""

    requests: Sequence[NotificationRequest] = ()
    history: Sequence[dict[str, Any]] = ()


async def send_notices(context: NotifierContext, notices: Sequence[SlaNotices]) -> None:
    """Tell people of their clocks, in this order."""
    await insert_all(context.connection, sla_timer_event, [row for one in notices for row in one.history])
    await request_notifications(context, [request for one in notices for request in one.requests])


async def warning_notices(context: NotifierContext, timer: Timer, threshold: str) -> SlaNotices:
    """Warn the owner, if the clock still runs and is not late."""
    if timer.state != "running" or timer.breached_at is not None:
        return SlaNotices()
    people = await context.people(timer.dealer_id)
    reached = escalation.resolve("owner", timer.owner, people, context.now)
    return SlaNotices(_requests(timer, "WARNING", threshold, reached))


async def breach_notices(context: NotifierContext, timer: Timer) -> SlaNotices:
    """Tell of the breach whom the chain names; where that is nobody, the next step is told at once as an escalation.

    Nobody is told where it is known meanwhile that the clock was met in time.
    """
    if timer.state == "completed" and timer.breached_at is None:
        return SlaNotices()
    people = await context.people(timer.dealer_id)
    resolved = escalation.resolve_step(timer.policy.chain, BREACH_NOTICE, timer.owner, people, context.now)
    notification_type = "BREACHED" if resolved.step == BREACH_NOTICE else "ESCALATED"
    requests = _requests(timer, notification_type, _step_key(timer, resolved), resolved.recipients, resolved.step)
    return SlaNotices(requests, _unreachable(context, timer, resolved))


async def escalation_notices(context: NotifierContext, timer: Timer, threshold: str) -> SlaNotices:
    """Tell the step that fired, while the clock runs; where it reaches nobody, the next one at once."""
    if timer.state != "running" or timer.acknowledged_at is not None:
        return SlaNotices()
    people = await context.people(timer.dealer_id)
    number = int(threshold.rpartition(".")[2])
    step = escalation_steps(timer.policy.chain)[number - 1][0]
    resolved = escalation.resolve_step(timer.policy.chain, step, timer.owner, people, context.now)
    step_key = threshold if resolved.step == step else _step_key(timer, resolved)
    return SlaNotices(
        _requests(timer, "ESCALATED", step_key, resolved.recipients, resolved.step),
        _unreachable(context, timer, resolved),
    )


def _step_key(timer: Timer, resolved: ResolvedRecipients) -> str:
    """The step that was told in place of the one that fired: when its own time comes, nobody is told twice."""
    if resolved.step == BREACH_NOTICE:
        return "breach"
    numbers = (
        number
        for number, (step, _) in enumerate(escalation_steps(timer.policy.chain), start=1)
        if step == resolved.step
    )
    return f"step:{timer.round}.{next(numbers, 'end')}"


def _requests(
    timer: Timer,
    notification_type: str,
    step_key: str,
    reached: Iterable[escalation.Recipient],
    step: int | None = None,
) -> list[NotificationRequest]:
    urgent = step is not None and step >= 0 and timer.policy.chain.steps[step].channel_class == "urgent"
    return [
        NotificationRequest(
            dealer_id=timer.dealer_id,
            notification_type=NOTIFICATION_TYPES[notification_type],
            recipient=Recipient(staff_id=one.staff_id, mailbox=one.address),
            key=f"{timer.timer_id}:{step_key}",
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


def _unreachable(context: NotifierContext, timer: Timer, resolved: ResolvedRecipients) -> list[dict[str, Any]]:
    """Every step that reached nobody, and a chain that reached nobody at all, are on record."""
    missed: list[int | None] = list(resolved.unreachable)
    if not resolved.recipients:
        missed.append(None)
    return [
        {
            "timer_id": timer.timer_id,
            "dealer_id": timer.dealer_id,
            "cycle": timer.cycle,
            "revision": timer.revision,
            "at": context.now,
            "action": "nobody_reachable",
            "trace": {"step": step},
        }
        for step in missed
    ]
