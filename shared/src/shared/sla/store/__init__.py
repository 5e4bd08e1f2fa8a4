"""The clocks of cases and tasks in the database: the shell around the pure machine of `shared.sla`."""

from shared.sla.store.documents import short_document, sla_record, timer_document
from shared.sla.store.queries import first_timers, load_short_timers, short_timers, timers_of
from shared.sla.store.unit_of_work import Clocks, apply_facts

__all__ = [
    "Clocks",
    "apply_facts",
    "first_timers",
    "load_short_timers",
    "short_document",
    "short_timers",
    "sla_record",
    "timer_document",
    "timers_of",
]
