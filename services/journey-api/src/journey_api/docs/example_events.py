"""An event for each occurrence, as a dealer's system would post it."""

from typing import Any, Final

from journey_api.docs.vocabulary import observers_of
from journey_api.intake.cloud_events import TYPE
from shared.playbook.ruleset.entries import Activity, Playbook

DEALER: Final = "lisboa-01"
CUSTOMER: Final = "C-1001"
_FIRST_STEP: Final = 5


def example_event(playbook: Playbook, occurrence: str) -> dict[str, Any]:
    """A live event of now, seen by a role that hands it on where one does, with a customer where it needs one."""
    activity = _activity(playbook, occurrence)
    role = activity.role if activity is not None else observers_of(playbook, occurrence)[0]
    step = activity.halo_steps[0] if activity is not None and activity.halo_steps else _FIRST_STEP
    data: dict[str, Any] = {"dealer_id": DEALER}
    if activity is None or activity.granularity in ("customer_case", "campaign_or_programme"):
        data |= {"customer_id": CUSTOMER, "step": step}
    data |= {"occurrences": [occurrence], "observed_by": {"role": role}}
    source = f"/dealers/{DEALER}/systems/dms"
    return {"specversion": "1.0", "type": TYPE, "source": source, "id": f"example-{occurrence}", "data": data}


def _activity(playbook: Playbook, occurrence: str) -> Activity | None:
    """The activity that shows best what comes of it: with arrows, and of a customer."""
    of_it = [activity for activity in playbook.activities if activity.occurrence == occurrence]
    return max(of_it, key=lambda one: (bool(one.arrows), one.granularity == "customer_case"), default=None)
