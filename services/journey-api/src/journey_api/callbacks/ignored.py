"""What providers say that is of no use here, counted by channel and reason, from zero."""

from typing import Final

from shared.channels.email import EMAIL
from shared.channels.sms import SMS
from shared.channels.whatsapp import WHATSAPP
from shared.process.telemetry import callbacks_ignored_total

_REASONS: Final = {
    EMAIL.name: ("machine_made", "unknown_sender"),
    SMS.name: ("unknown_number",),
    WHATSAPP.name: ("unknown_number", "another_number", "unreadable"),
}
_COUNTS: Final = {
    (channel, reason): callbacks_ignored_total.labels(channel, reason)
    for channel, reasons in _REASONS.items()
    for reason in reasons
}


def count_ignored(channel: str, reason: str) -> None:
    """Count one; the reason is one of the channel's."""
    _COUNTS[channel, reason].inc()
