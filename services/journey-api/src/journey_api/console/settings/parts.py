"""The parts of a dealer's settings: which fields each shows of the document, and how it reads them back."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from journey_api.console.settings import calendar, chains, contact_times, hours, quality, sender, tables, targets
from journey_api.console.settings.form_fields import Section, Typed
from journey_api.console.visit import Visit

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """One part: `show` makes the sections of a document, `read` the document with what was typed."""

    show: Callable[[Visit, Document, Typed], Awaitable[list[Section]]]
    read: Callable[[Visit, Document, Typed], dict[str, Any]]


PARTS: Final[Mapping[str, Part]] = {
    "hours": Part(hours.show, hours.read),
    "calendar": Part(calendar.show, calendar.read),
    "targets": Part(targets.show, targets.read),
    "chains": Part(chains.show, chains.read),
    "tables": Part(tables.show, tables.read),
    "sender": Part(sender.show, sender.read),
    "times": Part(contact_times.show, contact_times.read),
    "quality": Part(quality.show, quality.read),
}
"""The parts of the dealer's own document."""
