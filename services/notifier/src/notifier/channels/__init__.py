"""The channels this installation has settings for. A new one is added to `open_channels` and nowhere else."""

from collections.abc import Mapping

from notifier.channels.email import EmailChannel, parse_mailbox, parse_server
from notifier.dispatch import Channel
from shared.clock import Clock
from shared.settings import Settings


def open_channels(settings: Settings, clock: Clock) -> Mapping[str, Channel]:
    """Each configured channel by its kind; a channel without settings is not there.

    Raises ValueError for an address that cannot be read.
    """
    channels: dict[str, Channel] = {}
    if settings.smtp_url:
        server = parse_server(settings.smtp_url)
        channels["email"] = EmailChannel(server, parse_mailbox(settings.smtp_from, server), clock)
    return channels
