"""What the doctor says of the channels' settings: what can be sent, and what comes back of it."""

from collections.abc import Iterator
from email.utils import parseaddr
from urllib.parse import urlsplit

from handoff_local.checks.findings import Finding
from handoff_local.launcher.settings import StackSettings
from shared.channels.email import EMAIL
from shared.channels.kind import ChannelKind
from shared.channels.registry import channel_kinds
from shared.languages.registry import DEFAULT_LANGUAGE, text_of


def examine_channels(settings: StackSettings, sink: int | None) -> Iterator[Finding]:
    """What there is to say; `sink` is the port of the local mail sink, if it runs."""
    usable = []
    for kind in channel_kinds():
        if not kind.settings:
            continue
        channel, unset = _name(kind), _unset(kind.settings, settings)
        if not unset:
            usable.append(kind)
            yield Finding("good", f"{channel} has its settings")
        elif kind is EMAIL and sink:
            yield Finding("good", f"e-mails go to the local sink, http://127.0.0.1:{sink}")
        elif len(unset) < len(kind.settings):
            why = f"{channel} is half configured: it cannot be used"
            yield Finding("broken", why, f"set {' '.join(unset)} too, and start anew")
        else:
            yield Finding("missing", f"{channel} has no settings here", f"set {' '.join(unset)}")
    if not usable and not sink:
        why = "no channel has settings: every message fails with no_channel_configured"
        yield Finding("missing", why, "set HANDOFF_SMTP_URL and HANDOFF_SMTP_FROM, and start anew")
    yield from _examine_ways_back(settings, usable)


def mail_domain(settings: StackSettings) -> str | None:
    """The domain whose mails the configured server sends; None where there is no server."""
    if not settings.smtp_url:
        return None
    host = urlsplit(settings.smtp_url).hostname or ""
    return (parseaddr(settings.smtp_from)[1].rpartition("@")[2] or host).lower()


def _examine_ways_back(settings: StackSettings, usable: list[ChannelKind]) -> Iterator[Finding]:
    if not settings.public_url:
        why = "HANDOFF_PUBLIC_URL is not set: providers' callbacks and unsubscribe links are off"
        yield Finding("missing", why, "set HANDOFF_PUBLIC_URL to the address providers and customers reach")
    for kind in usable:
        if unset := _unset(kind.callback_settings, settings):
            yield Finding("missing", f"{_name(kind)}: {kind.without_callbacks}", f"set {' '.join(unset)}")


def _name(kind: ChannelKind) -> str:
    return text_of("channel_kinds", kind.name, DEFAULT_LANGUAGE)


def _unset(names: tuple[str, ...], settings: StackSettings) -> list[str]:
    return [f"HANDOFF_{name.upper()}" for name in names if not getattr(settings, name)]
