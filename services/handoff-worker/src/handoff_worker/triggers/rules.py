"""The time rules whose dates become something by themselves."""

from collections.abc import Mapping
from typing import Final

from handoff_worker.triggers.case_rules import CASE_TRIGGERS
from handoff_worker.triggers.dealer_turns import (
    LIST,
    begin_lists,
    fire_lists,
    fire_quarters,
    fire_workshop_days,
    keys_of_booked,
)
from handoff_worker.triggers.record_changes import fire_recalls, fire_status_changes, keys_of_changed
from handoff_worker.triggers.record_turns import fire_records, keys_of_records
from handoff_worker.triggers.reschedule import begin_turns, fire_reschedulings, keys_of_appointments
from handoff_worker.triggers.signals import CAMPAIGN, SEASON, fire_campaigns, fire_season
from handoff_worker.triggers.turns import Trigger
from shared.sla.store.trigger_rows import BEGIN, RESCHEDULE
from shared.sla.triggers.dealer_days import DUE_LIST, QUARTER, WORKSHOP_DAY
from shared.sla.triggers.series import RECALL, STATUS_CHANGE, all_series

TRIGGERS: Final[Mapping[str, Trigger]] = {
    **{name: Trigger(fire_records, keys_of_records) for name in all_series()},
    RECALL: Trigger(fire_recalls, keys_of_changed),
    STATUS_CHANGE: Trigger(fire_status_changes, keys_of_changed),
    QUARTER: Trigger(fire_quarters),
    DUE_LIST: Trigger(begin_lists),
    LIST: Trigger(fire_lists),
    WORKSHOP_DAY: Trigger(fire_workshop_days, keys_of_booked),
    SEASON: Trigger(fire_season),
    CAMPAIGN: Trigger(fire_campaigns),
    BEGIN: Trigger(begin_turns),
    RESCHEDULE: Trigger(fire_reschedulings, keys_of_appointments),
    **CASE_TRIGGERS,
}
"""By what a row of `timer_due` names: a rule, a part of one (`T-13/birthday`), or a piece of work of this package."""


def trigger_of(name: str) -> Trigger | None:
    """The trigger of a row's name, itself or, of a part that only the record knows (`T-30/R-7`), its rule."""
    return TRIGGERS.get(name) or TRIGGERS.get(name.partition("/")[0])
