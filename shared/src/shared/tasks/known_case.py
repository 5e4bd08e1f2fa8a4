"""A case while a transaction works on its tasks."""

from dataclasses import dataclass

from shared.lifecycle import Task
from shared.playbook.routing.case_owner import Owner as CustomerOwner
from shared.sla.store.open_deliveries import Delivers, delivers_of


@dataclass(slots=True)
class KnownCase:
    """A case as a transaction knows it: its customer owner and all its tasks by id."""

    owner: CustomerOwner | None
    tasks: dict[str, Task]

    def open_record(self, merge_key: str) -> Task | None:
        """The open task of a class."""
        return next((task for task in self.tasks.values() if task.is_open and task.merge_key == merge_key), None)

    @property
    def assignees(self) -> frozenset[str]:
        """The people who hold or held one of its tasks."""
        held = (task.assignee_id for task in self.tasks.values() if task.status != "cancelled")
        return frozenset(person for person in held if person is not None)

    @property
    def delivers(self) -> Delivers:
        """Its open delivers."""
        return delivers_of(self.tasks.values())
