"""The time rules whose dates become something by themselves."""

from collections.abc import Mapping
from typing import Final

from handoff_worker.triggers.case_rules import CASE_TRIGGERS
from handoff_worker.triggers.dealer_triggers import (
    LIST,
    begin_lists,
    fire_lists,
    fire_quarters,
    fire_workshop_days,
    keys_of_booked,
)
from handoff_worker.triggers.record_changes import fire_recalls, fire_status_changes, keys_of_changed
from handoff_worker.triggers.record_triggers import fire_records, keys_of_records
from handoff_worker.triggers.reschedule import begin_triggers, fire_reschedulings, keys_of_appointments
from handoff_worker.triggers.signal_rules import CAMPAIGN, SEASON, fire_campaigns, fire_season
from handoff_worker.triggers.trigger_handler import TriggerHandler
from shared.sla.store.trigger_rows import BEGIN, RESCHEDULE
from shared.sla.triggers.dealer_days import DUE_LIST, QUARTER, WORKSHOP_DAY
from shared.sla.triggers.series import RECALL, STATUS_CHANGE, all_series

HANDLERS: Final[Mapping[str, TriggerHandler]] = {
    **{name: TriggerHandler(fire_records, keys_of_records) for name in all_series()},
    RECALL: TriggerHandler(fire_recalls, keys_of_changed),
    STATUS_CHANGE: TriggerHandler(fire_status_changes, keys_of_changed),
    QUARTER: TriggerHandler(fire_quarters),
    DUE_LIST: TriggerHandler(begin_lists),
    LIST: TriggerHandler(fire_lists),
    WORKSHOP_DAY: TriggerHandler(fire_workshop_days, keys_of_booked),
    SEASON: TriggerHandler(fire_season),
    CAMPAIGN: TriggerHandler(fire_campaigns),
    BEGIN: TriggerHandler(begin_triggers),
    RESCHEDULE: TriggerHandler(fire_reschedulings, keys_of_appointments),
    **CASE_TRIGGERS,
}
"""By what a row of `timer_due` names: a rule, a part of one (`T-13/birthday`), or a piece of work of this package."""


def handler_of(name: str) -> TriggerHandler | None:
    """The handler of a row's name, itself or, of a part that only the record knows (`T-30/R-7`), its rule."""
    return HANDLERS.get(name) or HANDLERS.get(name.partition("/")[0])
