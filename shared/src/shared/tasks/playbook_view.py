"""Tasks as the playbook sees them."""

from shared.lifecycle import Task
from shared.playbook.types import AcceptedTask


def accepted_task(task: Task, receiver: str) -> AcceptedTask:
    """The task that somebody in the role `receiver` accepted, as a chain of handoffs goes on from it."""
    return AcceptedTask(
        task_id=task.task_id,
        entry=task.entry,
        kind=task.kind,
        mode=task.mode,
        giver=task.from_role,
        receiver=receiver,
        earlier_givers=tuple(task.chain.get("givers") or ()),
    )
