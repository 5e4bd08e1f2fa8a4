"""The clocks of cases and tasks in the database: the shell around the pure machine of `shared.sla`."""

from shared.timers.reading import timers_of
from shared.timers.recording import Clocks, tell_clocks
from shared.timers.records import short_document, sla_record, timer_document

__all__ = [
    "Clocks",
    "short_document",
    "sla_record",
    "tell_clocks",
    "timer_document",
    "timers_of",
]
