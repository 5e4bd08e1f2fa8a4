"""The clocks of cases and tasks in the database: the shell around the pure machine of `shared.sla`."""

from shared.timers.reading import load_short_timers, short_timers, timers_of
from shared.timers.recording import Clocks, tell_clocks
from shared.timers.records import short_document, sla_record, timer_document

__all__ = [
    "Clocks",
    "load_short_timers",
    "short_document",
    "short_timers",
    "sla_record",
    "tell_clocks",
    "timer_document",
    "timers_of",
]
