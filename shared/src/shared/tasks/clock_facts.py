"""What the clocks are told of a task that changed."""

from shared.ids import CaseKey
from shared.lifecycle import Change, Task
from shared.sla.facts import Owner, TaskChanged, Transition, task_fact_id
from shared.sla.store.open_deliveries import Delivers
from shared.vocabulary import WORKED_STATUSES


def counted_holder(task: Task) -> str | None:
    """Against whose capacity the task counts."""
    return task.holder if task.kind != "interact" and task.status in WORKED_STATUSES else None


def case_of(task: Task) -> CaseKey | None:
    """The case of a task, None for one of no case."""
    return None if task.case_id is None else (task.dealer_id, task.case_id)


def task_changed(number: int, change: Change, transition: Transition, delivers: Delivers) -> TaskChanged:
    """What the clocks are told of a change, the `number`th of its task, with the open delivers of its case."""
    task = change.task
    return TaskChanged(
        fact_id=task_fact_id(task.task_id, number),
        occurred_at=change.at,
        dealer_id=task.dealer_id,
        case_id=task.case_id,
        customer_id=task.customer_id,
        owner=Owner(task.to_role, task.holder),
        task_id=task.task_id,
        kind=task.kind,
        transition=transition,
        to_lead=task.offer.to_lead,
        open_delivers=delivers.opened,
        waiting_delivers=delivers.waiting,
    )
